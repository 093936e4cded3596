"""What the server asks a host while a user waits for the answer, and what hosts answer.

A question is a read: it changes nothing on the host.  So it may be asked again (the stream broke, a
server copy died), and an answer that nobody waits for any more is thrown away.  Each question names
the type of its answer; what answers it is in agent/questions.py.
"""

from typing import ClassVar, Literal

import msgspec


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


AnyQuestion = AskDhcpLeases | AskRouter
