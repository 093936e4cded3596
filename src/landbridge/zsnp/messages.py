"""What vrouters and hosts say to each other.  Addresses and MACs as text, times in milliseconds.

HINT       vrouter -> a sender     "ask for these destinations: you need not come through me"
QUERY      sender's host -> destination, through the vrouter   "where are you?"
ANSWER     destination's host -> sender's VTEP                 "here", or why not
PROBE      sender's host -> destination, in the new tunnel     "do you hear me?"
PROBE_ACK  destination's host -> sender's VTEP                 "I do"
RENEW      sender's host -> vrouter     "these are in use: may they stay?"
RENEW_ACK  vrouter -> sender            "these may"
REVOKE     vrouter -> a sender          "no more", acknowledged with REVOKE_ACK
MOVED      destination's former host -> sender's VTEP          "ask again"
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_network
from typing import Final

from landbridge.zsnp.wire import (
    Envelope,
    Garbled,
    address_text,
    mac_text,
    packed_address,
    packed_mac,
)


class Refusal(IntEnum):
    """Why a destination's host does not answer with its place.  Only append."""

    ABSENT = 1
    """It has no such address (any more)."""
    SHARED = 2
    """Several machines may have the address (allowed address pairs): only the network knows who has it."""
    NETWORK = 3
    """The address is here, but in another network than the question is about."""
    BUSY = 4
    """Asked too often."""


@dataclass(frozen=True, slots=True)
class Ingress:
    """The subnet of the sender: shortcuts are for sources in `prefix` (CIDR) whose frames go to `router_mac`."""

    net_id: int
    prefix: str
    router_mac: str


@dataclass(frozen=True, slots=True)
class Target:
    """A destination as the vrouter sees it: its MAC by the neighbour table, its network, the router's MAC there.

    port: UDP, of the tunnels of the network's pool.
    """

    ip: str
    mac: str
    net_id: int
    vni: int
    port: int
    router_mac: str


@dataclass(frozen=True, slots=True)
class Use:
    """A destination in use, and what went to it by the short path since the entry was made."""

    ip: str
    packets: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Hint:
    """`lease`: how long an entry lives without being renewed, ms."""

    epoch: int
    lease: int
    ingress: Ingress
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """`net_id`: of the destination; `vtep`: where the answer goes."""

    epoch: int
    net_id: int
    vtep: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`mtu`: largest IP packet; `generation` goes up with every move of the port."""

    ip: str
    mac: str
    vtep: str
    net_id: int
    vni: int
    mtu: int
    generation: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An ANSWER without a place."""

    ip: str
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Probe:
    """`router_mac`: whose frames the short ones stand for in network `net_id`; `vtep`: where the answer goes."""

    net_id: int
    vtep: str
    router_mac: str


@dataclass(frozen=True, slots=True)
class ProbeAck:
    """`size`: of the IP packet that came."""

    ip: str
    size: int


@dataclass(frozen=True, slots=True)
class Renew:
    """Of one ingress network."""

    epoch: int
    net_id: int
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class RenewAck:
    """The destinations that may stay for another lease (ms); the others of the RENEW may not."""

    epoch: int
    lease: int
    net_id: int
    ips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revoke:
    """Of all the vrouter's shortcuts, or of those to these destinations."""

    epoch: int
    ips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevokeAck:
    """Done."""

    epoch: int


@dataclass(frozen=True, slots=True)
class Moved:
    """`ip` of network `net_id` is not here any more."""

    ip: str
    net_id: int


Message = Hint | Query | Answer | Refused | Probe | ProbeAck | Renew | RenewAck | Revoke | RevokeAck | Moved

# ---- fields -------------------------------------------------------------------------------

EPOCH, LEASE, INGRESS, TARGET, NETWORK, VTEP, PLACE, REFUSAL, ROUTER_MAC, ADDRESS, SIZE, USE = range(1, 13)

_NUMBER = struct.Struct(">Q")
_LEASE = struct.Struct(">I")
_NETWORK = struct.Struct(">I")
_INGRESS = struct.Struct(">I16sB6s")
_TARGET = struct.Struct(">16s6sIIH6s")
_PLACE = struct.Struct(">16s6s16sIIHQ")
_REFUSAL = struct.Struct(">16sB")
_SIZE = struct.Struct(">H")
_USE = struct.Struct(">16sQQ")
_ADDRESS_BYTES, _MAC_BYTES = 16, 6
MAX_TARGETS: Final = 8
"""As many fit into a message with everything else."""
MAX_USES: Final = 11
MAX_ADDRESSES: Final = 22

