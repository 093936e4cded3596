"""The contract between server and node: what a host or a vrouter must make true.

The server compiles documents into *node objects*: small, self-contained values from the
closed vocabulary below.  An object lives in a *scope*, and a node is subscribed to scopes:

    host:<uuid>     what concerns one host          (its host)
    net:<l2 uuid>   who else has this network       (every host that has it)
    dhcp:<l3 uuid>  how a subnet is answered        (every host with a port in it)
    router:<uuid>   what one vrouter does           (the host that runs it)
    group:<uuid>    a security group's rules        (every host with a port in it)
    members:<uuid>  who is in a security group      (every host with a port whose rules name it)

A scope has a revision that goes up with every change in it, so "what is new since the
revisions I have" is one question per scope, one small delta answers it, and a change that
concerns a thousand hosts is still one write.  Keys are unique over all scopes of a node.
"""

from typing import Literal

import msgspec

from landbridge.model.balancer_node import Balancer
from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import (
    DnsForwarder,
    DnsName,
    IpsecTunnel,
    Limit,
    PolicyRoutes,
    PortForward,
    RouterLeg,
    RouterRoute,
    SharedLimit,
    SourceNat,
    StaticNat,
    StaticRoutes,
    VipAddress,
    WireGuard,
)
from landbridge.model.tracking import CONNECTIONS


class HostSettings(NodeObject, tag="host", frozen=True, kw_only=True):
    """Key `host`.  What the agent needs to know of itself."""

    uuid: str
    name: str
    number: int
    """Small integer, unique among hosts; the low part of locally administered MACs."""
    reconnect: int = 0
    """Goes up with each ReconnectHost; the server sends a `RefreshMessage` before it sends the change."""
    timeouts: dict[str, int] = msgspec.field(default_factory=dict)
    """Of connections, where they are not `tracking.TIMEOUTS`."""
    connections: int = CONNECTIONS
    """How many a filtered port can have at once."""


class VxlanNetwork(NodeObject, tag="vxlan", frozen=True, kw_only=True):
    """Key `l2/<l2 uuid>`.  This host has the VXLAN network: a VXLAN device in a bridge."""

    l2_uuid: str
    net_id: int
    """Our own local id of the network, unique over all pools; names devices and keys maps."""
    vni: int
    vtep_ip: str
    port: int
    mtu: int
    vtep_cidrs: tuple[str, ...] = ()
    """Where the pool's VTEPs are, in all its clusters: tunnels from elsewhere are not heard."""


class BridgeNetwork(NodeObject, tag="bridge", frozen=True, kw_only=True):
    """Key `l2/<l2 uuid>`.  This host has the NoVlan network: a bridge over a host interface."""

    l2_uuid: str
    net_id: int
    physical_interface: str
    mtu: int


class VlanNetwork(NodeObject, tag="vlan", frozen=True, kw_only=True):
    """Key `l2/<l2 uuid>`.  This host has the VLAN network: a bridge, and a VLAN (IEEE 802.1Q) of a host interface."""

    l2_uuid: str
    net_id: int
    physical_interface: str
    vlan: int
    mtu: int


AnyNetwork = VxlanNetwork | BridgeNetwork | VlanNetwork


class FloodPeer(NodeObject, tag="flood", frozen=True, kw_only=True):
    """A VTEP that has the network.

    Key `flood/<l2 uuid>/<host uuid>`, scope `net:`; of a device that is none of our hosts
    `flood/<l2 uuid>/<remote vtep uuid>`, in the scopes of the hosts that send to it.
    A host ignores the entry with its own address.
    """

    l2_uuid: str
    vtep_ip: str


class DhcpSubnet(NodeObject, tag="dhcp", frozen=True, kw_only=True):
    """Key `dhcp/<l3 uuid>`, scope `dhcp:`.  How every host answers DHCP in a subnet."""

    l3_uuid: str
    server_ip: str
    server_mac: str
    prefix_len: int
    network_cidr: str
    gateway: str
    dns: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()
    """Host routes (destination CIDR, next hop), handed out as classless routes (RFC 3442)."""
    mtu: int
    domain: str | None = None
    lease_seconds: int = 3600


