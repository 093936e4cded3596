"""Raw parameters -> a request, or the error a user sees.

Two steps, because they happen at different times.  `from_json` and `from_query` only read
types; what cannot be read is `Mistyped`, which HTTP answers at once with a plain 400.
`validate` checks constraints and references, with ZStack's codes and in ZStack's order; for
actions that are jobs it runs inside the job's transaction.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from landbridge.core.api import Action, CreateRequest, Request
from landbridge.core.parameters import Parameter, Shape, parameters
from landbridge.model.errors import argerr, notfound
from landbridge.model.ids import is_uuid

_INT64 = 2**63
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_INDEXED = re.compile(r"^(?P<name>[^.]+)\.(?P<index>\d+)$")


class Mistyped(ValueError):
    """A parameter's JSON type is not the declared one."""


@dataclass(frozen=True, slots=True)
class Existing:
    """What validation asks of the store.

    resource(vo, uuid)  whether the resource is there for the caller
    anyones(vo, uuid)   whether it is there, whoever it belongs to
    taken(uuid)         whether any resource has this uuid
    """

    resource: Callable[[str, str], bool]
    anyones: Callable[[str, str], bool]
    taken: Callable[[str], bool]


# ---- reading types ------------------------------------------------------------------------


def from_json(request: type[Request], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values by JSON name.  Unknown names are ignored, null is absence."""
    values: dict[str, Any] = {}
    for parameter in parameters(request):
        value = raw.get(parameter.name)
        if value is not None:
            values[parameter.name] = _read(parameter.name, parameter.shape, parameter.item, value)
    return values


def from_query(request: type[Request], pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Typed values of a query string: `n=a&n=b` or `n.0=a&n.1=b` for lists, `n.key=v` for maps.

    A scalar given twice counts once (the first), since clients repeat path variables.
    """
    values: dict[str, Any] = {}
    for parameter in parameters(request):
        if parameter.shape == "list":
            found: Any = _repeated(parameter.name, pairs)
        elif parameter.shape == "map":
            prefix = parameter.name + "."
            found = {name[len(prefix) :]: value for name, value in pairs if name.startswith(prefix)}
        else:
            found = next((value for name, value in pairs if name == parameter.name), None)
        if found:
            values[parameter.name] = _read(parameter.name, parameter.shape, parameter.item, found)
        elif found == "" and parameter.shape == "string":
            values[parameter.name] = ""
    return values


def _repeated(name: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    plain: list[str] = []
    indexed: list[tuple[int, str]] = []
    for key, value in pairs:
        if key == name:
            plain.append(value)
        elif (match := _INDEXED.match(key)) and match["name"] == name:
            indexed.append((int(match["index"]), value))
    return plain + [value for _, value in sorted(indexed, key=lambda pair: pair[0])]


def _read(name: str, shape: Shape, item: Shape, value: Any) -> Any:
    match shape:
        case "list":
            if not isinstance(value, list):
                raise Mistyped(f"parameter[{name}] must be a list")
            return [None if one is None else _read(name, item, "any", one) for one in value]
        case "map":
            if not isinstance(value, dict):
                raise Mistyped(f"parameter[{name}] must be an object")
            return {key: _read(f"{name}.{key}", item, "any", one) for key, one in value.items() if one is not None}
        case "string":
            return _read_string(name, value)
        case "boolean":
            return _read_boolean(name, value)
        case "integer" | "number":
            return _read_number(name, shape, value)
        case "any":
            return value


def _read_string(name: str, value: Any) -> str:
    """A number or boolean is taken by its text, as Gson does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Mistyped(f"parameter[{name}] must be a string")


def _read_boolean(name: str, value: Any) -> bool:
    text = str(value).lower() if isinstance(value, bool | str) else ""
    if text not in ("true", "false"):
        raise Mistyped(f"parameter[{name}] must be true or false")
    return text == "true"


def _read_number(name: str, shape: Shape, value: Any) -> int | float:
    """Integers may come as `22`, `22.0` or `"22"` (documented samples have all three)."""
    number: int | float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and _NUMBER.fullmatch(value):
        number = float(value) if "." in value else int(value)
    if isinstance(number, float) and shape == "integer":
        number = int(number) if number.is_integer() else None
    if number is None or not -_INT64 <= number < _INT64:
        raise Mistyped(f"parameter[{name}] must be {'an integer of 64 bits' if shape == 'integer' else 'a number'}")
    return number


# ---- checking -----------------------------------------------------------------------------


def validate(action: Action, values: Mapping[str, Any], existing: Existing) -> Request | None:
    """The request, or None when a delete's target is already gone (which is success).

    Order: per parameter trimming, presence, length, valid values, regular expression,
    emptiness, range; then references.  Raises SYS.1007, or SYS.1003 for a reference.
    """
    checked: dict[str, Any] = {}
    table = parameters(action.request)
    for parameter in table:
        value = values.get(parameter.name)
        if value is None:
            if parameter.required:
                raise argerr(f"field[{parameter.name}] of {action.name} is mandatory, it cannot be left out")
            continue
        checked[parameter.attr] = _check(action, parameter, value)
    for parameter in table:
        if parameter.attr in checked:
            _check_references(action, parameter, checked[parameter.attr], existing)
    if action.absent_ok is not None and _gone(action.absent_ok, values, existing):
        return None
    return action.request(**checked)


def _check(action: Action, parameter: Parameter, value: Any) -> Any:
    if parameter.shape == "list":
        if parameter.rule.nonempty and not value:
            raise argerr(f"field[{parameter.name}] of {action.name} cannot be an empty list")
        if any(one is None for one in value):
            raise argerr(f"field[{parameter.name}] of {action.name} cannot contain null")
        return [_check_scalar(action, parameter, one) for one in value]
    if parameter.shape == "map":
        if parameter.rule.nonempty and not value:
            raise argerr(f"field[{parameter.name}] of {action.name} cannot be empty")
        return value
    return _check_scalar(action, parameter, value)


def _check_scalar(action: Action, parameter: Parameter, value: Any) -> Any:
    rule, where = parameter.rule, f"field[{parameter.name}] of {action.name}"
    if isinstance(value, str):
        if not rule.no_trim:
            value = value.strip()
        if "\0" in value:
            raise argerr(f"{where} contains a NUL character")
        if rule.max is not None and len(value) > rule.max:
            raise argerr(f"{where} is too long: at most {rule.max} characters, this has {len(value)}")
        if rule.min is not None and len(value) < rule.min:
            raise argerr(f"{where} is too short: at least {rule.min} characters, this has {len(value)}")
    shown = "(hidden)" if rule.secret else f"'{value}'"
    if rule.values and value not in rule.values:
        raise argerr(f"{where} is {shown}, valid values are [{', '.join(map(str, rule.values))}]")
    if rule.regex is not None and isinstance(value, str) and not _compiled(rule.regex).fullmatch(value):
        raise argerr(f"{where} is {shown}, which does not match {rule.regex}")
    if rule.nonempty and value == "":
        raise argerr(f"{where} cannot be an empty string")
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_range(where, value, rule.low, rule.high)
    if _names_the_new(action, parameter) and not is_uuid(value):
        raise argerr(f"{where} is '{value}', which is not a uuid: 32 lower-case hex digits of a uuid version 1 to 5")
    return value


def _check_range(where: str, value: float, low: int | None, high: int | None) -> None:
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"[{'' if low is None else low}, {'' if high is None else high}]"
        raise argerr(f"{where} is {value}, which is outside {bounds}")


def _check_references(action: Action, parameter: Parameter, value: Any, existing: Existing) -> None:
    if _names_the_new(action, parameter):
        if existing.taken(value):
            raise argerr(f"resourceUuid[{value}] of {action.name} is already used by another resource")
    elif parameter.rule.ref is not None:
        if action.absent_ok is not None and action.absent_ok[0] == parameter.name:
            return
        there = existing.anyones if parameter.rule.anyones else existing.resource
        for uuid in value if isinstance(value, list) else (value,):
            if not there(parameter.rule.ref, uuid):
                raise notfound(parameter.name, "(hidden)" if parameter.rule.secret else uuid, parameter.rule.ref)


def _names_the_new(action: Action, parameter: Parameter) -> bool:
    """Whether it is a create's `resourceUuid` (tags have a parameter of that name for their target)."""
    return parameter.name == "resourceUuid" and issubclass(action.request, CreateRequest)


def _gone(target: tuple[str, str], values: Mapping[str, Any], existing: Existing) -> bool:
    name, vo = target
    uuid = str(values[name]).strip()
    if existing.resource(vo, uuid):
        return False
    if not is_uuid(uuid):
        raise notfound(name, uuid, vo)
    return True


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