Fields = Iterator[tuple[int, bytes]]


def _epoch(message: Hint | Query | Renew | RenewAck | Revoke | RevokeAck) -> tuple[int, bytes]:
    return EPOCH, _NUMBER.pack(message.epoch)


def _network(net_id: int) -> tuple[int, bytes]:
    return NETWORK, _NETWORK.pack(net_id)


def _put_hint(message: Hint) -> Fields:
    yield _epoch(message)
    yield LEASE, _LEASE.pack(message.lease)
    address, _, length = message.ingress.prefix.partition("/")
    mac = packed_mac(message.ingress.router_mac)
    yield INGRESS, _INGRESS.pack(message.ingress.net_id, packed_address(address), int(length), mac)
    for target in message.targets:
        yield (
            TARGET,
            _TARGET.pack(
                packed_address(target.ip),
                packed_mac(target.mac),
                target.net_id,
                target.vni,
                target.port,
                packed_mac(target.router_mac),
            ),
        )


def _get_hint(envelope: Envelope) -> Hint:
    net_id, address, length, mac = _INGRESS.unpack(envelope.one(INGRESS, _INGRESS.size))
    ingress = Ingress(net_id, _prefix(address, length), mac_text(mac))
    targets = tuple(_get_target(value) for value in envelope.all(TARGET))
    return Hint(_get_epoch(envelope), _get_lease(envelope), ingress, targets)


def _prefix(address: bytes, length: int) -> str:
    try:
        return str(ip_network(f"{address_text(address)}/{length}"))
    except ValueError as error:
        raise Garbled(f"the senders are in no prefix: {error}") from None


def _get_target(value: bytes) -> Target:
    if len(value) < _TARGET.size:
        raise Garbled("a target is short")
    ip, mac, net_id, vni, port, router_mac = _TARGET.unpack_from(value)
    return Target(address_text(ip), mac_text(mac), net_id, vni, port, mac_text(router_mac))


def _put_query(message: Query) -> Fields:
    yield _epoch(message)
    yield _network(message.net_id)
    yield VTEP, packed_address(message.vtep)


def _get_query(envelope: Envelope) -> Query:
    return Query(_get_epoch(envelope), _get_network(envelope), _get_address(envelope, VTEP))


def _put_answer(message: Answer) -> Fields:
    place = _PLACE.pack(
        packed_address(message.ip),
        packed_mac(message.mac),
        packed_address(message.vtep),
        message.net_id,
        message.vni,
        message.mtu,
        message.generation,
    )
    yield PLACE, place


def _put_refused(message: Refused) -> Fields:
    yield REFUSAL, _REFUSAL.pack(packed_address(message.ip), message.reason)


def _get_answer(envelope: Envelope) -> Answer | Refused:
    if next(envelope.all(REFUSAL), None) is not None:
        ip, reason = _REFUSAL.unpack(envelope.one(REFUSAL, _REFUSAL.size))
        return Refused(address_text(ip), _refusal(reason))
    ip, mac, vtep, net_id, vni, mtu, generation = _PLACE.unpack(envelope.one(PLACE, _PLACE.size))
    return Answer(address_text(ip), mac_text(mac), address_text(vtep), net_id, vni, mtu, generation)


def _refusal(number: int) -> Refusal:
    try:
        return Refusal(number)
    except ValueError:
        return Refusal.BUSY  # of a later version: it does not matter why


def _put_probe(message: Probe) -> Fields:
    yield _network(message.net_id)
    yield VTEP, packed_address(message.vtep)
    yield ROUTER_MAC, packed_mac(message.router_mac)


def _get_probe(envelope: Envelope) -> Probe:
    mac = mac_text(envelope.one(ROUTER_MAC, _MAC_BYTES))
    return Probe(_get_network(envelope), _get_address(envelope, VTEP), mac)


def _put_probe_ack(message: ProbeAck) -> Fields:
    yield ADDRESS, packed_address(message.ip)
    yield SIZE, _SIZE.pack(message.size)


def _get_probe_ack(envelope: Envelope) -> ProbeAck:
    (size,) = _SIZE.unpack(envelope.one(SIZE, _SIZE.size))
    return ProbeAck(_get_address(envelope, ADDRESS), size)


