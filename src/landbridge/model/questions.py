"""What the server asks a host while a user waits for the answer, and what hosts answer.

A question is a read: it changes nothing on the host.  So it may be asked again (the stream broke, a
server copy died), and an answer that nobody waits for any more is thrown away.  Each question names
the type of its answer; what answers it is in agent/questions.py.
"""

from typing import ClassVar, Literal

import msgspec

from landbridge.model.balancer_runtime import ListenerRuntime
from landbridge.model.drops import DropReason


class HostAnswer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of what hosts answer."""


class Question(msgspec.Struct, frozen=True, tag_field="type", rename="camel", kw_only=True):
    """Base of the vocabulary."""

    answer: ClassVar[type[HostAnswer]]


# ---- DHCP ---------------------------------------------------------------------------------

LeaseState = Literal["Offered", "Bound", "Declined", "Released", "Expired", "Unbound"]


class DhcpLease(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a port stands with DHCP.  Times are seconds since the epoch, by the host's clock.

    state         Offered: not taken yet · Bound: acknowledged, in force until `expires` · Declined: the client
                  found its address in use · Released: given back · Expired: not renewed in time · Unbound:
                  nothing but NAK and INFORM so far
    last_message  what the port was answered last (offer, ack, nak, inform), or said (decline, release)
    """

    nic_uuid: str
    vm_uuid: str
    l3_uuid: str
    mac: str
    ip: str
    hostname: str
    state: LeaseState
    expires: float | None
    last_message: str
    last_at: float


class DhcpLeaseList(HostAnswer, frozen=True, kw_only=True):
    """Ports of this host that have spoken DHCP, in no order."""

    leases: tuple[DhcpLease, ...]


class AskDhcpLeases(Question, tag="dhcpLeases", frozen=True, kw_only=True):
    """Who has been told what?  Narrowed down by what is given."""

    answer = DhcpLeaseList
    l3_uuid: str | None = None
    vm_uuid: str | None = None


# ---- vrouters -----------------------------------------------------------------------------