class DhcpBinding(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What one port is told.  Only the VM's default NIC is told a router (options 3 and 121)."""

    l3_uuid: str
    ip: str
    hostname: str
    default: bool


class AddressPair(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a port may send from besides its own: `ip` is an address or CIDR; no `mac`: the port's own."""

    ip: str
    mac: str | None = None


Verdict = Literal["ACCEPT", "DROP"]


class Filter(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The security groups of a port (uuids, first match first), and what holds when no rule matches."""

    groups: tuple[str, ...]
    ingress: Verdict
    egress: Verdict


class Port(NodeObject, tag="port", frozen=True, kw_only=True):
    """Key `port/<nic uuid>`.  A VM's or vrouter's interface on this host."""

    nic_uuid: str
    vm_uuid: str
    l2_uuid: str
    net_id: int
    ifname: str
    """Host side, at most 15 characters, unique on the host (`vnic12.0`)."""
    device_id: int
    """Guest side is `eth<device_id>`."""
    mac: str
    addresses: tuple[str, ...]
    """Without prefix; what the port may use."""
    mtu: int
    role: Literal["vm", "router"] = "vm"
    dhcp: DhcpBinding | None = None
    domain: int = 0
    """Where an address means one machine: the number of a vrouter's domain, or of a network without one."""
    guarded: bool = True
    """Anti-spoofing is on."""
    pairs: tuple[AddressPair, ...] = ()
    filter: Filter | None = None
    """None: no security group, everything passes."""
    inbound: int = 0
    """Bits per second towards the machine, `outbound` from it; 0: as much as it likes."""
    outbound: int = 0
    generation: int = 0
    """Goes up whenever the NIC is plugged on another host."""
    announced: bool = False
    """Its MAC may be taken to be elsewhere: everybody is told that it is here."""
    standby: bool = False
    """Made ready, and closed: its VM runs on another host, which it comes from or has gone to."""
    enabled: bool = True
    """Not: as if its cable were pulled out, the machine has no carrier."""


class PortConnections(NodeObject, tag="connections", frozen=True, kw_only=True):
    """Key `connections/<nic uuid>`.  What a port knew on the host that its VM comes from (`drivers.carried`)."""

    nic_uuid: str
    ifname: str
    data: bytes


class Relay(NodeObject, tag="relay", frozen=True, kw_only=True):
    """Key `relay/<nic uuid>`.  The NIC was on this host: frames that still come for it over shortcuts are passed on.

    Where it is now this host learns as everybody does, from its announcements.
    """

    nic_uuid: str
    l2_uuid: str
    net_id: int
    mac: str


class SecurityRule(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One rule.  It matches when protocol, port and peer match; empty `ports`, no `ranges` and no `group`: any.

    number  unique in the cloud, so that counters and drops can name the rule
    ports   first and last destination port
    ranges  first and last address of the peer, both of the rule's family
    group   number of the security group that the peer is in
    """

    uuid: str
    number: int
    direction: Literal["Ingress", "Egress"]
    family: Literal[4, 6]
    protocol: Literal["ALL", "TCP", "UDP", "ICMP"]
    action: Verdict
    ports: tuple[tuple[int, int], ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    group: int | None = None


class SecurityGroup(NodeObject, tag="group", frozen=True, kw_only=True):
    """Key `group/<uuid>`, scope `group:`.  Its enabled rules in the order of evaluation."""

    uuid: str
    number: int
    rules: tuple[SecurityRule, ...] = ()


class GroupMember(NodeObject, tag="member", frozen=True, kw_only=True):
    """Key `member/<group uuid>/<nic uuid>`, scope `members:`.  Addresses that are in a group, within a domain."""

    group: int
    domain: int
    addresses: tuple[str, ...]


class Instance(NodeObject, tag="instance", frozen=True, kw_only=True):
    """Key `vm/<vm uuid>`.  A VM or a vrouter that must exist on this host.

    `boot` goes up with every (re)start; a change makes the driver start it afresh.
    """

    vm_uuid: str
    name: str
    driver: Literal["netns", "external", "router"]
    """`external`: somebody else runs it and makes its interfaces, which are waited for by name."""
    running: bool
    boot: int
    reconnect: int = 0
    """Goes up when somebody wants all of it looked at again."""
    cpu_num: int = 1
    memory_size: int = 0


class ZsnpKey(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A key that authenticates ZSNP messages.  Several are accepted at a time, the first one signs."""

    id: int
    secret: str
    """32 hex digits."""


class ShortcutRouter(NodeObject, tag="shortcutRouter", frozen=True, kw_only=True):
    """Key `shortcuts/<router uuid>/<l2 uuid>`, scope `net:`.  Ports in this network may use shortcuts of the vrouter.

    Credentials, no topology: without it every shortcut of the router in the network goes at once.
    """

    router: int
    """The vrouter's number on the wire."""
    router_uuid: str
    l2_uuid: str
    net_id: int
    keys: tuple[ZsnpKey, ...]


class ShortcutSubnet(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A subnet of a vrouter, as its agent has to describe it to hosts.  `port`: UDP, of its pool's tunnels."""

    nic_uuid: str
    net_id: int
    vni: int
    port: int
    cidr: str


class ShortcutPolicy(NodeObject, tag="shortcutPolicy", frozen=True, kw_only=True):
    """Key `shortcuts/<router uuid>`, scope `router:`.  The vrouter hints; without it, it does not.

    A pair is hinted after `packets` or `bytes` within `window_seconds`; an entry lives `lease_seconds`.
    """

    router: int
    keys: tuple[ZsnpKey, ...]
    subnets: tuple[ShortcutSubnet, ...]
    packets: int
    bytes: int
    window_seconds: int
    lease_seconds: int


AnyObject = (
    HostSettings
    | VxlanNetwork
    | BridgeNetwork
    | VlanNetwork
    | FloodPeer
    | DhcpSubnet
    | Port
    | PortConnections
    | Relay
    | SecurityGroup
    | GroupMember
    | Instance
    | RouterLeg
    | RouterRoute
    | StaticRoutes
    | PolicyRoutes
    | SourceNat
    | DnsForwarder
    | DnsName
    | VipAddress
    | StaticNat
    | PortForward
    | Balancer
    | Limit
    | SharedLimit
    | WireGuard
    | IpsecTunnel
    | ShortcutRouter
    | ShortcutPolicy
)
