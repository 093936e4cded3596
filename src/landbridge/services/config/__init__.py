"""Global configs: settings of the whole cloud.  Each service declares those that it heeds."""

from landbridge.services.config.actions import SERVICE

__all__ = ["SERVICE"]
