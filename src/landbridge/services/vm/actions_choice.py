"""What there is to choose from for VMs and their NICs, and what they can; offerings and MACs changed."""

from collections.abc import Iterator
from typing import Annotated

from landbridge.core import attach
from landbridge.core.api import P, Request, action
from landbridge.core.inventory import flat
from landbridge.core.ipam import named
from landbridge.core.lifecycle import require_state
from landbridge.core.membership import refs_of
from landbridge.core.nics import change_mac, network_of, nics_of
from landbridge.core.placement import Wish, fitting_hosts
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router, title
from landbridge.core.view import View
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3_NETWORK, L3Network
from landbridge.model.documents.places import CLUSTER, HOST, ZONE, Cluster, Host, Zone
from landbridge.model.documents.vm import (
    IMAGE,
    NETNS_IMAGE_UUID,
    VM_INSTANCE,
    VM_NIC,
    InstanceOffering,
    VmInstance,
    VmNic,
)
from landbridge.model.errors import argerr, operr
from landbridge.model.resource import to_json
from landbridge.services.vm.actions_life import UpdateVmInstance, update
from landbridge.services.vm.actions_nic import change_refusal
from landbridge.services.vm.move import MOVABLE

_PACKAGE = "org.zstack.header.vm"
_NIC_NETWORKS = "/vm-instances/nics/{vmNicUuid}/l3-networks-candidates"
_NICS = "/vm-instances/nics/{vmNicUuid}"
_SERVER = "LoadBalancerServerGroupVmNicRefVO"
"""A NIC as a server of a balancer: that service's own kind, where there is that service."""
_VMS = "/vm-instances/{vmInstanceUuid}/actions"


class GetCandidateL3NetworksForChangeVmNicNetwork(Request, kw_only=True):
    """List the networks that a NIC of a stopped VM can move to."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]


class GetVmNicAttachedNetworkService(Request, kw_only=True):
    """List what leads to a NIC or guards it."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]


class GetVmCapabilities(Request, kw_only=True):
    """What can be done with a VM."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


class GetVmStartingCandidateClustersHosts(Request, kw_only=True):
    """List the hosts that a stopped VM could start on, and their clusters."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


class GetCandidateZonesClustersHostsForCreatingVm(Request, kw_only=True):
    """List where a VM could be made."""

    image_uuid: Annotated[str, P(help="its image", ref="ImageVO")]
    l3_network_uuids: Annotated[list[str], P(help="its networks", ref="L3NetworkVO", nonempty=True)]
    instance_offering_uuid: Annotated[str | None, P(help="accepted and ignored", ref="InstanceOfferingVO")] = None
    root_disk_offering_uuid: Annotated[str | None, P(help="accepted and ignored")] = None
    root_disk_size: Annotated[int | None, P(help="accepted and ignored", low=1)] = None
    data_disk_offering_uuids: Annotated[list[str] | None, P(help="accepted and ignored", nonempty=True)] = None
    cpu_num: Annotated[int | None, P(help="accepted and ignored", low=1, high=1024)] = None
    memory_size: Annotated[int | None, P(help="accepted and ignored", low=1)] = None
    zone_uuid: Annotated[str | None, P(help="only there")] = None
    cluster_uuid: Annotated[str | None, P(help="only there")] = None
    default_l3_network_uuid: Annotated[str | None, P(help="accepted and ignored")] = None


class GetInterdependentL3NetworksImages(Request, kw_only=True):
    """List the images that VMs on some networks can be made from, or the networks for VMs of an image."""

    zone_uuid: Annotated[str, P(help="only there", ref=ZONE.vo)]
    l3_network_uuids: Annotated[list[str] | None, P(help="answer with images", ref="L3NetworkVO", nonempty=True)] = (
        None
    )
    image_uuid: Annotated[str | None, P(help="answer with networks", ref=IMAGE.vo)] = None
    raise_exception: Annotated[bool, P(help="fail with the reason rather than answer with none")] = False


class ChangeInstanceOffering(Request, kw_only=True):
    """Give a stopped VM the CPUs and memory of an offering."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    instance_offering_uuid: Annotated[str, P(help="CPU and memory by name", ref="InstanceOfferingVO")]


class UpdateVmNicMac(Request, kw_only=True):
    """Give a NIC of a stopped VM another MAC address."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    mac: Annotated[str, P(help="six hex bytes with colons")]


