"""The longer query language, ZQL.  Name to know: `SERVICE`."""

from landbridge.services.query.actions import SERVICE

__all__ = ["SERVICE"]
