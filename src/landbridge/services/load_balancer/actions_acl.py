"""Access control lists, and which of them listeners heed."""

from typing import Annotated, Any

from landbridge.core import iprange
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.inventory import flat
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_vip
from landbridge.model.errors import argerr, notfound, operr
from landbridge.model.resource import to_json
from landbridge.services.load_balancer import access, redirects
from landbridge.services.load_balancer.documents import LISTENER, SERVER_GROUP, LoadBalancerListener
from landbridge.services.load_balancer.documents_access import (
    ACL,
    ACL_ENTRY,
    AccessControlList,
    AccessControlListEntry,
    ListenerAcl,
)
from landbridge.services.load_balancer.rules import named, vip_of

_PACKAGE = "org.zstack.header.acl"
_LB = "org.zstack.network.service.lb"


class CreateAccessControlList(CreateRequest, kw_only=True):
    """Make an empty list of clients' addresses."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    ip_version: Annotated[int | None, P(help="4", values=(4, 6))] = None


class DeleteAccessControlList(DeleteRequest, kw_only=True):
    """Delete a list that no listener heeds."""


class AddAccessControlListEntry(CreateRequest, kw_only=True):
    """Put addresses on a list; listeners heed them at once."""

    acl_uuid: Annotated[str, P(help="the list", ref=ACL.vo)]
    entries: Annotated[str, P(help="addresses, CIDRs and ranges with commas between, at most ten", max=2048)]
    description: Annotated[str | None, P(max=2048)] = None


class RemoveAccessControlListEntry(DeleteRequest, kw_only=True):
    """Take addresses off a list."""

    acl_uuid: Annotated[str, P(help="the list", ref=ACL.vo)]


class AddAccessControlListToLoadBalancer(Request, kw_only=True):
    """Let a listener heed lists: clients on them (white) or not on them (black) come in, or requests are led on."""

    acl_uuids: Annotated[list[str], P(help="the lists", ref=ACL.vo, nonempty=True)]
    acl_type: Annotated[str, P(help="white, black or redirect", values=("white", "black", "redirect"))]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]
    server_group_uuids: Annotated[list[str] | None, P(help="of redirect: where to", ref=SERVER_GROUP.vo)] = None


class RemoveAccessControlListFromLoadBalancer(Request, kw_only=True):
    """Let a listener heed lists no longer."""

    acl_uuids: Annotated[list[str], P(help="the lists", ref=ACL.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]
    server_group_uuids: Annotated[list[str] | None, P(help="of redirect: only these", ref=SERVER_GROUP.vo)] = None


class GetLoadBalancerListenerACLEntries(Request, kw_only=True):
    """The entries of the lists that listeners heed, by listener."""

    listener_uuids: Annotated[list[str] | None, P(help="the listeners", ref=LISTENER.vo)] = None
    type: Annotated[str | None, P(help="only this type", values=("RedirectRule", "IpEntry"))] = None


def create(ctx: Context, req: CreateAccessControlList) -> Outcome:
    """SYS.1007 for another version than IPv4."""
    if req.ip_version not in (None, 4):
        raise argerr(f"ipVersion[{req.ip_version}]: VIPs are IPv4 addresses, so are those who come to them")
    acl = AccessControlList(uuid=req.resource_uuid or ctx.tx.new_uuid(), name=req.name, description=req.description)
    ctx.tx.put(acl)
    return Outcome(inventory=(ACL, acl.uuid))


def delete(ctx: Context, req: DeleteAccessControlList) -> Outcome:
    """SYS.1006 while a listener heeds it."""
    for entry in ctx.tx.find(AccessControlListEntry, acl_uuid=req.uuid):
        ctx.tx.delete(entry)
    ctx.tx.delete(ctx.tx.need(AccessControlList, req.uuid))
    return Outcome()


def add_entry(ctx: Context, req: AddAccessControlListEntry) -> Outcome:
    """SYS.1007 for what is no list of addresses, SYS.1006 for a list with a redirect rule."""
    if access.rule_of(ctx.tx, req.acl_uuid) is not None:
        acl = ctx.tx.need(AccessControlList, req.acl_uuid)
        raise operr(f"{access.acl_named(acl)} has a redirect rule: addresses need another list")
    try:
        iprange.parse(req.entries, 4)
    except ValueError as error:
        raise argerr(f"entries: {error}") from error
    entry = AccessControlListEntry(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        acl_uuid=req.acl_uuid,
        type=access.IP_ENTRY,
        ip_entries=req.entries,
        description=req.description,
    )
    ctx.tx.put(entry)
    return Outcome(inventory=(ACL_ENTRY, entry.uuid), everywhere=True)


def remove_entry(ctx: Context, req: RemoveAccessControlListEntry) -> Outcome:
    """SYS.1003 when it is on another list."""
    entry = ctx.tx.need(AccessControlListEntry, req.uuid)
    if entry.acl_uuid != req.acl_uuid:
        raise notfound("uuid", req.uuid, ACL_ENTRY.vo)
    ctx.tx.delete(entry)
    return Outcome(inventory=(ACL, req.acl_uuid), everywhere=True)


def add(ctx: Context, req: AddAccessControlListToLoadBalancer) -> Outcome:
    """What `access.heed` and `redirects.lead` raise; SYS.1007 for groups with another type than redirect."""
    listener = ctx.tx.need(LoadBalancerListener, req.listener_uuid)
    if req.acl_type == access.REDIRECT:
        redirects.lead(ctx.tx, listener, req.acl_uuids, req.server_group_uuids)
    elif req.server_group_uuids:
        raise argerr(f"serverGroupUuids is for lists of type {access.REDIRECT}, this is {req.acl_type}")
    else:
        access.heed(ctx.tx, listener, req.acl_uuids, req.acl_type)
    return at_vip(ctx.tx, vip_of(ctx.tx, listener.load_balancer_uuid).uuid, (LISTENER, listener.uuid))


def remove(ctx: Context, req: RemoveAccessControlListFromLoadBalancer) -> Outcome:
    """SYS.1006 for a list that it does not heed, or that does not lead to a group that is given."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    known = tx.find(ListenerAcl, listener_uuid=listener.uuid)
    for uuid in dict.fromkeys(req.acl_uuids):
        for group in dict.fromkeys(req.server_group_uuids or (None,)):
            found = [ref for ref in known if ref.acl_uuid == uuid and group in (None, ref.server_group_uuid)]
            if not found:
                to = "" if group is None else f" for server group[uuid:{group}]"
                raise operr(f"{named(listener)} does not heed access control list[uuid:{uuid}]{to}")
            for ref in found:
                tx.delete(ref)
    return at_vip(tx, vip_of(tx, listener.load_balancer_uuid).uuid, (LISTENER, listener.uuid))


