"""CreateVmInstance and the queries of VMs."""

from typing import Annotated, Any

from landbridge.core import waiting
from landbridge.core.api import NAME, CreateRequest, P, action, query
from landbridge.core.attach import usable_refusal, user_refusal
from landbridge.core.lifecycle import launch
from landbridge.core.nics import make_nic, take_number
from landbridge.core.placement import Wish
from landbridge.core.service import Context, Outcome
from landbridge.core.tags import by_network
from landbridge.core.waiting import wait_host
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Cluster, Host
from landbridge.model.documents.vm import (
    NETNS_IMAGE_UUID,
    VM_INSTANCE,
    VM_NIC,
    Image,
    InstanceOffering,
    VmInstance,
)
from landbridge.model.errors import argerr, operr
from landbridge.services.vm import group_tags, guard, hostname

_PACKAGE = "org.zstack.header.vm"
_STORAGE = "accepted and ignored: VMs here have no disks"


class CreateVmInstance(CreateRequest, kw_only=True):
    """Make a VM on one or several L3 networks and start it."""

    name: Annotated[str, P(help="display name", max=255, regex=NAME)]
    l3_network_uuids: Annotated[list[str] | None, P(help="networks, a NIC on each", ref="L3NetworkVO")] = None
    default_l3_network_uuid: Annotated[
        str | None, P(help="the network of the default route; required for several")
    ] = None
    instance_offering_uuid: Annotated[str | None, P(help="CPU and memory by name", ref="InstanceOfferingVO")] = None
    cpu_num: Annotated[int | None, P(help="virtual CPUs, without an offering", low=1, high=1024)] = None
    memory_size: Annotated[int | None, P(help="bytes, without an offering", low=1)] = None
    reserved_memory_size: Annotated[int | None, P(help="bytes kept for it", low=0)] = None
    image_uuid: Annotated[str | None, P(help="the image (netns)", ref="ImageVO", nonempty=True)] = None
    zone_uuid: Annotated[str | None, P(help="run in this zone", ref="ZoneVO")] = None
    cluster_uuid: Annotated[str | None, P(help="run in this cluster", ref="ClusterVO")] = None
    host_uuid: Annotated[str | None, P(help="run on this host", ref="HostVO")] = None
    description: Annotated[str | None, P(max=2048)] = None
    type: Annotated[str | None, P(help="UserVm", values=("UserVm", "ApplianceVm"))] = None
    strategy: Annotated[
        str, P(help="start it at once or not", values=("InstantStart", "JustCreate", "CreateStopped"))
    ] = "InstantStart"
    platform: Annotated[
        str | None, P(values=("Linux", "Windows", "Other", "Paravirtualization", "WindowsVirtio"))
    ] = None
    guest_os_type: Annotated[str | None, P(max=255)] = None
    architecture: Annotated[str | None, P(values=("x86_64", "aarch64", "mips64el", "loongarch64"), max=32)] = None
    virtio: Annotated[bool | None, P(help="accepted")] = None
    vm_nic_params: Annotated[str | None, P(help="accepted and ignored")] = None
    root_disk_offering_uuid: Annotated[str | None, P(help=_STORAGE)] = None
    root_disk_size: Annotated[int | None, P(help=_STORAGE)] = None
    data_disk_sizes: Annotated[list[int] | None, P(help=_STORAGE)] = None
    data_disk_offering_uuids: Annotated[list[str] | None, P(help=_STORAGE)] = None
    primary_storage_uuid_for_root_volume: Annotated[str | None, P(help=_STORAGE)] = None
    root_volume_system_tags: Annotated[list[str] | None, P(help=_STORAGE)] = None
    data_volume_system_tags: Annotated[list[str] | None, P(help=_STORAGE)] = None
    data_volume_system_tags_on_index: Annotated[dict[str, Any] | None, P(help=_STORAGE)] = None
    ssh_key_pair_uuids: Annotated[list[str] | None, P(help="accepted and ignored")] = None
    disk_a_os: Annotated[list[Any] | None, P(help=_STORAGE)] = None


def create_vm(ctx: Context, req: CreateVmInstance) -> Outcome:
    """A VM with its NICs; with InstantStart the job ends when its host has it."""
    tx = ctx.tx
    l3s = [tx.need(L3Network, uuid) for uuid in req.l3_network_uuids or ()]
    default = _default_network(req, l3s)
    cpu, memory, image = _size(ctx, req)
    vm = VmInstance(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        zone_uuid=_zone(ctx, req, l3s),
        cluster_uuid=req.cluster_uuid,
        image_uuid=image,
        instance_offering_uuid=req.instance_offering_uuid,
        cpu_num=cpu,
        memory_size=memory,
        reserved_memory_size=req.reserved_memory_size or 0,
        platform=req.platform or "Linux",
        architecture=req.architecture or "x86_64",
        guest_os_type=req.guest_os_type,
        default_l3_network_uuid=default,
        state="Created" if req.strategy == "JustCreate" else "Stopped",
    )
    vm.number = take_number(tx, vm.uuid)
    tx.put(vm)
    _make_nics(ctx, vm, l3s)
    if req.strategy != "InstantStart":
        return Outcome(inventory=(VM_INSTANCE, vm.uuid))
    launch(tx, vm, Wish(req.zone_uuid, req.cluster_uuid, req.host_uuid))
    return wait_host(vm, done=waiting.RUNNING, failed=waiting.CREATE_FAILED)


