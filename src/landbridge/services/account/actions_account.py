"""Accounts: make, change, delete; who owns what, what it is called."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from landbridge.core import handover, quota
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.inventory import flat, format_date
from landbridge.core.membership import refs_of
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.account import ACCOUNT, Account
from landbridge.model.documents.ownership import RESOURCE_REF
from landbridge.model.documents.sharing import Quota
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError, operr
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.model.resource import Resource, document_name, to_json
from landbridge.services.account.accounts import close_sessions, remove, take_name

_PACKAGE = "org.zstack.header.identity"
_HASH = "SHA-512 of the password, in lower-case hex"
_SHOWN = 5
"""Resources that an error names."""


class CreateAccount(CreateRequest, kw_only=True):
    """Make an account: it owns what is made by those who are logged in to it."""

    name: Annotated[str, P(help="what it logs in by; unique", max=255, nonempty=True)]
    password: Annotated[str, P(help=_HASH, max=255, nonempty=True, secret=True, password="new")]
    type: Annotated[
        str | None, P(help="administrators see and may do everything", values=("SystemAdmin", "Normal"))
    ] = None
    description: Annotated[str | None, P(max=2048)] = None


def create_account(ctx: Context, req: CreateAccount) -> Outcome:
    """SYS.1007 for a name that another account has."""
    account = Account(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        type=req.type or "Normal",
        description=req.description,
        password_hash=req.password,
    )
    take_name(ctx.tx, account, req.name)
    ctx.tx.put(account)
    for limit in ctx.tx.limits():
        value = int(ctx.tx.config(quota.CATEGORY, limit.name))
        ctx.tx.put(Quota(uuid=ctx.tx.new_uuid(), name=limit.name, identity_uuid=account.uuid, value=value))
    return Outcome(inventory=(ACCOUNT, account.uuid))


class UpdateAccount(Request, kw_only=True):
    """Change an account's name, description or password; everybody else who acts for it logs in anew then."""

    uuid: Annotated[str, P(help="the account", ref=ACCOUNT.vo)]
    name: Annotated[str | None, P(help="its new name", max=255, nonempty=True)] = None
    description: Annotated[str | None, P(max=2048)] = None
    password: Annotated[str | None, P(help=_HASH, max=255, nonempty=True, secret=True, password="new")] = None
    old_password: Annotated[str | None, P(help=f"to be sure: {_HASH}", max=255, secret=True, password="old")] = None


def update_account(ctx: Context, req: UpdateAccount) -> Outcome:
    """ID.1000 for a wrong old password; the bootstrap account keeps its name."""
    account = ctx.tx.need(Account, req.uuid)
    if req.old_password is not None and req.old_password != account.password_hash:
        raise ApiError("ID.1000", f"the old password of account[uuid:{account.uuid}] is wrong")
    if req.name is not None and req.name != account.name:
        if account.uuid == ADMIN_ACCOUNT_UUID:
            raise operr(f"account[{account.name}, uuid:{account.uuid}] keeps its name: clients log in by it")
        take_name(ctx.tx, account, req.name)
    account.description = account.description if req.description is None else req.description
    if req.password is not None:
        account.password_hash = req.password
        close_sessions(ctx.tx, account.uuid, but=ctx.caller.session_uuid)
    ctx.tx.put(account)
    return Outcome(inventory=(ACCOUNT, account.uuid))


class DeleteAccount(DeleteRequest, kw_only=True):
    """Delete an account, its users, policies, keys and shares.  Enforcing: what it owns becomes the admin's."""


def delete_account(ctx: Context, req: DeleteAccount) -> Outcome:
    """SYS.1006 for the bootstrap account, one's own, and (Permissive) one that owns resources."""
    tx, account = ctx.tx, ctx.tx.need(Account, req.uuid)
    called = f"account[{account.name}, uuid:{account.uuid}]"
    if account.uuid in (ADMIN_ACCOUNT_UUID, ctx.caller.account_uuid):
        raise operr(f"{called} cannot be deleted: it is the bootstrap account or the one you are logged in to")
    mine = [(kind, uuid) for kind, uuid in tx.owned_by(account.uuid) if uuid != account.uuid]
    if mine and req.delete_mode != "Enforcing":
        some = ", ".join(f"{kind}VO[uuid:{uuid}]" for kind, uuid in mine[:_SHOWN])
        raise operr(
            f"{called} owns {len(mine)} resources ({some}{', …' if len(mine) > _SHOWN else ''}): delete them, give "
            f"them to another account (ChangeResourceOwner), or use deleteMode Enforcing: the admin gets them"
        )
    for _, uuid in mine:
        handover.hand_over(tx, uuid, ADMIN_ACCOUNT_UUID)
    remove(tx, account)
    return Outcome()


class ChangeResourceOwner(Request, kw_only=True):
    """Give a resource, with all that is part of it and what hangs on it, to another account."""

    account_uuid: Annotated[str, P(help="who gets it", ref=ACCOUNT.vo)]
    resource_uuid: Annotated[str, P(help="what", nonempty=True, ref="ResourceVO")]


def change_owner(ctx: Context, req: ChangeResourceOwner) -> Outcome:
    """SYS.1007 for a part of something and for what belongs to nobody; SYS.1006 for a VM in a security group.

    ID.1003 when the new owner would have more than its quotas allow.  What goes along, and what cannot be torn
    apart: core/handover.
    """
    tx, uuid = ctx.tx, req.resource_uuid
    vm = tx.get(VmInstance, uuid)
    if vm is not None and any(refs_of(tx, nic.uuid) for nic in tx.find(VmNic, vm_instance_uuid=vm.uuid)):
        raise operr(f"VM[{vm.name}, uuid:{uuid}] is in security groups: take it out of them (SetVmNicSecurityGroup)")
    handover.give(tx, uuid, req.account_uuid)
    resource = tx.any(uuid)
    assert resource is not None, "the parameter was checked"
    return Outcome(body={"inventory": _ref_inventory(resource, req.account_uuid)})