def _put_renew(message: Renew) -> Fields:
    yield _epoch(message)
    yield _network(message.net_id)
    for use in message.uses:
        yield USE, _USE.pack(packed_address(use.ip), use.packets, use.bytes)


def _get_renew(envelope: Envelope) -> Renew:
    uses = []
    for value in envelope.all(USE):
        if len(value) < _USE.size:
            raise Garbled("a use is short")
        ip, packets, octets = _USE.unpack_from(value)
        uses.append(Use(address_text(ip), packets, octets))
    return Renew(_get_epoch(envelope), _get_network(envelope), tuple(uses))


def _put_renew_ack(message: RenewAck) -> Fields:
    yield _epoch(message)
    yield LEASE, _LEASE.pack(message.lease)
    yield _network(message.net_id)
    for ip in message.ips:
        yield ADDRESS, packed_address(ip)


def _get_renew_ack(envelope: Envelope) -> RenewAck:
    return RenewAck(_get_epoch(envelope), _get_lease(envelope), _get_network(envelope), _get_addresses(envelope))


def _put_revoke(message: Revoke) -> Fields:
    yield _epoch(message)
    for ip in message.ips:
        yield ADDRESS, packed_address(ip)


def _get_revoke(envelope: Envelope) -> Revoke:
    return Revoke(_get_epoch(envelope), _get_addresses(envelope))


def _put_revoke_ack(message: RevokeAck) -> Fields:
    yield _epoch(message)


def _get_revoke_ack(envelope: Envelope) -> RevokeAck:
    return RevokeAck(_get_epoch(envelope))


def _put_moved(message: Moved) -> Fields:
    yield ADDRESS, packed_address(message.ip)
    yield _network(message.net_id)


def _get_moved(envelope: Envelope) -> Moved:
    return Moved(_get_address(envelope, ADDRESS), _get_network(envelope))


def _get_epoch(envelope: Envelope) -> int:
    (epoch,) = _NUMBER.unpack(envelope.one(EPOCH, _NUMBER.size))
    return int(epoch)


def _get_lease(envelope: Envelope) -> int:
    (lease,) = _LEASE.unpack(envelope.one(LEASE, _LEASE.size))
    return int(lease)


def _get_network(envelope: Envelope) -> int:
    (net_id,) = _NETWORK.unpack(envelope.one(NETWORK, _NETWORK.size))
    return int(net_id)


def _get_address(envelope: Envelope, field: int) -> str:
    return address_text(envelope.one(field, _ADDRESS_BYTES))


def _get_addresses(envelope: Envelope) -> tuple[str, ...]:
    values = list(envelope.all(ADDRESS))
    if any(len(value) < _ADDRESS_BYTES for value in values):
        raise Garbled("an address is short")
    return tuple(address_text(value[:_ADDRESS_BYTES]) for value in values)


_WRITERS: Mapping[type[Message], tuple[int, Callable[..., Fields]]] = {
    Hint: (1, _put_hint),
    Query: (2, _put_query),
    Answer: (3, _put_answer),
    Refused: (3, _put_refused),
    Probe: (4, _put_probe),
    ProbeAck: (5, _put_probe_ack),
    Renew: (6, _put_renew),
    RenewAck: (7, _put_renew_ack),
    Revoke: (8, _put_revoke),
    RevokeAck: (9, _put_revoke_ack),
    Moved: (10, _put_moved),
}
_READERS: Mapping[int, Callable[[Envelope], Message]] = {
    1: _get_hint,
    2: _get_query,
    3: _get_answer,
    4: _get_probe,
    5: _get_probe_ack,
    6: _get_renew,
    7: _get_renew_ack,
    8: _get_revoke,
    9: _get_revoke_ack,
    10: _get_moved,
}


def write(message: Message) -> tuple[int, tuple[tuple[int, bytes], ...]]:
    """Type and fields of a message."""
    kind, put = _WRITERS[type(message)]
    return kind, tuple(put(message))


def read(envelope: Envelope) -> Message:
    """What an envelope says.

    Raises:
        Garbled: its fields are not those of its type, or the type is of a later version.
    """
    get = _READERS.get(envelope.type)
    if get is None:
        raise Garbled(f"type {envelope.type} is not known")
    return get(envelope)
