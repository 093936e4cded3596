"""What may be set: each setting by its category and name, and whether a value is one of its."""

from landbridge.core.view import View
from landbridge.model.errors import argerr
from landbridge.model.setting import Setting


def need(view: View, category: str, name: str) -> Setting:
    """SYS.1007 naming those there are, if this is none."""
    setting = next((one for one in view.settings() if (one.category, one.name) == (category, name)), None)
    if setting is None:
        known = ", ".join(sorted(f"{s.category}/{s.name}" for s in view.settings() if s.category == category))
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
