"""What is remembered of a port's DHCP, and how that reads to people.  Pure: the time is a parameter.

Addresses are fixed by the server's database, so a lease here decides nothing: it is what the client was told.
"""

from collections.abc import Iterable, Mapping

import msgspec

from landbridge.model.node import DhcpBinding
from landbridge.model.questions.dhcp import DhcpLease, LeaseState
from landbridge.services.dhcp.responder import Decision


class PortEntry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A VM's port: its interface on the host is the table's key."""

    nic_uuid: str
    vm_uuid: str
    mac: str
    binding: DhcpBinding


class Lease(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A port's lease and the last thing it was answered or said.  Times are seconds since the epoch.

    `state` is never Expired: that is `expires` seen from a later time.
    """

    nic_uuid: str
    vm_uuid: str
    ip: str
    mac: str
    event: str
    at: float
    expires: float
    state: LeaseState = "Unbound"


_FOLLOWING: Mapping[str, LeaseState] = {
    "offer": "Offered",
    "ack": "Bound",
    "decline": "Declined",
    "release": "Released",
}
"""What a message makes of a lease; the others (NAK, INFORM) leave it as it was."""


def following(before: Lease | None, port: PortEntry, decision: Decision, now: float) -> Lease:
    """The lease after a decision.  An offer takes nothing from a lease that is in force."""
    state: LeaseState = "Unbound" if before is None else before.state
    expires = 0.0 if before is None else before.expires
    made = _FOLLOWING.get(decision.event)
    if made is not None and not (made == "Offered" and state == "Bound" and expires > now):
        state = made
        expires = now + decision.lease_seconds if made == "Bound" else 0.0
    return Lease(
        nic_uuid=port.nic_uuid,
        vm_uuid=port.vm_uuid,
        ip=port.binding.ip,
        mac=port.mac,
        event=decision.event,
        at=now,
        expires=expires,
        state=state,
    )


def listed(ports: Iterable[PortEntry], leases: Mapping[str, Lease], now: float) -> list[DhcpLease]:
    """The leases of ports (by NIC) as they stand now."""
    return [_listed(port, leases[port.nic_uuid], now) for port in ports if port.nic_uuid in leases]


def _listed(port: PortEntry, lease: Lease, now: float) -> DhcpLease:
    bound = lease.state == "Bound"
    return DhcpLease(
        nic_uuid=lease.nic_uuid,
        vm_uuid=lease.vm_uuid,
        l3_uuid=port.binding.l3_uuid,
        mac=lease.mac,
        ip=lease.ip,
        hostname=port.binding.hostname,
        state="Expired" if bound and lease.expires <= now else lease.state,
        expires=lease.expires if bound else None,
        last_message=lease.event,
        last_at=lease.at,
    )
