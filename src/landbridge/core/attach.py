"""Which L3 network may be attached to what: the rules for VMs and those for vrouters.

Facts: behaviour of AttachL3NetworkToVm.  Every refusal names the network and the remedy.
"""

from ipaddress import IPv4Network

from landbridge.core.ipam import normal_ranges
from landbridge.core.lifecycle import is_router, title
from landbridge.core.nics import make_nic, nics_of
from landbridge.core.service import Tx, View
from landbridge.model.documents.l2 import L2ClusterRef
from landbridge.model.documents.l3 import VPC, L3Network
from landbridge.model.documents.vm import (
    ADDITIONAL_PUBLIC,
    GUEST,
    MANAGEMENT,
    PUBLIC,
    SnatState,
    VmInstance,
    VmNic,
)
from landbridge.model.errors import operr

MULTI_NIC = ("vm", "multivNic.support")


def is_guest(nic: VmNic) -> bool:
    """Whether a vrouter's NIC serves a VPC subnet."""
    return bool(int(nic.meta_data or 0) & GUEST)


def is_public(nic: VmNic) -> bool:
    """Whether a vrouter's NIC is on a public network."""
    return bool(int(nic.meta_data or 0) & (PUBLIC | ADDITIONAL_PUBLIC))


def is_offering_network(nic: VmNic) -> bool:
    """Whether a vrouter's NIC came with its offering."""
    return bool(int(nic.meta_data or 0) & (PUBLIC | MANAGEMENT))


def router_of(view: View, l3_uuid: str) -> VmNic | None:
    """The guest NIC of the vrouter that a subnet is attached to."""
    nics = view.find(VmNic, l3_network_uuid=l3_uuid)
    return next((nic for nic in nics if nic.meta_data is not None and is_guest(nic)), None)


def attach(tx: Tx, vm: VmInstance, l3: L3Network, static_ip: str | None, mac: str | None) -> VmNic:
    """A new, unplugged NIC of the VM or vrouter on the network; SYS.1006 if it may not be."""
    refusal = _common_refusal(tx, vm, l3) or (
        _router_refusal(tx, vm, l3) if is_router(vm) else user_refusal(tx, vm, l3)
    )
    if refusal:
        raise operr(f"L3 network[uuid:{l3.uuid}, name:{l3.name}] cannot be attached to {title(vm)}: {refusal}")
    if not is_router(vm):
        return make_nic(tx, vm, l3, static_ip=static_ip, mac=mac)
    if l3.type == VPC:
        return make_nic(tx, vm, l3, mac=mac, meta_data=str(GUEST), router_address=True)
    nic = make_nic(tx, vm, l3, static_ip=static_ip, mac=mac, meta_data=str(ADDITIONAL_PUBLIC))
    tx.put(SnatState(uuid=tx.new_uuid(), vpc_uuid=vm.uuid, l3_network_uuid=l3.uuid, state="enable"))
    return nic


def usable_refusal(view: View, l3: L3Network) -> str | None:
    """Why no NIC can be on the network at all."""
    if l3.state != "Enabled":
        return f"it is {l3.state}: enable it"
    if not normal_ranges(view, l3.uuid):
        return "it has no IP range: add one"
    return None


def _common_refusal(view: View, vm: VmInstance, l3: L3Network) -> str | None:
    refusal = usable_refusal(view, l3)
    if refusal:
        return refusal
    clusters = {ref.cluster_uuid for ref in view.find(L2ClusterRef, l2_network_uuid=l3.l2_network_uuid)}
    if vm.cluster_uuid and vm.cluster_uuid not in clusters:
        return f"its L2 network[uuid:{l3.l2_network_uuid}] is not attached to cluster[uuid:{vm.cluster_uuid}]"
    return None


def user_refusal(view: View, vm: VmInstance, l3: L3Network) -> str | None:
    """Why a user's VM may not have it."""
    if l3.system:
        return "it is a system network, for the cloud itself"
    twice = any(nic.l3_network_uuid == l3.uuid for nic in nics_of(view, vm.uuid))
    if twice and (view.config(*MULTI_NIC) != "true" or l3.category != "Private"):
        return "the VM has a NIC on it already"
    return None


def _router_refusal(view: View, vm: VmInstance, l3: L3Network) -> str | None:
    nics = nics_of(view, vm.uuid)
    if any(nic.l3_network_uuid == l3.uuid for nic in nics):
        return "it is attached already"
    if l3.type != VPC and l3.category != "Public":
        return "a vrouter takes VPC subnets (type L3VpcNetwork) and public networks"
    other = router_of(view, l3.uuid) if l3.type == VPC else None
    if other is not None:
        holder = view.need(VmInstance, other.vm_instance_uuid)
        return f"it is attached to {title(holder)}: detach it there first"
    mine = _cidrs(view, l3.uuid)
    for nic in nics:
        for cidr in _cidrs(view, nic.l3_network_uuid):
            clash = next((own for own in mine if own.overlaps(cidr)), None)
            if clash:
                return f"its CIDR {clash} overlaps {cidr} of L3 network[uuid:{nic.l3_network_uuid}] on this router"
    return None


def _cidrs(view: View, l3_uuid: str) -> list[IPv4Network]:
    return [IPv4Network(ip_range.network_cidr) for ip_range in normal_ranges(view, l3_uuid)]
