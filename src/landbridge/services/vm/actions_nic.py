"""NICs of VMs and vrouters: networks attached and detached while they run, static addresses."""

from typing import Annotated

from landbridge.core.api import DeleteRequest, P, Request, action
from landbridge.core.attach import attach, is_offering_network, usable_refusal, user_refusal
from landbridge.core.lifecycle import RUN_STATES, is_router, require_host, require_state, title
from landbridge.core.nics import change_ip, delete_nic, nics_of
from landbridge.core.service import Context, Outcome, Then
from landbridge.model.documents.l2 import L2ClusterRef
from landbridge.model.documents.l3 import L3_NETWORK, L3Network
from landbridge.model.documents.vm import VM_INSTANCE, VM_NIC, SnatState, VmInstance, VmNic
from landbridge.model.errors import argerr, operr
from landbridge.services.vm.outcome import wait_host

_PACKAGE = "org.zstack.header.vm"
_STATIC_IP = "staticIp"


class AttachL3NetworkToVm(Request, kw_only=True):
    """Give a VM a NIC on a network, or attach a subnet or public network to a vrouter."""

    vm_instance_uuid: Annotated[str, P(help="the VM or vrouter", ref=VM_INSTANCE.vo)]
    l3_network_uuid: Annotated[str, P(help="the network", ref=L3_NETWORK.vo)]
    static_ip: Annotated[str | None, P(help="the address to take")] = None
    custom_mac: Annotated[str | None, P(help="the MAC to take")] = None
    driver_type: Annotated[str | None, P(help="accepted and ignored")] = None
    vm_nic_params: Annotated[str | None, P(help="accepted and ignored")] = None


class DetachL3NetworkFromVm(Request, kw_only=True):
    """Remove a NIC from a VM or vrouter."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]


class SetVmStaticIp(Request, kw_only=True):
    """Give a VM's NIC an address of its network that it keeps."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    l3_network_uuid: Annotated[str, P(help="the network", ref=L3_NETWORK.vo)]
    ip: Annotated[str | None, P(help="the IPv4 address")] = None
    ip6: Annotated[str | None, P(help="not served yet")] = None
    netmask: Annotated[str | None, P(help="accepted; the range has it")] = None
    gateway: Annotated[str | None, P(help="accepted; the range has it")] = None


class DeleteVmStaticIp(DeleteRequest, kw_only=True):
    """Let a VM's address in a network be any again."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    l3_network_uuid: Annotated[str, P(help="the network")]
    static_ip: Annotated[str | None, P(help="the address; any")] = None
    uuid: Annotated[str | None, P(help="not used")] = None  # type: ignore[assignment]  # this delete names two resources


class GetVmAttachableL3Network(Request, kw_only=True):
    """List the networks that can be attached to a VM."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


def attach_l3(ctx: Context, req: AttachL3NetworkToVm) -> Outcome:
    """On a running VM the job ends when its host has plugged the NIC."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.vm_instance_uuid)
    require_state(vm, "Running", "Stopped")
    if vm.state == "Running":
        require_host(tx, vm)
    nic = attach(tx, vm, tx.need(L3Network, req.l3_network_uuid), req.static_ip, req.custom_mac)
    if vm.default_l3_network_uuid is None:
        vm.default_l3_network_uuid = nic.l3_network_uuid
        tx.put(vm)
    if vm.state != "Running" or vm.host_uuid is None:
        return Outcome(inventory=(VM_INSTANCE, vm.uuid))
    nic.host_uuid = vm.host_uuid
    tx.put(nic)
    return wait_host(vm, None, Then("vm.attach-failed", {"nic": nic.uuid}))


def detach_l3(ctx: Context, req: DetachL3NetworkFromVm) -> Outcome:
    """A vrouter keeps the networks of its offering; a VM may lose all."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    vm = tx.need(VmInstance, nic.vm_instance_uuid)
    require_state(vm, "Running", "Stopped")
    if is_router(vm):
        _check_router_detach(vm, nic)
    if vm.state == "Running":
        require_host(tx, vm)
    for snat in tx.find(SnatState, vpc_uuid=vm.uuid, l3_network_uuid=nic.l3_network_uuid):
        tx.delete(snat)
    delete_nic(tx, nic)
    if vm.default_l3_network_uuid == nic.l3_network_uuid:
        rest = nics_of(tx, vm.uuid)
        vm.default_l3_network_uuid = rest[0].l3_network_uuid if rest else None
        tx.put(vm)
    if vm.state != "Running":
        return Outcome(inventory=(VM_INSTANCE, vm.uuid))
    return wait_host(vm, None, Then("vm.change-failed", {}))


