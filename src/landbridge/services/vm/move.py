"""MigrateVm: a VM goes on on another host, with its MACs, its addresses, and its connections.

Step by step, each when the hosts concerned have confirmed the one before:

    ready   the new host has it on standby: networks, rules, the machine itself; its ports are closed
    closed  its ports are closed on the old host, too: from here it is silent
    open    its ports are open on the new host, which announces it; the old one relays what still comes
    done    the old host has let go of it

Nothing of it is ever open in two places.  Until `open` is confirmed it can go back, and goes on where it was.
"""

from collections.abc import Mapping
from typing import Annotated

from landbridge.core import relays, waiting
from landbridge.core.api import P, Request, action
from landbridge.core.lifecycle import require_host, require_state, running
from landbridge.core.nics import network_of, nics_of, plug
from landbridge.core.placement import Wish, choose_host, fitting_hosts, occupy, vacate
from landbridge.core.service import Context, Done, Failed, Outcome, Then, Wait
from landbridge.core.titles import title
from landbridge.core.view import Tx, View
from landbridge.model.documents.places import HOST, Host
from landbridge.model.documents.vm import VM_INSTANCE, NicConnections, VmInstance, VmNic
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.services.vm.settled import Args, current, need

_PACKAGE = "org.zstack.header.vm"
MOVABLE = frozenset({"netns"})
"""Drivers that can have a VM on standby."""
_READY_SECONDS = 60.0
_STEP_SECONDS = 15.0
"""For what everything is ready for; meanwhile the VM is not reached."""
_IGNORED = "accepted and ignored: VMs here have no memory to copy"


class MigrateVm(Request, kw_only=True):
    """Move a running VM to another host; it keeps its MAC and IP addresses and its connections."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    host_uuid: Annotated[str | None, P(help="to this host, else to the least loaded that will do", ref=HOST.vo)] = (
        None
    )
    migrate_from_destination: Annotated[bool | None, P(help="accepted and ignored")] = None
    allow_unknown: Annotated[bool, P(help="accepted and ignored")] = False
    strategy: Annotated[str | None, P(help=_IGNORED, values=("auto-converge",))] = None
    down_time: Annotated[int | None, P(help=_IGNORED)] = None


class GetVmMigrationCandidateHosts(Request, kw_only=True):
    """List the hosts that a VM can be moved to."""

    vm_instance_uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


def migrate(ctx: Context, req: MigrateVm) -> Outcome:
    """The job ends when the new host has it and the old one has let go; a failure leaves it where it is."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.vm_instance_uuid)
    _require_movable(vm)
    require_state(vm, "Running")
    home = require_host(tx, vm)
    if req.host_uuid == home.uuid:
        raise argerr(f"{title(vm)} is on host[uuid:{home.uuid}, name:{home.name}] already: choose another")
    host = choose_host(tx, [network_of(tx, nic) for nic in nics_of(tx, vm.uuid)], _wish(vm, req.host_uuid), vm.uuid)
    vm.standby_host_uuid, vm.state = host.uuid, "Migrating"
    tx.put(vm)
    occupy(tx, host.uuid)
    plug(tx, vm, home.uuid, host.uuid)
    args = {"uuid": vm.uuid, "boot": vm.boot, "state": vm.state, "home": home.uuid, "host": host.uuid}
    return _step(args, host.uuid, waiting.MOVE_READY, seconds=_READY_SECONDS)


def candidates(ctx: Context, req: GetVmMigrationCandidateHosts) -> Outcome:
    """What MigrateVm would choose from."""
    vm = ctx.tx.need(VmInstance, req.vm_instance_uuid)
    _require_movable(vm)
    networks = [network_of(ctx.tx, nic) for nic in nics_of(ctx.tx, vm.uuid)]
    hosts, _ = fitting_hosts(ctx.tx, networks, _wish(vm))
    return Outcome(inventories=(HOST, tuple(host.uuid for host in hosts)))


def _wish(vm: VmInstance, host_uuid: str | None = None) -> Wish:
    return Wish(vm.zone_uuid, host_uuid=host_uuid, elsewhere=vm.host_uuid)


def _require_movable(vm: VmInstance) -> None:
    if vm.driver not in MOVABLE:
        raise operr(f"{title(vm)} cannot be moved while it runs: its driver {vm.driver} cannot do that")


def _step(args: Args, host: str, done: str, *, failed: str = waiting.MOVE_FAILED, seconds: float) -> Outcome:
    return Outcome(
        inventory=(VM_INSTANCE, args["uuid"]),
        wait=(Wait(host),),
        done=Then(done, args),
        failed=Then(failed, args),
        timeout=seconds,
    )


def _ready(tx: Tx, args: Args) -> Outcome:
    """The new host has it on standby."""
    vm = need(tx, args)
    plug(tx, vm, args["home"], args["host"], closed=True)
    relays.leave(tx, vm, args["home"])
    return _step(args, args["home"], waiting.MOVE_CLOSED, seconds=_STEP_SECONDS)


