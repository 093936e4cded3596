"""What a load balancer is made of, the networks that it serves, and what goes with its VIP or a NIC.

A load balancer stands on its VIP as one service; its ports there are its listeners'.  It serves the guest networks of
the NICs that its listeners send to.
"""

from collections.abc import Iterable, Sequence

from landbridge.core import vips
from landbridge.core.uses import VipUse
from landbridge.core.view import Tx, View
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.services.load_balancer.documents import (
    DeadServers,
    ListenerNic,
    ListenerServerGroup,
    LoadBalancer,
    LoadBalancerListener,
    LoadBalancerServerGroup,
    ServerGroupNic,
    ServerGroupServerIp,
)
from landbridge.services.load_balancer.documents_access import ListenerAcl, ListenerCertificate

USE = VipUse("LoadBalancer")
ACTIVE, INACTIVE = "Active", "Inactive"
"""Status of a server."""


def ports_of(listener: LoadBalancerListener) -> vips.Ports:
    """What it takes of its VIP: HTTP and HTTPS are TCP."""
    protocol = vips.UDP if listener.protocol == "udp" else vips.TCP
    return vips.Ports(protocol, listener.load_balancer_port, listener.load_balancer_port)


def groups_of(view: View, listener_uuid: str) -> list[str]:
    """Uuids of the server groups that a listener sends to, its default group first."""
    return [ref.server_group_uuid for ref in view.find(ListenerServerGroup, listener_uuid=listener_uuid)]


def listeners_of(view: View, group_uuids: Iterable[str]) -> list[str]:
    """Uuids of the listeners that send to one of these groups."""
    wanted = tuple(group_uuids)
    return view.distinct(ListenerServerGroup, "listener_uuid", server_group_uuid=wanted) if wanted else []


def members(view: View, listener_uuid: str) -> list[ServerGroupNic]:
    """The NICs that a listener sends to; one that is in two of its groups twice."""
    return nics_of(view, groups_of(view, listener_uuid))


def nics_of(view: View, group_uuids: Sequence[str]) -> list[ServerGroupNic]:
    """The NICs of groups; one that is in two of them twice."""
    return view.find(ServerGroupNic, server_group_uuid=tuple(group_uuids)) if group_uuids else []


def settle(tx: Tx, balancer: LoadBalancer) -> None:
    """Its VIP serves the networks of its NICs from now on.  Raises what `vips.serve` raises."""
    listeners = tx.find(LoadBalancerListener, load_balancer_uuid=balancer.uuid)
    nics = {ref.vm_nic_uuid for listener in listeners for ref in members(tx, listener.uuid)}
    networks = {tx.need(VmNic, nic).l3_network_uuid for nic in nics}
    vips.serve(tx, balancer.vip_uuid, balancer.uuid, networks)


def judge(tx: Tx, group_uuids: Iterable[str]) -> None:
    """Servers of groups are Inactive when a listener that sends to them finds them dead, as far as that is known."""
    for group_uuid in group_uuids:
        group = tx.need(LoadBalancerServerGroup, group_uuid)
        dead = _dead(tx, listeners_of(tx, (group.uuid,)))
        for server in tx.find(ServerGroupServerIp, server_group_uuid=group.uuid):
            _judge(tx, server, server.ip_address in dead)
        for ref in tx.find(ServerGroupNic, server_group_uuid=group.uuid):
            is_dead = tx.need(VmNic, ref.vm_nic_uuid).ip in dead
            _judge(tx, ref, is_dead)
            if group.listener_uuid is not None:
                for own in tx.find(ListenerNic, listener_uuid=group.listener_uuid, vm_nic_uuid=ref.vm_nic_uuid):
                    _judge(tx, own, is_dead)


def _dead(view: View, listener_uuids: Sequence[str]) -> set[str]:
    known = view.find(DeadServers, listener_uuid=tuple(listener_uuids)) if listener_uuids else []
    return {address for one in known for address in one.addresses}


def _judge(tx: Tx, server: ServerGroupNic | ServerGroupServerIp | ListenerNic, is_dead: bool) -> None:
    status = INACTIVE if is_dead else ACTIVE
    if server.status != status:
        server.status = status
        tx.put(server)


def add_nic(tx: Tx, group: LoadBalancerServerGroup, nic_uuid: str, weight: int) -> None:
    """A NIC joins a group; `settle` comes after the last one."""
    tx.put(ServerGroupNic(uuid=tx.new_uuid(), server_group_uuid=group.uuid, vm_nic_uuid=nic_uuid, weight=weight))
    if group.listener_uuid is not None:
        tx.put(ListenerNic(uuid=tx.new_uuid(), listener_uuid=group.listener_uuid, vm_nic_uuid=nic_uuid))


def drop_nic(tx: Tx, group: LoadBalancerServerGroup, nic_uuid: str) -> None:
    """A NIC leaves a group; `settle` comes after the last one."""
    for ref in tx.find(ServerGroupNic, server_group_uuid=group.uuid, vm_nic_uuid=nic_uuid):
        tx.delete(ref)
    if group.listener_uuid is not None:
        for own in tx.find(ListenerNic, listener_uuid=group.listener_uuid, vm_nic_uuid=nic_uuid):
            tx.delete(own)


def nic_goes(tx: Tx, nic: VmNic) -> None:
    """The NIC is about to go, or to get another address: listeners go on without it."""
    around: dict[str, LoadBalancer] = {}
    for ref in tx.find(ServerGroupNic, vm_nic_uuid=nic.uuid):
        group = tx.need(LoadBalancerServerGroup, ref.server_group_uuid)
        around[group.load_balancer_uuid] = tx.need(LoadBalancer, group.load_balancer_uuid)
        drop_nic(tx, group, nic.uuid)
    for balancer in around.values():
        settle(tx, balancer)


def vip_goes(tx: Tx, vip: Vip) -> None:
    """With the load balancers on it."""
    for balancer in tx.find(LoadBalancer, vip_uuid=vip.uuid):
        remove(tx, balancer)


def remove(tx: Tx, balancer: LoadBalancer) -> None:
    """It is gone with all that is its own; its VIP is free for others."""
    for listener in tx.find(LoadBalancerListener, load_balancer_uuid=balancer.uuid):
        remove_listener(tx, listener)
    for group in tx.find(LoadBalancerServerGroup, load_balancer_uuid=balancer.uuid):
        remove_group(tx, group)
    vips.leave(tx, balancer.vip_uuid, balancer.uuid)
    tx.delete(balancer)


def remove_listener(tx: Tx, listener: LoadBalancerListener) -> None:
    """It is gone with its default group; its port is the VIP's again.  `settle` comes after it."""
    balancer = tx.need(LoadBalancer, listener.load_balancer_uuid)
    vips.release_ports(tx, balancer.vip_uuid, balancer.uuid, ports_of(listener))
    groups = groups_of(tx, listener.uuid)
    for doc in (ListenerNic, ListenerCertificate, ListenerAcl, ListenerServerGroup, DeadServers):
        for left in tx.find(doc, listener_uuid=listener.uuid):
            tx.delete(left)
    judge(tx, groups)
    tx.delete(listener)
    remove_group(tx, tx.need(LoadBalancerServerGroup, listener.server_group_uuid))


def remove_group(tx: Tx, group: LoadBalancerServerGroup) -> None:
    """It is gone, and no listener sends to it.  `settle` comes after it."""
    for doc in (ServerGroupNic, ServerGroupServerIp, ListenerServerGroup):
        for left in tx.find(doc, server_group_uuid=group.uuid):
            tx.delete(left)
    tx.delete(group)
