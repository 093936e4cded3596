"""What a cloud's administrator may set (a global config), as the service declares it that heeds it."""

from dataclasses import dataclass

BOOLEAN = ("true", "false")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.  A number has `low` and `high`; a choice has `values`; else it takes any text.

    binds  types of resources for which it may have a value of their own
    """

    category: str
    name: str
    default: str
    description: str
    low: int | None = None
    high: int = 2**31 - 1
    values: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
