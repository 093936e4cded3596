"""Server groups: servers that listeners of one load balancer share, each with its weight."""

from typing import Annotated, Any

from landbridge.core.api import CreateRequest, P, Request, action, query
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.vm import VM_NIC
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer import access, balancers
from landbridge.services.load_balancer.documents import (
    LISTENER,
    LOAD_BALANCER,
    SERVER_GROUP,
    ListenerServerGroup,
    LoadBalancerListener,
    LoadBalancerServerGroup,
    ServerGroupNic,
    ServerGroupServerIp,
)
from landbridge.services.load_balancer.documents_access import AccessControlList, ListenerAcl
from landbridge.services.load_balancer.rules import (
    add_nics,
    add_servers,
    described_nics,
    described_servers,
    named,
    settled,
)

_PACKAGE = "org.zstack.network.service.lb"
_NICS = "a list of {uuid, weight}: NICs of VMs"
_SERVERS = "a list of {ipAddress, weight}: what is no NIC of a VM"


class CreateLoadBalancerServerGroup(CreateRequest, kw_only=True):
    """Make a group of servers for listeners of a load balancer."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    load_balancer_uuid: Annotated[str, P(help="the load balancer", ref=LOAD_BALANCER.vo)]
    ip_version: Annotated[int | None, P(help="4", values=(4, 6))] = None


class UpdateLoadBalancerServerGroup(Request, kw_only=True):
    """Change a server group's name or description."""

    uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteLoadBalancerServerGroup(Request, kw_only=True):
    """Delete a server group; its listeners go on without its servers."""

    uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo)]


class AddBackendServerToServerGroup(Request, kw_only=True):
    """Put servers into a group."""

    server_group_uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo, nonempty=True)]
    vm_nics: Annotated[list[Any] | None, P(help=_NICS)] = None
    servers: Annotated[list[Any] | None, P(help=_SERVERS)] = None


class ChangeLoadBalancerBackendServer(Request, kw_only=True):
    """Change the weights of servers of a group."""

    server_group_uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo, nonempty=True)]
    vm_nics: Annotated[list[Any] | None, P(help=_NICS)] = None
    servers: Annotated[list[Any] | None, P(help=_SERVERS)] = None


class RemoveBackendServerFromServerGroup(Request, kw_only=True):
    """Take servers out of a group; connections that they have go on to their ends."""

    server_group_uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo, nonempty=True)]
    vm_nic_uuids: Annotated[list[str] | None, P(help="NICs of VMs", ref=VM_NIC.vo)] = None
    server_ips: Annotated[list[str] | None, P(help="addresses")] = None


class AddServerGroupToLoadBalancerListener(Request, kw_only=True):
    """Send a listener's connections to the servers of a group, too."""

    server_group_uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


