"""What there is to know about the servers themselves.  Name to know: `SERVICE`."""

from landbridge.services.management.actions import SERVICE

__all__ = ["SERVICE"]
