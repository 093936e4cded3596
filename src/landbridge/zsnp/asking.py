"""The sender's side: from a HINT to a shortcut in force, its renewal and its end."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp import lease
from landbridge.zsnp.entry import Entry, State
from landbridge.zsnp.facts import HostFacts, Key, LocalPort
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import (
    MAX_USES,
    Answer,
    Hint,
    Message,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refused,
    Renew,
    RenewAck,
    Revoke,
    Target,
    Use,
)
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Inject, Output, Path, Shortcut, Tunnel
from landbridge.zsnp.table import MAX_ENTRIES, Table
from landbridge.zsnp.wire import Envelope

RETRIES = (100, 300, 900)
"""Milliseconds after a question that is not answered."""
IN_FLIGHT = 64
"""Questions open at once: more would wait for their answers in queues, and be asked again meanwhile."""
IDLE = 30_000
"""An entry without traffic for so long is forgotten."""
HOLD_MOST = 3_600_000
"""How long a dead vrouter's shortcuts are kept (fail static)."""


class Asking:
    """One host's.  `out` takes what is to be sent and done."""

    def __init__(self, out: Callable[[Output], None], writer: Writer, nonce: Callable[[], int]) -> None:
        self.table = Table(out)
        self.facts = HostFacts(mac="")
        self._out = out
        self._writer = writer
        self._nonce = nonce
        self._renewals: dict[int, tuple[int, tuple[ShortcutKey, ...]]] = {}
        """By nonce: the router that was asked, and about what."""
        self._waiting: deque[ShortcutKey] = deque()
        """Entries that are not asked for yet."""
        self._floor: dict[int, int] = {}
        """Per router: entries of an older epoch are void."""

    # ---- facts ----------------------------------------------------------------------------

    def update(self, facts: HostFacts) -> None:
        """The host has changed: end what may not be any more."""
        before, self.facts = self.facts, facts
        changed = before.networks.keys() ^ facts.networks.keys()
        moved, gone = before.own_vteps != facts.own_vteps, before.vteps - facts.vteps
        for entry in self.table:
            if (entry.router, entry.key.net_id) not in facts.routers:
                self.table.end(entry, "withdrawn")
            elif entry.path is None:
                continue
            elif entry.path.local and self._local(entry.target) is None:
                self.table.end(entry, "the destination left this host")
            elif not entry.path.local and (moved or entry.path.net_id in changed):
                # Its tunnel is another device from now on, or starts elsewhere.
                self.table.end(entry, "the host's networks changed")
            elif entry.path.vtep in gone:
                self.table.end(entry, "the destination's host has moved or gone")

    def adopt(self, now: int, found: Mapping[ShortcutKey, tuple[Shortcut, int]]) -> None:
        """Go on from what is in force in the kernel (with its packet counter) since before a restart."""
        for key, (shortcut, packets) in found.items():
            self.table.add_in_force(now, _adopted(now, key, shortcut, packets))
        self.update(self.facts)

    def failed(self, now: int, key: ShortcutKey, reason: str) -> None:
        """The kernel has refused it."""
        entry = self.table.get(key)
        if entry is not None and entry.in_force:
            self.table.refuse(now, entry, "the kernel refuses", reason)

    def counted(self, now: int, counts: Mapping[ShortcutKey, tuple[int, int]]) -> None:
        """What has gone by the entries in force: packets and bytes since each was made."""
        for key, (packets, octets) in counts.items():
            entry = self.table.get(key)
            if entry is None or not entry.in_force:
                continue
            if packets != entry.packets:
                entry.used = now
            entry.packets, entry.bytes = packets, octets
            if now - entry.used >= IDLE:
                self.table.end(entry, "idle")

    # ---- what arrives (authenticated) -----------------------------------------------------

    def hinted(self, at: Moment, frame: Frame, envelope: Envelope, hint: Hint) -> str | None:
        """A vrouter says that these destinations may be asked for: since it said so their lease runs.

        Returns why some or all of it is not believed, if it is not.
        """
        left = hint.lease - at.age(envelope)
        if hint.epoch < self._floor.get(envelope.router, 0) or left <= 0:
            return "an older epoch"
        self._floor[envelope.router] = hint.epoch
        why = None
        for target in hint.targets:
            key = ShortcutKey(hint.ingress.net_id, hint.ingress.router_mac, target.ip)
            entry = self.table.get(key)
            if entry is not None and entry.router != envelope.router:
                why = "another router"
                continue
            if self._is_foreign(envelope.router, target):
                why = "another network"
                continue
            if entry is not None and entry.target != target:
                self.table.end(entry, "the destination changed")
                entry = None
            if entry is not None and entry.in_force:
                self.table.renew(at.mono, entry, hint.epoch, hint.lease, left)
                continue
            if entry is not None and not entry.may_be_asked(at.mono):
                continue
            if entry is None:
                if self.table.full or target.net_id == hint.ingress.net_id or ":" in target.ip:
                    continue  # IPv6 waits for IPv6 ranges, as `frames` does
                entry = Entry(key, envelope.router, frame.source, hint.ingress, target)
                self.table.add(entry)
            else:
                entry.move("hinted again", at.mono)
            entry.hinted, entry.epoch, entry.lease = at.mono, hint.epoch, hint.lease
            entry.expires, entry.witness = at.mono + left, frame.destination
            self._waiting.append(key)
        self._go_on(at)
        return why

    def answered(self, at: Moment, envelope: Envelope, source: str, answer: Answer | Refused) -> str | None:
        """The destination's host says where it is, or why not; why the answer is not believed, if it is not."""
        entry = self.table.asked(envelope.nonce)
        if entry is None:
            return "not asked"
        if entry.router != envelope.router:
            return "another router"
        if entry.state in (State.CHECKING, State.HELD):
            # It came through the vrouter: that forwards, only its agent is silent.
            self.table.close_question(entry)
            entry.move("the vrouter forwards", at.mono)
            self.table.timers.set(entry.key, entry.expires)
            return None
        if entry.state is not State.QUERYING:
            return "not asked"
        if isinstance(answer, Refused):
            reason = f"the destination's host says: {answer.reason.name.lower()}"
            self.table.refuse(at.mono, entry, "refused", reason)
            self._go_on(at)
            return None
        if why := self._disbelieved(entry, source, answer):
            return why
        self._found(at, entry, answer)
        return None

    def acknowledged(self, at: Moment, envelope: Envelope, source: str, ack: ProbeAck) -> str | None:
        """Somebody has heard a probe; why it is not believed, if it is not."""
        probed = self.table.liveness.asked(envelope.nonce)
        entry = self.table.get(probed[1]) if probed is not None else self.table.asked(envelope.nonce)
        if entry is None or entry.path is None:
            return "not asked"
        if entry.router != envelope.router:
            return "another router"
        if entry.path.vtep != source:
            return "another VTEP"
        if probed is not None:
            self.table.liveness.heard(envelope.nonce)
            return None
        if entry.state is State.CHECKING:
            entry.answered_by_host = True
        elif entry.state is State.PROBING:
            entry.answered_by_host, entry.round_trip = True, at.mono - entry.sent
            proved = not self.table.proven.covers(at.mono, source, entry.mtu)
            self.table.proven.heard(at.mono, source, ack.size)
            self._activate(at, source, self.table if proved else (entry,))
        return None

    def _activate(self, at: Moment, vtep: str, entries: Iterable[Entry]) -> None:
        """Those of which a probe has arrived, and of which the size is known to arrive."""
        for entry in entries:
            leads_there = entry.path is not None and entry.path.vtep == vtep
            tried = entry.state is State.PROBING and entry.answered_by_host
            if leads_there and tried and self.table.proven.covers(at.mono, vtep, entry.mtu):
                self.table.activate(at.mono, entry)
        self._go_on(at)

    def renewed(self, at: Moment, envelope: Envelope, ack: RenewAck) -> str | None:
        """The vrouter has said which may stay; why it is not believed, if it is not."""
        router, batch = self._renewals.get(envelope.nonce, (0, ()))
        if not batch:
            return "not asked"
        if router != envelope.router:
            return "another router"
        del self._renewals[envelope.nonce]
        for key in batch:
            entry = self.table.get(key)
            if entry is None or not entry.in_force:
                continue
            if key.destination in ack.ips:
                self.table.renew(at.mono, entry, ack.epoch, ack.lease, ack.lease - at.age(envelope))
            else:
                self.table.end(entry, "no longer allowed")
        return None

    def revoked(self, router: int, revoke: Revoke) -> None:
        """A vrouter takes back what it has hinted in earlier epochs: these destinations, or all."""
        self._floor[router] = max(self._floor.get(router, 0), revoke.epoch)
        for entry in self.table:
            meant = not revoke.ips or entry.key.destination in revoke.ips
            if entry.router == router and entry.epoch < revoke.epoch and meant:
                self.table.end(entry, "revoked")

    def moved(self, at: Moment, router: int, source: str, moved: Moved) -> str | None:
        """A destination is not where it was: ask again, if it was in use or about to be; why it is not believed."""
        why: str | None = "not in use"
        for entry in self.table:
            path = entry.path
            about_it = entry.router == router and entry.key.destination == moved.ip
            if about_it and path is not None and (path.vtep, path.net_id) == (source, moved.net_id):
                self.table.restart(at.mono, entry, "moved")
                self._waiting.appendleft(entry.key)
                why = None
        self._go_on(at)
        return why

    # ---- time -----------------------------------------------------------------------------

    def next_timer(self) -> int | None:
        """When `handle_timer` wants to be called."""
        dates = [date for date in (self.table.timers.next(), self.table.liveness.next_timer()) if date is not None]
        return min(dates, default=None)

    def handle_timer(self, at: Moment) -> None:
        """Ask again, give up, renew, let go."""
        renew: list[Entry] = []
        for key in list(self.table.timers.due(at.mono)):
            entry = self.table.get(key)
            if entry is None:
                continue
            match entry.state:
                case State.QUERYING | State.PROBING:
                    self._again(at, entry)
                case State.ACTIVE | State.RENEWING:
                    renew.append(entry)
                case State.CHECKING | State.HELD:
                    self._check(at, entry)
                case State.FALLBACK:
                    self.table.end(entry, "its lease ended")
                case State.REFUSED:
                    self.table.forget(entry)
        self._renew(at, renew)
        self._look_after_hosts(at)
        self._go_on(at)

    def _go_on(self, at: Moment) -> None:
        """Ask for what waits, as far as there is room."""
        while self._waiting and self.table.open_questions < IN_FLIGHT:
            entry = self.table.get(self._waiting.popleft())
            if entry is not None and entry.state is State.QUERYING and not entry.nonce:
                self._query(at, entry, tries=0)

    def _again(self, at: Moment, entry: Entry) -> None:
        querying = entry.state is State.QUERYING
        if entry.tries < len(RETRIES):
            (self._query if querying else self._probe)(at, entry, entry.tries)
        elif querying:
            self.table.refuse(at.mono, entry, "silence", "the destination does not answer through the vrouter")
        else:
            self.table.refuse(at.mono, entry, "silence", self._unproven(at, entry))

    def _unproven(self, at: Moment, entry: Entry) -> str:
        """Why an entry's tunnel is not used."""
        assert entry.path is not None, "what is probed has been found"
        if self.table.proven.covers(at.mono, entry.path.vtep, entry.mtu):
            return "packets in the tunnel do not reach the destination, though its host is reached"
        return f"packets of {entry.mtu} bytes do not reach the destination's host"

    def _found(self, at: Moment, entry: Entry, answer: Answer) -> None:
        target, own = entry.target, self.facts.networks.get(entry.key.net_id)
        local = answer.vtep in self.facts.own_vteps
        entry.mtu = min(answer.mtu, own.mtu) if own else answer.mtu
        entry.generation, entry.answered_by_host = answer.generation, False
        path = Path(target.net_id, target.vni, target.port, answer.vtep, target.mac, local)
        self.table.found(at.mono, entry, path)
        if local:
            self.table.activate(at.mono, entry)
            self._go_on(at)
        else:
            self._probe(at, entry, tries=0)

    def _query(self, at: Moment, entry: Entry, tries: int) -> None:
        self._ask(at, entry, tries)
        speaker = self.facts.some_port(entry.key.net_id, entry.witness)
        vtep = self.facts.vtep_towards(entry.target.net_id, entry.key.net_id)
        if speaker is not None and vtep is not None:
            query = Query(entry.epoch, entry.target.net_id, vtep)
            self._speak(at, entry, (speaker, entry.target.ip), query, entry.nonce)

    def _probe(self, at: Moment, entry: Entry, tries: int) -> None:
        assert entry.path is not None, "what is probed has been found"
        self._ask(at, entry, tries)
        size = self.table.proven.to_send(at.mono, entry.path.vtep, entry.mtu, again=tries > 0)
        self._send_probe(at, entry, entry.nonce, size)

    def _ask(self, at: Moment, entry: Entry, tries: int) -> None:
        if tries == 0:
            self.table.open_question(entry, self._nonce())
        entry.tries, entry.sent = tries + 1, at.mono
        self.table.timers.set(entry.key, at.mono + RETRIES[tries])

    def _renew(self, at: Moment, entries: Iterable[Entry]) -> None:
        """Ask the vrouter for many at once."""
        batches: dict[tuple[int, int, str], list[Entry]] = {}
        for entry in entries:
            if entry.state is State.ACTIVE:
                entry.move("half of the lease is over", at.mono)
                entry.tries = 0
            if entry.tries >= lease.RENEWALS:
                entry.move("silence", at.mono)
                entry.tries, entry.answered_by_host = 0, False
                self._check(at, entry)
                continue
            entry.tries += 1
            self.table.timers.set(entry.key, at.mono + lease.retry_after(entry.lease))
            batches.setdefault((entry.router, entry.key.net_id, entry.router_ip), []).append(entry)
        for batch in batches.values():
            for first in range(0, len(batch), MAX_USES):
                self._send_renewal(at, batch[first : first + MAX_USES])

    def _send_renewal(self, at: Moment, batch: list[Entry]) -> None:
        first = batch[0]
        speaker = self.facts.some_port(first.key.net_id, first.witness)
        if speaker is None:
            return
        uses = tuple(Use(entry.key.destination, entry.packets, entry.bytes) for entry in batch)
        nonce = self._nonce()
        self._renewals[nonce] = first.router, tuple(entry.key for entry in batch)
        while len(self._renewals) > MAX_ENTRIES:
            del self._renewals[next(iter(self._renewals))]
        self._speak(at, first, (speaker, first.router_ip), Renew(first.epoch, first.key.net_id, uses), nonce)

    def _check(self, at: Moment, entry: Entry) -> None:
        """The vrouter's agent is silent: ask through the vrouter, and past it."""
        held = entry.state is State.HELD
        if held and at.mono - entry.held_since >= HOLD_MOST:
            entry.move("an hour is over", at.mono)
            self.table.timers.set(entry.key, entry.expires)
        elif entry.tries < len(RETRIES):
            self._query(at, entry, entry.tries)
            self._send_probe(at, entry, entry.nonce, 0)
            if held:
                self._send_renewal(at, [entry])
        elif held or entry.answered_by_host or (entry.path is not None and entry.path.local):
            self._hold(at, entry)
        else:
            self.table.close_question(entry)
            entry.move("nobody answers", at.mono)
            self.table.timers.set(entry.key, entry.expires)

    def _hold(self, at: Moment, entry: Entry) -> None:
        """Until the vrouter is back; that is looked for in every half of a lease."""
        self.table.close_question(entry)
        if entry.state is not State.HELD:
            entry.move("only the destination answers", at.mono)
            entry.held_since = at.mono
        entry.expires, entry.tries = at.mono + entry.lease, 0
        self.table.install(entry)
        self.table.timers.set(entry.key, at.mono + lease.renew_after(entry.lease))

    def _look_after_hosts(self, at: Moment) -> None:
        """Small probes in the tunnels in use: a host that has died is left within seconds."""
        silent = "the destination's host is silent"
        for vtep in self.table.liveness.silent(at.mono):
            for entry in self.table:
                if entry.in_force and entry.path is not None and entry.path.vtep == vtep:
                    self.table.refuse(at.mono, entry, silent, silent, penalty=0)
        for key, nonce in self.table.liveness.due(at.mono, self._nonce):
            if (probed := self.table.get(key)) is not None:
                self._send_probe(at, probed, nonce, 0)

    # ---- helpers --------------------------------------------------------------------------

    def _is_foreign(self, router: int, target: Target) -> bool:
        """Whether the destination's network is one of this host's, and not as the router says or none of its own."""
        network = self.facts.networks.get(target.net_id)
        if network is None:
            return target.vni in {one.vni for one in self.facts.networks.values() if one.port == target.port}
        right = (network.vni, network.port) == (target.vni, target.port)
        return not right or (router, target.net_id) not in self.facts.routers

    def _local(self, target: Target) -> LocalPort | None:
        port = self.facts.ports.get((target.net_id, target.ip))
        return port if port is not None and port.mac == target.mac else None

    def _disbelieved(self, entry: Entry, source: str, answer: Answer) -> str | None:
        """An answer must be of the VTEP that it names, in the pool, about what the vrouter's neighbour table says."""
        target = entry.target
        if answer.vtep != source:
            return "another VTEP"
        if (answer.ip, answer.mac, answer.net_id, answer.vni) != (target.ip, target.mac, target.net_id, target.vni):
            return "another destination"
        if not lease.in_pool(self.facts, target.port, answer.vtep):
            return "not in the pool"
        if answer.vtep in self.facts.own_vteps and self._local(target) is None:
            return "not here"
        if answer.generation < entry.generation:
            return "an older port"
        return None

    def _speak(self, at: Moment, entry: Entry, between: tuple[LocalPort, str], message: Message, nonce: int) -> None:
        """In the name of a local machine, through the ingress network, to the vrouter's MAC."""
        key, (speaker, to) = self._signing(entry), between
        if key is None:
            return
        payload = self._writer.write(at, message, (entry.router, key), nonce, (speaker.ip, to))
        frame = Frame(speaker.mac, entry.key.router_mac, speaker.ip, to, payload)
        self._out(Inject(entry.key.net_id, frame))

    def _send_probe(self, at: Moment, entry: Entry, nonce: int, size: int) -> None:
        """Inside the tunnel, as the traffic goes; of a local path there is nothing to try."""
        key, path, destination = self._signing(entry), entry.path, entry.target.ip
        speaker = self.facts.some_port(entry.key.net_id, entry.witness)
        vtep = self.facts.vtep_towards(entry.target.net_id, entry.key.net_id)
        if key is None or path is None or path.local or speaker is None or vtep is None:
            return
        probe = Probe(path.net_id, vtep, entry.target.router_mac)
        payload = self._writer.write(at, probe, (entry.router, key), nonce, (speaker.ip, destination))
        self._out(Tunnel(path, Frame(self.facts.mac, path.mac, speaker.ip, destination, payload), size))

    def _signing(self, entry: Entry) -> Key | None:
        keys = self.facts.routers.get((entry.router, entry.key.net_id), ())
        return keys[0] if keys else None


def _adopted(now: int, key: ShortcutKey, shortcut: Shortcut, packets: int) -> Entry:
    path = shortcut.path
    target = Target(key.destination, path.mac, path.net_id, path.vni, path.port, shortcut.router_mac)
    entry = Entry(key, shortcut.router, shortcut.router_ip, lease.ingress_of(key, shortcut), target)
    entry.state, entry.since, entry.used, entry.packets = State.ACTIVE, now, now, packets
    entry.epoch, entry.generation, entry.mtu = shortcut.epoch, shortcut.generation, shortcut.mtu
    entry.path, entry.expires = path, shortcut.expires
    entry.lease = max(lease.LEAST, shortcut.expires - now)
    return entry
