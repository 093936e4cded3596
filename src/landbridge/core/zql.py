"""ZQL: `query vminstance where name like 'web%' order by name limit 10` -> the neutral tree of `core/query.py`.

    program   = statement *( ";" statement )
    statement = ( "query" target / "count" target / "sum" target [ "by" name ] )
                [ "where" condition ] [ "restrict by" "(" compare *( "," compare ) ")" ]
                [ "return with" "(" name *( "," name ) ")" ] [ "group by" name ]
                [ "order by" name [ "asc" / "desc" ] ] [ "limit" n ] [ "offset" n ]
                [ "filter by" condition ] [ "named as" string ]
    target    = entity [ "." field *( "," field ) ]
    condition = both *( "or" both )         both = part *( "and" part )
    part      = "(" condition ")" / compare
    compare   = path ( "=" / "!=" / ">" / ">=" / "<" / "<=" / "like" / "not like" ) value
              / path ( "in" / "not in" ) "(" ( value *( "," value ) / "query" target [ "where" condition ] ) ")"
              / path ( "has" / "not has" ) "(" value *( "," value ) ")"
              / path ( "is null" / "is not null" )

An entity is a kind by its lower-case name: `vminstance`, `l3network`, `vip`.  `and` binds closer than `or`.
"""

from collections import deque
from collections.abc import Mapping
from typing import cast

from landbridge.core.query import (
    DEFAULT_LIMIT,
    Among,
    Both,
    Condition,
    Either,
    FieldType,
    Kinds,
    Operator,
    QuerySpec,
    Statement,
    Tree,
    compared,
    own_field,
    resolve,
    shown_field,
)
from landbridge.core.zql_words import Words
from landbridge.model.errors import argerr
from landbridge.model.resource import Kind

MOST_DEPTH = 50
"""Brackets and sub-queries inside each other."""

_MOST = 2**31 - 1
"""Rows to skip or to give."""

_FAR = 3
"""Relations between an entity and one that restricts it."""

_COMPARISONS = ("=", "!=", ">", ">=", "<", "<=")


def parse(kinds: Kinds, text: str) -> list[Statement]:
    """The statements of a program.  SYS.1007 saying where it cannot be read, or which field is unknown."""
    reader = _Reader(kinds, text)
    found = [reader.statement()]
    while reader.takes(";"):
        if reader.ended:
            break
        found.append(reader.statement())
    reader.end()
    return found


def entity(kind: Kind) -> str:
    """What ZQL calls a kind."""
    return kind.vo.removesuffix("VO").lower()


