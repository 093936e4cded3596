"""Queries in SQL: conditions become sub-queries over relations, nested inventories are loaded in bulk."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from landbridge.core.catalog import Catalog
from landbridge.core.inventory import flat, nest
from landbridge.core.query import Among, Both, Condition, Either, FieldType, QueryResult, QuerySpec, Step, Tree
from landbridge.core.service import Caller
from landbridge.model.documents.ownership import AccountResourceRef
from landbridge.model.documents.sharing import PUBLIC, SharedResource
from landbridge.model.resource import Kind, document_name
from landbridge.store.partitions import BY_BEGINNING
from landbridge.store.schema import json_field
from landbridge.store.tx import SqlTx

Classes = list[tuple[str, str]]
"""Of one row: JSON paths below it, and the server-side class of what is there."""

CHUNK = 500
"""Keys per IN list when nested inventories are loaded."""

_BEFORE_SPECIAL = re.compile(r"[^%_\\]*")
_LAST_BEFORE_SURROGATES = 0xD7FF

_NEGATED = {"!=": "=", "not in": "in", "not like": "like"}
"""Over a relation, `not` means that no related row has the value."""


class Queries:
    """Runs queries inside one transaction, for one caller: what it may not see is not there, however asked."""

    def __init__(self, tx: SqlTx, caller: Caller) -> None:
        self._tx = tx
        self._caller = caller
        self._viewer = {} if caller.is_admin else {"viewer": caller.account_uuid, "public": PUBLIC}
        self._catalog: Catalog = tx.catalog
        self._dialect = tx.dialect
        self._values: dict[str, Any] = dict(self._viewer)
        self._aliases = 0

    def run(self, kind: Kind, spec: QuerySpec) -> QueryResult:
        """The rows, as inventories, with the schema map."""
        where = " AND ".join(self._where(kind, spec))
        if spec.sums or (spec.count_only and spec.group_by):
            return QueryResult(self._grouped(kind, spec, where))
        if spec.group_by:
            column = self._column("r0", spec.group_by)
            where = f"r0.seq IN (SELECT min(r0.seq) FROM {self._table(kind)} r0 WHERE {where} GROUP BY {column})"
        total = None
        if spec.count_only or spec.with_total:
            total = int(
                self._tx.run(
                    f"SELECT count(*) FROM {self._table(kind)} r0 WHERE {where}", **self._values
                ).scalar_one()
            )
        if spec.count_only:
            return QueryResult(total=total)
        order = self._order(spec)
        rows = self._tx.run(
            f"SELECT r0.doc AS doc FROM {self._table(kind)} r0 WHERE {where} ORDER BY {order} "
            "LIMIT :limit OFFSET :start",
            **self._values,
            limit=spec.limit,
            start=spec.start,
        ).all()
        documents = [msgspec.json.decode(row.doc) for row in rows]
        inventories, classes = self.inventories(kind, documents, spec.fields)
        return QueryResult(inventories, total, classes)

    def _grouped(self, kind: Kind, spec: QuerySpec, where: str) -> list[dict[str, Any]]:
        """Sums, or counts, per value of a field; over everything when there is none."""
        wanted = {name: f"sum({self._column('r0', name, 'number')})" for name in spec.sums} or {"count": "count(*)"}
        columns = [f"{value} AS v{at}" for at, value in enumerate(wanted.values())]
        group, tail = self._column("r0", spec.group_by) if spec.group_by else "", ""
        if group:
            columns.append(f"{group} AS g")
            tail = f"GROUP BY {group} ORDER BY {group} LIMIT :limit OFFSET :start"
        rows = self._tx.run(
            f"SELECT {', '.join(columns)} FROM {self._table(kind)} r0 WHERE {where} {tail}",
            **self._values,
            **({"limit": spec.limit, "start": spec.start} if group else {}),
        )
        return [
            ({} if spec.group_by is None else {spec.group_by: row[-1]})
            | {name: int(row[at] or 0) for at, name in enumerate(wanted)}
            for row in rows
        ]

    def inventories(
        self, asked: Kind, documents: Sequence[Mapping[str, Any]], fields: tuple[str, ...] = ()
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Documents -> inventories with nested ones, and their schema map."""
        rows, classes = self._inventories(asked, documents, fields)
        schema = {f"inventories[{at}]{path}": java for at, own in enumerate(classes) for path, java in own}
        return rows, schema

    # ---- inside -----------------------------------------------------------------------------

    def _inventories(
        self, asked: Kind, documents: Sequence[Mapping[str, Any]], fields: tuple[str, ...] = ()
    ) -> tuple[list[dict[str, Any]], list[Classes]]:
        kinds = [self._catalog.kind_of(document, asked.doc, asked) for document in documents]
        rows = [flat(kind, document) for kind, document in zip(kinds, documents, strict=True)]
        classes: list[Classes] = [[("", kind.java)] for kind in kinds]
        for name in dict.fromkeys(name for kind in kinds for name, rel in kind.relations.items() if rel.nested):
            if not fields or name in fields:
                self._nest(name, kinds, documents, rows, classes)
        if fields:
            rows = [{name: row[name] for name in fields if name in row} for row in rows]
        return rows, classes

    def _nest(
        self,
        name: str,
        kinds: Sequence[Kind],
        documents: Sequence[Mapping[str, Any]],
        rows: Sequence[dict[str, Any]],
        classes: Sequence[Classes],
    ) -> None:
        """Load what a relation leads to, for all rows at once, and put it into them."""
        having = [index for index, kind in enumerate(kinds) if name in kind.relations and kind.relations[name].nested]
        relation = kinds[having[0]].relations[name]
        target = self._catalog.kinds[relation.vo]
        keys = [documents[index].get(relation.key) for index in having]
        found: dict[Any, list[Mapping[str, Any]]] = {key: [] for key in keys}
        for document in self._related(target, relation.target_key, [key for key in found if key]):
            found[document[relation.target_key]].append(document)
        places: dict[Any, range] = {}
        ordered: list[Mapping[str, Any]] = []
        for key, mine in found.items():
            places[key] = range(len(ordered), len(ordered) + len(mine))
            ordered += sorted(mine, key=lambda document: document.get(relation.order, 0))
        inventories, inner = self._inventories(target, ordered)
        for index, key in zip(having, keys, strict=True):
            nest(rows[index], name, relation, [inventories[at] for at in places[key]])
            if relation.shape is None:
                classes[index].extend(
                    (f".{name}[{place}]{path}", java)
                    for place, at in enumerate(places[key])
                    for path, java in inner[at]
                )

    def _related(self, target: Kind, key: str, values: Sequence[str]) -> Iterable[Mapping[str, Any]]:
        """Documents by a key, those of one value in the order of their creation."""
        column = "r0.uuid" if key == "uuid" else json_field(self._dialect, key, "r0")
        only = self._rows(target, "r0")
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            marks = {f"v{index}": value for index, value in enumerate(part)}
            wanted = ", ".join(f":{mark}" for mark in marks)
            # Not ordered in SQL: SQLite would walk all rows of the type in that order instead of using the key.
            rows = self._tx.run(
                f"SELECT r0.seq AS seq, r0.doc AS doc FROM resource r0 WHERE {only} AND {column} IN ({wanted})",
                **marks,
                **self._viewer,
            )
            yield from (msgspec.json.decode(row.doc) for row in sorted(rows, key=lambda row: row.seq))

    # ---- conditions -------------------------------------------------------------------------

    def _where(self, kind: Kind, spec: QuerySpec) -> list[str]:
        return [self._rows(kind, "r0"), *(self._tree(part, "r0") for part in spec.conditions)]

    def _tree(self, tree: Tree, here: str) -> str:
        match tree:
            case Both(parts):
                return f"({' AND '.join(self._tree(part, here) for part in parts)})"
            case Either(parts):
                return f"({' OR '.join(self._tree(part, here) for part in parts)})"
            case _:
                return self._leaf(tree, here)

    def _leaf(self, leaf: Condition | Among, here: str) -> str:
        if not leaf.steps:
            return self._test(leaf, here, negated=_is_negated(leaf))
        if not _is_negated(leaf):
            return self._leads_to(leaf.steps, leaf, here)
        step, there = leaf.steps[0], self._alias()
        joined = f"{self._column(there, step.relation.target_key)} = {self._value(here, step.relation.key)}"
        only = self._rows(step.kind, there)
        rest = self._beyond(leaf.steps, leaf, there)
        return f"NOT EXISTS (SELECT 1 FROM resource {there} WHERE {only} AND {joined} AND {rest})"

    def _leads_to(self, steps: tuple[Step, ...], leaf: Condition | Among, here: str) -> str:
        """Rows from which a relation leads to one that meets the condition; found from there, by its indexes."""
        there = self._alias()
        relation, only = steps[0].relation, self._rows(steps[0].kind, there)
        rest = self._beyond(steps, leaf, there)
        return (
            f"{self._column(here, relation.key)} IN "
            f"(SELECT {self._value(there, relation.target_key)} FROM resource {there} WHERE {only} AND {rest})"
        )

    def _beyond(self, steps: tuple[Step, ...], leaf: Condition | Among, there: str) -> str:
        if len(steps) > 1:
            return self._leads_to(steps[1:], leaf, there)
        return self._test(leaf, there, negated=False)

    def _test(self, leaf: Condition | Among, here: str, *, negated: bool) -> str:
        """The comparison itself; `negated` false: its positive form."""
        if isinstance(leaf, Condition):
            return self._compare(leaf, leaf.operator if negated else _NEGATED.get(leaf.operator, leaf.operator), here)
        there = self._alias()
        only = " AND ".join([self._rows(leaf.kind, there), *(self._tree(part, there) for part in leaf.where)])
        column = self._column(here, leaf.name)
        rows = f"(SELECT {self._value(there, leaf.field)} FROM resource {there} WHERE {only})"
        if not negated:
            return f"{column} IN {rows}"
        # An absent value would make NOT IN unknown for every row.
        return f"({column} NOT IN {rows[:-1]} AND {self._column(there, leaf.field)} IS NOT NULL) OR {column} IS NULL)"

    def _alias(self) -> str:
        """A name for one more look at the table of resources."""
        self._aliases += 1
        return f"r{self._aliases}"

    def _compare(self, condition: Condition, operator: str, alias: str) -> str:
        column = self._column(alias, condition.name, "string" if "like" in operator else condition.type)
        if operator in ("is null", "is not null"):
            return f"{column} {operator.upper()}"
        if isinstance(condition.value, tuple):
            marks = ", ".join(self._bind(value, condition.type) for value in condition.value)
            wanted = f"{column} {operator.upper()} ({marks})"
        else:
            compare = {"!=": "<>", "like": "LIKE", "not like": "NOT LIKE"}.get(operator, operator)
            wanted = f"{column} {compare} {self._bind(condition.value, condition.type, like='like' in operator)}"
        if operator == "like" and self._dialect != "sqlite" and condition.name in BY_BEGINNING:
            wanted = " AND ".join([wanted, *self._begins(column, str(condition.value))])
        return f"({wanted} OR {column} IS NULL)" if operator in _NEGATED else wanted

    def _begins(self, column: str, pattern: str) -> list[str]:
        """What PostgreSQL can look up: bounds for the text before a pattern's first special character."""
        beginning = _BEFORE_SPECIAL.match(pattern)
        text = beginning[0] if beginning else ""
        if not text or ord(text[-1]) >= _LAST_BEFORE_SURROGATES:
            return []
        after = text[:-1] + chr(ord(text[-1]) + 1)
        return [f"{column} ~>=~ {self._bind(text, 'string')}", f"{column} ~<~ {self._bind(after, 'string')}"]

    def _column(self, alias: str, name: str, type_: FieldType = "string") -> str:
        if name == "uuid":
            return f"{alias}.uuid"
        column = json_field(self._dialect, name, alias)
        return f"CAST({column} AS NUMERIC)" if type_ == "number" and self._dialect != "sqlite" else column

    def _value(self, alias: str, name: str) -> str:
        """A field to compare an indexed one with.

        SQLite would compare with a text column by that column's rule, for which an expression's index
        does not serve; `+` makes it a mere value.
        """
        return ("+" if self._dialect == "sqlite" else "") + self._column(alias, name)

    def _bind(self, value: str, type_: FieldType, *, like: bool = False) -> str:
        mark = f"c{len(self._values)}"
        self._values[mark] = value if like else self._typed(value, type_)
        return (
            f"CAST(:{mark} AS NUMERIC)"
            if type_ == "number" and self._dialect != "sqlite" and not like
            else f":{mark}"
        )

    def _typed(self, value: str, type_: FieldType) -> str | int | float:
        if self._dialect != "sqlite" or type_ == "string":
            return value.lower() if type_ == "boolean" else value
        if type_ == "boolean":
            return int(value.lower() == "true")
        return float(value) if "." in value else int(value)

    def _table(self, kind: Kind) -> str:
        """Where rows of a kind are: who owns what is read off the resources."""
        if kind.doc is not AccountResourceRef:
            return "resource"
        owned = {document_name(one.doc) for one in self._catalog.kinds.values() if one.seen_by == "owner"}
        owned -= {document_name(doc) for doc in self._catalog.docs.values() if self._catalog.within(doc)}
        fields = {name: f"'{name}', {json_field(self._dialect, name)}" for name in ("createDate", "lastOpDate")}
        make = "json_object" if self._dialect == "sqlite" else "jsonb_build_object"
        if self._dialect != "sqlite":
            fields = {name: f"'{name}', CAST(doc ->> '{name}' AS BIGINT)" for name in fields}
        return (
            f"(SELECT seq, uuid, owner, family, '{document_name(kind.doc)}' AS type, {make}('uuid', uuid, "
            "'accountUuid', owner, 'resourceUuid', uuid, 'resourceType', type || 'VO', 'concreteResourceType', "
            f"type || 'VO', {', '.join(fields.values())}) AS doc FROM resource "
            f"WHERE family = uuid AND owner IS NOT NULL AND type IN ({', '.join(map(repr, sorted(owned)))}))"
        )

    def _rows(self, kind: Kind, alias: str) -> str:
        """Which rows are the kind's and the caller's to see."""
        only = _only(kind, self._dialect, alias)
        if self._caller.is_admin or kind.seen_by == "everyone":
            return only
        if kind.seen_by == "admins":
            return "1 = 0"
        kinds = document_name(SharedResource)
        resource, receiver = (json_field(self._dialect, name, "s") for name in ("resourceUuid", "receiver"))
        ways = [
            f"{alias}.owner = :viewer",
            f"{alias}.family IN (SELECT {resource} FROM resource s "
            f"WHERE s.type = '{kinds}' AND {receiver} IN (:viewer, :public))",
        ]
        if kind.also_seen_by is not None:
            ways.append(f"{json_field(self._dialect, kind.also_seen_by, alias)} IN (:viewer, :public)")
        return f"{only} AND ({' OR '.join(ways)})"

    def _order(self, spec: QuerySpec) -> str:
        if spec.sort is None:
            return "r0.seq"
        name, type_, descending = spec.sort
        return f"{self._column('r0', name, type_)} {'DESC' if descending else 'ASC'}, r0.seq"


def _is_negated(leaf: Condition | Among) -> bool:
    return leaf.negated if isinstance(leaf, Among) else leaf.operator in _NEGATED


def _only(kind: Kind, dialect: str, alias: str) -> str:
    """Rows of a kind.  Types and discriminators are declared constants, so they stand in the text."""
    prefix = f"{alias}." if alias else ""
    parts = [f"{prefix}type = '{document_name(kind.doc)}'"]
    parts += [f"{json_field(dialect, name, alias)} = '{value}'" for name, value in kind.where.items()]
    return " AND ".join(parts)
