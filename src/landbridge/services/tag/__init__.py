"""System tags: strings on resources that mean something to a service.  Name to know: `SERVICE`."""

from landbridge.services.tag.actions import SERVICE

__all__ = ["SERVICE"]