class RemoveServerGroupFromLoadBalancerListener(Request, kw_only=True):
    """Send nothing new of a listener to the servers of a group."""

    server_group_uuid: Annotated[str, P(help="the server group", ref=SERVER_GROUP.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


def create(ctx: Context, req: CreateLoadBalancerServerGroup) -> Outcome:
    """SYS.1007 for another version than IPv4."""
    if req.ip_version not in (None, 4):
        raise argerr(f"ipVersion[{req.ip_version}]: VIPs are IPv4 addresses, so are servers")
    group = LoadBalancerServerGroup(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        description=req.description,
        load_balancer_uuid=req.load_balancer_uuid,
    )
    ctx.tx.put(group)
    return Outcome(inventory=(SERVER_GROUP, group.uuid))


def update(ctx: Context, req: UpdateLoadBalancerServerGroup) -> Outcome:
    """Absent parameters stay as they are."""
    group = ctx.tx.need(LoadBalancerServerGroup, req.uuid)
    rename(group, req)
    ctx.tx.put(group)
    return Outcome(inventory=(SERVER_GROUP, group.uuid))


def delete(ctx: Context, req: DeleteLoadBalancerServerGroup) -> Outcome:
    """SYS.1006 for a listener's default group, and for one that a list of type redirect leads to."""
    group = ctx.tx.need(LoadBalancerServerGroup, req.uuid)
    _refuse_default(group, "is deleted with it")
    _refuse_led_to(ctx, group)
    balancers.remove_group(ctx.tx, group)
    return settled(ctx.tx, group.load_balancer_uuid, None)


def add(ctx: Context, req: AddBackendServerToServerGroup) -> Outcome:
    """SYS.1007 without any, or with one twice; SYS.1006 for one that is there or cannot be served."""
    tx = ctx.tx
    group = tx.need(LoadBalancerServerGroup, req.server_group_uuid)
    nics, servers = described_nics(ctx, req.vm_nics or ()), described_servers(req.servers or ())
    _require_some(nics, servers)
    add_nics(tx, group, nics)
    add_servers(tx, group, servers)
    return settled(tx, group.load_balancer_uuid, (SERVER_GROUP, group.uuid))


def change(ctx: Context, req: ChangeLoadBalancerBackendServer) -> Outcome:
    """SYS.1006 for a server that is not in the group."""
    tx = ctx.tx
    group = tx.need(LoadBalancerServerGroup, req.server_group_uuid)
    nics, servers = described_nics(ctx, req.vm_nics or ()), described_servers(req.servers or ())
    _require_some(nics, servers)
    for uuid, weight in nics.items():
        nic = _nic(ctx, group, uuid)
        nic.weight = weight
        tx.put(nic)
    for address, weight in servers.items():
        server = _server(ctx, group, address)
        server.weight = weight
        tx.put(server)
    return settled(tx, group.load_balancer_uuid, (SERVER_GROUP, group.uuid))


def remove(ctx: Context, req: RemoveBackendServerFromServerGroup) -> Outcome:
    """SYS.1006 for a server that is not in the group."""
    tx = ctx.tx
    group = tx.need(LoadBalancerServerGroup, req.server_group_uuid)
    nics, addresses = dict.fromkeys(req.vm_nic_uuids or ()), dict.fromkeys(req.server_ips or ())
    _require_some(nics, addresses)
    for uuid in nics:
        balancers.drop_nic(tx, group, _nic(ctx, group, uuid).vm_nic_uuid)
    for address in addresses:
        tx.delete(_server(ctx, group, address))
    return settled(tx, group.load_balancer_uuid, (SERVER_GROUP, group.uuid))


def attach(ctx: Context, req: AddServerGroupToLoadBalancerListener) -> Outcome:
    """SYS.1007 for a group of another load balancer, SYS.1006 for one that is there already."""
    tx = ctx.tx
    group = tx.need(LoadBalancerServerGroup, req.server_group_uuid)
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    if group.load_balancer_uuid != listener.load_balancer_uuid:
        raise argerr(
            f"{named(group)} and {named(listener)} are of two load balancers: choose a group of the listener's"
        )
    if group.uuid in balancers.groups_of(tx, listener.uuid):
        raise operr(f"{named(listener)} sends to {named(group)} already")
    _refuse_default(group, "is that one's alone")
    tx.put(ListenerServerGroup(uuid=tx.new_uuid(), listener_uuid=listener.uuid, server_group_uuid=group.uuid))
    balancers.judge(tx, (group.uuid,))
    return settled(tx, listener.load_balancer_uuid, (LISTENER, listener.uuid))


def detach(ctx: Context, req: RemoveServerGroupFromLoadBalancerListener) -> Outcome:
    """SYS.1006 for the listener's default group, one that a list leads to, and one that it does not send to."""
    tx = ctx.tx
    group = tx.need(LoadBalancerServerGroup, req.server_group_uuid)
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    _refuse_default(group, "stays with it")
    _refuse_led_to(ctx, group, listener_uuid=listener.uuid)
    refs = [ref for ref in tx.find(ListenerServerGroup, listener_uuid=listener.uuid)
            if ref.server_group_uuid == group.uuid]  # fmt: skip
    if not refs:
        raise operr(f"{named(listener)} does not send to {named(group)}")
    for ref in refs:
        tx.delete(ref)
    balancers.judge(tx, (group.uuid,))
    return settled(tx, listener.load_balancer_uuid, (LISTENER, listener.uuid))


def _refuse_default(group: LoadBalancerServerGroup, why: str) -> None:
    if group.listener_uuid is not None:
        raise operr(f"{named(group)} is the default group of listener[uuid:{group.listener_uuid}] and {why}")


def _refuse_led_to(ctx: Context, group: LoadBalancerServerGroup, **of: str) -> None:
    ref = ctx.tx.first(ListenerAcl, server_group_uuid=group.uuid, **of)
    if ref is not None:
        acl = access.acl_named(ctx.tx.need(AccessControlList, ref.acl_uuid))
        raise operr(f"{acl} leads to {named(group)}: remove it first (RemoveAccessControlListFromLoadBalancer)")


def _require_some(*given: dict[str, Any]) -> None:
    if not any(given):
        raise argerr("no server is given: name NICs of VMs, or addresses")


def _nic(ctx: Context, group: LoadBalancerServerGroup, uuid: str) -> ServerGroupNic:
    found = ctx.tx.first(ServerGroupNic, server_group_uuid=group.uuid, vm_nic_uuid=uuid)
    if found is None:
        raise operr(f"NIC[uuid:{uuid}] is not in {named(group)}")
    return found


def _server(ctx: Context, group: LoadBalancerServerGroup, address: str) -> ServerGroupServerIp:
    found = ctx.tx.first(ServerGroupServerIp, server_group_uuid=group.uuid, ip_address=address)
    if found is None:
        raise operr(f"server[{address}] is not in {named(group)}")
    return found


_GROUPS = "/load-balancers/servergroups"
ACTIONS = (
    action("CreateLoadBalancerServerGroup", "POST", "/load-balancers/{loadBalancerUuid}/servergroups", create,
           CreateLoadBalancerServerGroup, message=f"{_PACKAGE}.APICreateLoadBalancerServerGroupMsg",
           kind=SERVER_GROUP),
    action("UpdateLoadBalancerServerGroup", "PUT", f"{_GROUPS}/{{uuid}}/actions", update,
           UpdateLoadBalancerServerGroup, message=f"{_PACKAGE}.APIUpdateLoadBalancerServerGroupMsg",
           kind=SERVER_GROUP),
    action("DeleteLoadBalancerServerGroup", "DELETE", f"{_GROUPS}/{{uuid}}", delete, DeleteLoadBalancerServerGroup,
           message=f"{_PACKAGE}.APIDeleteLoadBalancerServerGroupMsg", result="none",
           absent_ok=("uuid", SERVER_GROUP.vo)),
    action("AddBackendServerToServerGroup", "POST", f"{_GROUPS}/{{serverGroupUuid}}/backendservers", add,
           AddBackendServerToServerGroup, message=f"{_PACKAGE}.APIAddBackendServerToServerGroupMsg",
           kind=SERVER_GROUP),
    action("ChangeLoadBalancerBackendServer", "PUT", f"{_GROUPS}/{{serverGroupUuid}}/backendserver/actions", change,
           ChangeLoadBalancerBackendServer, message=f"{_PACKAGE}.APIChangeLoadBalancerBackendServerMsg",
           kind=SERVER_GROUP),
    action("RemoveBackendServerFromServerGroup", "PUT", f"{_GROUPS}/{{serverGroupUuid}}/backendservers/actions",
           remove, RemoveBackendServerFromServerGroup,
           message=f"{_PACKAGE}.APIRemoveBackendServerFromServerGroupMsg", kind=SERVER_GROUP),
    action("AddServerGroupToLoadBalancerListener", "POST", "/load-balancers/listeners/{listenerUuid}/servergroups",
           attach, AddServerGroupToLoadBalancerListener,
           message=f"{_PACKAGE}.APIAddServerGroupToLoadBalancerListenerMsg", kind=LISTENER),
    action("RemoveServerGroupFromLoadBalancerListener", "DELETE",
           "/load-balancers/listeners/{listenerUuid}/servergroups", detach,
           RemoveServerGroupFromLoadBalancerListener,
           message=f"{_PACKAGE}.APIRemoveServerGroupFromLoadBalancerListenerMsg", kind=LISTENER),
    query("QueryLoadBalancerServerGroup", _GROUPS, SERVER_GROUP,
          message=f"{_PACKAGE}.APIQueryLoadBalancerServerGroupMsg", help="Find server groups of load balancers."),
)  # fmt: skip
