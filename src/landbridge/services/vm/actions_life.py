"""Start, stop, reboot, destroy, expunge, recover, update: for VMs and vrouters alike."""

from dataclasses import replace
from typing import Annotated

import msgspec

from landbridge.core import lifecycle, waiting
from landbridge.core.api import NAME, DeleteRequest, P, Request, action
from landbridge.core.lifecycle import land, launch, release_nics, remove, require_host, require_state
from landbridge.core.nics import nics_of
from landbridge.core.placement import Wish
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router, title
from landbridge.core.waiting import wait_host
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import VM_INSTANCE, VmInstance
from landbridge.model.errors import ApiError, argerr

_PACKAGE = "org.zstack.header.vm"
_PATH = "/vm-instances/{uuid}/actions"
DELETION_POLICY = ("vm", "deletionPolicy")


class StartVmInstance(Request, kw_only=True):
    """Start a stopped VM or vrouter."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    cluster_uuid: Annotated[str | None, P(help="run in this cluster", ref="ClusterVO")] = None
    host_uuid: Annotated[str | None, P(help="run on this host", ref="HostVO")] = None


class StopVmInstance(Request, kw_only=True):
    """Stop a running VM or vrouter; it keeps its addresses."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    type: Annotated[str, P(help="asked or at once", values=("grace", "cold"))] = "grace"
    stop_ha: Annotated[str | None, P(help="accepted and ignored", values=("true",))] = msgspec.field(
        default=None, name="stopHA"
    )


class RebootVmInstance(Request, kw_only=True):
    """Restart a running VM or vrouter on its host."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


class DestroyVmInstance(DeleteRequest, kw_only=True):
    """Destroy a VM or vrouter: it stops and its NICs go; Expunge removes the rest."""


class ExpungeVmInstance(Request, kw_only=True):
    """Remove what is left of a destroyed VM."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


class RecoverVmInstance(Request, kw_only=True):
    """Take a destroyed VM back; it is Stopped and has no NICs."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


class UpdateVmInstance(Request, kw_only=True):
    """Change a VM's name, description, default network or size."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    name: Annotated[str | None, P(max=255, regex=NAME)] = None
    description: Annotated[str | None, P(max=2048)] = None
    state: Annotated[str | None, P(help="accepted and ignored", values=("Stopped", "Running"))] = None
    default_l3_network_uuid: Annotated[str | None, P(help="default route", ref="L3NetworkVO")] = None
    platform: Annotated[
        str | None, P(values=("Linux", "Windows", "Other", "Paravirtualization", "WindowsVirtio"))
    ] = None
    cpu_num: Annotated[int | None, P(low=1, high=1024)] = None
    memory_size: Annotated[int | None, P(low=1)] = None
    reserved_memory_size: Annotated[int | None, P(low=0)] = None
    guest_os_type: Annotated[str | None, P(max=255)] = None


def start(ctx: Context, req: StartVmInstance) -> Outcome:
    """On the asked host, else on the least loaded one that has its networks."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    require_state(vm, "Stopped", "Created")
    launch(ctx.tx, vm, Wish(vm.zone_uuid, req.cluster_uuid, req.host_uuid))
    return wait_host(vm, done=waiting.RUNNING, failed=waiting.START_FAILED)


def stop(ctx: Context, req: StopVmInstance) -> Outcome:
    """Stopped when its host has taken it down; if that fails it runs on.  What is stopped stays so."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    if vm.state == "Stopped":
        return Outcome(inventory=(VM_INSTANCE, vm.uuid))
    require_state(vm, "Running")
    require_host(ctx.tx, vm)
    lifecycle.stop(ctx.tx, vm)
    return wait_host(vm, done=waiting.STOPPED, failed=waiting.STOP_FAILED)


