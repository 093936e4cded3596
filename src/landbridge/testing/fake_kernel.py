"""A world in memory that refuses every wrong order and fails where a test tells it to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from landbridge.core.plan import Key, Op
from landbridge.model.health import Health
from landbridge.render.kernel import Guest, Value
from landbridge.render.kernel_rules import RULES, needs
from landbridge.render.world import Finished, Happened, Result


class FakeKernel:
    """Implements `render.world.World`.

    failing     key -> words: creating or changing this fails so
    slow        keys that stay pending until `finish`
    log         every operation that was carried out
    fares       how what vrouters do fares
    """

    def __init__(self) -> None:
        self.state: dict[Key, Value] = {}
        self.failing: dict[Key, str] = {}
        self.slow: set[Key] = set()
        self.log: list[Op[Value]] = []
        self.fares: dict[str, Health] = {}
        self._finished: dict[Key, Finished] = {}
        self._changes: dict[Key, Value | None] = {}
        self._underway: dict[Key, Value] = {}

    def read(self, desired: Mapping[Key, Value]) -> dict[Key, Value]:
        """Everything there is."""
        return dict(self.state)

    def apply(self, kind: str, ops: Sequence[Op[Value]]) -> Result:
        """Carry out operations; a wrong order is a failed assertion."""
        errors: dict[Key, str] = {}
        pending: set[Key] = set()
        for op in ops:
            assert op.key[0] == kind
            assert self.state.get(op.key) == op.before, f"{op.key} is not what the plan thought"
            if op.after is None:
                self._delete(op)
            elif op.key in self.failing:
                errors[op.key] = self.failing[op.key]
            elif op.key in self.slow:
                pending.add(op.key)
                self._underway[op.key] = op.after
            else:
                self._put(op, op.after)
        return Result(errors=errors, pending=frozenset(pending))

    def connections(self, ifname: str) -> bytes:
        """None."""
        return b""

    def health(self) -> Mapping[str, Health]:
        """As a test has said."""
        return dict(self.fares)

    def happened(self) -> Happened:
        """What `vanish`, `alter` and `finish` did."""
        happened = Happened(changes=dict(self._changes), finished=dict(self._finished))
        self._changes.clear()
        self._finished.clear()
        return happened

    def vanish(self, key: Key) -> None:
        """Somebody else removes an object, and with it what cannot be without it."""
        for other in [other for other, value in self.state.items() if key in needs(value)]:
            self.vanish(other)
        if self.state.pop(key, None) is not None:
            self._changes[key] = None
        for machine, value in self.state.items():
            if key[0] == "interface" and isinstance(value, Guest):
                left = tuple(port for port in value.ports if port.ifname != key[1])
                self.state[machine] = replace(value, ports=left)

    def alter(self, key: Key, value: Value) -> None:
        """Somebody else changes an object."""
        self.state[key] = value
        self._changes[key] = value

    def finish(self, key: Key, failed: Mapping[str, str] | None = None) -> None:
        """A slow operation ends."""
        self.state[key] = self._underway.pop(key)
        self._finished[key] = Finished(self.state[key], failed or {})

    def _delete(self, op: Op[Value]) -> None:
        holders = [key for key, value in self.state.items() if op.key in needs(value)]
        assert not holders, f"{op.key} goes before {holders}"
        del self.state[op.key]
        self.log.append(op)

    def _put(self, op: Op[Value], value: Value) -> None:
        missing = [key for key in needs(value) if key not in self.state]
        assert not missing, f"{op.key} comes before {missing}"
        assert op.before is None or not RULES.replaces(op.before, value), f"{op.key} cannot be changed in place"
        self.state[op.key] = value
        self.log.append(op)
