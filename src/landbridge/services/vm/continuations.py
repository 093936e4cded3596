"""What happens when the host has answered: the VM runs, or what was begun is undone."""

from collections.abc import Mapping

from landbridge.core import attach, lifecycle, waiting
from landbridge.core.service import Done, Failed
from landbridge.core.titles import title
from landbridge.core.view import Tx
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.services.vm.settled import Args, current, need


def _running(tx: Tx, args: Args) -> None:
    lifecycle.running(tx, need(tx, args))


def _stopped(tx: Tx, args: Args) -> None:
    lifecycle.land(tx, need(tx, args), "Stopped")


def _create_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    vm = current(tx, args)
    if vm is None:
        return error
    lifecycle.remove(tx, vm)
    return ApiError("VM.1000", f"{title(vm)} could not be created; nothing of it was kept", cause=error)


def _start_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    vm = current(tx, args)
    if vm is None:
        return error
    lifecycle.land(tx, vm, "Stopped")
    return ApiError("VM.1001", f"{title(vm)} could not be started and is Stopped", cause=error)


def _stop_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    """The host may run it still, so nobody may start it elsewhere: it goes on."""
    vm = current(tx, args)
    if vm is None:
        return error
    lifecycle.resume(tx, vm)
    return ApiError("VM.1002", f"{title(vm)} could not be stopped and runs on", cause=error)


def _reboot_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    vm = current(tx, args)
    if vm is None:
        return error
    lifecycle.running(tx, vm)
    return ApiError("VM.1003", f"the host of {title(vm)} has not confirmed the reboot", cause=error)


def _destroy_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    """What is destroyed stays destroyed."""
    details = (
        f"VM[uuid:{args['uuid']}] is destroyed; its host has not confirmed it yet and removes it when it is back"
    )
    return ApiError("VM.1004", details, cause=error)


def _attach_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    nic = tx.get(VmNic, args["nic"])
    if nic is not None:
        attach.detach(tx, tx.need(VmInstance, nic.vm_instance_uuid), nic)
    return ApiError("VM.1007", "the network could not be attached; nothing of it was kept", cause=error)


def _change_failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    """What is stored stays: the host makes it so as soon as it can."""
    vm = tx.get(VmInstance, args["uuid"])
    where = title(vm) if vm else f"VM[uuid:{args['uuid']}]"
    details = f"the change is stored, but not in force at {where}: {error.details}"
    return ApiError("SYS.1006", details, cause=error)


DONE: Mapping[str, Done] = {waiting.RUNNING: _running, waiting.STOPPED: _stopped}
FAILED: Mapping[str, Failed] = {
    waiting.CREATE_FAILED: _create_failed,
    waiting.START_FAILED: _start_failed,
    waiting.STOP_FAILED: _stop_failed,
    waiting.REBOOT_FAILED: _reboot_failed,
    waiting.DESTROY_FAILED: _destroy_failed,
    waiting.ATTACH_FAILED: _attach_failed,
    waiting.CHANGE_FAILED: _change_failed,
}
