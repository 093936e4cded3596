"""Outcomes of waiting jobs as JSON: kinds by name, so that any server copy can go on."""

from collections.abc import Mapping
from typing import Any

from landbridge.core.catalog import Catalog
from landbridge.core.service import Outcome, Then


def to_stored(outcome: Outcome) -> dict[str, Any]:
    """What is needed after the wait: how to answer, how to go on."""
    return {
        "inventory": None if outcome.inventory is None else [outcome.inventory[0].vo, outcome.inventory[1]],
        "inventories": None if outcome.inventories is None else [outcome.inventories[0].vo, outcome.inventories[1]],
        "body": dict(outcome.body),
        "done": _then(outcome.done),
        "failed": _then(outcome.failed),
    }


def from_stored(stored: Mapping[str, Any], catalog: Catalog) -> Outcome:
    """Inverse of `to_stored`, without the waits."""
    one, many = stored["inventory"], stored["inventories"]
    return Outcome(
        inventory=None if one is None else (catalog.kinds[one[0]], one[1]),
        inventories=None if many is None else (catalog.kinds[many[0]], tuple(many[1])),
        body=stored["body"],
        done=_back(stored["done"]),
        failed=_back(stored["failed"]),
    )


def _then(then: Then | None) -> dict[str, Any] | None:
    return None if then is None else {"name": then.name, "args": dict(then.args)}


def _back(stored: Mapping[str, Any] | None) -> Then | None:
    return None if stored is None else Then(stored["name"], stored["args"])
