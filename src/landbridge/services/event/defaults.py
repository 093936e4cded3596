"""How long it is remembered who did what: what may be set."""

from landbridge.model.setting import Setting

SETTINGS = (Setting("identity", "audit.keepDays", "180", "days that is remembered who did what", low=1, high=36500),)
