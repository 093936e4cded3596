"""Projection `router`, key (vrouter,): what the vrouter does, on the host that runs it.

A packet from a guest to the Internet: in by the guest leg (its gateway is our address there),
routed by the default route to the public leg, source rewritten to the public leg's address.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from landbridge.core.lifecycle import RUN_STATES
from landbridge.core.mtu import CATEGORY, l3_mtu
from landbridge.core.nics import cidr_of, is_guest, is_public, nics_of
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.l3 import L3Dns, L3Network, NetworkServiceRef
from landbridge.model.documents.vm import (
    ADDITIONAL_PUBLIC,
    APPLIANCE_VM,
    GUEST,
    MANAGEMENT,
    PUBLIC,
    SnatState,
    VmInstance,
    VmNic,
    VpcDns,
)
from landbridge.model.net import prefix_of
from landbridge.model.router_node import DnsForwarder, RouterLeg, RouterRoute, SourceNat

DEFAULT = "0.0.0.0/0"
NIC_ROLES = tuple(str(bits) for bits in (PUBLIC, MANAGEMENT, PUBLIC | MANAGEMENT, GUEST, ADDITIONAL_PUBLIC))
"""What a vrouter's NICs have as `metaData`; a VM's have none."""


def router(view: View, key: SourceKey) -> Iterator[Projected]:
    """Legs, default route, source NAT, DNS; and the host's part in the scope."""
    vm = view.get(VmInstance, key[0])
    if vm is None or vm.type != APPLIANCE_VM or vm.host_uuid is None or vm.state not in RUN_STATES:
        return
    scope = f"router:{vm.uuid}"
    nics = nics_of(view, vm.uuid)
    yield Subscribed(vm.host_uuid, scope)
    for nic in nics:
        yield Placed(scope, f"leg/{nic.uuid}", _leg(view, nic))
    gateway = next((nic.gateway for nic in nics if nic.l3_network_uuid == vm.default_route_l3_network_uuid), None)
    if gateway:
        yield Placed(scope, f"route/{vm.uuid}/{DEFAULT}/0", RouterRoute(destination=DEFAULT, via=gateway, distance=0))
    yield from _source_nat(view, vm, nics, scope)
    listen = tuple(nic.ip for nic in nics if is_guest(nic) and nic.ip)
    if listen:
        forwarder = DnsForwarder(listen=listen, upstreams=_upstreams(view, vm))
        yield Placed(scope, f"dns/{vm.uuid}", forwarder)


def _leg(view: View, nic: VmNic) -> RouterLeg:
    role: Literal["public", "management", "guest"] = "management"
    if is_guest(nic):
        role = "guest"
    elif is_public(nic):
        role = "public"
    return RouterLeg(
        nic_uuid=nic.uuid,
        l3_uuid=nic.l3_network_uuid,
        device_id=nic.device_id,
        mac=nic.mac,
        role=role,
        addresses=(f"{nic.ip}/{prefix_of(nic.netmask or '')}",),
        mtu=l3_mtu(view, view.need(L3Network, nic.l3_network_uuid)),
        gateway=nic.gateway if role == "public" else None,
    )


def _source_nat(view: View, vm: VmInstance, nics: list[VmNic], scope: str) -> Iterator[Projected]:
    enabled = {snat.l3_network_uuid for snat in view.find(SnatState, vpc_uuid=vm.uuid) if snat.state == "enable"}
    public = [nic for nic in nics if is_public(nic) and nic.l3_network_uuid in enabled and nic.ip]
    for guest in (nic for nic in nics if is_guest(nic)):
        l3 = guest.l3_network_uuid
        if view.first(NetworkServiceRef, l3_network_uuid=l3, network_service_type="SNAT") is None:
            continue
        for out in public:
            nat = SourceNat(source=str(cidr_of(guest)), out_nic_uuid=out.uuid, to_ip=out.ip or "")
            yield Placed(scope, f"snat/{vm.uuid}/{out.l3_network_uuid}/{l3}", nat)


def _upstreams(view: View, vm: VmInstance) -> tuple[str, ...]:
    """The vrouter's own list, else that of the network of its default route."""
    own = tuple(dns.dns for dns in view.find(VpcDns, vpc_router_uuid=vm.uuid))
    return own or tuple(dns.dns for dns in view.find(L3Dns, l3_network_uuid=vm.default_route_l3_network_uuid))


def _routers_on(view: View, l3_uuid: str) -> Iterator[SourceKey]:
    for nic in view.find(VmNic, l3_network_uuid=l3_uuid, meta_data=NIC_ROLES):
        yield (nic.vm_instance_uuid,)


def _vm_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for vm in (change.old, change.new):
        if isinstance(vm, VmInstance) and vm.type == APPLIANCE_VM:
            yield (vm.uuid,)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic) and nic.meta_data is not None:
            yield (nic.vm_instance_uuid,)


def _own_changed(view: View, change: Change) -> Iterator[SourceKey]:
    document = change.new or change.old
    if isinstance(document, SnatState):
        yield (document.vpc_uuid,)
    elif isinstance(document, VpcDns):
        yield (document.vpc_router_uuid,)


def _network_changed(view: View, change: Change) -> Iterable[SourceKey]:
    document = change.new or change.old
    if isinstance(document, L3Network):
        return _routers_on(view, document.uuid)
    if isinstance(document, L3Dns | NetworkServiceRef):
        return _routers_on(view, document.l3_network_uuid)
    return ()


def _config_changed(view: View, change: Change) -> Iterable[SourceKey]:
    config = change.new or change.old
    return keys(view) if isinstance(config, GlobalConfig) and config.category == CATEGORY else ()


def keys(view: View) -> list[SourceKey]:
    """Every vrouter."""
    return [(vm.uuid,) for vm in view.find(VmInstance, type=APPLIANCE_VM)]


ROUTER = Projection(
    name="router",
    project=router,
    affected={
        VmInstance: _vm_changed,
        VmNic: _nic_changed,
        SnatState: _own_changed,
        VpcDns: _own_changed,
        L3Network: _network_changed,
        L3Dns: _network_changed,
        NetworkServiceRef: _network_changed,
        GlobalConfig: _config_changed,
    },
    keys=keys,
)