def entries(ctx: Context, req: GetLoadBalancerListenerACLEntries) -> Outcome:
    """All listeners that the caller is shown, unless some are named."""
    tx = ctx.tx
    wanted = req.listener_uuids or [listener.uuid for listener in tx.find(LoadBalancerListener)]
    found: dict[str, list[dict[str, Any]]] = {}
    for uuid in filter(ctx.sees, wanted):
        lists = tuple(ref.acl_uuid for ref in tx.find(ListenerAcl, listener_uuid=uuid))
        rows = tx.find(AccessControlListEntry, acl_uuid=lists) if lists else []
        found[uuid] = [flat(ACL_ENTRY, to_json(row)) for row in rows if req.type in (None, row.type)]
    return Outcome(body={"inventories": found})


_LISTS = "/access-control-lists"
_OF_LISTENER = "/load-balancers/listeners/{listenerUuid}/access-control-lists"
ACTIONS = (
    action("CreateAccessControlList", "POST", _LISTS, create, CreateAccessControlList,
           message=f"{_PACKAGE}.APICreateAccessControlListMsg", kind=ACL),
    action("DeleteAccessControlList", "DELETE", f"{_LISTS}/{{uuid}}", delete, DeleteAccessControlList,
           message=f"{_PACKAGE}.APIDeleteAccessControlListMsg", result="none", absent_ok=("uuid", ACL.vo)),
    action("AddAccessControlListEntry", "POST", f"{_LISTS}/{{aclUuid}}/ipentries", add_entry,
           AddAccessControlListEntry, message=f"{_PACKAGE}.APIAddAccessControlListEntryMsg", kind=ACL_ENTRY),
    action("RemoveAccessControlListEntry", "DELETE", f"{_LISTS}/{{aclUuid}}/ipentries/{{uuid}}", remove_entry,
           RemoveAccessControlListEntry, message=f"{_PACKAGE}.APIRemoveAccessControlListEntryMsg", kind=ACL,
           absent_ok=("uuid", ACL_ENTRY.vo)),
    action("AddAccessControlListToLoadBalancer", "POST", _OF_LISTENER, add, AddAccessControlListToLoadBalancer,
           message=f"{_LB}.APIAddAccessControlListToLoadBalancerMsg", kind=LISTENER),
    action("RemoveAccessControlListFromLoadBalancer", "DELETE", _OF_LISTENER, remove,
           RemoveAccessControlListFromLoadBalancer,
           message=f"{_LB}.APIRemoveAccessControlListFromLoadBalancerMsg", kind=LISTENER),
    action("GetLoadBalancerListenerACLEntries", "GET", "/load-balancers/listeners/access-control-lists/entries",
           entries, GetLoadBalancerListenerACLEntries,
           message=f"{_LB}.APIGetLoadBalancerListenerACLEntriesMsg", mode="sync", result="body",
           fields=(("inventories", "object"),)),
    query("QueryAccessControlList", _LISTS, ACL, message=f"{_PACKAGE}.APIQueryAccessControlListMsg",
          help="Find access control lists."),
)  # fmt: skip
