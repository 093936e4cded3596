"""Accounts and sessions: who may call.  Names to know: `SERVICE`, `log_in`, `ADMIN_NAME`."""

from landbridge.services.account.actions import SERVICE

__all__ = ["SERVICE"]
