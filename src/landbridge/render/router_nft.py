"""A vrouter's packet filter and NAT: node objects -> one nftables table.

The chains are those of `core.stages`.  Life of a packet from a VM (10.1.0.10) to the Internet, leaving by eth0 (to
a VIP: `render.router_nat`):

    forward      guest leg -> public leg: accepted, and remembered by connection tracking
    postrouting  SRC 10.1.0.10 is looked up in `source_nat` with the leg -> SRC 203.0.113.7
    (answer)     connection tracking puts DST 10.1.0.10 back; `ct state established` lets it in

With the configuration the elements of sets and maps change and not the chains, so a change costs its own size and
touches no rule that packets are going through.  Only the first elements of a map that has stages of its own
(`Stage.only_with`), and the last ones, put the whole table anew, in one transaction.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from string import Template

from landbridge.core.stages import STAGES, Stage
from landbridge.core.tunnels import IKE_PORTS
from landbridge.model.balancer_node import Balancer
from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import IpsecTunnel, RouterLeg, WireGuard
from landbridge.render import datagrams, router_nat, router_routes
from landbridge.render.datagrams import Element
from landbridge.render.ipsec import KERNEL_DEVICE, MSS, USER_DEVICE, pairs
from landbridge.render.router_nat import leg_name
from landbridge.zsnp.frames import BURST, RATE

FAMILY, TABLE = "inet", "landbridge"

_SETS: Mapping[str, str] = {
    "public_legs": "set public_legs { type ifname; }",
    "guest_legs": "set guest_legs { type ifname; }",
    "management_legs": "set management_legs { type ifname; }",
    "open_ports": "set open_ports { type ipv4_addr . inet_proto . inet_service; }",
    "tunnels": "set tunnels { type ifname . ipv4_addr; flags interval; }",
    "settled": "map settled { type ct_state : verdict; size 8; }",
    "ipsec_vips": "set ipsec_vips { type ipv4_addr; }",
    "ipsec_pairs": "set ipsec_pairs { type ipv4_addr . ipv4_addr; flags interval; }",
    **router_nat.SETS,
    **router_routes.SETS,
}

_SAID = "set said { type ipv4_addr; size 16384; flags dynamic,timeout; timeout 10s; }"
"""Who has signalled how much just now: packets change it, not the configuration."""

_CONSTANTS = {
    "rate": RATE,
    "burst": BURST,
    "mss": MSS,
    "ipsec_devices": f'{{ "{USER_DEVICE}", "{KERNEL_DEVICE}" }}',
    "slots": datagrams.SLOTS,
    "seed": datagrams.SEED,
}


_WITH_STAGES = frozenset(stage.only_with for stage in STAGES if stage.only_with)


def _chain(stage: Stage) -> str:
    lines = [stage.base, *(rule.text for rule in stage.rules)]
    body = "\n".join(f"    {Template(line).substitute(_CONSTANTS)}" for line in lines if line)
    return f"chain {stage.name} {{\n{body}\n}}"


@dataclass(frozen=True, slots=True)
class RouterTable:
    """The table: for each set or map its elements, element -> value ("" in a set)."""

    elements: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def router_table(objects: Iterable[NodeObject]) -> RouterTable:
    """What the legs and translations of a vrouter come to."""
    objects = list(objects)
    legs = {leg.nic_uuid: leg for leg in objects if isinstance(leg, RouterLeg)}
    return whole_table(elements(item, legs) for item in objects)


def whole_table(made: Iterable[Iterable[Element]]) -> RouterTable:
    """From what each node object has come to; several may want the same element."""
    found: dict[str, dict[str, str]] = {name: {} for name in _SETS}
    for own in made:
        for name, element, value in own:
            found[name][element] = value
    if not found["ipsec_pairs"]:
        found["settled"] = dict.fromkeys(("established", "related"), "accept")
    found[router_routes.JOINED] = dict.fromkeys(router_routes.disjoint(found[router_routes.JOINED]), "")
    return RouterTable(found)


def elements(item: NodeObject, legs: Mapping[str, RouterLeg]) -> Iterator[Element]:
    """What one node object comes to; `legs` by NIC."""
    if isinstance(item, RouterLeg):
        yield Element(f"{item.role}_legs", f'"{leg_name(item)}"')
    elif isinstance(item, Balancer) and item.protocol != "udp":
        yield Element("open_ports", f"{item.vip_ip} . tcp . {item.port}")
    elif isinstance(item, WireGuard):
        yield Element("open_ports", f"{item.vip_ip} . udp . {item.port}")
        for cidr in item.networks:
            yield Element("tunnels", f'"{item.interface}" . {cidr}')
    elif isinstance(item, IpsecTunnel):
        yield Element("ipsec_vips", item.vip_ip)
        for port in IKE_PORTS:
            yield Element("open_ports", f"{item.vip_ip} . udp . {port}")
        for local, remote in pairs(item).values():
            yield Element("ipsec_pairs", f"{local} . {remote}")
    yield from router_nat.elements(item, legs)
    yield from router_routes.elements(item, legs)


def whole(table: RouterTable) -> str:
    """One transaction that makes the table, whatever was there under its name."""
    lines = [f"add table {FAMILY} {TABLE}", f"delete table {FAMILY} {TABLE}", f"table {FAMILY} {TABLE} {{"]
    lines += [skeleton(table), "}"]
    lines += delta(RouterTable({name: {} for name in _SETS}), table)
    return "\n".join(lines) + "\n"


_FEW = 8
"""Taking an element out of an interval set costs nft a look through all: for more, all are put in anew."""


def delta(old: RouterTable, new: RouterTable) -> list[str]:
    """Commands, for one transaction, from a table in force to another; deletes first."""
    deletes, adds = [], []
    for name in _SETS:
        before, after = old.elements[name], new.elements[name]
        gone = [key for key, value in before.items() if after.get(key) != value]
        if len(gone) > _FEW and "flags interval" in _SETS[name]:
            deletes.append(f"flush {_SETS[name].split()[0]} {FAMILY} {TABLE} {name}")
            before, gone = {}, []
        come = [key if not value else f"{key} : {value}" for key, value in after.items() if before.get(key) != value]
        if gone:
            deletes.append(f"delete element {FAMILY} {TABLE} {name} {{ {', '.join(gone)} }}")
        if come:
            adds.append(f"add element {FAMILY} {TABLE} {name} {{ {', '.join(come)} }}")
    return deletes + adds


def skeleton(table: RouterTable) -> str:
    """Its sets and chains, without elements."""
    return _skeleton(frozenset(name for name, elements in table.elements.items() if elements) & _WITH_STAGES)


@cache
def _skeleton(used: frozenset[str]) -> str:
    stages = [stage for stage in STAGES if not stage.only_with or stage.only_with in used]
    return "\n".join((*_SETS.values(), _SAID, *map(_chain, stages)))
