"""The query language: `name=x`, `vmNics.l3Network.name~=web%` -> a neutral tree.

Conventions of the API: operators are found by substring in a fixed order, conditions are
AND-ed, relations nest to any depth, tags are fields.  `core/zql.py` makes the same tree of the
longer language.  What the tree means in SQL is the store's business.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

from landbridge.model.documents.account import SYSTEM_TAG
from landbridge.model.documents.labels import USER_TAG
from landbridge.model.errors import argerr
from landbridge.model.resource import Kind, Relation

Operator = Literal["=", "!=", ">", ">=", "<", "<=", "in", "not in", "like", "not like", "is null", "is not null"]

_SHORT: tuple[tuple[str, Operator], ...] = (
    ("!=", "!="),
    (">=", ">="),
    ("<=", "<="),
    ("!?=", "not in"),
    ("!~=", "not like"),
    ("~=", "like"),
    ("?=", "in"),
    ("=", "="),
    (">", ">"),
    ("<", "<"),
    (" is null", "is null"),
    (" not null", "is not null"),
)
_OF_NUMBERS = frozenset({"=", "!=", ">", ">=", "<", "<=", "in", "not in"})
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_LONG: frozenset[str] = frozenset(operator for _, operator in _SHORT)

FieldType = Literal["string", "number", "boolean"]

DEFAULT_LIMIT = 1000

_TAGS: Mapping[str, tuple[Kind, str]] = {
    "__systemTag__": (SYSTEM_TAG, "tag"),
    "__userTag__": (USER_TAG, "tag"),
    "__tagUuid__": (USER_TAG, "tagPatternUuid"),
}
"""Tags as fields of whatever they are on."""


class Kinds(Protocol):
    """Whoever knows what can be queried: the catalog, or a transaction."""

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """By `Kind.vo`."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One relation on the way to a field."""

    relation: Relation
    kind: Kind


@dataclass(frozen=True, slots=True)
class Condition:
    """A field (reached by `steps`) compared with a value (a tuple for in / not in)."""

    steps: tuple[Step, ...]
    name: str
    type: FieldType
    operator: Operator
    value: str | tuple[str, ...] = ""


@dataclass(frozen=True, slots=True)
class Both:
    """Several trees, all of which must hold."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Several trees, one of which must hold."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Among:
    """A field (reached by `steps`) whose value is, or is not, that of a field of some row of another query."""

    steps: tuple[Step, ...]
    name: str
    negated: bool
    kind: Kind
    field: str
    where: tuple["Tree", ...] = ()


Tree = Condition | Both | Either | Among


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """A whole query, checked."""

    conditions: tuple[Tree, ...] = ()
    limit: int = DEFAULT_LIMIT
    start: int = 0
    sort: tuple[str, FieldType, bool] | None = None
    """Field, its type, descending."""
    fields: tuple[str, ...] = ()
    group_by: str | None = None
    count_only: bool = False
    with_total: bool = False
    sums: tuple[str, ...] = ()
    """Number fields to add up, per value of `group_by` (none: over everything)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One of several queries: what to ask, and the name to answer under."""

    kind: Kind
    spec: QuerySpec
    name: str | None = None


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Inventories (none when only counting), the total when it was asked for, the `schema` map.

    Of sums `rows` are the values of `group_by` and the sums; of a count by group, its values and `count`.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    total: int | None = None
    schema: Mapping[str, str] = field(default_factory=dict)


def split(text: str) -> tuple[str, Operator, str]:
    """A condition string -> field, operator, value.  The value is not trimmed, the field is."""
    for mark, operator in _SHORT:
        at = text.find(mark)
        if at > 0:
            return text[:at].strip(), operator, text[at + len(mark) :]
    raise argerr(f"query condition '{text}' has no operator: write for example name=x, name~=web%, uuid?=a,b")


def parse(catalog: Kinds, kind: Kind, raw: Mapping[str, Any]) -> QuerySpec:
    """Query parameters by JSON name -> a checked query.  SYS.1007 for a field that does not exist.

    `q` (or `conditions`) holds strings or `{"name", "op", "value"}` objects.
    """
    given = list(raw.get("q") or ()) + list(raw.get("conditions") or ())
    return QuerySpec(
        conditions=tuple(_condition(catalog, kind, one) for one in given),
        limit=_whole("limit", raw.get("limit"), DEFAULT_LIMIT),
        start=_whole("start", raw.get("start"), 0),
        sort=_sort(kind, raw.get("sort") or raw.get("sortBy"), raw.get("sortDirection")),
        fields=tuple(shown_field(kind, name) for name in raw.get("fields") or ()),
        group_by=own_field(kind, raw["groupBy"])[0] if raw.get("groupBy") else None,
        count_only=bool(raw.get("count")),
        with_total=bool(raw.get("replyWithCount")),
    )


def field_types(kind: Kind) -> dict[str, FieldType]:
    """The kind's own scalar fields that users see, by JSON name."""
    found: dict[str, FieldType] = {}
    for one in msgspec.structs.fields(kind.doc):
        if one.encode_name not in kind.internal:
            found[one.encode_name] = _scalar(one.type)
    return found


