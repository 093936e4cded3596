"""What happens when the host has answered: the VM runs, or what was begun is undone."""

from collections.abc import Mapping
from typing import Any

from landbridge.core import lifecycle
from landbridge.core.nics import delete_nic
from landbridge.core.service import Outcome, Then, Tx, Wait
from landbridge.model.documents.vm import VM_INSTANCE, SnatState, VmInstance, VmNic
from landbridge.model.errors import ApiError

Args = Mapping[str, Any]


def wait_running(vm: VmInstance, failed: str) -> Outcome:
    """Answer when the host has the VM; else the named undoing."""
    args = {"uuid": vm.uuid}
    return wait_host(vm, Then("vm.running", args), Then(failed, args))


def wait_host(vm: VmInstance, done: Then | None, failed: Then) -> Outcome:
    """Wait for whatever this transaction changes on the VM's host."""
    host = vm.host_uuid or vm.last_host_uuid or ""
    return Outcome(inventory=(VM_INSTANCE, vm.uuid), wait=(Wait(host),), done=done, failed=failed)


def _running(tx: Tx, args: Args) -> None:
    vm = tx.get(VmInstance, args["uuid"])
    if vm is not None and vm.state in ("Starting", "Rebooting"):
        lifecycle.running(tx, vm)


def _create_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    vm = tx.get(VmInstance, args["uuid"])
    if vm is not None:
        lifecycle.remove(tx, vm)
    return ApiError("VM.1000", "the VM could not be created, nothing of it was kept", cause=error)


def _start_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    vm = tx.get(VmInstance, args["uuid"])
    if vm is not None and vm.state == "Starting":
        lifecycle.land(tx, vm, "Stopped")
    return ApiError("VM.1001", "the VM could not be started and is Stopped", cause=error)


def _stop_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    """The host stops it as soon as it can: the stored state stays."""
    return ApiError("VM.1002", "the host has not confirmed yet that the VM is stopped", cause=error)


def _reboot_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    _running(tx, args)
    return ApiError("VM.1003", "the host has not confirmed the reboot", cause=error)


def _destroy_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    return ApiError("VM.1004", "the host has not confirmed yet that the VM is gone; it will be removed", cause=error)


def _attach_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    nic = tx.get(VmNic, args["nic"])
    if nic is not None:
        for snat in tx.find(SnatState, vpc_uuid=nic.vm_instance_uuid, l3_network_uuid=nic.l3_network_uuid):
            tx.delete(snat)
        delete_nic(tx, nic)
    return ApiError("VM.1007", "the network could not be attached, nothing of it was kept", cause=error)


def _change_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    return ApiError("SYS.1006", "the host has not confirmed the change; it is applied as soon as it can", cause=error)


DONE = {"vm.running": _running}
FAILED = {
    "vm.create-failed": _create_failed,
    "vm.start-failed": _start_failed,
    "vm.stop-failed": _stop_failed,
    "vm.reboot-failed": _reboot_failed,
    "vm.destroy-failed": _destroy_failed,
    "vm.attach-failed": _attach_failed,
    "vm.change-failed": _change_failed,
}
