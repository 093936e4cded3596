"""The responder's whole knowledge: which port is told what, and what was answered to whom.

A table changes by `TableChange`s, which is also what is written to its journal: reading the
journal from its start gives the table again.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from landbridge.model.node import DhcpSubnet
from landbridge.model.questions.dhcp import DhcpLease
from landbridge.services.dhcp import frames, responder
from landbridge.services.dhcp import options as opt
from landbridge.services.dhcp.leases import Lease, PortEntry, following, listed
from landbridge.services.dhcp.message import MalformedMessage, decode
from landbridge.services.dhcp.responder import Client

T = TypeVar("T")


class TableChange(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A change.  `reset`: forget all ports and subnets first."""

    reset: bool = False
    ports: Mapping[str, PortEntry] = {}
    gone_ports: tuple[str, ...] = ()
    subnets: Mapping[str, DhcpSubnet] = {}
    gone_subnets: tuple[str, ...] = ()
    leases: Mapping[str, Lease] = {}
    """By NIC."""


class Table:
    """Ports by interface name, subnets by L3 network, leases by NIC; and what a frame gets."""

    def __init__(self) -> None:
        self.ports: dict[str, PortEntry] = {}
        self.subnets: dict[str, DhcpSubnet] = {}
        self.leases: dict[str, Lease] = {}
        self.counters: dict[str, int] = {}

    def change(self, change: TableChange) -> None:
        """Apply a change."""
        if change.reset:
            self.ports.clear()
            self.subnets.clear()
        self.ports.update(change.ports)
        self.subnets.update(change.subnets)
        self.leases.update(change.leases)
        for name in change.gone_ports:
            entry = self.ports.pop(name, None)
            if entry is not None:
                self.leases.pop(entry.nic_uuid, None)
        for uuid in change.gone_subnets:
            self.subnets.pop(uuid, None)

    def snapshot(self) -> TableChange:
        """The change that makes this table out of any other."""
        return TableChange(reset=True, ports=self.ports, subnets=self.subnets, leases=self.leases)

    def server_ips(self) -> list[bytes]:
        """The DHCP servers' addresses, in a fixed order."""
        return sorted({opt.address(subnet.server_ip) for subnet in self.subnets.values()})

    def lease_list(self, now: float) -> list[DhcpLease]:
        """How the ports stand that have spoken DHCP."""
        return listed(self.ports.values(), self.leases, now)

    def respond(self, interface: str, frame: bytes, now: float) -> tuple[bytes | None, Lease | None]:
        """The frame to send back out of the interface it came from, and the lease to write down."""
        entry = self.ports.get(interface)
        subnet = None if entry is None else self.subnets.get(entry.binding.l3_uuid)
        if entry is None or subnet is None:
            self._count("ignored: not a VM port")
            return None, None
        parsed = frames.parse(frame)
        if isinstance(parsed, frames.ArpRequest):
            return self._arp(parsed, subnet), None
        if parsed is None:
            self._count("ignored: not DHCP")
            return None, None
        return self._dhcp(parsed, entry, subnet, now)

    def _arp(self, request: frames.ArpRequest, subnet: DhcpSubnet) -> bytes | None:
        if request.target_ip != opt.address(subnet.server_ip):
            self._count("ignored: ARP for another")
            return None
        self._count("arp")
        return frames.arp_reply(request, mac_bytes(subnet.server_mac))

    def _dhcp(
        self, datagram: frames.DhcpFrame, entry: PortEntry, subnet: DhcpSubnet, now: float
    ) -> tuple[bytes | None, Lease | None]:
        try:
            request = decode(datagram.payload)
        except MalformedMessage:
            self._count("ignored: malformed")
            return None, None
        client = Client(mac_bytes(entry.mac), entry.binding, subnet)
        decision = responder.answer(request, datagram.dst_ip, client)
        self._count(decision.event)
        reply = decision.reply
        frame = None
        if reply is not None:
            source = mac_bytes(subnet.server_mac), opt.address(subnet.server_ip)
            frame = frames.dhcp_frame(*source, reply.dst_mac, reply.dst_ip, reply.payload)
        if decision.event.startswith("ignored"):
            return frame, None
        lease = following(self.leases.get(entry.nic_uuid), entry, decision, now)
        self.leases[entry.nic_uuid] = lease
        return frame, lease

    def _count(self, event: str) -> None:
        self.counters[event] = self.counters.get(event, 0) + 1


def mac_bytes(text: str) -> bytes:
    """`fa:00:…` as six bytes."""
    return bytes.fromhex(text.replace(":", ""))


def difference(
    old_ports: Mapping[str, PortEntry],
    new_ports: Mapping[str, PortEntry],
    old_subnets: Mapping[str, DhcpSubnet],
    new_subnets: Mapping[str, DhcpSubnet],
) -> TableChange:
    """The change from old to new."""
    return TableChange(
        ports=_changed(old_ports, new_ports),
        gone_ports=_gone(old_ports, new_ports),
        subnets=_changed(old_subnets, new_subnets),
        gone_subnets=_gone(old_subnets, new_subnets),
    )


def _changed(old: Mapping[str, T], new: Mapping[str, T]) -> dict[str, T]:
    return {key: value for key, value in new.items() if old.get(key) != value}


def _gone(old: Iterable[str], new: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(key for key in old if key not in new)
