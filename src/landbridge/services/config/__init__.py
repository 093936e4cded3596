"""Global configs: settings of the whole cloud.  Names to know: `SERVICE`, `DEFAULTS`."""

from landbridge.services.config.actions import SERVICE

__all__ = ["SERVICE"]
