"""Users of an account, and groups of them."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.account import Session
from landbridge.model.documents.identity import USER, USER_GROUP, User, UserGroup, UserGroupUserRef
from landbridge.model.errors import ApiError, argerr
from landbridge.services.account.users import (
    default_policy,
    delete_group,
    delete_user,
    give_policy,
    join_group,
    names_of,
)

_PACKAGE = "org.zstack.header.identity"
_HASH = "SHA-512 of the password, in lower-case hex"


class CreateUser(CreateRequest, kw_only=True):
    """Make a user of your account.  Policies say what it may do; at first it may look at everything."""

    name: Annotated[str, P(help="what it logs in by; unique in the account", max=255, nonempty=True)]
    password: Annotated[str, P(help=_HASH, max=255, nonempty=True, secret=True, password="new")]
    description: Annotated[str | None, P(max=2048)] = None


def create_user(ctx: Context, req: CreateUser) -> Outcome:
    """SYS.1007 for a name that another user of the account has."""
    account = ctx.caller.account_uuid
    user = User(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        account_uuid=account,
        name=req.name,
        description=req.description,
        password_hash=req.password,
    )
    _take_name(ctx, user, req.name)
    ctx.tx.put(user)
    give_policy(ctx.tx, user, default_policy(ctx.tx, account))
    return Outcome(inventory=(USER, user.uuid))


class UpdateUser(Request, kw_only=True):
    """Change a user; a user changes its own password."""

    uuid: Annotated[str | None, P(help="the user; yourself when left out", ref=USER.vo, touch="change")] = None
    name: Annotated[str | None, P(help="its new name", max=255, nonempty=True)] = None
    description: Annotated[str | None, P(max=2048)] = None
    password: Annotated[str | None, P(help=_HASH, max=255, nonempty=True, secret=True, password="new")] = None
    old_password: Annotated[str | None, P(help=f"to be sure: {_HASH}", max=255, secret=True, password="old")] = None


def update_user(ctx: Context, req: UpdateUser) -> Outcome:
    """A user may only change its own password.  ID.1000 for a wrong old one."""
    uuid = req.uuid or ctx.caller.user_uuid
    if ctx.caller.is_user and (uuid != ctx.caller.user_uuid or req.name is not None):
        raise ApiError("ID.1002", "a user changes only its own password: log in as the account to change users")
    user = ctx.tx.get(User, uuid)
    if user is None:
        raise argerr("uuid is missing: name the user, you are logged in as the account itself")
    if req.old_password is not None and req.old_password != user.password_hash:
        raise ApiError("ID.1000", f"the old password of user[uuid:{user.uuid}] is wrong")
    if req.name is not None and req.name != user.name:
        _take_name(ctx, user, req.name)
    user.description = user.description if req.description is None else req.description
    if req.password is not None:
        user.password_hash = req.password
        for session in ctx.tx.find(Session, account_uuid=user.account_uuid):
            if session.user_uuid == user.uuid and session.uuid != ctx.caller.session_uuid:
                ctx.tx.delete(session)
    ctx.tx.put(user)
    return Outcome(inventory=(USER, user.uuid))


def _take_name(ctx: Context, user: User, name: str) -> None:
    scope = names_of(user.account_uuid)
    if not ctx.tx.claim(scope, name, user.uuid):
        raise argerr(f"the account has a user[name:{name}] already: choose another name")
    if user.name != name:
        ctx.tx.release(scope, user.name)
    user.name = name


class DeleteUser(DeleteRequest, kw_only=True):
    """Delete a user, its sessions and keys."""


def delete_user_action(ctx: Context, req: DeleteUser) -> Outcome:
    """What it made is the account's and stays."""
    delete_user(ctx.tx, ctx.tx.need(User, req.uuid))
    return Outcome()


class CreateUserGroup(CreateRequest, kw_only=True):
    """Make a group: users that have policies in common."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None


def create_group(ctx: Context, req: CreateUserGroup) -> Outcome:
    """In the caller's account."""
    group = UserGroup(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        account_uuid=ctx.caller.account_uuid,
        name=req.name,
        description=req.description,
    )
    ctx.tx.put(group)
    return Outcome(inventory=(USER_GROUP, group.uuid))


