"""Pure: one folder per network service, each a `SERVICE` value; no folder imports another."""