class _Reader(Words):
    """Recursive descent over the words."""

    def __init__(self, kinds: Kinds, text: str) -> None:
        super().__init__(text)
        self._kinds = kinds
        self._entities: Mapping[str, Kind] = {entity(kind): kind for kind in kinds.kinds.values()}
        self._depth = 0

    # ---- statements ---------------------------------------------------------------------------

    def statement(self) -> Statement:
        """One, without its semicolon."""
        verb = next((verb for verb in ("query", "count", "sum") if self.takes(verb)), None)
        if verb is None:
            raise self._unexpected("'query', 'count' or 'sum'")
        kind, fields = self._target()
        group = own_field(kind, self._next("path"))[0] if verb == "sum" and self.takes("by") else None
        conditions = [self._condition(kind)] if self.takes("where") else []
        if self.takes("restrict", "by"):
            conditions += self._restrictions(kind)
        with_total = self._returns() if self.takes("return", "with") else False
        if self.takes("group", "by"):
            group = own_field(kind, self._next("path"))[0]
        sort = self._order(kind) if self.takes("order", "by") else None
        limit = self._whole() if self.takes("limit") else DEFAULT_LIMIT
        start = self._whole() if self.takes("offset") else 0
        if self.takes("filter", "by"):
            conditions.append(self._condition(kind))
        name = self._string() if self.takes("named", "as") else None
        spec = QuerySpec(
            conditions=tuple(conditions),
            limit=limit,
            start=start,
            sort=sort,
            fields=tuple(shown_field(kind, field) for field in fields) if verb != "sum" else (),
            group_by=group,
            count_only=verb == "count",
            with_total=with_total,
            sums=_summed(kind, fields) if verb == "sum" else (),
        )
        return Statement(kind, spec, name)

    def _target(self) -> tuple[Kind, tuple[str, ...]]:
        """The kind, and the fields after its name."""
        name, _, field = self._next("path").partition(".")
        kind = self._entities.get(name.lower())
        if kind is None:
            raise argerr(f"ZQL knows no '{name}'; it knows {', '.join(sorted(self._entities))}")
        fields = [field] if field else []
        while field and self.takes(","):
            fields.append(self._next("path"))
        return kind, tuple(fields)

    def _returns(self) -> bool:
        self._need("(")
        while True:
            if (name := self._next("path")) != "total":
                raise argerr(f"ZQL: there is nothing to return with under the name {name}, only total")
            if not self.takes(","):
                break
        self._need(")")
        return True

    def _order(self, kind: Kind) -> tuple[str, FieldType, bool]:
        name, type_ = own_field(kind, self._next("path"))
        return name, type_, self.takes("desc") or (self.takes("asc") and False)

    def _whole(self) -> int:
        text = self._next("number")
        if not text.isdecimal() or int(text) > _MOST:
            raise argerr(f"ZQL: {text} is no whole number from 0 to {_MOST}")
        return int(text)

    # ---- conditions ---------------------------------------------------------------------------

    def _condition(self, kind: Kind) -> Tree:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise argerr(f"ZQL: more than {MOST_DEPTH} brackets inside each other")
        parts = [self._both(kind)]
        while self.takes("or"):
            parts.append(self._both(kind))
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, kind: Kind) -> Tree:
        parts = [self._part(kind)]
        while self.takes("and"):
            parts.append(self._part(kind))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _part(self, kind: Kind) -> Tree:
        if self.takes("("):
            inner = self._condition(kind)
            self._need(")")
            return inner
        return self._compare(kind, self._next("path"))

    def _compare(self, kind: Kind, path: str) -> Tree:
        for mark in _COMPARISONS:
            if self.takes(mark):
                return self._one(kind, path, cast("Operator", mark), self._value())
        negated = self.takes("not")
        if self.takes("like"):
            return self._one(kind, path, "not like" if negated else "like", self._value())
        if self.takes("in"):
            return self._among(kind, path, negated=negated)
        if self.takes("has"):
            wanted = self._values()
            return Both(tuple(self._one(kind, path, "!=" if negated else "=", value) for value in wanted))
        if not negated and self.takes("is"):
            operator: Operator = "is not null" if self.takes("not") else "is null"
            self._need("null")
            return self._one(kind, path, operator, "")
        raise self._unexpected("an operator")

    def _one(self, kind: Kind, path: str, operator: Operator, value: str) -> Condition:
        return compared(self._kinds, kind, path, operator, value)

    def _among(self, kind: Kind, path: str, *, negated: bool) -> Tree:
        if not self.takes("(", "query"):
            return compared(self._kinds, kind, path, "not in" if negated else "in", self._values())
        inner, fields = self._target()
        if len(fields) != 1:
            raise argerr("ZQL: a query inside a condition gives one field: (query vminstance.uuid where …)")
        where = (self._condition(inner),) if self.takes("where") else ()
        self._need(")")
        steps, name, _ = resolve(self._kinds, kind, path)
        return Among(steps, name, negated, inner, own_field(inner, fields[0])[0], where)

    def _values(self) -> tuple[str, ...]:
        self._need("(")
        found = [self._value()]
        while self.takes(","):
            found.append(self._value())
        self._need(")")
        return tuple(found)

    def _value(self) -> str:
        if self._comes("string"):
            return self._string()
        if self._comes("number"):
            return self._next("number")
        for word in ("true", "false"):
            if self.takes(word):
                return word
        raise self._unexpected("a string, a number, true or false")

    def _restrictions(self, kind: Kind) -> list[Tree]:
        self._need("(")
        found = [self._restriction(kind)]
        while self.takes(","):
            found.append(self._restriction(kind))
        self._need(")")
        return found

    def _restriction(self, kind: Kind) -> Tree:
        """`zone.uuid = 'x'`: what leads to that zone; a field alone is the kind's own."""
        name, _, field = self._next("path").partition(".")
        if not field:
            return self._compare(kind, name)
        other = self._entities.get(name.lower())
        if name in kind.relations or name in kind.aliases or other is None:
            return self._compare(kind, f"{name}.{field}")
        return self._compare(kind, ".".join((*_way(self._kinds, kind, other), field)))


def _way(kinds: Kinds, kind: Kind, other: Kind) -> tuple[str, ...]:
    """The relations from a kind to another, as few as there can be.  SYS.1007 if it is far from it."""
    if kind.doc is other.doc:
        return ()
    start: tuple[tuple[str, ...], Kind] = ((), kind)
    open_, seen = deque([start]), {kind.vo}
    while open_:
        way, here = open_.popleft()
        for name, relation in here.relations.items():
            there = kinds.kinds.get(relation.vo)
            if there is None or there.vo in seen or relation.shape is not None:
                continue
            if there.doc is other.doc:
                return (*way, name)
            seen.add(there.vo)
            if len(way) + 1 < _FAR:
                open_.append(((*way, name), there))
    raise argerr(f"ZQL: {entity(kind)} has nothing to do with {entity(other)}")


def _summed(kind: Kind, fields: tuple[str, ...]) -> tuple[str, ...]:
    """SYS.1007 unless all are number fields of the kind."""
    found = [own_field(kind, field) for field in fields]
    if not found or any(type_ != "number" for _, type_ in found):
        raise argerr("ZQL: a sum is of number fields: sum vminstance.cpuNum,memorySize by clusterUuid")
    return tuple(name for name, _ in found)