def _closed(tx: Tx, args: Args) -> Outcome:
    """It is silent."""
    vm = need(tx, args)
    _be(tx, vm, args["host"], standby=args["home"])
    for found in _connections(tx, vm):
        found.host_uuid = args["host"]
        tx.put(found)
    relays.drop(tx, vm, args["host"])
    return _step(args, args["host"], waiting.MOVE_OPEN, seconds=_STEP_SECONDS)


def _open(tx: Tx, args: Args) -> Outcome:
    """It is reached in its new place: nothing leads back any more."""
    vm = need(tx, args)
    _leave(tx, vm, args["home"])
    running(tx, vm)
    settled = {**args, "state": vm.state}
    return _step(settled, args["home"], waiting.MOVE_DONE, failed=waiting.MOVE_LINGERS, seconds=_READY_SECONDS)


def _failed(tx: Tx, args: Args, error: ApiError) -> ApiError:
    """It goes on where it was."""
    vm = current(tx, args)
    if vm is None:
        return error
    home, host = tx.need(Host, args["home"]), tx.get(Host, args["host"])
    if vm.host_uuid == args["host"]:
        # It may have been reached there.
        relays.leave(tx, vm, args["host"])
    _be(tx, vm, home.uuid, standby=args["host"])
    _leave(tx, vm, args["host"])
    relays.drop(tx, vm, home.uuid)
    running(tx, vm)
    to = f"host[uuid:{args['host']}, name:{host.name if host else 'deleted'}]"
    return ApiError(
        "VM.1008", f"{title(vm)} could not be moved to {to} and runs on on host[{_named(home)}]", cause=error
    )


def _lingers(tx: Tx, args: Args, error: ApiError) -> ApiError:
    """It runs in its new place all the same."""
    vm = current(tx, args)
    if vm is None:
        return error
    home, host = tx.get(Host, args["home"]), tx.need(Host, args["host"])
    before = _named(home) if home else f"uuid:{args['home']}"
    details = f"{title(vm)} runs on host[{_named(host)}], but host[{before}] has not confirmed that it has let go"
    return ApiError("VM.1008", details, cause=error)


def _be(tx: Tx, vm: VmInstance, host_uuid: str, *, standby: str) -> None:
    """Open on one of its two hosts, closed on the other."""
    if vm.host_uuid != host_uuid:
        vm.last_host_uuid, vm.host_uuid, vm.standby_host_uuid = vm.host_uuid, host_uuid, standby
        vm.cluster_uuid = tx.need(Host, host_uuid).cluster_uuid
        tx.put(vm)
    plug(tx, vm, host_uuid, standby)


def _leave(tx: Tx, vm: VmInstance, host_uuid: str) -> None:
    """It is on one host only again."""
    vm.standby_host_uuid = None
    for found in _connections(tx, vm):
        tx.delete(found)
    plug(tx, vm, vm.host_uuid or "")
    vacate(tx, host_uuid)


def take_connections(tx: Tx, host_uuid: str, carried: Mapping[str, bytes]) -> None:
    """What a host reports of ports that it has closed (NIC -> connections): it waits for the next step."""
    for nic_uuid, data in carried.items():
        nic = tx.get(VmNic, nic_uuid)
        if nic is not None and nic.closed and nic.host_uuid == host_uuid:
            known = tx.first(NicConnections, vm_nic_uuid=nic_uuid)
            tx.put(NicConnections(uuid=known.uuid if known else tx.new_uuid(), vm_nic_uuid=nic_uuid, data=data))


def _connections(view: View, vm: VmInstance) -> list[NicConnections]:
    return view.find(NicConnections, vm_nic_uuid=[nic.uuid for nic in nics_of(view, vm.uuid)])


def _named(host: Host) -> str:
    return f"uuid:{host.uuid}, name:{host.name}"


DONE: Mapping[str, Done] = {
    waiting.MOVE_READY: _ready,
    waiting.MOVE_CLOSED: _closed,
    waiting.MOVE_OPEN: _open,
    waiting.MOVE_DONE: lambda _tx, _args: None,
}
FAILED: Mapping[str, Failed] = {waiting.MOVE_FAILED: _failed, waiting.MOVE_LINGERS: _lingers}

ACTIONS = (
    action("MigrateVm", "PUT", "/vm-instances/{vmInstanceUuid}/actions", migrate, MigrateVm,
           message=f"{_PACKAGE}.APIMigrateVmMsg", kind=VM_INSTANCE),
    action("GetVmMigrationCandidateHosts", "GET", "/vm-instances/{vmInstanceUuid}/migration-target-hosts", candidates,
           GetVmMigrationCandidateHosts, message=f"{_PACKAGE}.APIGetVmMigrationCandidateHostsMsg", mode="sync",
           result="inventories", kind=HOST),
)  # fmt: skip