class RouteInForce(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A route of a vrouter's kernel; `ours`: not made by the kernel itself."""

    destination: str
    via: str | None
    interface: str | None
    metric: int
    black_hole: bool
    ours: bool


class Neighbour(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An entry of a vrouter's ARP table; `state`: the kernel's NUD_* bits."""

    address: str | None
    mac: str | None
    interface: str | None
    state: int


class KernelHop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a kernel's route leads.  `dead`: its interface is down or has no carrier."""

    via: str | None
    interface: str
    dead: bool


class KernelRoute(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A route of a vrouter's kernel.  Arrays, for there may be ten thousand.

    protocol  who made it, an RTPROT_* number; `hops`: none of what drops (`drops`)
    """

    destination: str
    metric: int
    protocol: int
    drops: bool
    hops: tuple[KernelHop, ...]


class KernelRule(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A policy rule of a vrouter's kernel: packets that have all of what is named here look into a table."""

    number: int
    table: int
    interface: str = ""
    source: str = ""
    destination: str = ""
    protocol: str = ""
    source_ports: tuple[int, int] | None = None
    destination_ports: tuple[int, int] | None = None


class KernelRoutes(HostAnswer, frozen=True, kw_only=True):
    """Whatever is in a vrouter's main table, and its interfaces that are down.

    If that was asked: the policy `rules` in the kernel's order, the `tables` that they lead to, and the `own`
    addresses, which come before all of them.
    """

    routes: tuple[KernelRoute, ...]
    down: tuple[str, ...]
    rules: tuple[KernelRule, ...] = ()
    tables: dict[int, tuple[KernelRoute, ...]] = {}
    own: tuple[str, ...] = ()


class AskRoutes(Question, tag="routes", frozen=True, kw_only=True):
    """Which routes does this vrouter's kernel have at this moment?  `policies`: and what is asked before them?"""

    answer = KernelRoutes
    router_uuid: str
    policies: bool = False


class RouterRuntime(HostAnswer, frozen=True, kw_only=True):
    """What a vrouter is at this moment.

    nftables     its packet filter and NAT as nft lists it, None without
    connections  how many it tracks
    changes      operations since its agent started
    failed       what could not be applied, by node object key, in the kernel's words
    """

    routes: tuple[RouteInForce, ...]
    neighbours: tuple[Neighbour, ...]
    nftables: str | None
    connections: int
    changes: int
    failed: dict[str, str]


class AskRouter(Question, tag="router", frozen=True, kw_only=True):
    """What is this vrouter at this moment?"""

    answer = RouterRuntime
    router_uuid: str


# ---- IPsec --------------------------------------------------------------------------------


class IpsecPair(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What goes between two CIDRs of a connection, since keys were last made.  `up`: there are keys."""

    local_cidr: str
    remote_cidr: str
    up: bool
    bytes_in: int = 0
    bytes_out: int = 0


class IpsecState(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a connection is.

    status       up when there are keys for all its pairs
    ike_state    of phase 1, in strongSwan's words; None: nothing is under way
    established_seconds  how long phase 1 has been done
    failed_phase 1 or 2 and `reason`, in words: what went wrong last, while it is down
    log          the last lines of the daemon about it
    """

    uuid: str
    status: Literal["up", "down"]
    ike_state: str | None
    established_seconds: int | None
    failed_phase: int | None
    reason: str | None
    pairs: tuple[IpsecPair, ...]
    log: tuple[str, ...]


class IpsecStates(HostAnswer, frozen=True, kw_only=True):
    """All connections of a vrouter.  `esp`: who encrypts."""

    connections: tuple[IpsecState, ...]
    esp: Literal["kernel", "user space"]


class AskIpsec(Question, tag="ipsec", frozen=True, kw_only=True):
    """How are the connections of this vrouter?"""

    answer = IpsecStates
    router_uuid: str


class IpsecSoftware(HostAnswer, frozen=True, kw_only=True):
    """strongSwan's version: of a vrouter's daemon, None while it has none, and of what the host would start."""

    running: str | None
    installed: str | None


class AskIpsecSoftware(Question, tag="ipsecSoftware", frozen=True, kw_only=True):
    """Which IPsec software does this vrouter have?"""

    answer = IpsecSoftware
    router_uuid: str


# ---- load balancers ----------------------------------------------------------------------


class BalancerList(HostAnswer, frozen=True, kw_only=True):
    """Those of the listeners that are served."""

    listeners: tuple[ListenerRuntime, ...]


class AskBalancers(Question, tag="balancers", frozen=True, kw_only=True):
    """How do these listeners of this vrouter do?"""

    answer = BalancerList
    router_uuid: str
    listener_uuids: tuple[str, ...]


# ---- distributed routing ------------------------------------------------------------------

PairState = Literal["COUNTED", "HINTED", "REFUSED"]
EntryState = Literal["QUERYING", "PROBING", "ACTIVE", "RENEWING", "FALLBACK", "REFUSED", "HELD"]


class ShortcutPair(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Two addresses that talk through a vrouter, as its agent sees them.

    vni        of the destination's network
    state      COUNTED: not worth a shortcut yet · HINTED: the source's host was told · REFUSED: may have none
    reason     why not, in words
    hinted_at  seconds since the epoch, by the host's clock
    packets    and `bytes`: what the vrouter forwarded
    """

    source_ip: str
    destination_ip: str
    source_l3_uuid: str
    destination_l3_uuid: str
    source_mac: str
    destination_mac: str | None
    vni: int
    state: PairState
    reason: str | None = None
    hinted_at: float | None = None
    packets: int = 0
    bytes: int = 0


class ShortcutEntry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a host stands with one destination, for all its ports in the network `net_id`.

    vni               of the destination's network
    state             ACTIVE, RENEWING, HELD: packets take it · else they go through the vrouter
    reason            why not, in words
    destination_vtep  of the host that has the destination, as soon as it has answered; `local`: it is this host
    packets           and `bytes`: what took the shortcut
    since             when it came into this state, seconds since the epoch, by the host's clock
    expires_in        seconds
    """

    router_uuid: str
    net_id: int
    destination_ip: str
    destination_mac: str
    vni: int
    state: EntryState
    since: float
    reason: str | None = None
    destination_vtep: str | None = None
    local: bool = False
    packets: int = 0
    bytes: int = 0
    round_trip_us: int | None = None
    path_mtu: int | None = None
    expires_in: float | None = None


class Shortcuts(HostAnswer, frozen=True, kw_only=True):
    """`pairs`: only from the host that runs the vrouter.  In no order."""

    pairs: tuple[ShortcutPair, ...] = ()
    entries: tuple[ShortcutEntry, ...] = ()


class AskShortcuts(Question, tag="shortcuts", frozen=True, kw_only=True):
    """Which pairs and shortcuts of this vrouter do you know?"""

    answer = Shortcuts
    router_uuid: str


# ---- what ports count and drop ------------------------------------------------------------


class DropCount(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What was dropped at a port for one reason, by one rule.

    rule       its number; 0: no rule had a part in it
    rule_uuid  None, too, for a rule that the host no longer has
    """

    reason: DropReason
    rule: int
    rule_uuid: str | None
    packets: int
    bytes: int


class AcceptCount(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a rule (0: the port's policy) let pass: the first packets of connections, and those of none."""

    rule: int
    rule_uuid: str | None
    packets: int
    bytes: int


class PortCounts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A port since it is on its host.  `sent` and `received` passed, seen from the machine."""

    nic_uuid: str
    sent_packets: int
    sent_bytes: int
    received_packets: int
    received_bytes: int
    drops: tuple[DropCount, ...]
    accepted: tuple[AcceptCount, ...]


class PortCountsList(HostAnswer, frozen=True, kw_only=True):
    """Those of the NICs that are on this host, in no order."""

    ports: tuple[PortCounts, ...]


class AskPortCounts(Question, tag="portCounts", frozen=True, kw_only=True):
    """What has passed at these NICs, and what was dropped?"""

    answer = PortCountsList
    nic_uuids: tuple[str, ...]


class RuleCounts(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a rule (its number) has let pass and dropped, at all ports of the host."""

    rule: int
    accepted_packets: int = 0
    accepted_bytes: int = 0
    dropped_packets: int = 0
    dropped_bytes: int = 0


class RuleCountsList(HostAnswer, frozen=True, kw_only=True):
    """Rules that have decided something, in no order."""

    rules: tuple[RuleCounts, ...]


class AskRuleCounts(Question, tag="ruleCounts", frozen=True, kw_only=True):
    """What have the rules of these numbers done?"""

    answer = RuleCountsList
    rules: tuple[int, ...]


class DroppedPacket(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A packet that was dropped; `rule` and `rule_uuid` as in `DropCount`.

    time    seconds since the epoch, by the host's clock
    egress  sent by the machine behind the port
    length  of the frame, bytes; `head` is its beginning
    """

    time: float
    nic_uuid: str
    reason: DropReason
    rule: int
    rule_uuid: str | None
    egress: bool
    length: int
    head: bytes


class DroppedPackets(HostAnswer, frozen=True, kw_only=True):
    """Drops in their order; `cursor` is where the next question goes on, `lost` how many could not be told."""

    drops: tuple[DroppedPacket, ...]
    cursor: str
    lost: int


class AskDrops(Question, tag="drops", frozen=True, kw_only=True):
    """What is dropped at these NICs?  Answered when there is something, or after `wait_seconds`.

    The NICs are watched from the first question until some seconds after the last one.
    """

    answer = DroppedPackets
    nic_uuids: tuple[str, ...]
    cursor: str = ""
    wait_seconds: float = 0.0


AnyQuestion = (
    AskDhcpLeases
    | AskRouter
    | AskRoutes
    | AskIpsec
    | AskIpsecSoftware
    | AskBalancers
    | AskShortcuts
    | AskPortCounts
    | AskRuleCounts
    | AskDrops
)
