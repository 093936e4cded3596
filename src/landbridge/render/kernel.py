"""The vocabulary between node state and kernel: what exists on a host because of us.

The agent holds two maps of these, what must be and what is; `core.plan` finds the way.  A value
has every attribute that we care about, so equality means "nothing to do".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from landbridge.core.plan import Key, Rules
from landbridge.model.node import AnyObject, DhcpSubnet, Instance, Port, Verdict
from landbridge.render.guard import Sources
from landbridge.render.policy import Policy


@dataclass(frozen=True, slots=True)
class Sysctl:
    """`name` as a path below /proc/sys."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Firewall:
    """Who may speak to the host's own stack.

    closed   bridges from which nothing goes up
    tunnels  UDP port of VXLAN -> the CIDRs that its VTEPs are in (none: anywhere)
    """

    closed: tuple[str, ...]
    tunnels: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """A named network namespace."""

    name: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge.

    `mtu` None: it follows its uplink.  `closed`: the host's own stack is not reachable through it.
    """

    name: str
    l2_uuid: str
    mtu: int | None
    closed: bool
    up: bool = True


@dataclass(frozen=True, slots=True)
class Vxlan:
    """A VXLAN device in a bridge; `local` is the VTEP, `port` the UDP port."""

    name: str
    l2_uuid: str
    vni: int
    local: str
    port: int
    mtu: int
    bridge: str
    up: bool = True
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Uplink:
    """A physical interface in a bridge; its addresses and routes are the bridge's."""

    bridge: str
    interface: str


@dataclass(frozen=True, slots=True)
class Vlan:
    """A device in a bridge that is a VLAN of a physical interface: tagged there, untagged in the bridge.

    current  the programs that do it are in force at both ends, and this version's
    """

    name: str
    l2_uuid: str
    interface: str
    vlan: int
    mtu: int
    bridge: str
    up: bool = True
    closed: bool = True
    current: bool = True


@dataclass(frozen=True, slots=True)
class Flood:
    """A VTEP that gets what has no known destination."""

    device: str
    peer: str


@dataclass(frozen=True, slots=True)
class Veth:
    """A veth pair: `ifname` here, `guest` with `mac` in the namespace.  Not yet connected to anything."""

    ifname: str
    nic_uuid: str
    netns: str
    guest: str
    mac: str
    mtu: int


@dataclass(frozen=True, slots=True)
class External:
    """An interface that somebody else makes and removes, marked as the port of a NIC.

    `mac` is the machine's own.  Not yet connected to anything.
    """

    ifname: str
    nic_uuid: str
    mac: str
    mtu: int


@dataclass(frozen=True, slots=True)
class Member:
    """An address that is in a security group, within a domain."""

    group: int
    domain: int
    address: str


@dataclass(frozen=True, slots=True)
class Tracking:
    """How connections are remembered: seconds by state, in the order of `tracking.TIMEOUTS`; how many a port has."""

    timeouts: tuple[int, ...]
    connections: int


@dataclass(frozen=True, slots=True)
class Filtering:
    """The policy of a port, and what holds when none of its rules matches."""

    policy: str
    ingress: Verdict
    egress: Verdict


@dataclass(frozen=True, slots=True)
class Hook:
    """The eBPF programs of a port are in force, and know it.

    address     its first IPv4 address, if it is a guarded VM's
    sources     what it may send from (`render.guard`); nothing where it is not guarded
    extra_macs  under which it is reached as well
    sent_rate, received_rate  bits per second that the machine may send and receive; 0: as much as it likes
    """

    ifname: str
    net_id: int
    mac: str
    domain: int = 0
    router: bool = False
    guarded: bool = False
    address: str | None = None
    sources: Sources = ()
    extra_macs: tuple[str, ...] = ()
    filtering: Filtering | None = None
    sent_rate: int = 0
    received_rate: int = 0
    standby: bool = False
    """Closed, whatever else is known of it."""
    current: bool = True
    """Whether both programs are this version's; older ones are replaced in place, without a gap."""


@dataclass(frozen=True, slots=True)
class Connections:
    """Connections that a port's machine has brought along are in its table.  Cannot be read: they go on changing."""

    ifname: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BridgePort:
    """The port is in its bridge and has carrier.  On standby it is in none: `bridge` and `mac` are empty.

    `mac`: its static forwarding entry.  It gets no unknown floods, and learns only MACs that the guard lets
    it have besides its own.
    """

    ifname: str
    bridge: str
    mac: str
    up: bool = True
    learning: bool = False
    flood: bool = False
    moved: bool = field(default=False, compare=False)
    """The network is told where its MAC is, once it is in its bridge."""
    addresses: tuple[IPv4Address, ...] = field(default=(), compare=False)
    """The network is told who has them then."""