class ChangeVmNicType(Request, kw_only=True):
    """Choose a NIC's type: there is one."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    vm_nic_type: Annotated[str, P(help="the type", values=("VNIC",))]


def candidate_networks(ctx: Context, req: GetCandidateL3NetworksForChangeVmNicNetwork) -> Outcome:
    """Those that ChangeVmNicNetwork would not refuse."""
    nic = ctx.tx.need(VmNic, req.vm_nic_uuid)
    vm = ctx.tx.need(VmInstance, nic.vm_instance_uuid)
    fitting = tuple(
        l3.uuid
        for l3 in ctx.tx.find(L3Network, zone_uuid=vm.zone_uuid)
        if l3.uuid != nic.l3_network_uuid and ctx.sees(l3.uuid) and change_refusal(ctx.tx, vm, nic, l3) is None
    )
    return Outcome(inventories=(L3_NETWORK, fitting))


def attached_services(ctx: Context, req: GetVmNicAttachedNetworkService) -> Outcome:
    """By the types of network services: Eip, PortForwarding, LoadBalancer, SecurityGroup."""
    nic = ctx.tx.need(VmNic, req.vm_nic_uuid)
    return Outcome(body={"networkServices": list(_services(ctx.tx, nic))})


def _services(view: View, nic: VmNic) -> Iterator[str]:
    for service in view.services:
        if service.nic_uses is not None and any(True for _ in service.nic_uses(view, nic)):
            yield from (served.type for served in service.network_services)
    server = view.kinds.get(_SERVER)
    if server is not None and view.first(server.doc, vm_nic_uuid=nic.uuid) is not None:
        yield "LoadBalancer"
    if refs_of(view, nic.uuid):
        yield "SecurityGroup"


def capabilities(ctx: Context, req: GetVmCapabilities) -> Outcome:
    """By ZStack's names: whether it can move while it runs, and what needs a disk."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    can = {"LiveMigration": vm.driver in MOVABLE and not is_router(vm), "VolumeMigration": False, "Reimage": False}
    return Outcome(body={"capabilities": can})


