"""The peer on every host: asks for what its machines are hinted, answers for its own machines.

peer = HostPeer(boot=wall_ms, nonce=random64)
peer.update(facts); peer.adopt(at, found)
peer.taken_off(at, net_id, frame, size)             # a message for a local machine, before it gets there
peer.told(at, source, destination, payload)         # a message to one of this host's VTEPs
peer.strayed(at, net_id, ip, vtep)                  # a short-cut packet for a machine that has moved away
peer.handle_timer(at)                               # when peer.next_timer() has come
for output in peer.take(): ...                      # in this order
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp.answering import Answering
from landbridge.zsnp.asking import Asking
from landbridge.zsnp.entry import Entry
from landbridge.zsnp.facts import HostFacts, Key
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Gate, Writer
from landbridge.zsnp.messages import (
    Answer,
    Hint,
    Ingress,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refused,
    RenewAck,
    Revoke,
    RevokeAck,
)
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Inject, Output, Shortcut
from landbridge.zsnp.wire import Envelope


class HostPeer:
    """One host.  Not thread-safe."""

    def __init__(self, boot: int, nonce: Callable[[], int]) -> None:
        self._outputs: list[Output] = []
        self._gate = Gate()
        self._writer = Writer(boot)
        self._facts = HostFacts(mac="")
        self._keys: dict[int, tuple[Key, ...]] = {}
        """By vrouter, of all its networks: what comes from a VTEP says not in which."""
        self._asking = Asking(self._outputs.append, self._writer, nonce)
        self._answering = Answering(self._outputs.append, self._writer)

    def update(self, facts: HostFacts) -> None:
        """The host's networks, ports or keys have changed."""
        self._facts = self._answering.facts = facts
        keys: dict[int, dict[Key, None]] = {}
        for (router, _), live in facts.routers.items():
            keys.setdefault(router, {}).update(dict.fromkeys(live))
        self._keys = {router: tuple(live) for router, live in keys.items()}
        self._asking.update(facts)

    def adopt(self, at: Moment, found: Mapping[ShortcutKey, tuple[Shortcut, int]]) -> None:
        """After a restart, once facts are known: what is in force, and its packet counters."""
        self._asking.adopt(at.mono, found)

    def taken_off(self, at: Moment, net_id: int, frame: Frame, size: int) -> None:
        """A message to a local machine of a network, taken off at its port; `size` of its IP packet."""
        envelope = self._gate.envelope(frame.payload)
        if envelope is None:
            return
        keys = self._facts.routers.get((envelope.router, net_id), ())
        message = self._gate.admit(envelope, frame.payload, keys, (frame.source, frame.destination))
        match message:
            case Hint(ingress=Ingress(where, prefix)) if where != net_id or not _is_in(frame.destination, prefix):
                self._gate.turn_away("another subnet")
            case Hint() if self._gate.fresh(envelope, at):
                self._note(self._asking.hinted(at, frame, envelope, message))
            case Revoke() if self._gate.fresh(envelope, at):
                self._asking.revoked(envelope.router, message)
                self._acknowledge(at, net_id, frame, envelope, message)
            case RenewAck():
                self._note(self._asking.renewed(at, envelope, message))
            case Query() | Probe() if self._gate.fresh(envelope, at):
                self._note(self._answering.asked(at, net_id, (frame, size), envelope, message))
            case None | Hint() | Revoke() | Query() | Probe():
                pass
            case _:
                self._gate.turn_away("not for a machine")

    def told(self, at: Moment, source: str, destination: str, payload: bytes) -> None:
        """A message from a VTEP to one of ours."""
        envelope = self._gate.envelope(payload)
        if envelope is None:
            return
        match self._gate.admit(envelope, payload, self._keys.get(envelope.router, ()), (source, destination)):
            case Answer() | Refused() as answer:
                self._note(self._asking.answered(at, envelope, source, answer))
            case ProbeAck() as ack:
                self._note(self._asking.acknowledged(at, envelope, source, ack))
            case Moved() as moved if self._gate.fresh(envelope, at):
                self._note(self._asking.moved(at, envelope.router, source, moved))
            case None | Moved():
                pass
            case _:
                self._gate.turn_away("not for a VTEP")

    def unreadable(self, reason: str = "garbled") -> None:
        """Something came that is not even a packet of ours."""
        self._gate.turn_away(reason)

    def strayed(self, at: Moment, net_id: int, ip: str, sender: str) -> None:
        """A short-cut packet from the VTEP `sender` came for a machine that has moved away: ask again."""
        self._note(self._answering.strayed(at, net_id, ip, sender))

    def failed(self, at: Moment, key: ShortcutKey, reason: str) -> None:
        """The kernel has refused what `Install` said."""
        self._asking.failed(at.mono, key, reason)

    def counted(self, at: Moment, counts: Mapping[ShortcutKey, tuple[int, int]]) -> None:
        """Packets and bytes that have gone by each shortcut since it was made."""
        self._asking.counted(at.mono, counts)

    def handle_timer(self, at: Moment) -> None:
        """Do what is due."""
        self._asking.handle_timer(at)

    def next_timer(self) -> int | None:
        """When (monotonic) `handle_timer` is to be called next; None: never, as things are."""
        return self._asking.next_timer()

    def take(self) -> list[Output]:
        """What is to be sent and done since the last call, in order."""
        taken = self._outputs[:]
        self._outputs.clear()
        return taken

    def entries(self) -> Iterable[Entry]:
        """To look at."""
        return self._asking.table

    @property
    def refused(self) -> Counter[str]:
        """Messages turned away, by reason."""
        return self._gate.refused

    @property
    def ended(self) -> Counter[str]:
        """Entries that have ended, by reason."""
        return self._asking.table.ended

    def take_set_up_times(self) -> list[int]:
        """Milliseconds from hint to shortcut, of those since the last call."""
        table = self._asking.table
        taken, table.set_up = table.set_up, []
        return taken

    def _acknowledge(self, at: Moment, net_id: int, frame: Frame, envelope: Envelope, revoke: Revoke) -> None:
        key = self._facts.routers[envelope.router, net_id][0]
        between = frame.destination, frame.source
        ack = RevokeAck(revoke.epoch)
        payload = self._writer.write(at, ack, (envelope.router, key), envelope.nonce, between)
        self._outputs.append(Inject(net_id, Frame(frame.destination_mac, frame.source_mac, *between, payload)))

    def _note(self, why: str | None) -> None:
        if why is not None:
            self._gate.turn_away(why)


def _is_in(address: str, prefix: str) -> bool:
    return ip_address(address) in ip_network(prefix)
