"""The running product: a lab, its API, real packets.  One lab serves all tests of a run."""