def reboot(ctx: Context, req: RebootVmInstance) -> Outcome:
    """Its boot number goes up, and the host starts it afresh."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    require_state(vm, "Running")
    require_host(ctx.tx, vm)
    lifecycle.reboot(ctx.tx, vm)
    return wait_host(vm, done=waiting.RUNNING, failed=waiting.REBOOT_FAILED)


def destroy(ctx: Context, req: DestroyVmInstance) -> Outcome:
    """NICs and addresses go at once; a host that is away takes the VM down when it is back.

    A vrouter goes altogether, a VM too if the deletion policy is Direct.
    """
    tx = ctx.tx
    vm = tx.need(VmInstance, req.uuid)
    host = tx.get(Host, vm.host_uuid)
    if vm.state != "Destroyed":
        vm.default_l3_network_uuid, vm.cluster_uuid = None, None
        land(tx, vm, "Destroyed")
        release_nics(tx, vm)
    if is_router(vm) or tx.config(*DELETION_POLICY, vm.uuid) == "Direct":
        remove(tx, vm)
    if host is None or host.status != "Connected":
        return Outcome()
    return replace(wait_host(vm, failed=waiting.DESTROY_FAILED), inventory=None)


def expunge(ctx: Context, req: ExpungeVmInstance) -> Outcome:
    """Only what is destroyed."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    require_state(vm, "Destroyed")
    remove(ctx.tx, vm)
    return Outcome()


def recover(ctx: Context, req: RecoverVmInstance) -> Outcome:
    """Stopped, without NICs: attach networks before the start."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    require_state(vm, "Destroyed")
    vm.state = "Stopped"
    ctx.tx.put(vm)
    return Outcome(inventory=(VM_INSTANCE, vm.uuid))


def update(ctx: Context, req: UpdateVmInstance) -> Outcome:
    """Size changes need a stopped VM; the default network must be one of the VM's."""
    vm = ctx.tx.need(VmInstance, req.uuid)
    if (req.cpu_num or req.memory_size) and vm.state not in ("Stopped", "Created"):
        raise ApiError("VM.1010", f"{title(vm)} is {vm.state}: stop it before changing its CPUs or memory")
    if req.default_l3_network_uuid:
        if req.default_l3_network_uuid not in {nic.l3_network_uuid for nic in nics_of(ctx.tx, vm.uuid)}:
            raise argerr(f"{title(vm)} has no NIC on L3 network[uuid:{req.default_l3_network_uuid}]")
        vm.default_l3_network_uuid = req.default_l3_network_uuid
    for field in (
        "name",
        "description",
        "platform",
        "cpu_num",
        "memory_size",
        "reserved_memory_size",
        "guest_os_type",
    ):
        value = getattr(req, field)
        if value is not None:
            setattr(vm, field, value)
    ctx.tx.put(vm)
    return Outcome(inventory=(VM_INSTANCE, vm.uuid))


ACTIONS = (
    action("StartVmInstance", "PUT", _PATH, start, StartVmInstance,
           message=f"{_PACKAGE}.APIStartVmInstanceMsg", kind=VM_INSTANCE),
    action("StopVmInstance", "PUT", _PATH, stop, StopVmInstance,
           message=f"{_PACKAGE}.APIStopVmInstanceMsg", kind=VM_INSTANCE),
    action("RebootVmInstance", "PUT", _PATH, reboot, RebootVmInstance,
           message=f"{_PACKAGE}.APIRebootVmInstanceMsg", kind=VM_INSTANCE),
    action("ExpungeVmInstance", "PUT", _PATH, expunge, ExpungeVmInstance,
           message=f"{_PACKAGE}.APIExpungeVmInstanceMsg", result="none"),
    action("RecoverVmInstance", "PUT", _PATH, recover, RecoverVmInstance,
           message=f"{_PACKAGE}.APIRecoverVmInstanceMsg", kind=VM_INSTANCE),
    action("UpdateVmInstance", "PUT", _PATH, update, UpdateVmInstance,
           message=f"{_PACKAGE}.APIUpdateVmInstanceMsg", kind=VM_INSTANCE),
    action("DestroyVmInstance", "DELETE", "/vm-instances/{uuid}", destroy, DestroyVmInstance,
           message=f"{_PACKAGE}.APIDestroyVmInstanceMsg", result="none", absent_ok=("uuid", VM_INSTANCE.vo)),
)  # fmt: skip
