"""A vrouter's address translation: node objects -> elements of the maps that `core.stages` looks into.

Life of a packet to an EIP (203.0.113.9 is the machine 10.1.0.10):

    prerouting   DST 203.0.113.9 is not in `ports`: none of them leads anywhere else; in `eips` -> DST 10.1.0.10
    forward      translated on purpose: accepted
    (answer)     connection tracking puts SRC 203.0.113.9 back

What a machine with an EIP begins leaves as the EIP (`eip_sources`).  One that goes to a VIP from inside (hairpin)
is seen by the other one as its own EIP or as the gateway: the answer comes back through the vrouter, whatever
subnets they are in, and never by a shortcut.  Only the first packet of a connection looks anything up.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from landbridge.model.balancer_node import Balancer
from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import PortForward, RouterLeg, SourceNat, StaticNat, WireGuard, interface_of
from landbridge.render import datagrams
from landbridge.render.datagrams import Element

_PORT = "ipv4_addr . inet_proto . inet_service"
_CLOSED = f"{_PORT} . ipv4_addr"
SETS: Mapping[str, str] = {
    "source_nat": "map source_nat { type ipv4_addr . ifname : ipv4_addr; flags interval; }",
    "eips": "map eips { type ipv4_addr : ipv4_addr; }",
    "eip_sources": "map eip_sources { type ipv4_addr . ifname : ipv4_addr; }",
    "eip_of": "map eip_of { type ipv4_addr : ipv4_addr; }",
    "ports": "map ports { type ipv4_addr : verdict; }",
    "forwards": f"map forwards {{ type {_PORT} : ipv4_addr . inet_service; }}",
    "forward_ranges": f"map forward_ranges {{ type {_PORT} : ipv4_addr; flags interval; }}",
    "tunnel_sources": "map tunnel_sources { type inet_service : ipv4_addr; }",
    "closed_forwards": f"map closed_forwards {{ type {_CLOSED} : ipv4_addr . inet_service; flags interval; }}",
    "closed_forward_ranges": f"map closed_forward_ranges {{ type {_CLOSED} : ipv4_addr; flags interval; }}",
    **datagrams.SETS,
}
"""Ranges whose ports stay what they are lead to an address alone: the kernel leaves the port.  `closed`: only for
sources that are named; others find nothing, and the vrouter itself does not answer."""

_BY_PORT = "jump translate_ports"

TRANSLATIONS = (SourceNat, StaticNat, PortForward, Balancer)


class Carried(NamedTuple):
    """Which connections a translation carries: to a VIP (on ports of a protocol), or as an EIP."""

    vip: str
    guest: str
    protocol: str = ""
    first: int = 0
    last: int = 0
    allowed: str | None = None


def elements(item: NodeObject, legs: Mapping[str, RouterLeg]) -> Iterator[Element]:
    """What one node object translates; `legs` by NIC."""
    if isinstance(item, SourceNat) and item.out_nic_uuid in legs:
        yield Element("source_nat", f'{item.source} . "{leg_name(legs[item.out_nic_uuid])}"', item.to_ip)
    elif isinstance(item, StaticNat) and item.out_nic_uuid in legs:
        yield Element("eips", item.vip_ip, item.guest_ip)
        yield Element("eip_of", item.guest_ip, item.vip_ip)
        yield Element("eip_sources", f'{item.guest_ip} . "{leg_name(legs[item.out_nic_uuid])}"', item.vip_ip)
    elif isinstance(item, PortForward):
        yield Element("ports", item.vip_ip, _BY_PORT)
        yield from _forward(item)
    elif isinstance(item, WireGuard):
        yield Element("tunnel_sources", str(item.port), item.vip_ip)
    elif isinstance(item, Balancer) and item.protocol == "udp":
        yield Element("ports", item.vip_ip, _BY_PORT)
        yield from datagrams.elements(item)


def leg_name(leg: RouterLeg) -> str:
    """The interface inside the vrouter."""
    return interface_of(leg.device_id)


def carried(item: NodeObject) -> frozenset[Carried]:
    """What one node object translates to VIPs and as EIPs; what older ones carry and newer ones do not has ended."""
    if isinstance(item, StaticNat):
        return frozenset({Carried(item.vip_ip, item.guest_ip)})
    if isinstance(item, PortForward):
        return frozenset(
            {Carried(item.vip_ip, item.guest_ip, item.protocol, item.first, item.last, item.allowed)},
        )
    if isinstance(item, Balancer) and item.protocol == "udp":
        return frozenset(Carried(item.vip_ip, one.ip, "UDP", item.port, item.port) for one in item.members)
    return frozenset()


def _forward(rule: PortForward) -> Iterator[Element]:
    name = "forwards" if rule.allowed is None else "closed_forwards"
    source = "" if rule.allowed is None else f" . {datagrams.addresses(rule.allowed)}"
    protocol = rule.protocol.lower()
    if rule.guest_first == rule.first and rule.last > rule.first:
        key = f"{rule.vip_ip} . {protocol} . {rule.first}-{rule.last}{source}"
        yield Element(name.removesuffix("s") + "_ranges", key, rule.guest_ip)
        return
    for port in range(rule.first, rule.last + 1):
        guest_port = rule.guest_first + port - rule.first
        yield Element(name, f"{rule.vip_ip} . {protocol} . {port}{source}", f"{rule.guest_ip} . {guest_port}")