class UpdateUserGroup(Request, kw_only=True):
    """Rename a group or describe it."""

    uuid: Annotated[str, P(help="the group", ref=USER_GROUP.vo, touch="change")]
    name: Annotated[str | None, P(help="its new name", max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


def update_group(ctx: Context, req: UpdateUserGroup) -> Outcome:
    """What is left out stays."""
    group = ctx.tx.need(UserGroup, req.uuid)
    group.name = group.name if req.name is None else req.name
    group.description = group.description if req.description is None else req.description
    ctx.tx.put(group)
    return Outcome(inventory=(USER_GROUP, group.uuid))


class DeleteUserGroup(DeleteRequest, kw_only=True):
    """Delete a group; its users stay."""


def delete_group_action(ctx: Context, req: DeleteUserGroup) -> Outcome:
    """Its policies' permissions end for its users."""
    delete_group(ctx.tx, ctx.tx.need(UserGroup, req.uuid))
    return Outcome()


class AddUserToGroup(Request, kw_only=True):
    """Put a user into a group."""

    user_uuid: Annotated[str, P(help="the user", ref=USER.vo, touch="change")]
    group_uuid: Annotated[str, P(help="the group", ref=USER_GROUP.vo)]


def add_to_group(ctx: Context, req: AddUserToGroup) -> Outcome:
    """Twice is once."""
    join_group(ctx.tx, ctx.tx.need(UserGroup, req.group_uuid), ctx.tx.need(User, req.user_uuid))
    return Outcome()


class RemoveUserFromGroup(Request, kw_only=True):
    """Take a user out of a group."""

    user_uuid: Annotated[str, P(help="the user", ref=USER.vo, touch="change")]
    group_uuid: Annotated[str, P(help="the group", ref=USER_GROUP.vo)]


def remove_from_group(ctx: Context, req: RemoveUserFromGroup) -> Outcome:
    """One that is not in it is out."""
    for ref in ctx.tx.find(UserGroupUserRef, group_uuid=req.group_uuid, user_uuid=req.user_uuid):
        ctx.tx.delete(ref)
    return Outcome()


ACTIONS = (
    action("CreateUser", "POST", "/accounts/users", create_user, CreateUser,
           message=f"{_PACKAGE}.APICreateUserMsg", kind=USER, users="never"),
    action("UpdateUser", "PUT", "/accounts/users/actions", update_user, UpdateUser,
           message=f"{_PACKAGE}.APIUpdateUserMsg", kind=USER, users="always"),
    action("DeleteUser", "DELETE", "/accounts/users/{uuid}", delete_user_action, DeleteUser,
           message=f"{_PACKAGE}.APIDeleteUserMsg", result="none", users="never", absent_ok=("uuid", USER.vo)),
    query("QueryUser", "/accounts/users", USER, message=f"{_PACKAGE}.APIQueryUserMsg", help="Find users."),
    action("CreateUserGroup", "POST", "/accounts/groups", create_group, CreateUserGroup,
           message=f"{_PACKAGE}.APICreateUserGroupMsg", kind=USER_GROUP, users="never"),
    action("UpdateUserGroup", "PUT", "/accounts/groups/actions", update_group, UpdateUserGroup,
           message=f"{_PACKAGE}.APIUpdateUserGroupMsg", kind=USER_GROUP, users="never"),
    action("DeleteUserGroup", "DELETE", "/accounts/groups/{uuid}", delete_group_action, DeleteUserGroup,
           message=f"{_PACKAGE}.APIDeleteUserGroupMsg", result="none", users="never",
           absent_ok=("uuid", USER_GROUP.vo)),
    query("QueryUserGroup", "/accounts/groups", USER_GROUP, message=f"{_PACKAGE}.APIQueryUserGroupMsg",
          help="Find groups of users."),
    action("AddUserToGroup", "POST", "/accounts/groups/{groupUuid}/users", add_to_group, AddUserToGroup,
           message=f"{_PACKAGE}.APIAddUserToGroupMsg", result="none", users="never"),
    action("RemoveUserFromGroup", "DELETE", "/accounts/groups/{groupUuid}/users/{userUuid}", remove_from_group,
           RemoveUserFromGroup, message=f"{_PACKAGE}.APIRemoveUserFromGroupMsg", result="none", users="never"),
)  # fmt: skip
