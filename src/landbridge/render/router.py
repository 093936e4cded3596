"""A vrouter's kernel state: node objects -> links, addresses, routes, rules, sysctls.

Every object of the kernel carries the key of the node object that wants it, so that an error
is reported of that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface

from landbridge.core.plan import Key, Rules
from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import RouterLeg, VipAddress
from landbridge.render.router_nat import leg_name
from landbridge.render.router_routes import Route, Rule, routes, rules


@dataclass(frozen=True, slots=True)
class Sysctl:
    """A setting below /proc/sys; the key's name is its path."""

    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """An interface, made by the host's agent, that is up.  One that is down counts as absent."""

    mtu: int


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface; the key's name is `<interface> <address/prefix>`."""

    interface: str
    cidr: str


KernelObject = Sysctl | Link | Address | Route | Rule

RULES: Rules[KernelObject] = Rules(
    kinds=("link", "sysctl", "address", "route", "rule"),
    needs=lambda value: [("link", value.interface)] if isinstance(value, Address) else (),
    needed=("link",),
)

_ROUTER_SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    # The largest of `all` and the interface's own counts (ip-sysctl.rst): legs decide.
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/all/accept_redirects": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/all/accept_source_route": "0",
    # A balancer's connections to one server are told apart by their ports alone: enough of them, and soon again.
    "net/ipv4/ip_local_port_range": "16384\t65535",
    "net/ipv4/tcp_tw_reuse": "1",
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
}

_LOOPBACK_MTU = 65536
_NEIGHBOURS = {
    "delay_first_probe_time": "1",
    "retrans_time_ms": "240",
    "ucast_solicit": "2",
    "mcast_resolicit": "3",
    "mcast_solicit": "12",
}
"""A neighbour that has not been heard of for a while is asked after 1 s, twice where it was and then everywhere: it
takes 1.5 s, not 8 s, until packets find a machine that has got the address of another and told nobody.  Who does not
answer at all is given up after 3 s, as ever (ip-sysctl.rst, neigh)."""
_STRICT, _LOOSE = "1", "2"
"""Reverse path filter (RFC 3704): a VM may only use addresses of its own subnet; a public leg
must also accept what comes back by another way than it would itself take."""


@dataclass(frozen=True, slots=True)
class RouterState:
    """`objects`: what the kernel must have; `sources`: the node object behind each, where there is one."""

    objects: Mapping[Key, KernelObject]
    sources: Mapping[Key, str]


def router_state(objects: Mapping[str, NodeObject]) -> RouterState:
    """The kernel state of a vrouter, from the objects of its scope by key."""
    legs = {leg.nic_uuid: leg for leg in objects.values() if isinstance(leg, RouterLeg)}
    return whole_state((key, kernel_objects(item, legs)) for key, item in objects.items())


def whole_state(made: Iterable[tuple[str, Mapping[Key, KernelObject]]]) -> RouterState:
    """From what each node object, by its key, has come to."""
    wanted: dict[Key, KernelObject] = {("link", "lo"): Link(_LOOPBACK_MTU)}
    wanted.update({("sysctl", name): Sysctl(value) for name, value in _ROUTER_SYSCTLS.items()})
    sources: dict[Key, str] = {}
    for source, objects in made:
        wanted.update(objects)
        sources.update(dict.fromkeys(objects, source))
    return RouterState(wanted, sources)


def kernel_objects(item: NodeObject, legs: Mapping[str, RouterLeg]) -> dict[Key, KernelObject]:
    """What one node object comes to; `legs` by NIC."""
    made: dict[Key, KernelObject] = {}
    if isinstance(item, RouterLeg):
        made = _leg(item)
    elif isinstance(item, VipAddress) and item.nic_uuid in legs:
        name, cidr = leg_name(legs[item.nic_uuid]), f"{item.ip}/32"
        made = {address_key(name, cidr): Address(name, cidr)}
    made.update((route_key(route), route) for route in routes(item, legs.values()))
    made.update((rule_key(rule), rule) for rule in rules(item, legs.values()))
    return made


def address_key(interface: str, cidr: str) -> Key:
    """The key of an address."""
    return ("address", f"{interface} {cidr}")


def route_key(route: Route) -> Key:
    """The key of a route: what there can be but one for."""
    return ("route", f"{route.table} {route.destination} {route.metric}")


def rule_key(rule: Rule) -> Key:
    """The key of a rule: all of it."""
    return ("rule", " ".join(map(str, rule)))


def _leg(leg: RouterLeg) -> dict[Key, KernelObject]:
    name = leg_name(leg)
    settings = {
        "rp_filter": _STRICT if leg.role == "guest" else _LOOSE,
        # Answer ARP only for the leg's own addresses, and ask with them (RFC 1122 section 3.3.4.2, strong host).
        "arp_ignore": "1",
        "arp_announce": "2",
        "send_redirects": "0",
        # A route by a public network without a carrier gives way to the next one.  Packets for a subnet never do.
        "ignore_routes_with_linkdown": "1" if leg.role == "public" else "0",
    }
    made: dict[Key, KernelObject] = {("link", name): Link(leg.mtu)}
    for directory, values in (("conf", settings), ("neigh", _NEIGHBOURS)):
        for setting, value in values.items():
            made["sysctl", f"net/ipv4/{directory}/{name}/{setting}"] = Sysctl(value)
    for address in leg.addresses:
        cidr = IPv4Interface(address).with_prefixlen
        made[address_key(name, cidr)] = Address(name, cidr)
    return made
