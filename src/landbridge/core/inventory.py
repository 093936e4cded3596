"""Documents as users see them: inventories."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from landbridge.model.resource import Kind, Relation

DATE_FIELDS = frozenset({"createDate", "lastOpDate", "expiredDate", "joinDate", "heartBeat"})


def format_date(milliseconds: int) -> str:
    """`Nov 22, 2026 8:00:00 AM`: the US form that every ZStack client parses, in UTC."""
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    hour = moment.hour % 12 or 12
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.month - 1]
    half = "AM" if moment.hour < 12 else "PM"
    return f"{month} {moment.day}, {moment.year} {hour}:{moment:%M:%S} {half}"


def flat(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document's own fields: internal and absent ones out, dates formatted."""
    if kind.shown_uuid is not None:
        document = {**document, "uuid": document[kind.shown_uuid], kind.shown_uuid: None}
    return {
        name: format_date(value) if name in DATE_FIELDS and isinstance(value, int) else value
        for name, value in document.items()
        if value is not None and name not in kind.internal
    }


def nest(inventory: dict[str, Any], name: str, relation: Relation, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put related inventories into an inventory, in the shape that the relation says.

    Shapes: whole inventories (None), the values of one field (`dns`), or a map of two (`clusterUuid:cidr`).
    """
    shape = relation.shape
    if shape is None:
        inventory[name] = list(rows)
    elif ":" in shape:
        key, value = shape.split(":")
        inventory[name] = {row[key]: row[value] for row in rows if value in row}
    else:
        inventory[name] = list(dict.fromkeys(row[shape] for row in rows if shape in row))
