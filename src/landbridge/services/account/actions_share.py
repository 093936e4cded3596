"""Sharing: what other accounts may use, but not change; and how much an account may have."""

from typing import Annotated

from landbridge.core.api import P, Request, action, query
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.account import ACCOUNT
from landbridge.model.documents.sharing import PUBLIC, QUOTA, SHARED_RESOURCE, Quota, SharedResource
from landbridge.model.errors import argerr
from landbridge.model.resource import document_name

_PACKAGE = "org.zstack.header.identity"


class ShareResource(Request, kw_only=True):
    """Let other accounts use networks, pools, offerings, security groups, certificates or access control lists."""

    resource_uuids: Annotated[list[str], P(help="what", nonempty=True, ref="ResourceVO", touch="change")]
    account_uuids: Annotated[list[str] | None, P(help="with these accounts", ref=ACCOUNT.vo, anyones=True)] = None
    to_public: Annotated[bool | None, P(help="with every account there is and will be")] = None


def share(ctx: Context, req: ShareResource) -> Outcome:
    """SYS.1007 for what cannot be shared, and for nobody to share with.  Twice is once."""
    receivers = [*(req.account_uuids or ()), *((PUBLIC,) if req.to_public else ())]
    if not receivers:
        raise argerr("there is nobody to share with: give accountUuids, or toPublic true")
    for uuid in dict.fromkeys(req.resource_uuids):
        resource = ctx.tx.any(uuid)
        owner = ctx.tx.owner_account(uuid)
        if resource is None or owner is None or not ctx.tx.is_shareable(resource):
            raise argerr(
                f"resource[uuid:{uuid}] cannot be shared: networks, VXLAN pools, offerings, security groups, "
                "certificates and access control lists can"
            )
        for receiver in dict.fromkeys(receivers):
            if receiver == owner or ctx.tx.first(SharedResource, resource_uuid=uuid, receiver=receiver) is not None:
                continue
            ctx.tx.put(
                SharedResource(
                    uuid=ctx.tx.new_uuid(),
                    owner_account_uuid=owner,
                    resource_uuid=uuid,
                    resource_type=f"{document_name(type(resource))}VO",
                    receiver=receiver,
                    receiver_account_uuid=None if receiver == PUBLIC else receiver,
                    to_public=receiver == PUBLIC,
                )
            )
    return Outcome()


class RevokeResourceSharing(Request, kw_only=True):
    """Take shares back.  What was made with them stays and works; nothing new can be."""

    resource_uuids: Annotated[list[str], P(help="what", nonempty=True, ref="ResourceVO", touch="change")]
    to_public: Annotated[bool | None, P(help="the share with everybody")] = None
    account_uuids: Annotated[list[str] | None, P(help="those with these", ref=ACCOUNT.vo, anyones=True)] = None
    all: Annotated[bool | None, P(help="every share")] = None


def revoke(ctx: Context, req: RevokeResourceSharing) -> Outcome:
    """What is not shared is fine."""
    receivers = {*(req.account_uuids or ()), *((PUBLIC,) if req.to_public else ())}
    for shared in ctx.tx.find(SharedResource, resource_uuid=req.resource_uuids):
        if req.all or shared.receiver in receivers:
            ctx.tx.delete(shared)
    return Outcome()


class UpdateQuota(Request, kw_only=True):
    """Let an account have more of something, or less; what it has stays."""

    identity_uuid: Annotated[str, P(help="the account", ref=ACCOUNT.vo)]
    name: Annotated[str, P(help="the quota, for example vip.num")]
    value: Annotated[int, P(help="how much", low=0, high=2**63 - 1)] = 0


def update_quota(ctx: Context, req: UpdateQuota) -> Outcome:
    """SYS.1007 for a quota that there is none of."""
    known = sorted(limit.name for limit in ctx.tx.limits())
    if req.name not in known:
        raise argerr(f"there is no quota[name:{req.name}], there are {', '.join(known)}")
    quota = ctx.tx.first(Quota, identity_uuid=req.identity_uuid, name=req.name) or Quota(
        uuid=ctx.tx.new_uuid(), name=req.name, identity_uuid=req.identity_uuid, value=req.value
    )
    quota.value = req.value
    ctx.tx.put(quota)
    return Outcome(inventory=(QUOTA, quota.uuid))


ACTIONS = (
    action("ShareResource", "PUT", "/accounts/resources/actions", share, ShareResource,
           message=f"{_PACKAGE}.APIShareResourceMsg", result="none", users="never"),
    action("RevokeResourceSharing", "PUT", "/accounts/resources/actions", revoke, RevokeResourceSharing,
           message=f"{_PACKAGE}.APIRevokeResourceSharingMsg", result="none", users="never"),
    query("QuerySharedResource", "/accounts/resources", SHARED_RESOURCE,
          message=f"{_PACKAGE}.APIQuerySharedResourceMsg", help="Find out what is shared with whom."),
    action("UpdateQuota", "PUT", "/accounts/quotas/actions", update_quota, UpdateQuota,
           message=f"{_PACKAGE}.APIUpdateQuotaMsg", kind=QUOTA, admin_only=True, users="never"),
    query("QueryQuota", "/accounts/quotas", QUOTA, message=f"{_PACKAGE}.APIQueryQuotaMsg", help="Find quotas."),
)  # fmt: skip
