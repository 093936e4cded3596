"""The table of settings."""

from collections import Counter

from landbridge.services.config.defaults import DEFAULTS


def test_every_setting_is_there_once_with_a_default_of_its_own_range() -> None:
    names = Counter((setting.category, setting.name) for setting in DEFAULTS)
    assert [name for name, times in names.items() if times > 1] == []
    for setting in DEFAULTS:
        if setting.values:
            assert setting.default in setting.values
        elif setting.low is not None:
            assert setting.low <= int(setting.default) <= setting.high
