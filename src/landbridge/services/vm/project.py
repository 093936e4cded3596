"""Projections of VMs and vrouters: the instance on its host, and a port per NIC.

A port carries all that its host needs to guard it: addresses, allowed pairs, security groups in
their order and what holds when no rule matches.  The rules are the groups' (services/security_group).
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from landbridge.core.domain import address_domain, moved_between_domains
from landbridge.core.lifecycle import RUN_STATES
from landbridge.core.membership import policy_of, refs_of
from landbridge.core.mtu import CATEGORY, l3_mtu
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.titles import is_router
from landbridge.core.view import View
from landbridge.model.documents.account import GlobalConfig, SystemTag
from landbridge.model.documents.address_pair import VmNicAllowedAddressPair
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.labels import ResourceConfig
from landbridge.model.documents.security_group import VmNicSecurityGroupRef, VmNicSecurityPolicy
from landbridge.model.documents.vm import NicConnections, NicRelay, VmInstance, VmNic
from landbridge.model.node import AddressPair, DhcpBinding, Filter, Instance, Port, PortConnections, Relay, Verdict
from landbridge.services.vm import guard, hostname

_TAGS = ("hostname::", guard.TAG)
_VERDICTS: Mapping[str, Verdict] = {"ALLOW": "ACCEPT", "DENY": "DROP"}


def instance(view: View, key: SourceKey) -> Iterator[Projected]:
    """The VM where it is to run, or to be on standby."""
    vm = view.get(VmInstance, key[0])
    if vm is None or vm.host_uuid is None or vm.state not in RUN_STATES:
        return
    value = Instance(
        vm_uuid=vm.uuid,
        name=vm.name,
        driver=vm.driver,
        running=True,
        boot=vm.boot,
        reconnect=vm.reconnect,
        cpu_num=vm.cpu_num,
        memory_size=vm.memory_size,
    )
    for host in filter(None, (vm.host_uuid, vm.standby_host_uuid)):
        yield Placed(f"host:{host}", f"vm/{vm.uuid}", value)


def port(view: View, key: SourceKey) -> Iterator[Projected]:
    """The NIC where it is plugged."""
    nic = view.get(VmNic, key[0])
    if nic is None or not nic.host_uuid:
        return
    vm, l3 = view.need(VmInstance, nic.vm_instance_uuid), view.need(L3Network, nic.l3_network_uuid)
    value = Port(
        nic_uuid=nic.uuid,
        vm_uuid=vm.uuid,
        l2_uuid=nic.l2_network_uuid,
        net_id=view.need(L2Network, nic.l2_network_uuid).net_id,
        ifname=nic.internal_name,
        device_id=nic.device_id,
        mac=nic.mac,
        addresses=(nic.ip,) if nic.ip else (),
        mtu=l3_mtu(view, l3),
        role="router" if is_router(vm) else "vm",
        generation=nic.generation,
        announced=nic.known,
        standby=nic.closed,
        enabled=nic.state == "enable",
    )
    if not is_router(vm):
        value = msgspec.structs.replace(
            value,
            dhcp=_binding(view, vm, nic, l3),
            domain=address_domain(view, nic),
            guarded=guard.is_on(view, vm.uuid),
            inbound=nic.inbound_bandwidth or 0,
            outbound=nic.outbound_bandwidth or 0,
        )
    if nic.guard:
        pairs = tuple(AddressPair(ip=pair.ip, mac=pair.mac) for pair in guard.pairs_of(view, nic.uuid))
        value = msgspec.structs.replace(value, pairs=pairs, filter=_filter(view, nic))
    yield Placed(f"host:{nic.host_uuid}", f"port/{nic.uuid}", value)
    if nic.standby_host_uuid:
        standby = msgspec.structs.replace(value, standby=True)
        yield Placed(f"host:{nic.standby_host_uuid}", f"port/{nic.uuid}", standby)


def relay(view: View, key: SourceKey) -> Iterator[Projected]:
    """A former place of a NIC."""
    found = view.get(NicRelay, key[0])
    nic = view.get(VmNic, found.vm_nic_uuid) if found is not None else None
    if found is None or nic is None:
        return
    network = view.need(L2Network, found.l2_network_uuid)
    value = Relay(nic_uuid=nic.uuid, l2_uuid=network.uuid, net_id=network.net_id, mac=nic.mac)
    yield Placed(f"host:{found.host_uuid}", f"relay/{nic.uuid}", value)


def connections(view: View, key: SourceKey) -> Iterator[Projected]:
    """What a moving NIC knew, where it is now."""
    found = view.get(NicConnections, key[0])
    nic = view.get(VmNic, found.vm_nic_uuid) if found is not None else None
    if found is None or nic is None or not found.host_uuid:
        return
    value = PortConnections(nic_uuid=nic.uuid, ifname=nic.internal_name, data=found.data)
    yield Placed(f"host:{found.host_uuid}", f"connections/{nic.uuid}", value)


def _itself(_view: View, change: Change) -> Iterable[SourceKey]:
    return {(document.uuid,) for document in (change.old, change.new) if document is not None}


def _binding(view: View, vm: VmInstance, nic: VmNic, l3: L3Network) -> DhcpBinding | None:
    """A network whose DHCP is served has a DHCP address."""
    if l3.dhcp_ip is None or nic.ip is None:
        return None
    return DhcpBinding(
        l3_uuid=l3.uuid,
        ip=nic.ip,
        hostname=hostname.of(view, vm),
        default=vm.default_l3_network_uuid == l3.uuid,
    )


def _filter(view: View, nic: VmNic) -> Filter | None:
    policy = policy_of(view, nic.uuid)
    if policy is None:
        return None
    return Filter(
        groups=tuple(ref.security_group_uuid for ref in refs_of(view, nic.uuid)),
        ingress=_VERDICTS[policy.ingress_policy],
        egress=_VERDICTS[policy.egress_policy],
    )


def _vm_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for vm in (change.old, change.new):
        if isinstance(vm, VmInstance):
            yield (vm.uuid,)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new, *moved_between_domains(view, change)):
        if isinstance(nic, VmNic):
            yield (nic.uuid,)


def _guard_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for document in (change.old, change.new):
        if isinstance(document, VmNicSecurityGroupRef | VmNicSecurityPolicy | VmNicAllowedAddressPair):
            yield (document.vm_nic_uuid,)


def _ports_of_vm(view: View, change: Change) -> Iterator[SourceKey]:
    """What a port takes from its VM: the default network and the host name."""
    old, new = change.old, change.new
    if not isinstance(old, VmInstance) or not isinstance(new, VmInstance):
        return
    if (old.default_l3_network_uuid, old.name) != (new.default_l3_network_uuid, new.name):
        for nic in view.find(VmNic, vm_instance_uuid=new.uuid):
            yield (nic.uuid,)


def _ports_of_tag(view: View, change: Change) -> Iterator[SourceKey]:
    for tag in (change.old, change.new):
        if isinstance(tag, SystemTag) and tag.tag.startswith(_TAGS):
            for nic in view.find(VmNic, vm_instance_uuid=tag.resource_uuid):
                yield (nic.uuid,)


def _ports_of_l3(view: View, change: Change) -> Iterator[SourceKey]:
    """What a port takes from its network: the MTU and whether DHCP is served."""
    old, new = change.old, change.new
    if isinstance(old, L3Network) and isinstance(new, L3Network) and (old.mtu, old.dhcp_ip) != (new.mtu, new.dhcp_ip):
        for nic in view.find(VmNic, l3_network_uuid=new.uuid):
            yield (nic.uuid,)


def _ports_of_config(view: View, change: Change) -> Iterable[SourceKey]:
    """The MTU that networks have when nobody has set one, and whether ports are guarded."""
    config = change.new or change.old
    if isinstance(config, GlobalConfig) and (
        config.category == CATEGORY or (config.category, config.name) == guard.CONFIG
    ):
        return [(nic.uuid,) for nic in view.find(VmNic)]
    return ()


def _ports_of_own_config(view: View, change: Change) -> Iterator[SourceKey]:
    config = change.new or change.old
    if isinstance(config, ResourceConfig) and (config.category, config.name) == guard.CONFIG:
        for nic in view.find(VmNic, vm_instance_uuid=config.resource_uuid):
            yield (nic.uuid,)


INSTANCE = Projection(
    name="instance",
    project=instance,
    affected={VmInstance: _vm_changed},
    keys=lambda view: [(vm.uuid,) for vm in view.find(VmInstance)],
)

PORT = Projection(
    name="port",
    project=port,
    affected={
        VmNic: _nic_changed,
        VmNicSecurityGroupRef: _guard_changed,
        VmNicSecurityPolicy: _guard_changed,
        VmNicAllowedAddressPair: _guard_changed,
        VmInstance: _ports_of_vm,
        L3Network: _ports_of_l3,
        SystemTag: _ports_of_tag,
        GlobalConfig: _ports_of_config,
        ResourceConfig: _ports_of_own_config,
    },
    keys=lambda view: [(nic.uuid,) for nic in view.find(VmNic)],
)

RELAY = Projection(
    name="relay",
    project=relay,
    affected={NicRelay: _itself},
    keys=lambda view: [(found.uuid,) for found in view.find(NicRelay)],
)
"""A NIC's MAC never changes."""

CONNECTIONS = Projection(
    name="connections",
    project=connections,
    affected={NicConnections: _itself},
    keys=lambda view: [(found.uuid,) for found in view.find(NicConnections)],
)
