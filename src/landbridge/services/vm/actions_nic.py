"""NICs of VMs and vrouters: networks attached and detached while they run, static addresses."""

from typing import Annotated

from landbridge.core import attach, standing, waiting
from landbridge.core.api import P, Request, action
from landbridge.core.lifecycle import require_host, require_state
from landbridge.core.membership import refs_of, unserved
from landbridge.core.nics import nics_of, plug_nic, readdress
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router, title
from landbridge.core.view import View
from landbridge.core.waiting import applied, wait_host
from landbridge.model.documents.l3 import L3_NETWORK, L3Network
from landbridge.model.documents.vm import VM_INSTANCE, VM_NIC, VmInstance, VmNic
from landbridge.model.errors import argerr, operr
from landbridge.services.vm import guard

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
    ipv6_gateway: Annotated[str | None, P(help="accepted; there are no IPv6 ranges")] = None
    ipv6_prefix: Annotated[str | None, P(help="accepted; there are no IPv6 ranges")] = None


class DeleteVmStaticIp(Request, kw_only=True):
    """Let a VM's address in a network be any again."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    l3_network_uuid: Annotated[str, P(help="the network")]
    static_ip: Annotated[str | None, P(help="the address; any")] = None
    delete_mode: Annotated[str, P(help="accepted; both mean the same here", values=("Permissive", "Enforcing"))] = (
        "Permissive"
    )


class ChangeVmNicNetwork(Request, kw_only=True):
    """Move a stopped VM's NIC to another network; it keeps its MAC and security groups."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    dest_l3_network_uuid: Annotated[str, P(help="the network to move to", ref=L3_NETWORK.vo)]
    static_ip: Annotated[str | None, P(help="the address to take there")] = None


class ChangeVmNicState(Request, kw_only=True):
    """Pull out the cable of a VM's NIC (disable), or plug it in again (enable)."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    state: Annotated[str, P(help="what it is to be", values=("enable", "disable"))]


class GetVmAttachableL3Network(Request, kw_only=True):
    """List the networks that can be attached to a VM."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


def attach_l3(ctx: Context, req: AttachL3NetworkToVm) -> Outcome:
    """On a running VM the job ends when its host has plugged the NIC."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.vm_instance_uuid)
    _require_settled(vm)
    if vm.state == "Running":
        require_host(tx, vm)
    nic = attach.attach(tx, vm, tx.need(L3Network, req.l3_network_uuid), req.static_ip, req.custom_mac)
    if vm.state != "Running":
        return Outcome(inventory=(VM_INSTANCE, vm.uuid))
    plug_nic(tx, nic, vm.host_uuid or "")
    return wait_host(vm, failed=waiting.ATTACH_FAILED, nic=nic.uuid)


def detach_l3(ctx: Context, req: DetachL3NetworkFromVm) -> Outcome:
    """A vrouter keeps the networks of its offering, and subnets that VMs run in; a VM may lose all."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    vm = tx.need(VmInstance, nic.vm_instance_uuid)
    _require_settled(vm)
    why = attach.detach_refusal(tx, vm, nic)
    if why:
        raise operr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] of {title(vm)} cannot be detached: {why}")
    if vm.state == "Running":
        require_host(tx, vm)
    attach.detach(tx, vm, nic)
    return wait_host(vm) if vm.state == "Running" else Outcome(inventory=(VM_INSTANCE, vm.uuid))


def set_static_ip(ctx: Context, req: SetVmStaticIp) -> Outcome:
    """The VM gets it at its next DHCP renewal; its port allows it at once.  What led to the old one leads nowhere."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.vm_instance_uuid)
    l3 = tx.need(L3Network, req.l3_network_uuid)
    require_state(vm, "Running", "Stopped", "Created")
    if req.ip is None:
        raise argerr("ip is missing: say which IPv4 address")
    nic = next((nic for nic in nics_of(tx, vm.uuid) if nic.l3_network_uuid == l3.uuid), None)
    if nic is None:
        raise argerr(f"{title(vm)} has no NIC on L3 network[uuid:{l3.uuid}, name:{l3.name}]")
    if is_router(vm):
        raise operr(f"{title(vm)} has the addresses that its networks give it: they cannot be chosen")
    if req.ip != nic.ip:
        standing.let_go(tx, nic)
    readdress(tx, vm, nic, l3, req.ip)
    _forget_static_ip(ctx, vm, l3.uuid)
    tx.set_tag(vm.uuid, VM_INSTANCE.vo, f"{_STATIC_IP}::{l3.uuid}::{req.ip}")
    return applied(tx, vm)


def delete_static_ip(ctx: Context, req: DeleteVmStaticIp) -> Outcome:
    """The address stays until the NIC goes."""
    _forget_static_ip(ctx, ctx.tx.need(VmInstance, req.vm_instance_uuid), req.l3_network_uuid, req.static_ip)
    return Outcome()


def change_network(ctx: Context, req: ChangeVmNicNetwork) -> Outcome:
    """SYS.1006 unless the VM is stopped and the network could be attached to it.

    Allowed address pairs were for the old network and go; what led to the old address leads nowhere.
    """
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    vm = tx.need(VmInstance, nic.vm_instance_uuid)
    l3 = tx.need(L3Network, req.dest_l3_network_uuid)
    why = change_refusal(tx, vm, nic, l3)
    if why:
        raise operr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] of {title(vm)} cannot move to "
                    f"L3 network[uuid:{l3.uuid}, name:{l3.name}]: {why}")  # fmt: skip
    _forget_static_ip(ctx, vm, nic.l3_network_uuid)
    if vm.default_l3_network_uuid == nic.l3_network_uuid:
        vm.default_l3_network_uuid = l3.uuid
        tx.put(vm)
    standing.let_go(tx, nic)
    readdress(tx, vm, nic, l3, req.static_ip)
    for pair in guard.pairs_of(tx, nic.uuid):
        tx.delete(pair)
    return Outcome(inventory=(VM_NIC, nic.uuid))


def change_state(ctx: Context, req: ChangeVmNicState) -> Outcome:
    """At once on a running VM; it keeps its addresses and what leads to it, and stays so when the VM is moved."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    vm = tx.need(VmInstance, nic.vm_instance_uuid)
    if is_router(vm):
        raise operr(f"NIC[uuid:{nic.uuid}] is one of {title(vm)}, which needs it: DetachL3NetworkFromVm takes it off")
    require_state(vm, "Running", "Stopped", "Created")
    nic.state = req.state
    tx.put(nic)
    return applied(tx, vm, inventory=(VM_INSTANCE, vm.uuid))


