"""Queries in SQL: conditions become EXISTS over relations, nested inventories are loaded in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from landbridge.core.catalog import Catalog
from landbridge.core.inventory import flat, nest, schema
from landbridge.core.query import Condition, FieldType, QueryResult, QuerySpec, Step
from landbridge.core.service import Caller
from landbridge.model.resource import Kind, document_name
from landbridge.store.schema import json_field
from landbridge.store.tx import SqlTx

CHUNK = 500
"""Keys per IN list when nested inventories are loaded."""

_NEGATED = {"!=": "=", "not in": "in", "not like": "like"}
"""Over a relation, `not` means that no related row has the value."""


class Queries:
    """Runs queries inside one transaction."""

    def __init__(self, tx: SqlTx) -> None:
        self._tx = tx
        self._catalog: Catalog = tx.catalog
        self._dialect = tx.dialect
        self._values: dict[str, Any] = {}

    def run(self, kind: Kind, spec: QuerySpec, caller: Caller) -> QueryResult:
        """The rows that the caller may see, as inventories, with the schema map."""
        where = " AND ".join(self._where(kind, spec, caller))
        total = None
        if spec.count_only or spec.with_total:
            total = int(self._tx.run(f"SELECT count(*) FROM resource r0 WHERE {where}", **self._values).scalar_one())
        if spec.count_only:
            return QueryResult(total=total)
        order = self._order(spec)
        rows = self._tx.run(
            f"SELECT r0.doc AS doc FROM resource r0 WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :start",
            **self._values,
            limit=spec.limit,
            start=spec.start,
        ).all()
        documents = [msgspec.json.decode(row.doc) for row in rows]
        if spec.group_by:
            documents = list({document.get(spec.group_by): document for document in reversed(documents)}.values())
            documents.reverse()
        inventories, classes = self.inventories(kind, documents, spec.fields)
        return QueryResult(inventories, total, classes)

    def inventories(
        self,
        asked: Kind,
        documents: Sequence[Mapping[str, Any]],
        fields: tuple[str, ...] = (),
        path: str = "inventories",
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """Documents -> inventories with nested ones, and their schema map."""
        kinds = [self._catalog.kind_of(document, asked.doc, asked) for document in documents]
        rows = [flat(kind, document) for kind, document in zip(kinds, documents, strict=True)]
        classes = [(f"{path}[{index}]", kind) for index, kind in enumerate(kinds)]
        for name in dict.fromkeys(name for kind in kinds for name, rel in kind.relations.items() if rel.nested):
            if not fields or name in fields:
                classes += self._nest(name, kinds, documents, rows, path)
        if fields:
            rows = [{name: row[name] for name in fields if name in row} for row in rows]
        return rows, schema(classes)

    # ---- nested inventories -----------------------------------------------------------------

    def _nest(
        self,
        name: str,
        kinds: Sequence[Kind],
        documents: Sequence[Mapping[str, Any]],
        rows: Sequence[dict[str, Any]],
        path: str,
    ) -> list[tuple[str, Kind]]:
        having = [index for index, kind in enumerate(kinds) if name in kind.relations and kind.relations[name].nested]
        relation = kinds[having[0]].relations[name]
        target = self._catalog.kinds[relation.vo]
        keys = [documents[index].get(relation.key) for index in having]
        found: dict[Any, list[Mapping[str, Any]]] = {key: [] for key in keys}
        for document in self._related(target, relation.target_key, [key for key in found if key]):
            found[document[relation.target_key]].append(document)
        classes: list[tuple[str, Kind]] = []
        ordered = [
            document for key in found for document in sorted(found[key], key=lambda d: d.get(relation.order, 0))
        ]
        inventories, inner = self.inventories(target, ordered, path="")
        by_uuid = {document["uuid"]: index for index, document in enumerate(ordered)}
        for index, key in zip(having, keys, strict=True):
            mine = [by_uuid[d["uuid"]] for d in sorted(found[key], key=lambda d: d.get(relation.order, 0))]
            nest(rows[index], name, relation, [inventories[at] for at in mine])
            if relation.shape is None:
                classes += _moved(inner, mine, f"{path}[{index}].{name}", self._catalog)
        return classes

    def _related(self, target: Kind, key: str, values: Sequence[str]) -> Iterable[Mapping[str, Any]]:
        column = "uuid" if key == "uuid" else json_field(self._dialect, key)
        only = _only(target, self._dialect, "")
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            marks = {f"v{index}": value for index, value in enumerate(part)}
            wanted = ", ".join(f":{mark}" for mark in marks)
            sql = f"SELECT doc FROM resource WHERE {only} AND {column} IN ({wanted}) ORDER BY seq"
            yield from (msgspec.json.decode(row.doc) for row in self._tx.run(sql, **marks))

    # ---- conditions -------------------------------------------------------------------------

    def _where(self, kind: Kind, spec: QuerySpec, caller: Caller) -> list[str]:
        parts = [_only(kind, self._dialect, "r0")]
        if kind.owned and not caller.is_admin:
            self._values["owner"] = caller.account_uuid
            parts.append("r0.owner = :owner")
        return parts + [self._condition(condition) for condition in spec.conditions]

    def _condition(self, condition: Condition) -> str:
        if not condition.steps:
            return self._compare(condition, condition.operator, "r0")
        positive = _NEGATED.get(condition.operator)
        inner = self._exists(condition.steps, condition, positive or condition.operator, 0)
        return f"NOT {inner}" if positive else inner

    def _exists(self, steps: tuple[Step, ...], condition: Condition, operator: str, depth: int) -> str:
        here, there = f"r{depth}", f"r{depth + 1}"
        relation, kind = steps[0].relation, steps[0].kind
        joined = f"{self._column(there, relation.target_key)} = {self._column(here, relation.key)}"
        rest = (
            self._exists(steps[1:], condition, operator, depth + 1)
            if len(steps) > 1
            else self._compare(condition, operator, there)
        )
        only = _only(kind, self._dialect, there)
        return f"EXISTS (SELECT 1 FROM resource {there} WHERE {only} AND {joined} AND {rest})"

    def _compare(self, condition: Condition, operator: str, alias: str) -> str:
        column = self._column(alias, condition.name, condition.type)
        if operator in ("is null", "is not null"):
            return f"{column} {operator.upper()}"
        if isinstance(condition.value, tuple):
            marks = ", ".join(self._bind(value, condition.type) for value in condition.value)
            wanted = f"{column} {operator.upper()} ({marks})"
        else:
            compare = {"!=": "<>", "like": "LIKE", "not like": "NOT LIKE"}.get(operator, operator)
            wanted = f"{column} {compare} {self._bind(condition.value, condition.type, like='like' in operator)}"
        return f"({wanted} OR {column} IS NULL)" if operator in _NEGATED else wanted

    def _column(self, alias: str, name: str, type_: FieldType = "string") -> str:
        if name == "uuid":
            return f"{alias}.uuid"
        column = json_field(self._dialect, name, alias)
        return f"CAST({column} AS NUMERIC)" if type_ == "number" and self._dialect != "sqlite" else column

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
        try:
            return int(value)
        except ValueError:
            return float(value) if value.replace(".", "", 1).isdigit() else value

    def _order(self, spec: QuerySpec) -> str:
        if spec.sort is None:
            return "r0.seq"
        name, type_, descending = spec.sort
        return f"{self._column('r0', name, type_)} {'DESC' if descending else 'ASC'}, r0.seq"


def _only(kind: Kind, dialect: str, alias: str) -> str:
    """Rows of a kind.  Types and discriminators are declared constants, so they stand in the text."""
    prefix = f"{alias}." if alias else ""
    parts = [f"{prefix}type = '{document_name(kind.doc)}'"]
    parts += [f"{json_field(dialect, name, alias)} = '{value}'" for name, value in kind.where.items()]
    return " AND ".join(parts)


def _moved(inner: Mapping[str, str], mine: Sequence[int], path: str, catalog: Catalog) -> list[tuple[str, Kind]]:
    """Schema entries of nested inventories under their place in the answer."""
    by_java = {kind.java: kind for kind in catalog.kinds.values()}
    found: list[tuple[str, Kind]] = []
    for place, at in enumerate(mine):
        prefix = f"[{at}]"
        for old, java in inner.items():
            if old == prefix or old.startswith(prefix + "."):
                found.append((f"{path}[{place}]{old[len(prefix) :]}", by_java[java]))
    return found
