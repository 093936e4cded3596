"""Who has leased what."""

from typing import Literal

import msgspec

from landbridge.model.questions.base import HostAnswer, Question

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
