"""Storage that ZStack has and Landbridge has not.  Name to know: `SERVICE`."""

from landbridge.core.service import Service
from landbridge.services.storage.actions import ACTIONS

SERVICE = Service(name="storage", actions=ACTIONS)

__all__ = ["SERVICE"]
