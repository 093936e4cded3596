"""What is there as a manifest: what `apply` would make again, by name.  Pure."""

from collections.abc import Mapping
from typing import Any

from landbridge.cli.manifest.model import Cloud, Row
from landbridge.cli.manifest.sort import Sort
from landbridge.cli.manifest.sorts import SORTS
from landbridge.core.parameters import Parameter


def exported(cloud: Cloud) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The manifest, and what it lacks, in sentences: secrets, and what has a name that others have, too."""
    lacks: list[str] = []
    found = {
        noun: [_entry(sort, row, cloud, lacks) for row in cloud.rows.get(noun, ())] for noun, sort in SORTS.items()
    }
    return {noun: entries for noun, entries in found.items() if entries}, lacks


def _entry(sort: Sort, row: Row, cloud: Cloud, lacks: list[str]) -> dict[str, Any]:
    name = str(row["name"])
    if cloud.name(row["uuid"]) is None:
        lacks.append(f"{sort.noun} {name}: another one is called so")
    entry: dict[str, Any] = {"name": name}
    for key, parameter in sort.exported().items():
        if parameter.rule.secret:
            lacks.append(f"{sort.noun} {name}: {key} is secret: write it yourself")
        elif (value := _value(sort, parameter, row, cloud)) is not None and not _by_default(parameter, value):
            entry[key] = value
    links: Mapping[str, Any] = {key: link.written(row, cloud) for key, link in sort.links.items()}
    return {**entry, **{key: value for key, value in links.items() if value is not None}}


def _value(sort: Sort, parameter: Parameter, row: Row, cloud: Cloud) -> Any:
    value = row.get(sort.shown.get(parameter.name, parameter.name))
    if sort.noun_of(parameter) is None or value is None:
        return value
    if isinstance(value, list):
        return [cloud.name(one) for one in value if cloud.name(one) is not None]
    return cloud.name(value)


def _by_default(parameter: Parameter, value: Any) -> bool:
    return not parameter.required and (value in ("", [], {}) or value == parameter.default)
