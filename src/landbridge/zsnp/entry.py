"""The life of one shortcut at the host that sends: states, and what leads from one to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp.messages import Ingress, Target
from landbridge.zsnp.outputs import Path, Shortcut


class State(StrEnum):
    """`in force`: the kernel has it."""

    QUERYING = "QUERYING"
    """Asked through the vrouter where the destination is."""
    PROBING = "PROBING"
    """Trying the tunnel."""
    ACTIVE = "ACTIVE"
    """In force."""
    RENEWING = "RENEWING"
    """In force; the vrouter's agent is asked whether it may stay."""
    CHECKING = "CHECKING"
    """In force; the vrouter's agent is silent: is it the vrouter itself that is dead?"""
    FALLBACK = "FALLBACK"
    """In force until its lease ends: only the agent is dead, the vrouter forwards."""
    HELD = "HELD"
    """In force beyond its lease: the vrouter is dead, to fall back to it would help nobody."""
    REFUSED = "REFUSED"
    """Not for a while, with a reason."""


IN_FORCE = frozenset({State.ACTIVE, State.RENEWING, State.CHECKING, State.FALLBACK, State.HELD})

TRANSITIONS: Mapping[tuple[State, str], State] = {
    (State.QUERYING, "answered"): State.PROBING,
    (State.QUERYING, "refused"): State.REFUSED,
    (State.QUERYING, "silence"): State.REFUSED,
    (State.PROBING, "acknowledged"): State.ACTIVE,
    (State.PROBING, "silence"): State.REFUSED,
    (State.ACTIVE, "half of the lease is over"): State.RENEWING,
    (State.RENEWING, "renewed"): State.ACTIVE,
    (State.RENEWING, "silence"): State.CHECKING,
    (State.CHECKING, "renewed"): State.ACTIVE,
    (State.CHECKING, "the vrouter forwards"): State.FALLBACK,
    (State.CHECKING, "only the destination answers"): State.HELD,
    (State.CHECKING, "nobody answers"): State.FALLBACK,
    (State.FALLBACK, "renewed"): State.ACTIVE,
    (State.HELD, "renewed"): State.ACTIVE,
    (State.HELD, "the vrouter forwards"): State.FALLBACK,
    (State.HELD, "an hour is over"): State.FALLBACK,
    **{(state, "the destination's host is silent"): State.REFUSED for state in IN_FORCE},
    **{(state, "the kernel refuses"): State.REFUSED for state in IN_FORCE},
    (State.REFUSED, "hinted again"): State.QUERYING,
}
"""Besides: a REVOKE, a withdrawn key, the end of the lease, idleness or another target end an entry in any state,
and MOVED makes one that is in force QUERYING again."""


@dataclass(slots=True, eq=False)
class Entry:
    """One destination, for one ingress network.  Times in milliseconds of the monotonic clock.

    router_ip         the vrouter's address in the ingress network
    since             of the state; `hinted`: when it was asked for; `sent`: the question's last try
    witness           the local address that was hinted, in whose name the host speaks if it can
    nonce             of the question that is open, 0: none
    expires           end of the lease
    answered_by_host  while PROBING or CHECKING: a probe was acknowledged
    penalty           how long the refusal lasts
    """

    key: ShortcutKey
    router: int
    router_ip: str
    ingress: Ingress
    target: Target
    state: State = State.QUERYING
    epoch: int = 0
    lease: int = 0
    witness: str = ""
    since: int = 0
    hinted: int = 0
    nonce: int = 0
    tries: int = 0
    sent: int = 0
    path: Path | None = None
    mtu: int = 0
    generation: int = 0
    expires: int = 0
    held_since: int = 0
    answered_by_host: bool = False
    packets: int = 0
    bytes: int = 0
    used: int = 0
    round_trip: int | None = None
    reason: str = ""
    penalty: int = 0

    def move(self, event: str, now: int) -> None:
        """Go where the table says.  KeyError for what cannot happen."""
        self.state, self.since = TRANSITIONS[self.state, event], now

    @property
    def in_force(self) -> bool:
        """Whether the kernel has it."""
        return self.state in IN_FORCE

    def may_be_asked(self, now: int) -> bool:
        """Whether a refusal is over."""
        return self.state is State.REFUSED and now >= self.since + self.penalty

    def shortcut(self) -> Shortcut:
        """For the kernel."""
        assert self.path is not None, "an entry in force has a path"
        return Shortcut(
            path=self.path,
            prefix=self.ingress.prefix,
            router_mac=self.target.router_mac,
            mtu=self.mtu,
            expires=self.expires,
            router=self.router,
            router_ip=self.router_ip,
            epoch=self.epoch,
            generation=self.generation,
        )