def attachable(ctx: Context, req: GetVmAttachableL3Network) -> Outcome:
    """The networks of the VM's zone that AttachL3NetworkToVm would not refuse."""
    vm = ctx.tx.need(VmInstance, req.vm_instance_uuid)
    l3s = ctx.tx.find(L3Network, zone_uuid=vm.zone_uuid)
    fitting = tuple(l3.uuid for l3 in l3s if ctx.sees(l3.uuid) and not attach.refusal(ctx.tx, vm, l3))
    return Outcome(inventories=(L3_NETWORK, fitting))


def _require_settled(vm: VmInstance) -> None:
    if vm.state not in ("Running", "Stopped"):
        raise operr(f"{title(vm)} is {vm.state}; its NICs can be changed while it is Running or Stopped")


def change_refusal(view: View, vm: VmInstance, nic: VmNic, l3: L3Network) -> str | None:
    """Why a NIC cannot move to a network; None when it can."""
    if is_router(vm):
        return "a vrouter's NICs stay where they are: detach and attach"
    if vm.state not in ("Stopped", "Created"):
        return f"the VM is {vm.state}: stop it first"
    unfiltered = unserved(view, l3) if refs_of(view, nic.uuid) else None
    return unfiltered or attach.refusal(view, vm, l3)


def _forget_static_ip(ctx: Context, vm: VmInstance, l3_uuid: str, ip: str | None = None) -> None:
    for tag in ctx.tx.tags(vm.uuid):
        if tag.split("::")[:2] == [_STATIC_IP, l3_uuid] and (ip is None or tag.endswith(f"::{ip}")):
            ctx.tx.delete_tag(vm.uuid, tag)


ACTIONS = (
    action("AttachL3NetworkToVm", "POST", "/vm-instances/{vmInstanceUuid}/l3-networks/{l3NetworkUuid}", attach_l3,
           AttachL3NetworkToVm, message=f"{_PACKAGE}.APIAttachL3NetworkToVmMsg", kind=VM_INSTANCE),
    action("DetachL3NetworkFromVm", "DELETE", "/vm-instances/nics/{vmNicUuid}", detach_l3, DetachL3NetworkFromVm,
           message=f"{_PACKAGE}.APIDetachL3NetworkFromVmMsg", kind=VM_INSTANCE, absent_ok=("vmNicUuid", VM_NIC.vo)),
    action("SetVmStaticIp", "PUT", "/vm-instances/{vmInstanceUuid}/actions", set_static_ip, SetVmStaticIp,
           message=f"{_PACKAGE}.APISetVmStaticIpMsg", result="none"),
    action("DeleteVmStaticIp", "DELETE", "/vm-instances/{vmInstanceUuid}/static-ips", delete_static_ip,
           DeleteVmStaticIp, message=f"{_PACKAGE}.APIDeleteVmStaticIpMsg", result="none"),
    action("ChangeVmNicNetwork", "POST", "/vm-instances/nics/{vmNicUuid}/l3-networks/{destL3NetworkUuid}",
           change_network, ChangeVmNicNetwork, message=f"{_PACKAGE}.APIChangeVmNicNetworkMsg", kind=VM_NIC),
    action("ChangeVmNicState", "PUT", "/vm-instances/nics/{vmNicUuid}/actions", change_state, ChangeVmNicState,
           message=f"{_PACKAGE}.APIChangeVmNicStateMsg", kind=VM_INSTANCE),
    action("GetVmAttachableL3Network", "GET", "/vm-instances/{vmInstanceUuid}/l3-networks-candidates", attachable,
           GetVmAttachableL3Network, message=f"{_PACKAGE}.APIGetVmAttachableL3NetworkMsg", mode="sync",
           result="inventories", kind=L3_NETWORK),
)  # fmt: skip
