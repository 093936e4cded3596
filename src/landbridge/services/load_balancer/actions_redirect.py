"""Rules of lists of type redirect, and the groups that they lead to."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import CreateRequest, P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_router
from landbridge.model.errors import argerr
from landbridge.services.load_balancer import redirects
from landbridge.services.load_balancer.access import REDIRECT_RULE
from landbridge.services.load_balancer.documents import LISTENER, SERVER_GROUP, LoadBalancerListener
from landbridge.services.load_balancer.documents_access import (
    ACL,
    ACL_ENTRY,
    AccessControlList,
    AccessControlListEntry,
)
from landbridge.services.load_balancer.rules import vip_of

_PACKAGE = "org.zstack.header.acl"
_LB = "org.zstack.network.service.lb"


class AddAccessControlListRedirectRule(CreateRequest, kw_only=True):
    """Give an empty list its rule: for requests of which host, below which path it is."""

    acl_uuid: Annotated[str, P(help="the list", ref=ACL.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    domain: Annotated[str | None, P(help="www.example.com, or *.example.com for all that end so", max=255)] = None
    url: Annotated[str | None, P(help="what the path begins with; left out: any", max=80)] = None


class ChangeAccessControlListRedirectRule(Request, kw_only=True):
    """Change a redirect rule's name."""

    uuid: Annotated[str, P(help="the rule", ref=ACL_ENTRY.vo)]
    name: Annotated[str | None, P(max=255)] = None


class ChangeAccessControlListServerGroup(Request, kw_only=True):
    """Lead the requests of a list of type redirect to other groups of servers."""

    server_group_uuids: Annotated[list[str], P(help="the groups, all of them", ref=SERVER_GROUP.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]
    acl_uuid: Annotated[str, P(help="the list", ref=ACL.vo)]


def add(ctx: Context, req: AddAccessControlListRedirectRule) -> Outcome:
    """What `redirects.rule` raises."""
    entry = AccessControlListEntry(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        acl_uuid=req.acl_uuid,
        type=REDIRECT_RULE,
        name=req.name,
        description=req.description,
        domain=req.domain or None,
        url=req.url,
    )
    redirects.rule(ctx.tx, ctx.tx.need(AccessControlList, req.acl_uuid), entry)
    return Outcome(inventory=(ACL_ENTRY, entry.uuid), everywhere=True)


def rename(ctx: Context, req: ChangeAccessControlListRedirectRule) -> Outcome:
    """SYS.1007 for an entry that is no rule."""
    entry = ctx.tx.need(AccessControlListEntry, req.uuid)
    if entry.type != REDIRECT_RULE:
        raise argerr(f"entry[uuid:{entry.uuid}] is addresses, no redirect rule")
    entry.name = entry.name if req.name is None else req.name
    ctx.tx.put(entry)
    return Outcome(inventory=(ACL_ENTRY, entry.uuid))


def lead_elsewhere(ctx: Context, req: ChangeAccessControlListServerGroup) -> Outcome:
    """What `redirects.lead_elsewhere` raises."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    redirects.lead_elsewhere(tx, listener, tx.need(AccessControlList, req.acl_uuid), req.server_group_uuids)
    shown = {
        "aclUuid": req.acl_uuid,
        "listenerUuid": req.listener_uuid,
        "serverGroupUuids": list(dict.fromkeys(req.server_group_uuids)),
    }
    router = vips.router_for(tx, vip_of(tx, listener.load_balancer_uuid))
    return at_router(tx, router, body={"inventory": shown})


ACTIONS = (
    action("AddAccessControlListRedirectRule", "POST", "/access-control-lists/{aclUuid}/redirectRules", add,
           AddAccessControlListRedirectRule, message=f"{_PACKAGE}.APIAddAccessControlListRedirectRuleMsg",
           kind=ACL_ENTRY),
    action("ChangeAccessControlListRedirectRule", "PUT", "/access-control-lists/redirectRules/{uuid}/actions", rename,
           ChangeAccessControlListRedirectRule, message=f"{_PACKAGE}.APIChangeAccessControlListRedirectRuleMsg",
           kind=ACL_ENTRY),
    action("ChangeAccessControlListServerGroup", "PUT",
           "/load-balancers/listener/acl/{aclUuid}/servergroup/actions", lead_elsewhere,
           ChangeAccessControlListServerGroup, message=f"{_LB}.APIChangeAccessControlListServerGroupMsg",
           result="body", fields=(("inventory", "object"),)),
)  # fmt: skip
