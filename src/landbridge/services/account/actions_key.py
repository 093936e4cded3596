"""Access keys: requests signed with them on REST v1 need no session (`server/sessions.py` checks them)."""

from typing import Annotated

import msgspec

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.account import ACCOUNT
from landbridge.model.documents.identity import ACCESS_KEY, AccessKey, User
from landbridge.model.errors import ApiError, argerr

_PACKAGE = "org.zstack.accessKey"
_ID_DIGITS, _SECRET_DIGITS = 20, 40


class CreateAccessKey(CreateRequest, kw_only=True):
    """Make a key that signs requests in an account's, or a user's, name.  Only this answer shows the secret."""

    account_uuid: Annotated[str, P(help="the account", max=32, ref=ACCOUNT.vo, touch="change")]
    user_uuid: Annotated[str, P(help="the user; the account again for a key of its own", max=32)]
    description: Annotated[str | None, P(max=2048)] = None
    access_key_id: Annotated[str | None, P(help="left out: made up", min=10, max=20)] = msgspec.field(
        default=None, name="AccessKeyID"
    )
    access_key_secret: Annotated[str | None, P(help="left out: made up", min=10, max=40, secret=True)] = (
        msgspec.field(default=None, name="AccessKeySecret")
    )


def create_key(ctx: Context, req: CreateAccessKey) -> Outcome:
    """SYS.1003 for a user that the account does not have, SYS.1007 for an id that is taken."""
    tx = ctx.tx
    user = tx.get(User, req.user_uuid)
    if req.user_uuid != req.account_uuid and (user is None or user.account_uuid != req.account_uuid):
        raise ApiError("SYS.1003", f"account[uuid:{req.account_uuid}] has no user[uuid:{req.user_uuid}]")
    if ctx.caller.is_user and req.user_uuid != ctx.caller.user_uuid:
        raise ApiError("ID.1002", "a user makes keys only for itself: log in as the account to make others")
    key = AccessKey(
        uuid=req.resource_uuid or tx.new_uuid(),
        account_uuid=req.account_uuid,
        user_uuid=req.user_uuid,
        description=req.description,
        access_key_id=req.access_key_id or tx.new_uuid()[:_ID_DIGITS],
        access_key_secret=req.access_key_secret or (tx.new_uuid() + tx.new_uuid())[:_SECRET_DIGITS],
    )
    if not tx.claim("access-key", key.access_key_id, key.uuid):
        raise argerr(f"there is an access key[AccessKeyID:{key.access_key_id}] already: choose another, or none")
    tx.put(key)
    return Outcome(inventory=(ACCESS_KEY, key.uuid), once={"AccessKeySecret": key.access_key_secret})


class ChangeAccessKeyState(Request, kw_only=True):
    """Switch a key off or on."""

    uuid: Annotated[str, P(help="the key", ref=ACCESS_KEY.vo)]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable"))]


def change_state(ctx: Context, req: ChangeAccessKeyState) -> Outcome:
    """What it has signed is refused from now on, or taken again."""
    key = _own(ctx, req.uuid)
    key.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(key)
    return Outcome(inventory=(ACCESS_KEY, key.uuid))


class DeleteAccessKey(DeleteRequest, kw_only=True):
    """Delete a key."""


def delete_key(ctx: Context, req: DeleteAccessKey) -> Outcome:
    """What it has signed is refused from now on."""
    ctx.tx.delete(_own(ctx, req.uuid))
    return Outcome()


def _own(ctx: Context, uuid: str) -> AccessKey:
    key = ctx.tx.need(AccessKey, uuid)
    if ctx.caller.is_user and key.user_uuid != ctx.caller.user_uuid:
        raise ApiError("ID.1002", f"access key[uuid:{uuid}] is another user's: log in as the account to change it")
    return key


ACTIONS = (
    action("CreateAccessKey", "POST", "/accesskeys", create_key, CreateAccessKey,
           message=f"{_PACKAGE}.APICreateAccessKeyMsg", kind=ACCESS_KEY),
    action("ChangeAccessKeyState", "PUT", "/accesskeys/{uuid}/actions", change_state, ChangeAccessKeyState,
           message=f"{_PACKAGE}.APIChangeAccessKeyStateMsg", kind=ACCESS_KEY),
    action("DeleteAccessKey", "DELETE", "/accesskeys/{uuid}", delete_key, DeleteAccessKey,
           message=f"{_PACKAGE}.APIDeleteAccessKeyMsg", result="none", absent_ok=("uuid", ACCESS_KEY.vo)),
    query("QueryAccessKey", "/accesskeys", ACCESS_KEY, message=f"{_PACKAGE}.APIQueryAccessKeyMsg",
          help="Find access keys."),
)  # fmt: skip
