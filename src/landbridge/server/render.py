"""Outcomes as answers: the envelope, the inventories as they are now, the `schema` map."""

from typing import Any

from landbridge.core.query import QueryResult, Statement
from landbridge.core.service import Caller, Outcome
from landbridge.core.view import View
from landbridge.model.errors import ApiError
from landbridge.store.store import inventories, select


def render(view: View, outcome: Outcome, caller: Caller) -> dict[str, Any]:
    """The answer as the caller may see it, always with its `schema` (dropped later if nobody asked for it).

    Raises SYS.1017 when the one resource to answer with is gone: a later change has won.
    """
    answer: dict[str, Any] = dict(outcome.body)
    schema: dict[str, str] = {}
    if outcome.inventory is not None:
        kind, uuid = outcome.inventory
        rows, classes = inventories(view, kind, (uuid,), caller)
        if not rows:
            raise ApiError(
                "SYS.1017", f"{kind.vo}[uuid:{uuid}] was deleted by a later operation before this one ended"
            )
        answer["inventory"] = {**rows[0], **outcome.once}
        schema = {path.replace("inventories[0]", "inventory", 1): java for path, java in classes.items()}
    if outcome.inventories is not None:
        kind, uuids = outcome.inventories
        answer["inventories"], classes = inventories(view, kind, uuids, caller)
        schema |= classes
    if outcome.select:
        answer["results"] = [_result(select(view, one.kind, one.spec, caller), one) for one in outcome.select]
    answer["schema"] = schema
    return answer


def _result(found: QueryResult, of: Statement) -> dict[str, Any]:
    """What ZQL answers to one statement: rows, their number, the numbers per group; under its name."""
    answer: dict[str, Any] = {} if of.name is None else {"name": of.name}
    if of.spec.count_only and of.spec.group_by:
        answer["inventoryCounts"] = found.rows
    elif not of.spec.count_only:
        answer["inventories"] = found.rows
    if found.total is not None:
        answer["total"] = found.total
    return answer
