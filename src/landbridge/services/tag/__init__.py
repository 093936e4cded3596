"""Tags: system tags, which mean something to a service, and users' own.  Name to know: `SERVICE`."""

from landbridge.services.tag.actions import SERVICE

__all__ = ["SERVICE"]