@dataclass(frozen=True, slots=True)
class Relay:
    """What comes over shortcuts for a machine that has moved away goes out by the VXLAN device that it came by.

    `source_mac`: of what is passed on.
    """

    device: str
    mac: str
    source_mac: str


@dataclass(frozen=True, slots=True)
class DhcpTable:
    """What the host's DHCP responder answers."""

    ports: tuple[Port, ...]
    subnets: tuple[DhcpSubnet, ...]


@dataclass(frozen=True, slots=True)
class Guest:
    """A running VM with its interfaces, in device order."""

    netns: str
    instance: Instance
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Router:
    """A vrouter at work: its agent runs in the namespace and has these objects by key."""

    uuid: str
    netns: str
    objects: tuple[tuple[str, AnyObject], ...]
    legs: tuple[str, ...]
    """Host sides of its interfaces."""
    asked: tuple[int, int] = (0, 0)
    """`boot` and `reconnect` of its instance: a change makes its agent do all of it again."""


Value = (
    Sysctl
    | Firewall
    | Namespace
    | Bridge
    | Vxlan
    | Uplink
    | Vlan
    | Flood
    | Veth
    | External
    | Member
    | Policy
    | Tracking
    | Connections
    | Hook
    | BridgePort
    | Relay
    | DhcpTable
    | Guest
    | Router
)

KIND_ORDER = (
    "sysctl",
    "tracking",
    "firewall",
    "namespace",
    "bridge",
    "vxlan",
    "uplink",
    "vlan",
    "flood",
    "interface",
    "member",
    "policy",
    "connections",
    "hook",
    "port",
    "relay",
    "dhcp",
    "guest",
    "router",
)
"""What others need comes first.  Deletes run it backwards."""

DHCP_KEY: Key = ("dhcp", "table")
FIREWALL_KEY: Key = ("firewall", "landbridge")
TRACKING_KEY: Key = ("tracking", "connections")


def needs(value: Value) -> Iterable[Key]:
    """What the value cannot exist without; in the kernel it vanishes with them."""
    match value:
        case Vxlan() | Uplink() | Vlan():
            return (("bridge", value.bridge),)
        case Flood() | Relay():
            return (("vxlan", value.device),)
        case Veth():
            return (("namespace", value.netns),)
        case Hook(filtering=Filtering(policy=policy)):
            return (("interface", value.ifname), ("policy", policy))
        case Hook():
            return (("interface", value.ifname),)
        case BridgePort():
            # The readiness gate: no bridge and no carrier before the programs are in force.
            ready = (("interface", value.ifname), ("hook", value.ifname))
            return (("bridge", value.bridge), *ready) if value.bridge else ready
        case Guest() | Router():
            return (("namespace", value.netns),)
        case _:
            return ()


def waits_for(value: Value) -> Iterable[Key]:
    """What must be there before the value is made or changed, though it would survive the loss."""
    match value:
        case Bridge(closed=True):
            # Another readiness gate: nothing of a tenant's before the host is closed to it.
            return [FIREWALL_KEY]
        case Guest():
            return [("port", port.ifname) for port in value.ports]
        case Router():
            return [("port", leg) for leg in value.legs]
        case _:
            return ()


def replaces(before: Value, after: Value) -> bool:
    """Whether the kernel has no way from one to the other but anew."""
    match before, after:
        case Vxlan(), Vxlan():
            return (before.vni, before.port) != (after.vni, after.port)
        case Uplink(), Uplink():
            return before != after
        case Bridge(), Bridge():
            # The host's addresses are in it, or nothing of the host's.
            return before.closed != after.closed
        case Veth(), Veth():
            return (before.netns, before.guest, before.mac) != (after.netns, after.guest, after.mac)
        case External(), External():
            # Another machine's: nothing that is known of the port may pass on to it.
            return (before.nic_uuid, before.mac) != (after.nic_uuid, after.mac)
        case Veth() | External(), Veth() | External():
            return True
        case _:
            return False


NEEDED = frozenset({"namespace", "bridge", "vxlan", "interface", "policy", "hook"})
"""Kinds that `needs` names."""

RULES: Rules[Value] = Rules(KIND_ORDER, needs, replaces, NEEDED)
