"""ZStack's actions as facts: `tests/data/api.tsv`, read.  The product never reads that table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[1] / "data" / "api.tsv"

JSON_TYPES = {
    "String": "string",
    "List": "list",
    "Map": "map",
    "Boolean": "boolean",
    "boolean": "boolean",
    **dict.fromkeys(("Integer", "Long", "int", "long"), "integer"),
}
"""Java's types as JSON's; a class of the SDK is an object ("map"), an enumeration a string."""

_ENUMERATIONS = ("IpSetType", "RoleStateEvent")
_PARAMETER = re.compile(r"(?P<name>[A-Za-z0-9]+):(?P<type>[A-Za-z]+)(?P<required>!?)(?: (?P<rules>.*))?")
_NEXT_PARAMETER = re.compile(r"; (?=[A-Za-z0-9]+:[A-Za-z]+!?)")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter as the SDK declares it.

    type      JSON type: string, integer, boolean, list, map
    values    the valid ones
    regex     must match fully
    low/high  bounds of a number
    length    of a string, at most; `shortest` at least
    ref       what must exist
    nonempty  an empty string or list is refused
    default   there is one: Java's primitives are "required", and their absence means it
    """

    name: str
    type: str
    required: bool
    values: tuple[str, ...] = ()
    regex: str | None = None
    low: int | None = None
    high: int | None = None
    length: int | None = None
    shortest: int | None = None
    ref: str | None = None
    nonempty: bool = False
    default: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One action.  `results` are the fields of its answer and their JSON types."""

    flag: str
    group: str
    name: str
    method: str
    path: str
    other_paths: tuple[str, ...]
    session: bool
    job: bool
    body_key: str
    fields: tuple[Field, ...]
    query: bool
    results: tuple[tuple[str, str], ...]
    message: str


@cache
def table() -> tuple[Row, ...]:
    """All actions, in the table's order."""
    lines = TABLE.read_text().splitlines()
    head = lines[0].split("\t")
    return tuple(_row(dict(zip(head, line.split("\t"), strict=True))) for line in lines[1:])


def _row(cells: dict[str, str]) -> Row:
    query = cells["params"] == "QUERY"
    return Row(
        flag=cells["flag"],
        group=cells["group"],
        name=cells["action"],
        method=cells["method"],
        path=cells["path"],
        other_paths=tuple(one.strip() for one in cells["optionalPaths"].split(",") if one.strip()),
        session=cells["needSession"] == "Y",
        job=cells["needPoll"] == "Y",
        body_key=cells["bodyKey"],
        fields=() if query else tuple(_fields(cells["params"])),
        query=query,
        results=tuple(_results(cells["result"])),
        message=cells["javaMessage"],
    )


def _fields(text: str) -> Iterator[Field]:
    for part in _NEXT_PARAMETER.split(text) if text else ():
        found = _PARAMETER.fullmatch(part)
        assert found, f"a parameter of another form: {part!r}"
        rules = found["rules"] or ""
        values = re.search(r"(?:^| )in\{([^}]*)\}", rules)
        span = re.search(r"range\[(-?\d+),(-?\d+)\]", rules)
        regex = re.search(r"re:(.*?)(?= max\d| min\d| noTrim| nonempty|$)", rules)
        yield Field(
            name=found["name"],
            type=_json_type(found["type"]),
            required=bool(found["required"]),
            values=tuple(values[1].split(",")) if values else (),
            regex=regex[1].replace("\\\\", "\\") if regex else None,
            low=int(span[1]) if span else None,
            high=int(span[2]) if span else None,
            length=_number(r"max(\d+)", rules),
            shortest=_number(r"min(\d+)", rules),
            ref=_text(r"ref:(\w+)", rules),
            nonempty=bool(re.search(r"\b(nonempty|noEmptyStr)\b", rules)),
            default="default=" in rules,
        )


def _number(pattern: str, rules: str) -> int | None:
    found = re.search(rf"(?:^| ){pattern}(?= |$)", rules)
    return int(found[1]) if found else None


def _text(pattern: str, rules: str) -> str | None:
    found = re.search(pattern, rules)
    return found[1] if found else None


def _results(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(", ") if text else ():
        name, _, java = part.partition(":")
        yield name, _json_type(java)


def _json_type(java: str) -> str:
    return "string" if java in _ENUMERATIONS else JSON_TYPES.get(java, "map")
