"""What attaching an L2 network to a cluster asks of its hosts, and of hosts that come later."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network

from landbridge.core import mtu
from landbridge.core.view import Tx, View
from landbridge.model.documents.l2 import NO_VLAN, VLAN, VXLAN, VXLAN_POOL, L2ClusterRef, L2Network, RemoteVtep, Vtep
from landbridge.model.documents.places import Cluster, Host
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.net import cidr_or_none
from landbridge.services.l2 import vni
from landbridge.services.l2.vtep import host_interfaces, sync_vtep

_CIDR_TAG = re.compile(r"l2NetworkUuid::([0-9a-f]{32})::clusterUuid::([0-9a-f]{32})::cidr::\{(.*)\}")
_LINUX_BRIDGE = "LinuxBridge"


def attach(tx: Tx, network: L2Network, cluster: Cluster, system_tags: Iterable[str]) -> None:
    """Attach a network to a cluster, or raise and leave nothing.

    Raises: SYS.1007 for arguments, SYS.1006 if attached already, L2.1000 if a host cannot
    (its own words are the cause).
    """
    _check_arguments(tx, network, cluster)
    ref = L2ClusterRef(uuid=tx.new_uuid(), l2_network_uuid=network.uuid, cluster_uuid=cluster.uuid)
    if network.type == VXLAN_POOL:
        tag, cidr = _cidr_tag(network, cluster, system_tags)
        vni.check_attach(tx, network, cluster.uuid)
        ref.cidr = str(cidr)
        tx.put(ref)
        tx.set_tag(network.uuid, "L2NetworkVO", tag)
        _ask_hosts(tx, network, cluster, lambda host: sync_vtep(tx, network, cidr, host))
        for member in tx.find(L2Network, pool_uuid=network.uuid):
            vni.attach_network(tx, member.uuid, cluster.uuid)
    else:
        tx.put(ref)
        _ask_hosts(tx, network, cluster, lambda host: _need_interface(tx, network, host))


def detach(tx: Tx, network: L2Network, cluster: Cluster) -> None:
    """Undo `attach`.  SYS.1006 if it is not attached, or a NIC on it is plugged in the cluster."""
    if network.type == VXLAN:
        raise argerr(f"{named(network)} is attached with its pool[uuid:{network.pool_uuid}]: detach the pool")
    ref = tx.first(L2ClusterRef, l2_network_uuid=network.uuid, cluster_uuid=cluster.uuid)
    if ref is None:
        raise operr(f"{named(network)} is not attached to cluster[uuid:{cluster.uuid}, name:{cluster.name}]")
    members = tx.find(L2Network, pool_uuid=network.uuid) if network.type == VXLAN_POOL else []
    _refuse_plugged(tx, [network, *members], cluster)
    for member in members:
        for member_ref in tx.find(L2ClusterRef, l2_network_uuid=member.uuid, cluster_uuid=cluster.uuid):
            tx.delete(member_ref)
    for vtep in tx.find(Vtep, pool_uuid=network.uuid, cluster_uuid=cluster.uuid):
        tx.delete(vtep)
    for remote in tx.find(RemoteVtep, pool_uuid=network.uuid, cluster_uuid=cluster.uuid):
        tx.delete(remote)
    if ref.cidr is not None:
        tx.delete_tag(network.uuid, _tag_text(network, cluster, ref.cidr))
    tx.delete(ref)


def host_changed(tx: Tx, host_uuid: str) -> None:
    """A host connected or its interfaces changed: find its VTEPs anew, look for its interfaces.

    The same address stays; another replaces the VTEP; none, or a missing NoVlan or VLAN interface, is
    an error (SYS.1006 naming what is missing), and the host cannot be used.
    """
    host = tx.need(Host, host_uuid)
    for pool, ref in vni.attached_pools(tx, host.cluster_uuid):
        cidr = cidr_or_none(ref.cidr or "")
        if cidr is not None:
            sync_vtep(tx, pool, cidr, host)
    for network in tx.find(L2Network, type=(NO_VLAN, VLAN)):
        if tx.first(L2ClusterRef, l2_network_uuid=network.uuid, cluster_uuid=host.cluster_uuid) is not None:
            _need_interface(tx, network, host)


def refuse_double(view: View, network: L2Network, cluster: Cluster) -> None:
    """SYS.1007 if another network of the cluster is the same interface, or VLAN of it."""
    if network.type not in (NO_VLAN, VLAN):
        return
    for other in view.find(L2Network, physical_interface=network.physical_interface, type=network.type):
        if (
            other.uuid != network.uuid
            and other.vlan == network.vlan
            and view.first(L2ClusterRef, l2_network_uuid=other.uuid, cluster_uuid=cluster.uuid) is not None
        ):
            what = "" if network.vlan is None else f", vlan[{network.vlan}]"
            raise argerr(
                f"{named(other)} has attached to cluster[uuid:{cluster.uuid}, name:{cluster.name}] with physical "
                f"interface[{network.physical_interface}]{what}: {named(network)} cannot have the same there"
            )


def _check_arguments(view: View, network: L2Network, cluster: Cluster) -> None:
    if network.type == VXLAN:
        raise argerr(f"{named(network)} is attached with its pool[uuid:{network.pool_uuid}]: attach the pool")
    if network.zone_uuid != cluster.zone_uuid:
        raise argerr(
            f"{named(network)} is in zone[uuid:{network.zone_uuid}], but cluster[uuid:{cluster.uuid}, "
            f"name:{cluster.name}] is in zone[uuid:{cluster.zone_uuid}]"
        )
    if view.first(L2ClusterRef, l2_network_uuid=network.uuid, cluster_uuid=cluster.uuid) is not None:
        raise operr(f"{named(network)} has attached to cluster[uuid:{cluster.uuid}, name:{cluster.name}] already")
    if network.physical_interface:
        for other in view.find(L2Network, physical_interface=network.physical_interface):
            if other.v_switch_type != network.v_switch_type and view.first(
                L2ClusterRef, l2_network_uuid=other.uuid, cluster_uuid=cluster.uuid
            ):
                raise argerr(
                    f"{named(other)} with vSwitchType[{other.v_switch_type}] has attached to the cluster on "
                    f"interface[{network.physical_interface}] already, so {named(network)} cannot use it "
                    f"with vSwitchType[{network.v_switch_type}]"
                )
    refuse_double(view, network, cluster)
    if network.v_switch_type != _LINUX_BRIDGE:
        raise ApiError(
            "L2.1000",
            f"hosts have no vSwitchType[{network.v_switch_type}]: make {named(network)} with {_LINUX_BRIDGE}",
        )


def _cidr_tag(pool: L2Network, cluster: Cluster, system_tags: Iterable[str]) -> tuple[str, IPv4Network]:
    expected = _tag_text(pool, cluster, "10.0.0.0/24")
    tags = list(system_tags)
    if not tags:
        raise argerr(f"attaching {named(pool)} needs the system tag that says where the VTEPs are: {expected}")
    for tag in tags:
        match = _CIDR_TAG.fullmatch(tag)
        if match and match[1] == pool.uuid and match[2] == cluster.uuid:
            cidr = cidr_or_none(match[3])
            if cidr is None:
                raise argerr(f"[{match[3]}] in system tag[{tag}] is not an IPv4 CIDR; expected e.g. {expected}")
            return _tag_text(pool, cluster, str(cidr)), cidr
    raise argerr(f"no system tag of {tags} says the VTEP CIDR; expected e.g. {expected}")


def _tag_text(pool: L2Network, cluster: Cluster, cidr: str) -> str:
    return f"l2NetworkUuid::{pool.uuid}::clusterUuid::{cluster.uuid}::cidr::{{{cidr}}}"


def _ask_hosts(tx: Tx, network: L2Network, cluster: Cluster, ask: Callable[[Host], None]) -> None:
    """Ask every host that is up; the others are asked when they connect."""
    failures: list[ApiError] = []
    for host in tx.find(Host, cluster_uuid=cluster.uuid, status="Connected"):
        if host.state in {"Enabled", "Disabled"}:
            try:
                ask(host)
            except ApiError as error:
                failures.append(error)
    if failures:
        words = "; ".join(error.details for error in failures)
        raise ApiError(
            "L2.1000",
            f"{named(network)} cannot be attached to cluster[uuid:{cluster.uuid}, name:{cluster.name}]: {words}",
            cause=failures[0],
        )


def _need_interface(view: View, network: L2Network, host: Host) -> None:
    interfaces = {interface.name: interface for interface in host_interfaces(host)}
    found = interfaces.get(network.physical_interface)
    if found is None:
        raise operr(
            f"host[uuid:{host.uuid}, name:{host.name}] has no interface[{network.physical_interface}] "
            f"for {named(network)}; its interfaces: {', '.join(interfaces) or 'none'}"
        )
    needed = mtu.needed(view, [network.uuid])
    if found.mtu < needed:
        raise operr(
            f"interface[{found.name}] of host[uuid:{host.uuid}, name:{host.name}] has MTU {found.mtu}, but "
            f"{named(network)} carries networks with MTU {needed}: raise the interface's MTU or lower the networks'"
        )


def _refuse_plugged(view: View, networks: Iterable[L2Network], cluster: Cluster) -> None:
    hosts = [host.uuid for host in view.find(Host, cluster_uuid=cluster.uuid)]
    for network in networks if hosts else ():
        nic = view.first(VmNic, l2_network_uuid=network.uuid, host_uuid=hosts)
        if nic is not None:
            vm = view.need(VmInstance, nic.vm_instance_uuid)
            raise operr(
                f"{named(network)} is in use in cluster[uuid:{cluster.uuid}, name:{cluster.name}]: "
                f"VM[uuid:{vm.uuid}, name:{vm.name}] runs there with NIC[uuid:{nic.uuid}]; stop it or detach the NIC"
            )


def named(network: L2Network) -> str:
    """How errors name a network."""
    return f"L2 network[uuid:{network.uuid}, name:{network.name}]"
