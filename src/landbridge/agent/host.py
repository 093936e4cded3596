"""The agent's core: node state in, a host that is equal to it, reports out.

Without a clock, a thread or a socket of its own: `agent.main` calls `step` whenever there is
something to do, tests call it directly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from landbridge.agent.reconciler import Reconciler
from landbridge.agent.state import NodeState
from landbridge.model.health import Health
from landbridge.model.nodelink import ObjectStatus, Report, StateMessage
from landbridge.render.known import Known
from landbridge.render.view import Entry, HostView
from landbridge.render.world import World

_log = structlog.get_logger(__name__)

_ROUTER_SCOPE = "router:"
_LOGGED = 50
"""The first message of a stream may have thousands of objects."""


class HostAgent:
    """One host.  Not thread-safe."""

    def __init__(
        self, tag: str, state: NodeState, world: World, before_pass: Callable[[Known], None] = lambda _known: None
    ) -> None:
        """Begin with what is on disk; nothing is touched before the first `step`.

        before_pass: told what the host has been given, before the kernel is made equal to it.
        """
        self.state = state
        self._view = HostView(tag)
        self._view.update(state.objects())
        self.known = self._view.known
        """Replaced as a whole: any thread may read it."""
        self.reconciler = Reconciler(self._view, world)
        self._before_pass = before_pass
        self._world = world
        self.facts_changed = False
        self._complete = False
        self._read = False
        self._told: dict[str, int] = {}
        self._told_failed: dict[str, ObjectStatus] | None = {}
        self._told_health: Mapping[str, Health] | None = {}

    def tell_everything(self) -> None:
        """The server may know nothing of what was reported: the next report says all of it."""
        self._told = {}
        self._told_failed = None
        self._told_health = None

    def failed(self) -> dict[str, ObjectStatus]:
        """Everything that is not well, by node object key."""
        return {key: ObjectStatus(error=words) for key, words in self.reconciler.failed().items()}

    def step(
        self, messages: Sequence[StateMessage] = (), *, reread: bool = False, retry: bool = False
    ) -> Report | None:
        """One pass; returns what the server does not know yet.

        reread: compare with the kernel itself, not with what events said.
        retry:  try again what failed.
        """
        for message in messages:
            changes = self.state.take(message)
            _note_told(message, changes)
            self.reconciler.change(self._view.update(changes))
            if message.complete and not self._complete:
                self._complete = True
                self.reconciler.compare_everything()
        self.known = self._view.known
        self._before_pass(self.known)
        self.facts_changed |= self.reconciler.hear().facts
        if reread or not self._read:
            self.reconciler.read()
            self._read = True
        if retry:
            self.reconciler.retry()
        self.reconciler.run(may_delete=self._complete)
        return self._report()

    def _report(self) -> Report | None:
        """Revisions that are in force now, and everything that is not well."""
        applied = {
            scope: revision
            for scope, revision in self.state.revisions.items()
            if self._told.get(scope) != revision and self._in_force(scope)
        }
        failed, health = self.failed(), self._world.health()
        if not applied and failed == self._told_failed and health == self._told_health:
            return None
        news, everything = _news(self._told_health, health), self._told_health is None
        self._told = {scope: told for scope, told in self._told.items() if scope in self.state.revisions} | applied
        self._told_failed, self._told_health = failed, health
        _log.info("in_force", revisions=applied, failed={key: status.error for key, status in failed.items()})
        return Report(applied=applied, failed=failed, carried=self._carried(), health=news, all_health=everything)

    def _carried(self) -> dict[str, bytes]:
        """Connections of ports that are closed here because their VM moves."""
        closed = [port for port in self.known.ports.values() if port.standby]
        found = {port.nic_uuid: self._world.connections(port.ifname) for port in closed}
        return {nic: data for nic, data in found.items() if data}

    def _in_force(self, scope: str) -> bool:
        """A vrouter's objects are in force when its own agent has said so, which takes its time."""
        if not scope.startswith(_ROUTER_SCOPE):
            return True
        return self.reconciler.settled(("router", scope.removeprefix(_ROUTER_SCOPE)))


def _news(before: Mapping[str, Health] | None, now: Mapping[str, Health]) -> dict[str, Health | None]:
    """What fares otherwise than it did; None: it is gone."""
    known = before or {}
    changed: dict[str, Health | None] = {key: value for key, value in now.items() if known.get(key) != value}
    return changed | dict.fromkeys(known.keys() - now.keys())


def _note_told(message: StateMessage, changes: Iterable[Entry]) -> None:
    """Which node objects a message changes (their keys have the resources' uuids)."""
    keys = sorted({key for _, key in changes})
    revisions = {scope: delta.revision for scope, delta in message.scopes.items()}
    _log.info("told", revisions=revisions, dropped=message.dropped, resources=keys[:_LOGGED], count=len(keys))
