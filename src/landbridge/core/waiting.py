"""Jobs that end when the host of a VM or vrouter has it so.  The continuations are the vm service's."""

from dataclasses import replace
from typing import Any

from landbridge.core import vips
from landbridge.core.lifecycle import RUN_STATES, require_host
from landbridge.core.service import Outcome, Then, Wait
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VM_INSTANCE, VmInstance
from landbridge.model.resource import Kind

RUNNING = "vm.running"
STOPPED = "vm.stopped"
CREATE_FAILED = "vm.create-failed"
START_FAILED = "vm.start-failed"
STOP_FAILED = "vm.stop-failed"
REBOOT_FAILED = "vm.reboot-failed"
DESTROY_FAILED = "vm.destroy-failed"
ATTACH_FAILED = "vm.attach-failed"
CHANGE_FAILED = "vm.change-failed"
MOVE_READY = "vm.move-ready"
MOVE_CLOSED = "vm.move-closed"
MOVE_OPEN = "vm.move-open"
MOVE_DONE = "vm.move-done"
MOVE_FAILED = "vm.move-failed"
MOVE_LINGERS = "vm.move-lingers"


def wait_host(
    vm: VmInstance, *, done: str | None = None, failed: str = CHANGE_FAILED, kind: Kind = VM_INSTANCE, **more: str
) -> Outcome:
    """Answer with the VM when its host (or the one it has just left) reflects what this transaction changes there.

    The continuations get uuid, boot and state of the VM as they are now, and `more`.
    """
    args = {"uuid": vm.uuid, "boot": vm.boot, "state": vm.state, **more}
    return Outcome(
        inventory=(kind, vm.uuid),
        wait=(Wait(vm.host_uuid or vm.last_host_uuid or ""),),
        done=Then(done, args) if done else None,
        failed=Then(failed, args),
    )


def applied(view: View, vm: VmInstance, **answer: Any) -> Outcome:
    """End when the VM's host reflects what this transaction changes, and with it whoever else must.

    A VM that does not run has no host to ask.  HOST.1010 at once when its host is away.  `answer`: fields of
    the `Outcome`.
    """
    if vm.state not in RUN_STATES:
        return Outcome(everywhere=True, **answer)
    require_host(view, vm)
    return replace(wait_host(vm), everywhere=True, **{"inventory": None, **answer})


def at_vip(view: View, vip_uuid: str, answer: tuple[Kind, str]) -> Outcome:
    """End when the VIP's vrouter has it so; at once when there is none, or it does not run."""
    return at_router(view, vips.router_for(view, view.need(Vip, vip_uuid)), inventory=answer)


def at_router(view: View, router: VmInstance | None, **answer: Any) -> Outcome:
    """The same of a vrouter, if there is one."""
    return Outcome(**answer) if router is None else applied(view, router, **answer)
