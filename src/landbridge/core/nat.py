"""EIPs and port forwarding rules: bound to a VM's NIC, which they follow wherever it goes; load balancers likewise.

They belong to VIP and NIC, never to a vrouter: whichever vrouter the NIC's network is attached to does them.
"""

from typing import TypeVar

from landbridge.core import balancers, ipsec, vips
from landbridge.core.nics import nics_of, router_of
from landbridge.core.service import Change, SourceKey, Tx, View
from landbridge.core.titles import is_router, title
from landbridge.model.documents.ipsec import IpsecConnection
from landbridge.model.documents.l3 import L3Network, NetworkServiceRef
from landbridge.model.documents.load_balancer import LoadBalancer
from landbridge.model.documents.nat import Eip, PortForwardingRule
from landbridge.model.documents.qos import VipQos, VpcSharedQosVip
from landbridge.model.documents.vip import Vip, VipService
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.documents.wireguard import WireGuardConnection, WireGuardPeer
from landbridge.model.errors import ApiError, argerr, operr

Bound = TypeVar("Bound", Eip, PortForwardingRule)
VM_STATES = frozenset({"Running", "Paused", "Pausing", "Resuming", "Stopped", "VolumeMigrating"})


def nic_refusal(view: View, vip: Vip, nic: VmNic, service: str) -> ApiError | None:
    """Why a translation of the VIP cannot be for the NIC; None when it can."""
    vm = view.need(VmInstance, nic.vm_instance_uuid)
    beside = vip.l3_network_uuid in {other.l3_network_uuid for other in nics_of(view, vm.uuid)}
    if beside and not is_router(vm) and vm.state in VM_STATES:
        return argerr(f"{title(vm)} has a NIC on the network of {vips.named(vip)}: it is reached there without it")
    return service_refusal(view, vip, nic, service)


def service_refusal(view: View, vip: Vip, nic: VmNic, service: str) -> ApiError | None:
    """Why a service on the VIP cannot be for the NIC, whatever the service; None when it can."""
    vm = view.need(VmInstance, nic.vm_instance_uuid)
    l3 = view.need(L3Network, nic.l3_network_uuid)
    where = f"L3 network[uuid:{l3.uuid}, name:{l3.name}]"
    who = f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] of {title(vm)}"
    if is_router(vm):
        return argerr(f"{who} is a vrouter's: name a VM's NIC")
    if vm.state not in VM_STATES:
        return operr(f"{title(vm)} is {vm.state}, this needs {', '.join(sorted(VM_STATES))}")
    if view.first(NetworkServiceRef, l3_network_uuid=l3.uuid, network_service_type=service) is None:
        return operr(f"{where} of {who} does not have the network service {service}: attach it (networkServices)")
    router_nic = router_of(view, l3.uuid)
    if router_nic is not None:
        why = vips.peer_refusal(view, vip, view.need(VmInstance, router_nic.vm_instance_uuid))
        if why:
            return operr(f"{vips.named(vip)} cannot serve {who}: {why}")
    return None


def bind(tx: Tx, bound: Eip | PortForwardingRule, nic: VmNic) -> None:
    """To the NIC, from now on.  Raises what `vips.serve` raises."""
    bound.vm_nic_uuid, bound.guest_ip, bound.guest_l3_uuid = nic.uuid, nic.ip, nic.l3_network_uuid
    tx.put(bound)
    vips.serve(tx, bound.vip_uuid, bound.uuid, (nic.l3_network_uuid,))


def unbind(tx: Tx, bound: Eip | PortForwardingRule) -> None:
    """To no NIC; it keeps its VIP and its ports."""
    bound.vm_nic_uuid = bound.guest_ip = bound.guest_l3_uuid = None
    tx.put(bound)
    vips.serve(tx, bound.vip_uuid, bound.uuid, ())


def remove(tx: Tx, service: Eip | PortForwardingRule | WireGuardConnection) -> None:
    """It is gone; its VIP is free for others."""
    vips.leave(tx, service.vip_uuid, service.uuid)
    if isinstance(service, WireGuardConnection):
        for peer in tx.find(WireGuardPeer, connection_uuid=service.uuid):
            tx.delete(peer)
    tx.delete(service)


def clear(tx: Tx, vip: Vip) -> None:
    """Whatever stands on the VIP is gone, and what limits it."""
    for doc in (VipQos, VpcSharedQosVip):
        for limit in tx.find(doc, vip_uuid=vip.uuid):
            tx.delete(limit)
    for service in tx.find(VipService, vip_uuid=vip.uuid):
        uuid = service.service_uuid
        found = tx.get(Eip, uuid) or tx.get(PortForwardingRule, uuid) or tx.get(WireGuardConnection, uuid)
        ipsec_connection, balancer = tx.get(IpsecConnection, uuid), tx.get(LoadBalancer, uuid)
        if found is not None:
            remove(tx, found)
        elif ipsec_connection is not None:
            ipsec.remove(tx, ipsec_connection)
        elif balancer is not None:
            balancers.remove(tx, balancer)
        else:
            vips.leave(tx, vip.uuid, uuid)


def remove_own(tx: Tx, router: VmInstance) -> None:
    """A vrouter is about to go, and with it its own VIP; one that others use stays, as an ordinary VIP."""
    for vip in tx.find(Vip, router_uuid=router.uuid):
        for service in tx.find(VipService, vip_uuid=vip.uuid, service_type=vips.SNAT):
            vips.leave(tx, vip.uuid, service.service_uuid)
        if tx.first(VipService, vip_uuid=vip.uuid) is not None:
            vips.set_free(tx, tx.need(Vip, vip.uuid))
        else:
            clear(tx, vip)
            tx.delete(vip)


def let_go(tx: Tx, nic: VmNic) -> None:
    """The NIC is about to go, or to get another address: what was for it waits to be attached again."""
    for bound in _bound_to(tx, nic):
        unbind(tx, bound)
    balancers.let_go(tx, nic)


def place(view: View, bound: Eip | PortForwardingRule) -> tuple[VmInstance, VmNic] | None:
    """The vrouter that does it, and its NIC in the VIP's network; None while there is none."""
    nic = router_of(view, bound.guest_l3_uuid) if bound.guest_l3_uuid else None
    router = view.get(VmInstance, nic.vm_instance_uuid) if nic else None
    leg = vips.leg_of(view, router, view.need(Vip, bound.vip_uuid)) if router else None
    return (router, leg) if router and leg else None


def concerned(view: View, change: Change, doc: type[Bound]) -> list[SourceKey]:
    """What a vrouter begins or ceases to do when it comes to a network, or leaves it."""
    nic = change.new or change.old
    if not isinstance(nic, VmNic) or nic.meta_data is None or (change.old and change.new):
        return []
    found = view.find(doc, guest_l3_uuid=nic.l3_network_uuid)
    vip_uuids = tuple(vip.uuid for vip in view.find(Vip, l3_network_uuid=nic.l3_network_uuid))
    if vip_uuids:
        found += view.find(doc, vip_uuid=vip_uuids)
    return [(bound.uuid,) for bound in found]


def _bound_to(view: View, nic: VmNic) -> list[Eip | PortForwardingRule]:
    return [*view.find(Eip, vm_nic_uuid=nic.uuid), *view.find(PortForwardingRule, vm_nic_uuid=nic.uuid)]