def _default_network(req: CreateVmInstance, l3s: list[L3Network]) -> str | None:
    if req.type == "ApplianceVm":
        raise argerr("VMs of type ApplianceVm are made by CreateVpcVRouter")
    uuids = [l3.uuid for l3 in l3s]
    if req.default_l3_network_uuid is None:
        if len(uuids) > 1:
            raise argerr("there are several networks: say with defaultL3NetworkUuid which has the default route")
        return uuids[0] if uuids else None
    if req.default_l3_network_uuid not in uuids:
        raise argerr(f"defaultL3NetworkUuid[{req.default_l3_network_uuid}] is not among l3NetworkUuids{uuids}")
    return req.default_l3_network_uuid


def _size(ctx: Context, req: CreateVmInstance) -> tuple[int, int, str]:
    offering = ctx.tx.get(InstanceOffering, req.instance_offering_uuid)
    cpu = offering.cpu_num if offering else req.cpu_num
    memory = offering.memory_size if offering else req.memory_size
    if not cpu or not memory:
        raise argerr("say how large the VM is: instanceOfferingUuid, or cpuNum and memorySize")
    if offering is not None and (offering.state != "Enabled" or offering.type != "UserVm"):
        raise operr(f"instance offering[uuid:{offering.uuid}, name:{offering.name}] is {offering.state}, of type "
                    f"{offering.type}: choose an enabled one for user VMs")  # fmt: skip
    image = ctx.tx.need(Image, req.image_uuid or NETNS_IMAGE_UUID)
    if image.state != "Enabled":
        raise operr(f"image[uuid:{image.uuid}, name:{image.name}] is {image.state}: choose another")
    return cpu, memory, image.uuid


def _zone(ctx: Context, req: CreateVmInstance, l3s: list[L3Network]) -> str:
    if len({l3.zone_uuid for l3 in l3s}) > 1:
        raise argerr(f"l3NetworkUuids{[l3.uuid for l3 in l3s]} are in several zones: a VM is in one")
    host = ctx.tx.get(Host, req.host_uuid)
    cluster = ctx.tx.get(Cluster, req.cluster_uuid)
    for zone in (
        req.zone_uuid,
        host and host.zone_uuid,
        cluster and cluster.zone_uuid,
        *(l3.zone_uuid for l3 in l3s),
    ):
        if zone:
            return zone
    raise argerr("say where the VM is to be: a network, zoneUuid, clusterUuid or hostUuid")


def _make_nics(ctx: Context, vm: VmInstance, l3s: list[L3Network]) -> None:
    uuids = {l3.uuid for l3 in l3s}
    groups = group_tags.read(ctx.system_tags, uuids)
    addresses, macs = (by_network(ctx.system_tags, name, uuids) for name in ("staticIp", "customMac"))
    for l3 in l3s:
        refusal = usable_refusal(ctx.tx, l3) or user_refusal(ctx.tx, vm, l3)
        if refusal:
            raise operr(f"no VM can be made on L3 network[uuid:{l3.uuid}, name:{l3.name}]: {refusal}")
        nic = make_nic(ctx.tx, vm, l3, static_ip=addresses.get(l3.uuid), mac=macs.get(l3.uuid))
        group_tags.apply(ctx.tx, nic, groups)
    hostname.check_tags(ctx.system_tags)
    guard.check_tags(ctx.system_tags)
    for tag in ctx.system_tags:
        if not group_tags.is_one(tag):
            ctx.tx.set_tag(vm.uuid, VM_INSTANCE.vo, tag)


ACTIONS = (
    action("CreateVmInstance", "POST", "/vm-instances", create_vm, CreateVmInstance,
           message=f"{_PACKAGE}.APICreateVmInstanceMsg", kind=VM_INSTANCE),
    query("QueryVmInstance", "/vm-instances", VM_INSTANCE,
          message=f"{_PACKAGE}.APIQueryVmInstanceMsg", help="Find VMs and vrouters."),
    query("QueryVmNic", "/vm-instances/nics", VM_NIC, message=f"{_PACKAGE}.APIQueryVmNicMsg", help="Find NICs."),
)  # fmt: skip
