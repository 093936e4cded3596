"""Messages that nobody must believe: all types, from who has no key, another key, or another's address."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from landbridge.zsnp import frames
from landbridge.zsnp.facts import Key
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import (
    Answer,
    Hint,
    Ingress,
    Message,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refusal,
    Refused,
    Renew,
    RenewAck,
    Revoke,
    RevokeAck,
    Target,
    Use,
)
from landbridge.zsnp.moment import Moment
from tests.netns import agent_hosts as lab
from tests.netns import routed
from tests.netns.routed import A, B, Net
from tests.netns.signalled import (
    LEASE,
    OTHER,
    OURS,
    TUNNEL_PORT,
    UNUSED,
    ip_packet,
    now_ms,
    tunnelled,
)

_VTEP_ONE, _VTEP_TWO = f"{lab.UNDERLAY}.1", f"{lab.UNDERLAY}.2"
_EPOCH = 1 << 62
_NOT_THE_SECRET = bytes(range(16))
_NOBODY = "fa:99:00:00:00:99"


def _messages() -> tuple[Message, ...]:
    """All types, as harmful as they can be: they would lead VM 1's packets to the stranger, or end what there is."""
    one, two = routed.ip(1), routed.ip(2)
    target = Target(two, "fa:66:00:00:00:02", B.net_id, B.vni, TUNNEL_PORT, B.router_mac)
    ingress = Ingress(A.net_id, A.cidr, A.router_mac)
    return (
        Hint(_EPOCH, LEASE * 1000, ingress, (target,)),
        Query(_EPOCH, B.net_id, UNUSED),
        Answer(two, lab.mac(2), UNUSED, B.net_id, B.vni, lab.MTU, 1 << 40),
        Refused(two, Refusal.ABSENT),
        Probe(A.net_id, UNUSED, "0e:52:66:66:66:66"),
        ProbeAck(two, lab.MTU),
        Renew(_EPOCH, A.net_id, (Use(two, 1, 1), Use(one, 1, 1))),
        RenewAck(_EPOCH, 3_600_000, A.net_id, ()),
        Revoke(_EPOCH, ()),
        RevokeAck(_EPOCH),
        Moved(two, B.net_id),
    )


MESSAGES = _messages()


@dataclass(frozen=True, slots=True)
class Forger:
    """What it signs with, and why each of its messages is turned away."""

    router: int
    key: Key
    reasons: frozenset[str]


TRUE_KEY = Key(OURS.key.id, bytes.fromhex(OURS.key.secret))
_OTHERS_KEY = Key(OTHER.key.id, bytes.fromhex(OTHER.key.secret))
FORGERS = {
    "a wrong key": Forger(OURS.number, Key(OURS.key.id, _NOT_THE_SECRET), frozenset({"forged"})),
    "a key that nobody knows": Forger(OURS.number, Key(77, _NOT_THE_SECRET), frozenset({"unknown key"})),
    "a vrouter that nobody knows": Forger(99, Key(1, _NOT_THE_SECRET), frozenset({"unknown key", "another router"})),
    "another VPC's key under our name": Forger(OURS.number, _OTHERS_KEY, frozenset({"unknown key"})),
    "another VPC's key with our number": Forger(
        OURS.number, Key(OURS.key.id, _OTHERS_KEY.secret), frozenset({"forged"})
    ),
    "a host of another VPC": Forger(
        OTHER.number,
        _OTHERS_KEY,
        frozenset({"not asked", "not for a VTEP", "not in use", "unknown key", "another router"}),
    ),
}


def payloads(forger: Forger, between: tuple[str, str], rounds: int) -> Iterator[bytes]:
    """All messages, in turns, each with a sequence and nonce of its own."""
    writer = Writer(now_ms())
    for _ in range(rounds):
        for message in MESSAGES:
            at = Moment(0, now_ms())
            nonce = secrets.randbits(64)
            yield writer.write(at, message, (forger.router, forger.key), nonce, between)


@dataclass(frozen=True, slots=True)
class Way:
    """How a message gets to whoever reads it: `between` its addresses; in a tunnel as a frame, or plain.

    outer  the VTEPs, or the plain packet's addresses
    """

    between: tuple[str, str]
    outer: tuple[str, str]
    vni: int = 0
    macs: tuple[str, str] = ("", "")

    def packet(self, payload: bytes) -> bytes:
        """The underlay's IP packet."""
        if not self.vni:
            return ip_packet(*self.outer, payload)
        source_mac, destination_mac = self.macs
        frame = frames.build(Frame(source_mac, destination_mac, *self.between, payload))
        return tunnelled(*self.outer, self.vni, frame)


def _inside(where: Net, source: str, destination: str, macs: tuple[str, str], outer: tuple[str, str]) -> Way:
    return Way((source, destination), outer, where.vni, macs)


WAYS = {
    "to the VTEP, as another host": Way((_VTEP_TWO, _VTEP_ONE), (_VTEP_TWO, _VTEP_ONE)),
    "to the VTEP, as a host that is not there": Way((UNUSED, _VTEP_ONE), (UNUSED, _VTEP_ONE)),
    "to a machine, as its vrouter": _inside(
        A, A.router_ip, routed.ip(1), (A.router_mac, lab.mac(1)), (_VTEP_TWO, _VTEP_ONE)
    ),
    "to a machine, as another": _inside(
        A, routed.ip(2), routed.ip(1), (A.router_mac, lab.mac(1)), (_VTEP_TWO, _VTEP_ONE)
    ),
    "to the vrouter": _inside(A, routed.ip(1), A.router_ip, (lab.mac(1), A.router_mac), (_VTEP_ONE, _VTEP_TWO)),
    "through the vrouter": _inside(A, routed.ip(1), routed.ip(2), (lab.mac(1), A.router_mac), (_VTEP_ONE, _VTEP_TWO)),
}
"""From the underlay, with addresses that are others'."""

FLOODS = (
    Way((UNUSED, _VTEP_ONE), (UNUSED, _VTEP_ONE)),
    _inside(B, B.router_ip, routed.ip(3), (_NOBODY, lab.mac(3)), (UNUSED, _VTEP_ONE)),
    _inside(A, str(IPv4Address(routed.ip(1)) + 76), A.router_ip, (_NOBODY, A.router_mac), (UNUSED, _VTEP_TWO)),
)
"""To a host's VTEP, to VM 3, to the vrouter."""


def flood_packets(rounds: int) -> list[bytes]:
    """Of all floods, all forgers, all messages."""
    return [
        way.packet(payload)
        for forger in FORGERS.values()
        for way in FLOODS
        for payload in payloads(forger, way.between, rounds)
    ]
