"""The peer in a vrouter: hints whoever sends much to whom it may reach without the router, renews, revokes.

    peer = RouterPeer(boot=wall_ms, nonce=random64)
    peer.update(at, policy)
    peer.seen(at, flow, verdict)            # traffic that is worth it, and what the router does with it
    peer.told(at, between, payload, judge)  # a message to one of the router's addresses
    peer.change(at)                         # routes, attachments or services have changed
    peer.reconsider(at, judge)              # something has: perhaps a verdict
    peer.outstanding(at)                    # senders whose hosts may still act by the old state
    peer.handle_timer(at); peer.next_timer(); peer.take()

It keeps in mind whom it has hinted what and for how long, for nothing but to take it back.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from landbridge.zsnp.facts import Key
from landbridge.zsnp.gate import Gate, Writer
from landbridge.zsnp.messages import Hint, Ingress, Message, Renew, RenewAck, Revoke, RevokeAck, Target
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Output, Send

MARGIN = 2_000
"""Milliseconds that a lease may last longer at a host than here: a message's way, and clocks that differ."""
RETRIES = (100, 300, 900)
REST = 1_000
"""Milliseconds before the same pair is hinted again."""
RATE, BURST = 2_000, 2_000
"""Hints per second and at once."""
MAX_PAIRS = 16_384


@dataclass(frozen=True, slots=True)
class Policy:
    """The vrouter's number, its keys (the signing one first), how long a shortcut lives unless renewed (ms)."""

    router: int
    keys: tuple[Key, ...]
    lease: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Addresses of forwarded packets."""

    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """The destination may be reached without the router, by all of the ingress subnet.

    address: the router's own in that subnet, from which it speaks.
    """

    address: str
    ingress: Ingress
    target: Target


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Why the router has to see these packets: one of a few reasons, and whom it is about if there is more to say."""

    reason: str
    about: str = ""

    def __str__(self) -> str:
        return f"{self.reason}, {self.about}" if self.about else self.reason


Verdict = Allowed | Forbidden


@dataclass(slots=True)
class Pair:
    """What users are shown of two machines.  `at`: wall clock, ms, of what was decided last."""

    flow: Flow
    verdict: Verdict
    at: int = 0
    hinted: int = 0
    rests_until: int = 0


@dataclass(slots=True)
class _Holder:
    """A sender that has been hinted; its host may act by it `until` then."""

    address: str
    router_address: str
    until: int = 0


@dataclass(slots=True)
class _Revocation:
    """Said to a holder, not yet acknowledged.  `due`: when it is said again, or no more needed.

    tries  more than there are `RETRIES`: all were in vain
    """

    holder: _Holder
    epoch: int
    nonce: int
    tries: int = 0
    due: int = 0


