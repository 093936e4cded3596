"""Makes a host equal to what it must be, pass by pass.

The cost of a pass is that of the difference: which keys to look at is known from the node objects
that changed, from the kernel's events and from what failed before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog

from landbridge.core.plan import Key, Op, batches, plan
from landbridge.render.kernel import Guest, Uplink, Value, Vlan
from landbridge.render.kernel_rules import KIND_ORDER, RULES, needs, waits_for
from landbridge.render.view import HostView
from landbridge.render.world import Happened, World

_log = structlog.get_logger(__name__)

_KERNEL_KINDS = frozenset(KIND_ORDER) - {"connections", "dhcp", "guest", "router"}
"""Kinds that are read exactly, so that a difference nobody ordered is drift."""


class Reconciler:
    """The loop's body.  `actual` is what is; `failed` says what could not be made so, and why."""

    def __init__(self, view: HostView, world: World) -> None:
        self.actual: dict[Key, Value] = {}
        self.pending: set[Key] = set()
        self.operations = 0
        self.drifted = 0
        self._view = view
        self._world = world
        self._dirty: set[Key] = set()
        self._whole = True
        self._errors: dict[Key, str] = {}
        self._blocked: dict[Key, str] = {}
        self._inner: dict[Key, Mapping[str, str]] = {}
        self._redo: set[Key] = set()

    @property
    def failing(self) -> bool:
        """Whether something waits for another try."""
        return bool(self._errors or self._inner)

    @property
    def restless(self) -> bool:
        """Whether something is known to differ that no pass has looked at yet."""
        return bool(self._dirty - self._blocked.keys() - self.pending) or self._whole

    def failed(self) -> dict[str, str]:
        """Node object key -> why it is not in force."""
        found: dict[str, str] = {}
        errors = self._blocked | self._errors
        for key in sorted(errors, key=lambda key: KIND_ORDER.index(key[0])):
            for owner in self._view.owners(key):
                found.setdefault(owner, errors[key])
        for inner in self._inner.values():
            found |= inner
        return found

    def settled(self, key: Key) -> bool:
        """Whether this object is, to our knowledge, as it must be."""
        return key not in self.pending and key not in self._dirty

    def retry(self) -> None:
        """Let the next pass try again what failed."""
        self._dirty |= self._errors.keys() | self._inner.keys()
        self._redo = set(self._inner)

    def read(self) -> None:
        """Read everything; the next pass compares everything."""
        before = self.actual
        self.actual = self._world.read(self._view.desired)
        for key in self.pending & before.keys():
            self.actual[key] = before[key]
        if before:
            self._count_drift(
                key for key in before.keys() | self.actual.keys() if before.get(key) != self.actual.get(key)
            )
        self._whole = True

    def compare_everything(self) -> None:
        """Let the next pass look at every object: deletes were held back."""
        self._whole = True

    def change(self, keys: Iterable[Key]) -> None:
        """These must be otherwise than before."""
        self._dirty.update(keys)

    def hear(self) -> Happened:
        """Take in what happened on the host."""
        happened = self._world.happened()
        self._count_drift(self._observe(happened.changes))
        self._notice(happened.appeared)
        for key, end in happened.finished.items():
            self.pending.discard(key)
            self._errors.pop(key, None)
            self._inner.pop(key, None)
            if end.failed:
                self._inner[key] = end.failed
            self.actual[key] = end.value
        if happened.lost:
            self.read()
        return happened

    def run(self, *, may_delete: bool) -> None:
        """One pass.  Without `may_delete` nothing goes that is not replaced."""
        desired = self._view.desired
        look = self._dirty if not self._whole else None
        ops = plan(desired, self.actual, RULES, look)
        self._errors = {} if look is None else {k: v for k, v in self._errors.items() if k not in look}
        self._blocked = {}
        self._dirty, self._whole = set(), False
        held = {op.key for op in ops if op.key in self.pending}
        self._dirty |= held
        ops = [op for op in ops if op.key not in held and (may_delete or op.key in desired)]
        ops += self._again(ops)
        for batch in batches(ops):
            ready = [op for op in batch if self._ready(op)]
            if ready:
                self._apply(ready)
        self._dirty |= self._blocked.keys()

    def _again(self, ops: list[Op[Value]]) -> list[Op[Value]]:
        """Vrouters are equal to what they must be and yet not whole inside: tell them again (they come last)."""
        desired = self._view.desired
        told = {op.key for op in ops} | self.pending
        keys = {key for key in self._redo if key in desired and key in self.actual and key not in told}
        self._redo = set()
        return [Op(key, self.actual[key], desired[key]) for key in sorted(keys)]

    def _apply(self, ops: list[Op[Value]]) -> None:
        kind = ops[0].key[0]
        self.operations += len(ops)
        result = self._world.apply(kind, ops)
        for op in ops:
            if op.key in result.errors:
                self._errors[op.key] = result.errors[op.key]
                owners = sorted(self._view.owners(op.key))
                _log.warning("not_applied", kind=kind, name=op.key[1], resources=owners, error=result.errors[op.key])
            elif op.key in result.pending:
                self.pending.add(op.key)
            elif op.after is None:
                self.actual.pop(op.key, None)
                self._inner.pop(op.key, None)
            else:
                self.actual[op.key] = op.after
        self._observe(result.changes)
        self._notice(result.appeared)

    def _ready(self, op: Op[Value]) -> bool:
        """Whether everything is there that an operation builds on; notes the error if not."""
        if op.after is None:
            return True
        for key in needs(op.after):
            if key not in self.actual:
                return self._block(op.key, key)
        for key in waits_for(op.after):
            if self.actual.get(key) != self._view.desired.get(key):
                return self._block(op.key, key)
        return True

    def _block(self, key: Key, by: Key) -> bool:
        reason = self._errors.get(by) or self._blocked.get(by)
        self._blocked[key] = reason or f"{key[0]} {key[1]} waits for {by[0]} {by[1]}"
        return False

    def _observe(self, changes: Mapping[Key, Value | None]) -> list[Key]:
        """Take over what the kernel says; returns what is otherwise than we thought."""
        surprising = []
        for key, value in changes.items():
            if self.actual.get(key) == value:
                continue
            surprising.append(key)
            self._dirty.add(key)
            if value is not None:
                self.actual[key] = value
                continue
            del self.actual[key]
            # What stood on it is not to be trusted: only a plan of everything sees that.
            self._whole = True
            if key[0] == "interface":
                self._unplug(key[1])
        return surprising

    def _notice(self, interfaces: Iterable[str]) -> None:
        """What could not be done with these may go now."""
        for name in interfaces:
            self._dirty |= {key for key in self._errors if key[1] == name or self._stands_on(key) == name}

    def _stands_on(self, key: Key) -> str | None:
        """The physical interface that an object must be on."""
        value = self._view.desired.get(key)
        return value.interface if isinstance(value, Uplink | Vlan) else None

    def _unplug(self, ifname: str) -> None:
        """A machine's interface vanished: what ran on it must be started again on the next one."""
        for key, value in self.actual.items():
            if isinstance(value, Guest) and any(port.ifname == ifname for port in value.ports):
                ports = tuple(port for port in value.ports if port.ifname != ifname)
                self.actual[key] = replace(value, ports=ports)
                self._dirty.add(key)
                return

    def _count_drift(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if key[0] in _KERNEL_KINDS and self.actual.get(key) != self._view.desired.get(key):
                self.drifted += 1
                owners = sorted(self._view.owners(key))
                _log.warning("changed_by_somebody_else", kind=key[0], name=key[1], resources=owners)