def _ref_inventory(resource: Resource, account: str) -> Mapping[str, Any]:
    kind = f"{document_name(type(resource))}VO"
    return {
        "accountUuid": account,
        "resourceUuid": resource.uuid,
        "resourceType": kind,
        "concreteResourceType": kind,
        "createDate": format_date(resource.create_date),
        "lastOpDate": format_date(resource.last_op_date),
    }


class GetResourceAccount(Request, kw_only=True):
    """The accounts that own resources."""

    resource_uuids: Annotated[list[str], P(help="the resources", nonempty=True)]


def get_resource_account(ctx: Context, req: GetResourceAccount) -> Outcome:
    """By resource; what the caller does not own is left out, what does not exist too."""
    found: dict[str, Any] = {}
    for uuid in req.resource_uuids:
        account = ctx.tx.get(Account, ctx.tx.owner_account(uuid)) if ctx.owns(uuid) else None
        if account is not None:
            found[uuid] = flat(ACCOUNT, to_json(account))
    return Outcome(body={"inventories": found})


class GetResourceNames(Request, kw_only=True):
    """What resources are called."""

    uuids: Annotated[list[str], P(help="the resources", nonempty=True)]


def get_resource_names(ctx: Context, req: GetResourceNames) -> Outcome:
    """What the caller does not see, and what has no name, is left out."""
    shown = (ctx.tx.any(uuid) for uuid in req.uuids if ctx.sees(uuid))
    rows = [
        {"uuid": one.uuid, "resourceName": name, "resourceType": f"{document_name(type(one))}VO"}
        for one in shown
        if one is not None and (name := getattr(one, "name", None))
    ]
    return Outcome(body={"inventories": rows})


class CheckApiPermission(Request, kw_only=True):
    """Which actions an account, or one of its users, may call, not looking at single resources."""

    user_uuid: Annotated[str | None, P(help="a user of your account; yourself when left out", ref="UserVO")] = None
    api_names: Annotated[list[str], P(help="names of actions or of their messages", nonempty=True)]


def check_permission(ctx: Context, req: CheckApiPermission) -> Outcome:
    """`Allow` or `Deny` by name; an unknown one is denied."""
    user = req.user_uuid or ctx.caller.user_uuid
    verdicts: dict[str, Literal["Allow", "Deny"]] = {
        name: "Allow" if ctx.allowed(name, user) else "Deny" for name in req.api_names
    }
    return Outcome(body={"inventory": verdicts})


class GetAccountQuotaUsage(Request, kw_only=True):
    """How much an account has, and how much it may have."""

    uuid: Annotated[str, P(help="the account", ref=ACCOUNT.vo)]


def get_usage(ctx: Context, req: GetAccountQuotaUsage) -> Outcome:
    """One row per quota; one's own account's, an administrator any."""
    usages = [
        {
            "name": limit.name,
            "total": quota.allowed(ctx.tx, req.uuid, limit.name),
            "used": ctx.tx.measure(req.uuid, limit),
        }
        for limit in ctx.tx.limits()
    ]
    return Outcome(body={"usages": usages})


ACTIONS = (
    action("CreateAccount", "POST", "/accounts", create_account, CreateAccount,
           message=f"{_PACKAGE}.APICreateAccountMsg", kind=ACCOUNT, admin_only=True, users="never"),
    action("UpdateAccount", "PUT", "/accounts/{uuid}", update_account, UpdateAccount,
           message=f"{_PACKAGE}.APIUpdateAccountMsg", kind=ACCOUNT, users="never"),
    action("DeleteAccount", "DELETE", "/accounts/{uuid}", delete_account, DeleteAccount,
           message=f"{_PACKAGE}.APIDeleteAccountMsg", result="none", admin_only=True, users="never",
           absent_ok=("uuid", ACCOUNT.vo)),
    query("QueryAccount", "/accounts", ACCOUNT, message=f"{_PACKAGE}.APIQueryAccountMsg", help="Find accounts."),
    action("ChangeResourceOwner", "POST", "/account/{accountUuid}/resources", change_owner, ChangeResourceOwner,
           message=f"{_PACKAGE}.APIChangeResourceOwnerMsg", result="body", fields=(("inventory", "object"),),
           admin_only=True, users="never"),
    query("QueryAccountResourceRef", "/accounts/resources/refs", RESOURCE_REF,
          message=f"{_PACKAGE}.APIQueryAccountResourceRefMsg", help="Find out which account owns what."),
    action("GetResourceAccount", "GET", "/resources/accounts", get_resource_account, GetResourceAccount, mode="sync",
           message=f"{_PACKAGE}.APIGetResourceAccountMsg", result="body", fields=(("inventories", "object"),)),
    action("GetResourceNames", "GET", "/resources/names", get_resource_names, GetResourceNames, mode="sync",
           message="org.zstack.header.vo.APIGetResourceNamesMsg", result="body", fields=(("inventories", "array"),)),
    action("CheckApiPermission", "PUT", "/accounts/permissions/actions", check_permission, CheckApiPermission,
           mode="sync", message=f"{_PACKAGE}.APICheckApiPermissionMsg", result="body",
           fields=(("inventory", "object"),), users="always"),
    action("GetAccountQuotaUsage", "GET", "/accounts/quota/{uuid}/usages", get_usage, GetAccountQuotaUsage,
           mode="sync", message=f"{_PACKAGE}.APIGetAccountQuotaUsageMsg", result="body",
           fields=(("usages", "array"),)),
)  # fmt: skip
