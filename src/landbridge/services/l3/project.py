"""Projections of distributed DHCP.

`dhcp-subnet`, key (L3 network,): how every host answers in the subnet, one object for all.
`dhcp-host`, key (host, L3 network): a host with a port of the network reads that object.
Two, so that another VM costs one look at its host and not one at all VMs of the network.
"""

from collections.abc import Iterable, Iterator

from landbridge.core import ipam, mtu
from landbridge.core.relays import places
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import IpRange, L3Dns, L3HostRoute, L3Network, NetworkServiceRef
from landbridge.model.documents.labels import ResourceConfig
from landbridge.model.documents.vm import VmNic
from landbridge.model.net import dhcp_server_mac
from landbridge.model.node import DhcpSubnet
from landbridge.services.l3.providers import CENTRALIZED_DNS, has_service

LEASE_SECONDS = "dhcpLeaseSeconds"
"""Global config of category `networkService`: how long an address is leased."""


def subnet(view: View, key: SourceKey) -> Iterator[Projected]:
    """The subnet's object, while DHCP is served (then the network has a DHCP address)."""
    (uuid,) = key
    l3 = view.get(L3Network, uuid)
    ranges = ipam.normal_ranges(view, uuid)
    if l3 is None or l3.dhcp_ip is None or not ranges:
        return
    first = ranges[0]
    value = DhcpSubnet(
        l3_uuid=uuid,
        server_ip=l3.dhcp_ip,
        server_mac=dhcp_server_mac(view.need(L2Network, l3.l2_network_uuid).net_id),
        prefix_len=first.prefix_len,
        network_cidr=first.network_cidr,
        gateway=first.gateway,
        dns=_resolvers(view, l3),
        routes=tuple((r.prefix, r.nexthop) for r in view.find(L3HostRoute, l3_network_uuid=uuid)),
        mtu=mtu.l3_mtu(view, l3),
        domain=l3.dns_domain,
        lease_seconds=int(view.config(mtu.CATEGORY, LEASE_SECONDS, uuid)),
    )
    yield Placed(f"dhcp:{uuid}", f"dhcp/{uuid}", value)


def host(view: View, key: SourceKey) -> Iterator[Projected]:
    """The subscription of a host with a port of the network, served or not: attaching DHCP is then one write."""
    host_uuid, l3_uuid = key
    standby = view.find(VmNic, standby_host_uuid=host_uuid)
    if view.first(VmNic, host_uuid=host_uuid, l3_network_uuid=l3_uuid) is not None or any(
        nic.l3_network_uuid == l3_uuid for nic in standby
    ):
        yield Subscribed(host_uuid, f"dhcp:{l3_uuid}")


def _resolvers(view: View, l3: L3Network) -> tuple[str, ...]:
    """The network's own list; else the router that serves it, where that forwards DNS."""
    listed = tuple(dns.dns for dns in view.find(L3Dns, l3_network_uuid=l3.uuid))
    if listed or not has_service(view, l3.uuid, CENTRALIZED_DNS):
        return listed
    router = ipam.router_address(view, l3)
    if router is None or view.first(VmNic, l3_network_uuid=l3.uuid, ip=router) is None:
        return ()
    return (router,)


def _belonging_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for document in (change.old, change.new):
        if isinstance(document, IpRange | L3Dns | L3HostRoute | NetworkServiceRef):
            yield (document.l3_network_uuid,)


def _l3_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for document in (change.old, change.new):
        if isinstance(document, L3Network):
            yield (document.uuid,)


def _router_nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic) and nic.meta_data is not None:
            yield (nic.l3_network_uuid,)


def _config_changed(view: View, change: Change) -> Iterable[SourceKey]:
    config = change.new or change.old
    if isinstance(config, GlobalConfig) and config.category == mtu.CATEGORY:
        return subnet_keys(view)
    return ()


def _own_config_changed(view: View, change: Change) -> Iterator[SourceKey]:
    config = change.new or change.old
    if isinstance(config, ResourceConfig) and config.category == mtu.CATEGORY:
        yield (config.resource_uuid,)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic):
            for place in places(nic):
                yield place, nic.l3_network_uuid


def subnet_keys(view: View) -> set[SourceKey]:
    """Every L3 network."""
    return {(l3.uuid,) for l3 in view.find(L3Network)}


def host_keys(view: View) -> set[SourceKey]:
    """Every (host, L3 network) with a port."""
    return {(place, nic.l3_network_uuid) for nic in view.find(VmNic) for place in places(nic)}


DHCP_SUBNET = Projection(
    name="dhcp-subnet",
    project=subnet,
    affected={
        L3Network: _l3_changed,
        IpRange: _belonging_changed,
        L3Dns: _belonging_changed,
        L3HostRoute: _belonging_changed,
        NetworkServiceRef: _belonging_changed,
        VmNic: _router_nic_changed,
        GlobalConfig: _config_changed,
        ResourceConfig: _own_config_changed,
    },
    keys=subnet_keys,
)

DHCP_HOST = Projection(name="dhcp-host", project=host, affected={VmNic: _nic_changed}, keys=host_keys)