def _check_router_detach(vm: VmInstance, nic: VmNic) -> None:
    if is_offering_network(nic):
        raise operr(
            f"NIC[uuid:{nic.uuid}] of {title(vm)} is on a network of its offering, which cannot be detached: "
            "make a vrouter from another offering"
        )
    if vm.default_route_l3_network_uuid == nic.l3_network_uuid:
        raise operr(
            f"L3 network[uuid:{nic.l3_network_uuid}] has the default route of {title(vm)}: "
            "move it with UpdateVirtualRouter first"
        )


def set_static_ip(ctx: Context, req: SetVmStaticIp) -> Outcome:
    """The VM gets it at its next DHCP renewal; its port allows it at once."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.vm_instance_uuid)
    l3 = tx.need(L3Network, req.l3_network_uuid)
    if req.ip is None:
        raise argerr("say which IPv4 address: ip")
    nic = next((nic for nic in nics_of(tx, vm.uuid) if nic.l3_network_uuid == l3.uuid), None)
    if nic is None:
        raise argerr(f"{title(vm)} has no NIC on L3 network[uuid:{l3.uuid}, name:{l3.name}]")
    if is_router(vm):
        raise operr(f"{title(vm)} has the address that its networks say: it cannot be chosen")
    change_ip(tx, nic, l3, req.ip)
    _clear_tags(ctx, vm, l3.uuid, None)
    tx.set_tag(vm.uuid, VM_INSTANCE.vo, f"{_STATIC_IP}::{l3.uuid}::{req.ip}")
    if vm.state not in RUN_STATES:
        return Outcome()
    require_host(tx, vm)
    waiting = wait_host(vm, None, Then("vm.change-failed", {}))
    return Outcome(wait=waiting.wait, failed=waiting.failed)


def delete_static_ip(ctx: Context, req: DeleteVmStaticIp) -> Outcome:
    """The address stays until the NIC goes."""
    _clear_tags(ctx, ctx.tx.need(VmInstance, req.vm_instance_uuid), req.l3_network_uuid, req.static_ip)
    return Outcome()


def _clear_tags(ctx: Context, vm: VmInstance, l3_uuid: str, ip: str | None) -> None:
    prefix = f"{_STATIC_IP}::{l3_uuid}::{ip or ''}"
    for tag in ctx.tx.tags(vm.uuid):
        if tag.startswith(prefix):
            ctx.tx.delete_tag(vm.uuid, tag)


def attachable(ctx: Context, req: GetVmAttachableL3Network) -> Outcome:
    """Usable networks of the VM's cluster that it may have."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.vm_instance_uuid)
    found = []
    for l3 in tx.find(L3Network, zone_uuid=vm.zone_uuid):
        clusters = {ref.cluster_uuid for ref in tx.find(L2ClusterRef, l2_network_uuid=l3.l2_network_uuid)}
        reachable = not vm.cluster_uuid or vm.cluster_uuid in clusters
        if reachable and not usable_refusal(tx, l3) and not user_refusal(tx, vm, l3):
            found.append(l3.uuid)
    return Outcome(inventories=(L3_NETWORK, tuple(found)))


ACTIONS = (
    action("AttachL3NetworkToVm", "POST", "/vm-instances/{vmInstanceUuid}/l3-networks/{l3NetworkUuid}", attach_l3,
           AttachL3NetworkToVm, message=f"{_PACKAGE}.APIAttachL3NetworkToVmMsg", kind=VM_INSTANCE),
    action("DetachL3NetworkFromVm", "DELETE", "/vm-instances/nics/{vmNicUuid}", detach_l3, DetachL3NetworkFromVm,
           message=f"{_PACKAGE}.APIDetachL3NetworkFromVmMsg", kind=VM_INSTANCE, absent_ok=("vmNicUuid", VM_NIC.vo)),
    action("SetVmStaticIp", "PUT", "/vm-instances/{vmInstanceUuid}/actions", set_static_ip, SetVmStaticIp,
           message=f"{_PACKAGE}.APISetVmStaticIpMsg", result="none"),
    action("DeleteVmStaticIp", "DELETE", "/vm-instances/{vmInstanceUuid}/static-ips", delete_static_ip,
           DeleteVmStaticIp, message=f"{_PACKAGE}.APIDeleteVmStaticIpMsg", result="none"),
    action("GetVmAttachableL3Network", "GET", "/vm-instances/{vmInstanceUuid}/l3-networks-candidates", attachable,
           GetVmAttachableL3Network, message=f"{_PACKAGE}.APIGetVmAttachableL3NetworkMsg", mode="sync",
           result="inventories", kind=L3_NETWORK),
)  # fmt: skip
