"""The log of who did what: written in the transaction that ends an action."""

from collections.abc import Mapping
from typing import Any

from landbridge.core.parameters import parameters
from landbridge.core.view import Tx
from landbridge.model.documents.event import EventLog
from landbridge.model.errors import ApiError
from landbridge.server.call import Call
from landbridge.store.jobs import JobRow

_UUIDS = ("uuid", "Uuid", "Uuids")


def named(call: Call) -> str | None:
    """The first resource that a call names, secret ones apart."""
    for parameter in parameters(call.action.request):
        value = call.values.get(parameter.name)
        if value and parameter.name.endswith(_UUIDS) and not parameter.rule.secret:
            return str(value[0]) if isinstance(value, list) else str(value)
    return None


def is_secret(call: Call) -> bool:
    """Whether the answer is about something that is nobody's to know, as a session's uuid is."""
    kind = call.action.kind
    return kind is not None and kind.vo == "SessionVO"


def of_job(tx: Tx, row: JobRow, error: Mapping[str, Any] | None, result: Mapping[str, Any] | None) -> None:
    """A job ends."""
    request = row.request
    inventory = (result or {}).get("inventory")
    # Some answers' inventory is a list, of several resources or of parts.
    made = inventory.get("uuid") if isinstance(inventory, dict) and not request.get("secret") else None
    event = EventLog(
        uuid=tx.new_uuid(),
        content="",
        action=row.action,
        account_uuid=row.account,
        user_uuid=row.user,
        resource_uuid=made or request.get("named"),
        tracking_id=row.uuid,
        time=row.created,
        address=request.get("address", ""),
        error_code=None if error is None else str(error["code"]),
    )
    _put(tx, event)


def of_call(tx: Tx, call: Call, error: ApiError | None = None) -> None:
    """A synchronous action has ended."""
    event = EventLog(
        uuid=tx.new_uuid(),
        content="",
        action=call.action.name,
        account_uuid=call.caller.account_uuid,
        user_uuid=call.caller.user_uuid,
        resource_uuid=named(call),
        tracking_id=call.request_id,
        time=tx.now,
        address=call.address,
        error_code=None if error is None else error.code,
    )
    _put(tx, event)


def _put(tx: Tx, event: EventLog) -> None:
    """With what it is about, in words."""
    resource = tx.any(event.resource_uuid) if event.resource_uuid else None
    if resource is not None:
        event.resource_type = f"{type(resource).__name__}VO"
    who = f"account[uuid:{event.account_uuid}]" if event.account_uuid else "somebody"
    if event.user_uuid != event.account_uuid:
        who = f"user[uuid:{event.user_uuid}] of {who}"
    what = f" on resource[uuid:{event.resource_uuid}]" if event.resource_uuid else ""
    event.content = f"{who} called {event.action}{what}: {event.error_code or 'done'}"
    tx.put(event)
