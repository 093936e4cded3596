"""The vocabulary between node state and kernel: what exists on a host because of us.

The agent holds two maps of these, what must be and what is; `core.plan` finds the way, by `render.kernel_rules`.
A value has every attribute that we care about, so equality means "nothing to do".
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address

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
