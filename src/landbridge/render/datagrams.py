"""Balancing UDP in the kernel: a listener's servers are slots of one map, and the first packet of a flow draws one.

A client's flow stays with its server as long as connection tracking remembers it; its answers go back through the
vrouter.  The slot is put into the packet's mark, of whose low half nobody else takes notice (nft 1.0.6 cannot list
a map with a hash in its key).  Whose address decides (`source`), has the same slot always.  There is nothing to count
connections by, so leastconn draws as round robin does.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from landbridge.model.balancer_node import Balancer, Member

SLOTS = 60
"""Divides evenly among up to six equal servers; weights are held to a sixtieth."""
SEED = "0x4c42"
"""Fixed, so that a table made anew sends a client where it was."""

SETS: Mapping[str, str] = {
    "datagrams": "map datagrams { type ipv4_addr . inet_service . mark : ipv4_addr . inet_service; }",
    "datagrams_by_source": "set datagrams_by_source { type ipv4_addr . inet_service; }",
    "datagrams_closed": "set datagrams_closed { type ipv4_addr . inet_service; }",
    "datagrams_allowed": "set datagrams_allowed { type ipv4_addr . inet_service . ipv4_addr; flags interval; }",
    "datagrams_denied": "set datagrams_denied { type ipv4_addr . inet_service . ipv4_addr; flags interval; }",
}


class Element(NamedTuple):
    """Of a set, or with a value of a map, by the text that nft takes."""

    name: str
    key: str
    value: str = ""


def elements(listener: Balancer) -> Iterator[Element]:
    """Of a listener of UDP."""
    at = f"{listener.vip_ip} . {listener.port}"
    for slot, ip in enumerate(slots(listener.members)):
        yield Element("datagrams", f"{at} . {slot:#010x}", f"{ip} . {listener.instance_port}")
    if listener.algorithm == "source":
        yield Element("datagrams_by_source", at)
    if listener.access is not None:
        name = "datagrams_denied" if listener.access.deny else "datagrams_allowed"
        yield from (Element(name, f"{at} . {addresses(cidr)}") for cidr in listener.access.cidrs)
        if not listener.access.deny:
            yield Element("datagrams_closed", at)


def addresses(cidr: str) -> str:
    """A CIDR as nft takes it: a prefix of 0 bits is a range."""
    network = IPv4Network(cidr)
    return f"{network[0]}-{network[-1]}" if network.prefixlen == 0 else str(network)


def slots(members: tuple[Member, ...]) -> list[str]:
    """Whose each slot is: as many as its weight is of all, at least one; none when nobody has a weight."""
    weighted = sorted((one for one in members if one.weight), key=lambda one: IPv4Address(one.ip))[:SLOTS]
    total = sum(one.weight for one in weighted)
    share = {one.ip: max(1, one.weight * SLOTS // total) for one in weighted}
    # What rounding has left over goes to, or comes from, whoever is furthest from the share that it should have.
    while weighted and (short := SLOTS - sum(share.values())):
        step = 1 if short > 0 else -1
        able = [one for one in weighted if step > 0 or share[one.ip] > 1]
        most = max(able, key=lambda one: step * (one.weight * SLOTS / total - share[one.ip]))
        share[most.ip] += step
    return [ip for ip, count in share.items() for _ in range(count)]
