"""What happens inside the transaction of a call: permission, checks, handler."""

from landbridge.core import labels, permission
from landbridge.core.api import CreateRequest
from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller, Context, Outcome
from landbridge.core.validate import Existing, validate
from landbridge.core.view import Tx, View
from landbridge.model.errors import ApiError
from landbridge.model.resource import to_json
from landbridge.server.call import Call

ANY_RESOURCE = "ResourceVO"
"""The reference that any resource satisfies."""


def permit(view: View, catalog: Catalog, call: Call) -> None:
    """ID.1002 for what the caller may not do, whatever the resource."""
    permission.check(view, call.caller, call.action, catalog.service_of[call.action.name], call.values)


def perform(tx: Tx, catalog: Catalog, call: Call) -> Outcome:
    """Raises ID.1002 for what the caller may not do, SYS.1007 and SYS.1003 for wrong parameters."""
    action = call.action
    permit(tx, catalog, call)
    request = validate(action, call.values, _existing(tx, catalog, call.caller))
    if request is None or action.handler is None:
        return Outcome()
    permission.check_targets(tx, call.caller, action, call.values)
    context = Context(
        tx=tx,
        caller=call.caller,
        request_id=call.request_id,
        system_tags=call.system_tags,
        user_tags=call.user_tags,
        allowed=lambda name, user: _allowed(tx, catalog, call.caller, name, user),
    )
    outcome = action.handler(context, request)
    if isinstance(request, CreateRequest) and outcome.inventory is not None:
        kind, uuid = outcome.inventory
        labels.label(tx, kind.vo, uuid, call.user_tags, request.tag_uuids or ())
    return outcome


def _allowed(view: View, catalog: Catalog, caller: Caller, name: str, user: str) -> bool:
    """Whether an account, or a user of it, may call an action at all."""
    action = next((one for one in catalog.actions if name in permission.names(one, "")), None)
    if action is None:
        return False
    as_user = Caller(caller.account_uuid, user, caller.is_admin)
    try:
        permission.check(view, as_user, action, catalog.service_of[action.name], {})
    except ApiError:
        return False
    return True


def _existing(tx: Tx, catalog: Catalog, caller: Caller) -> Existing:
    """As the caller may know it: what belongs to another account and is not shared is not there for it."""

    def taken(uuid: str) -> bool:
        return any(tx.get(doc, uuid) is not None for doc in catalog.docs.values())

    def anyones(vo: str, uuid: str) -> bool:
        kind = catalog.kinds.get(vo)
        document = None if kind is None else tx.get(kind.doc, uuid)
        return kind is not None and document is not None and kind.matches(to_json(document))

    def resource(vo: str, uuid: str) -> bool:
        if vo == ANY_RESOURCE:
            return taken(uuid) and seen(uuid)
        if not anyones(vo, uuid):
            return False
        match catalog.kinds[vo].seen_by:
            case "everyone":
                return True
            case "admins":
                return caller.is_admin
            case "owner":
                return seen(uuid)

    def seen(uuid: str) -> bool:
        return (
            caller.is_admin
            or tx.owner_account(uuid) == caller.account_uuid
            or tx.shared_with(uuid, caller.account_uuid)
        )

    return Existing(resource=resource, anyones=anyones, taken=taken)
