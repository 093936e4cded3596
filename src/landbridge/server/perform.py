"""What happens inside the transaction of a call: permission, checks, handler."""

from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller, Context, Outcome, Tx
from landbridge.core.validate import Existing, validate
from landbridge.model.errors import ApiError
from landbridge.model.resource import to_json
from landbridge.server.call import Call

ANY_RESOURCE = "ResourceVO"
"""The reference that any resource satisfies."""


def perform(tx: Tx, catalog: Catalog, call: Call) -> Outcome:
    """Raises ID.1002 for what only administrators may, SYS.1007 and SYS.1003 for wrong parameters."""
    action = call.action
    if action.admin_only and not call.caller.is_admin:
        raise ApiError("ID.1002", f"{action.name} is for administrators: log in to an account of type SystemAdmin")
    request = validate(action, call.values, _existing(tx, catalog, call.caller))
    if request is None or action.handler is None:
        return Outcome()
    context = Context(
        tx=tx,
        caller=call.caller,
        request_id=call.request_id,
        system_tags=call.system_tags,
        user_tags=call.user_tags,
    )
    return action.handler(context, request)


def _existing(tx: Tx, catalog: Catalog, caller: Caller) -> Existing:
    """As the caller may know it: what belongs to another account is not there for it."""

    def taken(uuid: str) -> bool:
        return any(tx.get(doc, uuid) is not None for doc in catalog.docs.values())

    def resource(vo: str, uuid: str) -> bool:
        if vo == ANY_RESOURCE:
            return taken(uuid)
        kind = catalog.kinds[vo]
        document = tx.get(kind.doc, uuid)
        if document is None or not kind.matches(to_json(document)):
            return False
        return caller.is_admin or not kind.owned or tx.owner_account(uuid) == caller.account_uuid

    return Existing(resource=resource, taken=taken)
