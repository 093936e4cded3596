"""The life of a VM or a vrouter in the store: launched on a host, stopped, landed, removed.

What is stored is what the hosts make true: a VM in one of RUN_STATES is compiled for its host,
one in any other state is nowhere.  `host_uuid` stays until the host has let go of it.
"""

from landbridge.core import relays, standing
from landbridge.core.nics import delete_nic, network_of, nics_of, plug, unplug
from landbridge.core.placement import Wish, choose_host, occupy, vacate
from landbridge.core.titles import is_router, title
from landbridge.core.view import Tx, View
from landbridge.model.documents.distributed_routing import DistributedRouting
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import SnatState, VmInstance, VpcDns
from landbridge.model.errors import ApiError
from landbridge.model.resource import Resource

RUN_STATES = frozenset({"Starting", "Running", "Rebooting", "Migrating"})


def require_state(vm: VmInstance, *allowed: str) -> None:
    """VM.1010 unless the VM is in one of the states."""
    if vm.state not in allowed:
        raise ApiError("VM.1010", f"{title(vm)} is {vm.state}, this needs {' or '.join(allowed)}")


def require_host(view: View, vm: VmInstance) -> Host:
    """The host it runs on; HOST.1010 at once when nobody there would hear of a change."""
    host = view.need(Host, vm.host_uuid)
    if host.status != "Connected":
        why = host.disconnect_reason or "its agent is not connected"
        raise ApiError(
            "HOST.1010", f"host[uuid:{host.uuid}, name:{host.name}] of {title(vm)} is {host.status}: {why}"
        )
    return host


def launch(tx: Tx, vm: VmInstance, wish: Wish) -> Host:
    """Choose a host and start it there: state Starting, NICs plugged.  Raises what `choose_host` raises."""
    host = choose_host(tx, [network_of(tx, nic) for nic in nics_of(tx, vm.uuid)], wish, vm.uuid)
    vm.host_uuid, vm.cluster_uuid, vm.zone_uuid = host.uuid, host.cluster_uuid, host.zone_uuid
    vm.boot += 1
    _enter(tx, vm, "Starting", "Connecting")
    occupy(tx, host.uuid)
    plug(tx, vm, host.uuid)
    relays.drop(tx, vm, host.uuid)
    before = tx.get(Host, vm.last_host_uuid)
    if before is not None and before.uuid != host.uuid:
        relays.leave(tx, vm, before.uuid)
    return host


def running(tx: Tx, vm: VmInstance) -> None:
    """The host has it."""
    _enter(tx, vm, "Running", "Connected")


def reboot(tx: Tx, vm: VmInstance) -> None:
    """The host is to start it afresh."""
    vm.boot += 1
    _enter(tx, vm, "Rebooting", "Connecting")


def stop(tx: Tx, vm: VmInstance) -> None:
    """The host is to let go of it."""
    unplug(tx, vm)
    _enter(tx, vm, "Stopping", "Disconnected")


def resume(tx: Tx, vm: VmInstance) -> None:
    """It was to be stopped, but goes on running where it is."""
    if vm.host_uuid is not None:
        plug(tx, vm, vm.host_uuid)
    running(tx, vm)


def land(tx: Tx, vm: VmInstance, state: str) -> None:
    """It is nowhere now."""
    if vm.host_uuid is not None:
        unplug(tx, vm)
        _vacate(tx, vm)
        vm.last_host_uuid, vm.host_uuid, vm.standby_host_uuid = vm.host_uuid, None, None
    _enter(tx, vm, state, "Disconnected")


def release_nics(tx: Tx, vm: VmInstance) -> None:
    """Its NICs go, their addresses and MACs are free; services that were for them wait for others.

    What others have on a vrouter's own address stays with the address.
    """
    if is_router(vm):
        standing.remove_own(tx, vm)
    for nic in nics_of(tx, vm.uuid):
        standing.let_go(tx, nic)
        delete_nic(tx, nic)


def remove(tx: Tx, vm: VmInstance) -> None:
    """Nothing of it stays."""
    release_nics(tx, vm)
    _vacate(tx, vm)
    if is_router(vm):
        standing.router_goes(tx, vm)
        for belonging in _of_router(tx, vm.uuid):
            tx.delete(belonging)
    tx.delete(vm)


def _vacate(tx: Tx, vm: VmInstance) -> None:
    for host_uuid in (vm.host_uuid, vm.standby_host_uuid):
        if host_uuid is not None:
            vacate(tx, host_uuid)


def _of_router(view: View, uuid: str) -> list[Resource]:
    return [
        *view.find(VpcDns, vpc_router_uuid=uuid),
        *view.find(SnatState, vpc_uuid=uuid),
        *view.find(DistributedRouting, router_uuid=uuid),
    ]


def _enter(tx: Tx, vm: VmInstance, state: str, router_status: str) -> None:
    vm.state = state
    if is_router(vm):
        vm.status = router_status
    tx.put(vm)
