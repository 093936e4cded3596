"""Which L3 network may be attached to what: the rules for VMs and those for vrouters.

Facts: behaviour of AttachL3NetworkToVm.  Every refusal names the network and the remedy.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network

from landbridge.core import standing, vips
from landbridge.core.ipam import normal_ranges, router_address
from landbridge.core.nics import delete_nic, make_nic, nics_of, router_of
from landbridge.core.placement import missing_network
from landbridge.core.titles import is_router, title
from landbridge.core.view import Tx, View
from landbridge.model.documents.l2 import L2ClusterRef, L2Network
from landbridge.model.documents.l3 import VPC, L3Network
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import (
    ADDITIONAL_PUBLIC,
    GUEST,
    MANAGEMENT,
    PUBLIC,
    SnatState,
    VmInstance,
    VmNic,
)
from landbridge.model.errors import argerr, operr

MULTI_NIC = ("vm", "multivNic.support")


def attach(tx: Tx, vm: VmInstance, l3: L3Network, static_ip: str | None, mac: str | None) -> VmNic:
    """A new, unplugged NIC of the VM or vrouter on the network.

    A vrouter takes the gateway's address of a VPC subnet, and may be reached by a further public
    network.  Raises SYS.1006 if the network may not be attached, else what `make_nic` raises.
    """
    why = refusal(tx, vm, l3)
    if why:
        raise operr(f"L3 network[uuid:{l3.uuid}, name:{l3.name}] cannot be attached to {title(vm)}: {why}")
    if is_router(vm) and l3.type == VPC:
        own = router_address(tx, l3)
        if static_ip not in (None, own):
            raise argerr(
                f"a vrouter has the gateway's address in a subnet, here {own}: staticIp[{static_ip}] is not it"
            )
        nic = make_nic(tx, vm, l3, mac=mac, meta_data=str(GUEST), router_address=True)
        standing.subnet_joins(tx, vm, l3)
    elif is_router(vm):
        nic = make_nic(tx, vm, l3, static_ip=static_ip, mac=mac, meta_data=str(ADDITIONAL_PUBLIC))
        tx.put(SnatState(uuid=tx.new_uuid(), vpc_uuid=vm.uuid, l3_network_uuid=l3.uuid, state="enable"))
    else:
        nic = make_nic(tx, vm, l3, static_ip=static_ip, mac=mac)
    if vm.default_l3_network_uuid is None:
        vm.default_l3_network_uuid = l3.uuid
        tx.put(vm)
    return nic


def detach(tx: Tx, vm: VmInstance, nic: VmNic) -> None:
    """Take the NIC away; a VM's next one becomes its default."""
    for snat in tx.find(SnatState, vpc_uuid=vm.uuid, l3_network_uuid=nic.l3_network_uuid):
        tx.delete(snat)
    standing.let_go(tx, nic)
    delete_nic(tx, nic)
    rest = [other.l3_network_uuid for other in nics_of(tx, vm.uuid)]
    if vm.default_l3_network_uuid not in rest:
        vm.default_l3_network_uuid = rest[0] if rest else None
        tx.put(vm)


def detach_refusal(view: View, vm: VmInstance, nic: VmNic) -> str | None:
    """Why a vrouter's NIC may not be detached; a VM may lose all.

    A subnet in which VMs run may: they keep their addresses, and services wait for the next vrouter.
    """
    if not is_router(vm):
        return None
    if int(nic.meta_data or 0) & (PUBLIC | MANAGEMENT):
        return "it is on a network of the vrouter's offering: make a vrouter from another offering"
    if vm.default_route_l3_network_uuid == nic.l3_network_uuid:
        return "the default route is by its network: move it with UpdateVirtualRouter"
    return None


def refusal(view: View, vm: VmInstance, l3: L3Network) -> str | None:
    """Why a network may not be attached to a VM or vrouter; None when it may."""
    return (
        usable_refusal(view, l3)
        or (_router_refusal(view, vm, l3) if is_router(vm) else user_refusal(view, vm, l3))
        or _reach_refusal(view, vm, l3)
    )


def usable_refusal(view: View, l3: L3Network) -> str | None:
    """Why no NIC can be on the network at all."""
    if l3.state != "Enabled":
        return f"it is {l3.state}: enable it"
    if not normal_ranges(view, l3.uuid):
        return "it has no IP range: add one"
    return None


def user_refusal(view: View, vm: VmInstance, l3: L3Network) -> str | None:
    """Why a user's VM may not have it."""
    if l3.system:
        return "it is a system network, for the cloud itself"
    twice = any(nic.l3_network_uuid == l3.uuid for nic in nics_of(view, vm.uuid))
    if twice and (view.config(*MULTI_NIC, vm.uuid) != "true" or l3.category != "Private"):
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
    elsewhere = vips.attach_refusal(view, vm, l3.uuid) or standing.subnet_refusal(view, vm, l3)
    if elsewhere:
        return elsewhere
    mine = _cidrs(view, l3.uuid)
    for nic in nics:
        for cidr in _cidrs(view, nic.l3_network_uuid):
            clash = next((own for own in mine if own.overlaps(cidr)), None)
            if clash:
                return f"its CIDR {clash} overlaps {cidr} of L3 network[uuid:{nic.l3_network_uuid}] on this router"
    return None


def _reach_refusal(view: View, vm: VmInstance, l3: L3Network) -> str | None:
    """Why the VM's host, or else any cluster that has its other networks, has not got this one."""
    host = view.get(Host, vm.host_uuid)
    if host is not None:
        missing = missing_network(view, host, [view.need(L2Network, l3.l2_network_uuid)])
        return f"host[uuid:{host.uuid}, name:{host.name}] cannot have it: {missing}" if missing else None
    together = _clusters(view, l3.l2_network_uuid)
    if vm.cluster_uuid and vm.cluster_uuid not in together:
        return f"its L2 network[uuid:{l3.l2_network_uuid}] is not attached to cluster[uuid:{vm.cluster_uuid}]"
    for nic in nics_of(view, vm.uuid):
        together &= _clusters(view, nic.l2_network_uuid)
    return None if together else "no cluster has its L2 network and all of the VM's: attach them to one"


def _clusters(view: View, l2_uuid: str) -> set[str]:
    return {ref.cluster_uuid for ref in view.find(L2ClusterRef, l2_network_uuid=l2_uuid)}


def common_clusters(view: View, l3s: Iterable[L3Network]) -> set[str]:
    """Clusters that have the L2 networks of all of them."""
    return set.intersection(*(_clusters(view, l3.l2_network_uuid) for l3 in l3s))


def _cidrs(view: View, l3_uuid: str) -> list[IPv4Network]:
    return [IPv4Network(ip_range.network_cidr) for ip_range in normal_ranges(view, l3_uuid)]
