"""Projection `shortcuts`, key (vrouter,): who may route for a vrouter, and when it is worth it.

Hosts get credentials for each of its subnets that they have, nothing of where anything is; its own host gets
what its agent has to describe to them.  A vrouter that does not run, or is switched off, has neither.
"""

from collections.abc import Iterable, Iterator

from landbridge.core.lifecycle import RUN_STATES
from landbridge.core.nics import cidr_of, is_guest, nics_of
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.distributed_routing import DistributedRouting
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.vm import APPLIANCE_VM, VmInstance, VmNic
from landbridge.model.net import VXLAN_PORT
from landbridge.model.node import ShortcutPolicy, ShortcutRouter, ShortcutSubnet
from landbridge.services.vrouter import distributed

_BYTES_PER_KBIT = 125


def shortcuts(view: View, key: SourceKey) -> Iterator[Projected]:
    """The vrouter's own part, and one object in each of its overlay networks."""
    vm, state = view.get(VmInstance, key[0]), distributed.state_of(view, key[0])
    if state is None or vm is None or vm.host_uuid is None or vm.state not in RUN_STATES:
        return
    subnets: list[ShortcutSubnet] = []
    networks: dict[str, L2Network] = {}
    for nic in nics_of(view, vm.uuid):
        l2 = view.need(L2Network, nic.l2_network_uuid)
        if is_guest(nic) and l2.vni is not None and l2.pool_uuid is not None:
            networks[l2.uuid] = l2
            subnets.append(
                ShortcutSubnet(
                    nic_uuid=nic.uuid,
                    net_id=l2.net_id,
                    vni=l2.vni,
                    port=view.need(L2Network, l2.pool_uuid).port or VXLAN_PORT,
                    cidr=str(cidr_of(nic)),
                )
            )
    window = _setting(view, distributed.WINDOW)
    policy = ShortcutPolicy(
        router=vm.number,
        keys=state.keys,
        subnets=tuple(subnets),
        packets=_setting(view, distributed.PACKETS),
        bytes=_setting(view, distributed.KBITS) * _BYTES_PER_KBIT * window,
        window_seconds=window,
        lease_seconds=_setting(view, distributed.LEASE),
    )
    yield Placed(f"router:{vm.uuid}", f"shortcuts/{vm.uuid}", policy)
    for l2 in networks.values():
        credentials = ShortcutRouter(
            router=vm.number, router_uuid=vm.uuid, l2_uuid=l2.uuid, net_id=l2.net_id, keys=state.keys
        )
        yield Placed(f"net:{l2.uuid}", f"shortcuts/{vm.uuid}/{l2.uuid}", credentials)


def _setting(view: View, name: str) -> int:
    return int(view.config(distributed.CATEGORY, name))


def _vm_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for vm in (change.old, change.new):
        if isinstance(vm, VmInstance) and vm.type == APPLIANCE_VM:
            yield (vm.uuid,)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic) and is_guest(nic):
            yield (nic.vm_instance_uuid,)


def _state_changed(view: View, change: Change) -> Iterator[SourceKey]:
    state = change.new or change.old
    if isinstance(state, DistributedRouting):
        yield (state.router_uuid,)


def _config_changed(view: View, change: Change) -> Iterable[SourceKey]:
    config = change.new or change.old
    return keys(view) if isinstance(config, GlobalConfig) and config.category == distributed.CATEGORY else ()


def keys(view: View) -> list[SourceKey]:
    """Every vrouter that has it on."""
    return [(state.router_uuid,) for state in view.find(DistributedRouting)]


SHORTCUTS = Projection(
    name="shortcuts",
    project=shortcuts,
    affected={
        VmInstance: _vm_changed,
        VmNic: _nic_changed,
        DistributedRouting: _state_changed,
        GlobalConfig: _config_changed,
    },
    keys=keys,
)
"""What is used of an `L2Network` never changes while NICs are on it."""
