"""Zones: failure domains that clusters live in.  Three names to know: `SERVICE`, `ZONE`, `create_zone`."""

from landbridge.services.zone.actions import SERVICE

__all__ = ["SERVICE"]
