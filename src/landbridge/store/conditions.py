"""Conditions on declared fields as SQL: what `Tx.find` and its kin ask for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from landbridge.core.catalog import Catalog
from landbridge.core.view import Scalar
from landbridge.model.resource import Resource, document_name
from landbridge.store.schema import json_field


class Conditions:
    """For one dialect.  ValueError for a field that no index is declared of."""

    def __init__(self, dialect: str, catalog: Catalog) -> None:
        self._dialect = dialect
        self._catalog = catalog

    def where(self, doc: type[Resource], equal: Mapping[str, Scalar | Sequence[str]]) -> tuple[str, dict[str, Any]]:
        """Of one type, with these values of fields (None: none; several: any of them); and the values' names."""
        parts, values = [f"type = '{document_name(doc)}'"], {}
        for field, value in equal.items():
            json_name = self.indexed(doc, field)
            column = "uuid" if json_name == "uuid" else json_field(self._dialect, json_name)
            if value is None:
                parts.append(f"{column} IS NULL")
            elif isinstance(value, str | int):
                parts.append(f"{column} = :{field}")
                values[field] = self._literal(value)
            else:
                marks = [f"{field}_{index}" for index in range(len(value))]
                parts.append(f"{column} IN ({', '.join(':' + mark for mark in marks)})" if marks else "1 = 0")
                values.update(zip(marks, value, strict=True))
        return " AND ".join(parts), values

    def indexed(self, doc: type[Resource], field: str) -> str:
        """The JSON name of a field that finds may ask for."""
        name = next(json for json, python in python_names(doc).items() if python == field)
        if name != "uuid" and name not in self._catalog.indexes(doc):
            raise ValueError(f"{document_name(doc)}.{name} has no index: declare it in the kind")
        return name

    def indexed_together(self, doc: type[Resource], equal: Iterable[str], last: str) -> bool:
        """Whether an index has these fields, in any order, and then this one."""
        first = {self.indexed(doc, field) for field in equal}
        end = self.indexed(doc, last)
        declared = (fields.split(",") for fields in self._catalog.indexes(doc))
        return any(fields[-1] == end and set(fields[:-1]) == first for fields in declared)

    def _literal(self, value: str | int) -> str | int:
        """As `json_field` yields it: text on PostgreSQL, 1 and 0 for booleans on SQLite."""
        if self._dialect == "sqlite":
            return int(value) if isinstance(value, bool) else value
        return str(value).lower() if isinstance(value, bool) else str(value)


_names: dict[type[Resource], dict[str, str]] = {}


def python_names(doc: type[Resource]) -> dict[str, str]:
    """JSON field name -> attribute name."""
    if doc not in _names:
        _names[doc] = {field.encode_name: field.name for field in msgspec.structs.fields(doc)}
    return _names[doc]
