"""What may be set: each setting by its category and name, and whether a value is one of its."""

from landbridge.model.errors import argerr
from landbridge.services.config.defaults import DEFAULTS, Setting

SETTINGS = {(setting.category, setting.name): setting for setting in DEFAULTS}


def need(category: str, name: str) -> Setting:
    """SYS.1007 naming those there are, if this is none."""
    setting = SETTINGS.get((category, name))
    if setting is None:
        known = ", ".join(sorted(f"{s.category}/{s.name}" for s in DEFAULTS if s.category == category))
        hint = f"settings of {category}: {known}" if known else "query the global configs for those there are"
        raise argerr(f"there is no global config[category:{category}, name:{name}]; {hint}")
    return setting


def check(setting: Setting, value: str) -> None:
    """SYS.1007 for a value that the setting does not take."""
    where = f"global config[category:{setting.category}, name:{setting.name}]"
    if setting.values and value not in setting.values:
        raise argerr(f"{where} cannot be '{value}', valid values are [{', '.join(setting.values)}]")
    if setting.low is not None:
        number = int(value) if value.isascii() and value.isdecimal() else None
        if number is None or not setting.low <= number <= setting.high:
            raise argerr(f"{where} cannot be '{value}', it takes an integer of [{setting.low}, {setting.high}]")
