"""What a route may say on a vrouter: checks that route tables, policy routes and attached networks share.

A route's next hop is a neighbour: in the network of one of the vrouter's legs.  A destination inside such a network
is refused, since it would take addresses away from machines there; one that contains it is fine, the network itself
is more specific and wins.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from landbridge.core.nics import cidr_of, nics_of
from landbridge.core.titles import title
from landbridge.core.view import View
from landbridge.model.documents.route_table import VirtualRouterVRouterRouteTableRef
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import argerr
from landbridge.model.net import cidr_or_none, is_ipv4

_NO_DESTINATIONS = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3")))
"""This host, loopback, multicast and reserved: nothing of it is forwarded (RFC 6890, RFC 1812 section 5.3.7)."""


def destination(text: str) -> str:
    """A destination as it is stored, host bits dropped.  SYS.1007 unless it can be routed."""
    found = cidr_or_none(text)
    if found is None:
        raise argerr(f"destination[{text}] is not an IPv4 CIDR like 192.0.2.0/24")
    clash = next((other for other in _NO_DESTINATIONS if found.prefixlen and found.overlaps(other)), None)
    if clash is not None:
        raise argerr(f"destination[{text}] overlaps {clash}, which nobody forwards")
    return str(found)


def next_hop(text: str) -> str:
    """A next hop as it is stored.  SYS.1007 unless it is an IPv4 address."""
    if not is_ipv4(text):
        raise argerr(f"next hop[{text}] is not an IPv4 address")
    return str(IPv4Address(text))


def hop_refusal(view: View, routers: Iterable[VmInstance], hop: str) -> str | None:
    """Why none of the vrouters can have it as next hop; None when one can, or there is none."""
    address, names = IPv4Address(hop), []
    for router in routers:
        names.append(title(router))
        for nic in _addressed(view, router):
            network = cidr_of(nic)
            if nic.ip == hop:
                return f"it is the address of {title(router)} itself"
            if address in network:
                if network.prefixlen < 31 and address in (network.network_address, network.broadcast_address):
                    return f"it is no machine's address in {network}"
                return None
    return f"it is in no network of {' or '.join(names)}: name a neighbour" if names else None


def overlap_refusal(view: View, router: VmInstance, destinations: Iterable[str]) -> str | None:
    """Why the vrouter cannot have routes to all of these: one is inside a network that it is connected to."""
    connected = [(cidr_of(nic), nic.l3_network_uuid) for nic in _addressed(view, router)]
    return inside(connected, destinations, title(router))


def inside(connected: list[tuple[IPv4Network, str]], destinations: Iterable[str], who: str) -> str | None:
    """Why destinations do not go with networks, each with its L3 network's uuid, that `who` is in; None: they do."""
    for text in destinations:
        wanted = IPv4Network(text)
        for network, l3_uuid in connected:
            if wanted.subnet_of(network):
                return f"destination {text} is inside {network}, the L3 network[uuid:{l3_uuid}] on {who}"
    return None


def table_of(view: View, router_uuid: str) -> str | None:
    """The uuid of a vrouter's route table."""
    ref = view.first(VirtualRouterVRouterRouteTableRef, virtual_router_vm_uuid=router_uuid)
    return None if ref is None else ref.route_table_uuid


def routers_of(view: View, table_uuid: str) -> list[VmInstance]:
    """The vrouters that have a route table."""
    refs = view.find(VirtualRouterVRouterRouteTableRef, route_table_uuid=table_uuid)
    return [view.need(VmInstance, ref.virtual_router_vm_uuid) for ref in refs]


def _addressed(view: View, router: VmInstance) -> list[VmNic]:
    return [nic for nic in nics_of(view, router.uuid) if nic.ip]
