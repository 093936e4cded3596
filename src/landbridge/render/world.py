"""What the reconciler acts on: one interface over the kernel and the processes of a host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from landbridge.core.plan import Key, Op
from landbridge.model.health import Health
from landbridge.render.kernel import Value


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an operation that went on in the background."""

    value: Value
    """What there is now."""
    failed: Mapping[str, str]
    """Node object key -> why it is not in force."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a batch of operations of one kind."""

    errors: Mapping[Key, str] = field(default_factory=dict)
    changes: Mapping[Key, Value | None] = field(default_factory=dict)
    """What is otherwise than before, according to the kernel; None: not there any more."""
    pending: frozenset[Key] = frozenset()
    """Goes on in the background; its end comes with `Happened`."""
    appeared: frozenset[str] = frozenset()
    """As in `Happened`."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What went on besides our own operations."""

    changes: Mapping[Key, Value | None] = field(default_factory=dict)
    finished: Mapping[Key, Finished] = field(default_factory=dict)
    facts: bool = False
    lost: bool = False
    """Some of it is not known: read everything again."""
    appeared: frozenset[str] = frozenset()
    """Interfaces of others that are new or otherwise than before, by name."""


class World(Protocol):
    """A host as the reconciler sees it."""

    def read(self, desired: Mapping[Key, Value]) -> dict[Key, Value]:
        """Everything of ours that exists.  What cannot be read whole is taken from `desired` if it fits."""
        ...

    def apply(self, kind: str, ops: Sequence[Op[Value]]) -> Result:
        """Carry out operations of one kind and direction."""
        ...

    def connections(self, ifname: str) -> bytes:
        """What a port on standby knew when it was open, for the host that its machine goes to."""
        ...

    def health(self) -> Mapping[str, Health]:
        """How what vrouters here do fares, by node object key."""
        ...

    def happened(self) -> Happened:
        """What happened since the last call."""
        ...