class RouterPeer:
    """One vrouter.  Not thread-safe."""

    def __init__(self, boot: int, nonce: Callable[[], int], *, unknown_until: int = 0) -> None:
        """`unknown_until` (monotonic): when what an earlier agent of this vrouter may have hinted has run out."""
        self.pairs: dict[Flow, Pair] = {}
        """What has been seen, the oldest first."""
        self._epoch = boot << 16
        self._writer = Writer(boot)
        self._nonce = nonce
        self._gate = Gate()
        self._outputs: list[Output] = []
        self._holders: dict[str, _Holder] = {}
        self._granted: dict[Flow, tuple[Allowed, int]] = {}
        """What was said, and until when (monotonic) a host may act by it."""
        self._unknown_until = unknown_until
        self._changed_at = -1
        self._revocations: dict[int, _Revocation] = {}
        self._policy: Policy | None = None
        self._speaks_as: Policy | None = None
        """Also after it was told to hint no more: with its keys the last REVOKEs are made."""
        self._tokens: float = BURST
        self._filled = 0

    def update(self, at: Moment, policy: Policy | None) -> None:
        """What the router is to do; None: hint no more, and take back what was hinted."""
        if policy is None and self._policy is not None:
            self.change(at)
            self.pairs.clear()
        again = policy is not None and self._policy is None
        self._policy = policy
        self._speaks_as = policy or self._speaks_as
        if again:
            self._say_again(at)

    def seen(self, at: Moment, flow: Flow, verdict: Verdict) -> None:
        """This flow is worth a shortcut; `verdict` is what the router does with it at this moment."""
        if self._policy is None:
            return
        pair = self.pairs.pop(flow, None) or Pair(flow, verdict)
        self.pairs[flow] = pair
        if len(self.pairs) > MAX_PAIRS:
            del self.pairs[next(iter(self.pairs))]
        pair.verdict, pair.at = verdict, at.wall
        if isinstance(verdict, Forbidden) or at.mono < pair.rests_until or not self._may_hint(at.mono):
            return
        pair.rests_until = at.mono + REST
        pair.hinted += 1
        hint = Hint(self._epoch, self._policy.lease, verdict.ingress, (verdict.target,))
        self._grant(at, flow.source, verdict.address)
        self._granted[flow] = verdict, at.mono + self._policy.lease
        self._say(at, hint, self._nonce(), (verdict.address, flow.source))

    def told(self, at: Moment, between: tuple[str, str], payload: bytes, judge: Callable[[Flow], Verdict]) -> None:
        """A message `between` a sender and an address of the router's; `judge` says what the router does now."""
        envelope = self._gate.envelope(payload)
        if envelope is None or self._speaks_as is None:
            return
        if envelope.router != self._speaks_as.router:
            self._gate.turn_away("another router")
            return
        source, destination = between
        match self._gate.admit(envelope, payload, self._speaks_as.keys, between):
            case Renew() as renew if self._policy is not None and self._gate.fresh(envelope, at):
                kept = self._kept(at, source, renew, judge)
                self._grant(at, source, destination)
                ack = RenewAck(self._epoch, self._policy.lease, renew.net_id, kept)
                self._say(at, ack, envelope.nonce, (destination, source))
            case RevokeAck(epoch=epoch):
                revocation = self._revocations.get(envelope.nonce)
                if revocation is not None and (revocation.epoch, revocation.holder.address) == (epoch, source):
                    del self._revocations[envelope.nonce]
                else:
                    self._gate.turn_away("not asked")
            case None | Renew():
                pass
            case _:
                self._gate.turn_away("not for a vrouter")

    def unreadable(self) -> None:
        """Something came that is not even a packet of ours."""
        self._gate.turn_away("garbled")

    def change(self, at: Moment) -> None:
        """The router's verdicts may be others from now on: whoever was hinted is told, and asks again."""
        self._epoch += 1
        self._changed_at = at.mono
        self._granted.clear()
        holders, self._holders = self._holders, {}
        for holder in holders.values():
            if holder.until > at.mono:
                revocation = _Revocation(holder, self._epoch, self._nonce())
                self._revocations[revocation.nonce] = revocation
                self._revoke(at, revocation)

    def reconsider(self, at: Moment, judge: Callable[[Flow], Verdict]) -> None:
        """Something has changed of which nobody knows what it means: take back if a verdict is another now."""
        self._granted = {flow: one for flow, one in self._granted.items() if one[1] > at.mono}
        self._say_again(at)
        if any(judge(flow) != verdict for flow, (verdict, _) in self._granted.items()):
            self.change(at)

    def outstanding(self, at: Moment) -> int:
        """Senders whose host has not acknowledged and whose lease still runs; 0: no old shortcut is left."""
        unknown = self._changed_at >= 0 and at.mono < self._unknown_until
        return unknown + sum(1 for one in self._revocations.values() if one.holder.until > at.mono)

    def next_timer(self) -> int | None:
        """When (monotonic) `handle_timer` is to be called."""
        return min((one.due for one in self._revocations.values()), default=None)

    def handle_timer(self, at: Moment) -> None:
        """Say again what was not acknowledged; what has run out needs no acknowledgement."""
        for revocation in [one for one in self._revocations.values() if one.due <= at.mono]:
            if revocation.holder.until <= at.mono:
                del self._revocations[revocation.nonce]
            else:
                self._revoke(at, revocation)

    def take(self) -> list[Output]:
        """What is to be sent since the last call, in order."""
        taken = self._outputs[:]
        self._outputs.clear()
        return taken

    @property
    def refused(self) -> Counter[str]:
        """Messages turned away, by reason."""
        return self._gate.refused

    def _grant(self, at: Moment, address: str, router_address: str) -> None:
        assert self._policy is not None, "only who has a policy grants"
        holder = self._holders.setdefault(address, _Holder(address, router_address))
        holder.router_address, holder.until = router_address, at.mono + self._policy.lease + MARGIN
        if len(self._holders) > MAX_PAIRS:
            self._holders = {one.address: one for one in self._holders.values() if one.until > at.mono}
            self._granted = {flow: one for flow, one in self._granted.items() if one[1] > at.mono}

    def _kept(self, at: Moment, source: str, renew: Renew, judge: Callable[[Flow], Verdict]) -> tuple[str, ...]:
        """The destinations of a renewal that may stay."""
        assert self._policy is not None, "only who has a policy renews"
        kept = []
        for use in renew.uses:
            flow = Flow(source, use.ip)
            verdict = judge(flow)
            if isinstance(verdict, Allowed) and verdict.ingress.net_id == renew.net_id:
                self._granted[flow] = verdict, at.mono + self._policy.lease
                kept.append(use.ip)
        return tuple(kept)

    def _revoke(self, at: Moment, revocation: _Revocation) -> None:
        holder = revocation.holder
        if revocation.tries < len(RETRIES):
            between = holder.router_address, holder.address
            self._say(at, Revoke(revocation.epoch, ()), revocation.nonce, between)
            revocation.due = min(at.mono + RETRIES[revocation.tries], holder.until)
        else:
            revocation.due = holder.until
        revocation.tries += 1

    def _say_again(self, at: Moment) -> None:
        """REVOKEs that are not acknowledged: one more try, or all of them where all were in vain.

        Hosts may have their keys again, and a route that led nowhere may lead to the machines again.
        """
        for revocation in self._revocations.values():
            if revocation.holder.until <= at.mono:
                continue
            if revocation.tries <= len(RETRIES):
                revocation.tries = min(revocation.tries, len(RETRIES) - 1)
            else:
                revocation.tries = 0
                self._revoke(at, revocation)

    def _say(self, at: Moment, message: Message, nonce: int, between: tuple[str, str]) -> None:
        policy = self._speaks_as
        assert policy is not None, "who has never had a policy has nothing to say"
        payload = self._writer.write(at, message, (policy.router, policy.keys[0]), nonce, between)
        self._outputs.append(Send(*between, payload))

    def _may_hint(self, now: int) -> bool:
        self._tokens = min(BURST, self._tokens + (now - self._filled) * RATE / 1000)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
