"""The contract between server and node: what a host or a vrouter must make true.

The server compiles documents into *node objects*: small, self-contained values from the
closed vocabulary below.  An object lives in a *scope*, and a node is subscribed to scopes:

    host:<uuid>     what concerns one host          (its host)
    net:<l2 uuid>   who else has this network       (every host that has it)
    dhcp:<l3 uuid>  how a subnet is answered        (every host with a port in it)
    router:<uuid>   what one vrouter does           (the host that runs it)

A scope has a revision that goes up with every change in it, so "what is new since the
revisions I have" is one question per scope, one small delta answers it, and a change that
concerns a thousand hosts is still one write.  Keys are unique over all scopes of a node.
"""

from typing import Literal

import msgspec


class NodeObject(msgspec.Struct, frozen=True, tag_field="kind", rename="camel", kw_only=True):
    """Base of the vocabulary.  `key` (see each class) identifies the object on a node."""


class HostSettings(NodeObject, tag="host", frozen=True, kw_only=True):
    """Key `host`.  What the agent needs to know of itself."""

    uuid: str
    name: str
    number: int
    """Small integer, unique among hosts; the low part of locally administered MACs."""
    reconnect: int = 0
    """Goes up with each ReconnectHost; the server sends a `RefreshMessage` before it sends the change."""


class VxlanNetwork(NodeObject, tag="vxlan", frozen=True, kw_only=True):
    """Key `l2/<l2 uuid>`.  This host has the VXLAN network: a VXLAN device in a bridge."""

    l2_uuid: str
    net_id: int
    """Our own local id of the network, unique over all pools; names devices and keys maps."""
    vni: int
    vtep_ip: str
    port: int
    mtu: int


class BridgeNetwork(NodeObject, tag="bridge", frozen=True, kw_only=True):
    """Key `l2/<l2 uuid>`.  This host has the NoVlan network: a bridge over a host interface."""

    l2_uuid: str
    net_id: int
    physical_interface: str
    mtu: int


class FloodPeer(NodeObject, tag="flood", frozen=True, kw_only=True):
    """Key `flood/<l2 uuid>/<host uuid>`, scope `net:`.  A VTEP that has the network.

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


class Instance(NodeObject, tag="instance", frozen=True, kw_only=True):
    """Key `vm/<vm uuid>`.  A VM or a vrouter that must exist on this host.

    `boot` goes up with every (re)start; a change makes the driver start it afresh.
    """

    vm_uuid: str
    name: str
    driver: Literal["netns", "router"]
    running: bool
    boot: int
    reconnect: int = 0
    """Goes up when somebody wants all of it looked at again."""
    cpu_num: int = 1
    memory_size: int = 0


class RouterLeg(NodeObject, tag="leg", frozen=True, kw_only=True):
    """Key `leg/<nic uuid>`, scope `router:`.  An interface inside the vrouter."""

    nic_uuid: str
    l3_uuid: str
    device_id: int
    mac: str
    role: Literal["public", "management", "guest"]
    addresses: tuple[str, ...]
    """With prefix length, the primary one first."""
    mtu: int


class RouterRoute(NodeObject, tag="route", frozen=True, kw_only=True):
    """Key `route/<router uuid>/<destination>/<distance>`.  A static route; no `via` = black hole."""

    destination: str
    via: str | None
    distance: int


class SourceNat(NodeObject, tag="snat", frozen=True, kw_only=True):
    """Key `snat/<router uuid>/<public l3 uuid>/<guest l3 uuid>`.

    Packets from `source` leaving by the leg of `out_nic_uuid` get `to_ip`.
    """

    source: str
    out_nic_uuid: str
    to_ip: str


class DnsForwarder(NodeObject, tag="dns", frozen=True, kw_only=True):
    """Key `dns/<router uuid>`.  The resolver on the guest legs' addresses."""

    listen: tuple[str, ...]
    upstreams: tuple[str, ...]


AnyObject = (
    HostSettings
    | VxlanNetwork
    | BridgeNetwork
    | FloodPeer
    | DhcpSubnet
    | Port
    | Instance
    | RouterLeg
    | RouterRoute
    | SourceNat
    | DnsForwarder
)


# ---- facts a host reports of itself -------------------------------------------------------


class InterfaceFact(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One network interface of a host, devices of ours left out.

    `over`: the physical interface below, when this is a bridge that took its addresses.
    """

    name: str
    mac: str
    mtu: int
    up: bool
    addresses: tuple[str, ...] = ()
    """IPv4 with prefix length."""
    over: str | None = None


class HostFacts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a host says about itself at connect and whenever it changes."""

    hostname: str
    management_ip: str
    interfaces: tuple[InterfaceFact, ...]
    cpu_num: int
    memory_bytes: int
    kernel: str
    os_distribution: str = ""
    os_version: str = ""
    agent_version: str = ""
    lacks: tuple[str, ...] = ()
    """What this host cannot do, one sentence each (from `doctor`)."""


# ---- nodelink messages --------------------------------------------------------------------


class ScopeDelta(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """News of one scope.  `full`: forget what you had of it first."""

    revision: int
    full: bool
    put: dict[str, AnyObject] = msgspec.field(default_factory=dict)
    gone: tuple[str, ...] = ()


class StateMessage(msgspec.Struct, frozen=True, tag_field="type", tag="state", rename="camel", kw_only=True):
    """Server to agent.  `dropped` scopes are no longer the node's.

    `complete`: with this message the node knows everything that is meant for it; until the
    first complete one of a boot, a node deletes nothing.
    """

    scopes: dict[str, ScopeDelta] = {}
    dropped: tuple[str, ...] = ()
    complete: bool = True


class RefreshMessage(msgspec.Struct, frozen=True, tag_field="type", tag="refresh", rename="camel", kw_only=True):
    """Server to agent: report facts now, and re-read the kernel (a reconnect)."""

    token: str
    """Echoed in the report, so that the caller knows that it is the answer."""


class PingMessage(msgspec.Struct, frozen=True, tag_field="type", tag="ping", rename="camel", kw_only=True):
    """Server to agent, every few seconds: the stream is alive."""


ServerMessage = StateMessage | RefreshMessage | PingMessage


class WatchRequest(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server, opens the stream: what it has, and what it is."""

    have: dict[str, int]
    facts: HostFacts
    boot_id: str


class ObjectStatus(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How one object fares on the node.  `error` is the node's own words."""

    error: str | None = None


class Report(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server after a reconcile pass.

    `applied`: per scope, the revision that the kernel now reflects.
    `failed`: objects that could not be applied, whole list each time (so absence = healthy).
    """

    applied: dict[str, int] = {}
    failed: dict[str, ObjectStatus] = {}
    facts: HostFacts | None = None
    refresh_token: str | None = None


class EnrolRequest(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Agent to server with a join token: a certificate signing request in PEM."""

    token: str
    csr: str
    facts: HostFacts
    wait: bool = False
    """Only wait to be claimed by AddKVMHost instead of becoming a host at once."""


class EnrolReply(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The agent's certificate chain in PEM and its identity (the certificate's common name)."""

    agent_uuid: str
    certificate: str
    authority: str