def _scalar(annotation: Any) -> FieldType:
    text = str(annotation)
    if "bool" in text:
        return "boolean"
    return "number" if "int" in text or "float" in text else "string"


def _condition(catalog: Kinds, kind: Kind, raw: Any) -> Condition:
    if isinstance(raw, str):
        path, operator, value = split(raw)
    elif isinstance(raw, Mapping) and {"name", "op"} <= raw.keys():
        path, operator, value = str(raw["name"]), raw["op"], raw.get("value", "")
        if operator not in _LONG:
            raise argerr(f"query operator '{operator}' is unknown, valid ones are {sorted(_LONG)}")
        value = (
            ",".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
        )
    else:
        raise argerr(f"query condition {raw!r} is neither a string nor an object with name, op and value")
    listed = operator in ("in", "not in")
    return compared(catalog, kind, path, operator, tuple(value.split(",")) if listed else value)


def compared(catalog: Kinds, kind: Kind, path: str, operator: Operator, value: str | tuple[str, ...]) -> Condition:
    """A dotted path compared with a value.  That a resource has no tag is that none of its tags is anything."""
    steps, name, type_ = resolve(catalog, kind, path)
    if path.rpartition(".")[2] in _TAGS and operator in ("is null", "is not null"):
        return Condition(steps, name, type_, "not like" if operator == "is null" else "like", "%")
    if type_ == "number" and operator in _OF_NUMBERS:
        for one in value if isinstance(value, tuple) else (value,):
            if not _NUMBER.fullmatch(one):
                raise argerr(f"query condition on field[{path}]: '{one}' is no number")
    return Condition(steps, name, type_, operator, value)


def resolve(catalog: Kinds, kind: Kind, path: str) -> tuple[tuple[Step, ...], str, FieldType]:
    """A dotted path -> relations to follow, the last field, its type."""
    kind = catalog.kinds.get(kind.vo, kind)
    *relations, last = path.split(".")
    steps: list[Step] = []
    while relations:
        name = relations.pop(0)
        if name in kind.aliases:
            relations[:0] = kind.aliases[name].split(".")
            continue
        relation = kind.relations.get(name)
        if relation is None or relation.vo not in catalog.kinds:
            raise argerr(_unknown(kind, name, {**kind.relations, **kind.aliases}))
        kind = catalog.kinds[relation.vo]
        steps.append(Step(relation, kind))
    if last in _TAGS:
        tags, field_name = _TAGS[last]
        return (*steps, Step(Relation(tags.vo, "uuid", "resourceUuid"), tags)), field_name, "string"
    shaped = kind.relations.get(last)
    if shaped is not None and shaped.shape is not None and ":" not in shaped.shape:
        kind = catalog.kinds[shaped.vo]
        steps.append(Step(shaped, kind))
        last = shaped.shape
    name, type_ = own_field(kind, last)
    return tuple(steps), name, type_


def shown_field(kind: Kind, name: str) -> str:
    """A field of an inventory, or what is nested in it.  SYS.1007 for another."""
    nested = kind.relations.get(name)
    return name if nested is not None and nested.nested else own_field(kind, name)[0]


def own_field(kind: Kind, name: str) -> tuple[str, FieldType]:
    """A scalar field of the kind itself, with its type.  SYS.1007 for another, with near names."""
    types = field_types(kind)
    if name not in types:
        raise argerr(_unknown(kind, name, types))
    return name, types[name]


def _unknown(kind: Kind, name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, 3)
    hint = f", did you mean {' or '.join(near)}?" if near else f", it has {', '.join(sorted(known))}"
    return f"{kind.vo} has no queryable field[{name}]{hint}"


def _sort(kind: Kind, text: str | None, direction: str | None) -> tuple[str, FieldType, bool] | None:
    if not text:
        return None
    name, type_ = own_field(kind, text.lstrip("+- "))
    return name, type_, text.startswith("-") or direction == "desc"


def _whole(name: str, value: Any, default: int) -> int:
    if value is None:
        return default
    if not isinstance(value, int) or value < 0:
        raise argerr(f"field[{name}] of a query must be a whole number from 0, not {value!r}")
    return value