def starting_candidates(ctx: Context, req: GetVmStartingCandidateClustersHosts) -> Outcome:
    """What StartVmInstance would choose from."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    require_state(vm, "Stopped", "Created")
    hosts = _fitting(ctx.tx, [network_of(ctx.tx, nic) for nic in nics_of(ctx.tx, vm.uuid)], Wish(vm.zone_uuid))
    return Outcome(body=_places(ctx.tx, hosts))


def creating_candidates(ctx: Context, req: GetCandidateZonesClustersHostsForCreatingVm) -> Outcome:
    """What CreateVmInstance would choose from; nowhere, when a network cannot be used."""
    l3s = [ctx.tx.need(L3Network, uuid) for uuid in req.l3_network_uuids]
    zone = req.zone_uuid or l3s[0].zone_uuid
    usable = all(attach.usable_refusal(ctx.tx, l3) is None and l3.zone_uuid == zone for l3 in l3s)
    networks = [ctx.tx.need(L2Network, l3.l2_network_uuid) for l3 in l3s]
    hosts = _fitting(ctx.tx, networks, Wish(zone, req.cluster_uuid)) if usable else []
    zones = [ctx.tx.need(Zone, uuid) for uuid in dict.fromkeys(host.zone_uuid for host in hosts)]
    return Outcome(body={"zones": [flat(ZONE, to_json(one)) for one in zones], **_places(ctx.tx, hosts)})


def interdependent(ctx: Context, req: GetInterdependentL3NetworksImages) -> Outcome:
    """The built-in image goes with any networks that one VM could have; SYS.1007 unless one of both is given."""
    if (req.image_uuid is None) == (req.l3_network_uuids is None):
        raise argerr("give either l3NetworkUuids or imageUuid")
    tx = ctx.tx
    if req.l3_network_uuids is None:
        seen = (l3 for l3 in tx.find(L3Network, zone_uuid=req.zone_uuid) if ctx.sees(l3.uuid))
        return Outcome(inventories=(L3_NETWORK, tuple(l3.uuid for l3 in seen if _no_vm(tx, [l3]) is None)))
    l3s = [tx.need(L3Network, uuid) for uuid in req.l3_network_uuids]
    strange = next((f"{named(l3)} is in another zone" for l3 in l3s if l3.zone_uuid != req.zone_uuid), None)
    why = strange or _no_vm(tx, l3s)
    if why is not None and req.raise_exception:
        raise operr(f"no VM can be made on these networks: {why}")
    return Outcome(inventories=(IMAGE, () if why else (NETNS_IMAGE_UUID,)))


def _no_vm(view: View, l3s: list[L3Network]) -> str | None:
    """Why no VM can be on all of the networks, wherever; None when one could."""
    for l3 in l3s:
        why = "it is a system network, for the cloud itself" if l3.system else attach.usable_refusal(view, l3)
        if why:
            return f"{named(l3)}: {why}"
    return (
        None if attach.common_clusters(view, l3s) else "no cluster has all of them: attach their L2 networks to one"
    )


def _fitting(view: View, networks: list[L2Network], wish: Wish) -> list[Host]:
    return fitting_hosts(view, networks, wish)[0]


def _places(view: View, hosts: list[Host]) -> dict[str, list[dict[str, object]]]:
    clusters = [view.need(Cluster, uuid) for uuid in dict.fromkeys(host.cluster_uuid for host in hosts)]
    return {
        "hosts": [flat(HOST, to_json(host)) for host in hosts],
        "clusters": [flat(CLUSTER, to_json(one)) for one in clusters],
    }


def change_offering(ctx: Context, req: ChangeInstanceOffering) -> Outcome:
    """As UpdateVmInstance with its numbers: VM.1010 unless the VM is stopped."""
    offering = ctx.tx.need(InstanceOffering, req.instance_offering_uuid)
    if offering.state != "Enabled":
        raise operr(f"instance offering[uuid:{offering.uuid}, name:{offering.name}] is {offering.state}: enable it")
    sized = UpdateVmInstance(uuid=req.vm_instance_uuid, cpu_num=offering.cpu_num, memory_size=offering.memory_size)
    outcome = update(ctx, sized)
    vm = ctx.tx.need(VmInstance, req.vm_instance_uuid)
    vm.instance_offering_uuid = offering.uuid
    ctx.tx.put(vm)
    return outcome


def update_mac(ctx: Context, req: UpdateVmNicMac) -> Outcome:
    """VM.1010 unless the VM is stopped; SYS.1007 for a MAC that is taken or that no VM may have."""
    nic, vm = _of_a_vm(ctx, req.vm_nic_uuid)
    require_state(vm, "Stopped", "Created")
    change_mac(ctx.tx, nic, req.mac)
    return Outcome(inventory=(VM_NIC, nic.uuid))


def change_type(ctx: Context, req: ChangeVmNicType) -> Outcome:
    """It has it already."""
    nic, _ = _of_a_vm(ctx, req.vm_nic_uuid)
    return Outcome(inventory=(VM_NIC, nic.uuid))


def _of_a_vm(ctx: Context, nic_uuid: str) -> tuple[VmNic, VmInstance]:
    nic = ctx.tx.need(VmNic, nic_uuid)
    vm = ctx.tx.need(VmInstance, nic.vm_instance_uuid)
    if is_router(vm):
        raise argerr(f"NIC[uuid:{nic.uuid}] is one of {title(vm)}: the cloud chooses what a vrouter's NICs are")
    return nic, vm


ACTIONS = (
    action("GetCandidateL3NetworksForChangeVmNicNetwork", "GET", _NIC_NETWORKS, candidate_networks,
           GetCandidateL3NetworksForChangeVmNicNetwork, mode="sync", result="inventories", kind=L3_NETWORK,
           message=f"{_PACKAGE}.APIGetCandidateL3NetworksForChangeVmNicNetworkMsg"),
    action("GetVmNicAttachedNetworkService", "GET", f"{_NICS}/attached-networkservices", attached_services,
           GetVmNicAttachedNetworkService, message=f"{_PACKAGE}.APIGetVmNicAttachedNetworkServiceMsg", mode="sync",
           result="body", fields=(("networkServices", "array"),)),
    action("GetVmCapabilities", "GET", "/vm-instances/{uuid}/capabilities", capabilities, GetVmCapabilities,
           message=f"{_PACKAGE}.APIGetVmCapabilitiesMsg", mode="sync", result="body",
           fields=(("capabilities", "object"),)),
    action("GetVmStartingCandidateClustersHosts", "GET", "/vm-instances/{uuid}/starting-target-hosts",
           starting_candidates, GetVmStartingCandidateClustersHosts, mode="sync", result="body",
           message=f"{_PACKAGE}.APIGetVmStartingCandidateClustersHostsMsg",
           fields=(("hosts", "array"), ("clusters", "array"))),
    action("GetCandidateZonesClustersHostsForCreatingVm", "GET", "/vm-instances/candidate-destinations",
           creating_candidates, GetCandidateZonesClustersHostsForCreatingVm, mode="sync", result="body",
           message=f"{_PACKAGE}.APIGetCandidateZonesClustersHostsForCreatingVmMsg",
           fields=(("zones", "array"), ("clusters", "array"), ("hosts", "array"))),
    action("GetInterdependentL3NetworksImages", "GET", "/images-l3networks/dependencies", interdependent,
           GetInterdependentL3NetworksImages, mode="sync", result="inventories",
           message=f"{_PACKAGE}.APIGetInterdependentL3NetworksImagesMsg"),
    action("ChangeInstanceOffering", "PUT", _VMS, change_offering, ChangeInstanceOffering,
           message=f"{_PACKAGE}.APIChangeInstanceOfferingMsg", kind=VM_INSTANCE),
    action("UpdateVmNicMac", "PUT", f"{_NICS}/actions", update_mac, UpdateVmNicMac,
           message=f"{_PACKAGE}.APIUpdateVmNicMacMsg", kind=VM_NIC),
    action("ChangeVmNicType", "PUT", f"{_NICS}/actions", change_type, ChangeVmNicType,
           message="org.zstack.header.sriov.APIChangeVmNicTypeMsg", kind=VM_NIC),
)  # fmt: skip
