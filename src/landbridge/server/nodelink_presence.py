"""The transactions of nodelink: an agent came, spoke, went.  What they write: services/host/presence.py.

A service may refuse a host's facts (no VTEP in a pool's CIDR …).  Then the transaction is rolled
back and a second one notes the refusal, and every job that waits for this host fails with it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import structlog

from landbridge.core.view import Tx
from landbridge.model.errors import ApiError
from landbridge.model.facts import HostFacts
from landbridge.model.nodelink import Report
from landbridge.services.host import presence
from landbridge.services.host.presence import Presence, Stream

if TYPE_CHECKING:
    from landbridge.store import Store

_log = structlog.get_logger(__name__)


class Jobs(Protocol):
    """What nodelink tells the job runner.  `node`: a host uuid."""

    async def on_report(self, node: str, report: Report) -> None:
        """A host reported what it applied and what failed."""
        ...

    async def on_disconnect(self, node: str) -> None:
        """A host is not usable any more; its document says why."""
        ...


class Presences:
    """Keeps the documents of agents and hosts true to what nodelink sees."""

    def __init__(self, store: "Store", jobs: Jobs, hooks: tuple[Callable[[Tx, str], None], ...]) -> None:
        self.store = store
        self._jobs = jobs
        self._hooks = hooks

    async def connect(self, stream: Stream, facts: HostFacts) -> Presence | None:
        """An agent has a stream.  None: it is not known."""
        try:
            return await self.store.write(lambda tx: presence.connect(tx, stream, facts, self._hooks))
        except ApiError as error:
            refusal = error.details
        known = await self.store.write(lambda tx: presence.connect(tx, stream, facts, (), refusal))
        if known is not None:
            await self._unusable(known.host_uuid, refusal)
        return known

    async def current(self, stream: Stream, facts: HostFacts) -> Presence | None:
        """Look whether an agent that waits has been claimed; if so, connect its host."""
        agent_uuid, address = stream.agent_uuid, facts.management_ip
        claimed = await self.store.read(lambda view: presence.is_claimed(view, agent_uuid, address))
        if claimed is None:
            return None
        return await self.connect(stream, facts) if claimed else Presence("", 0)

    async def facts_reported(self, host_uuid: str, facts: HostFacts, answered: int | None) -> None:
        """A host has news of itself, perhaps as the answer to a reconnect."""
        try:
            await self.store.write(
                lambda tx: presence.facts_reported(tx, host_uuid, facts, self._hooks, answered=answered)
            )
        except ApiError as error:
            refusal = error.details
            counts = await self.store.write(
                lambda tx: presence.facts_reported(tx, host_uuid, facts, (), answered=answered, refusal=refusal)
            )
            if counts:
                await self._unusable(host_uuid, refusal)

    async def disconnect(self, agent_uuid: str, stream_uuid: str, reason: str) -> None:
        """A stream ended, and no newer one came in time."""
        host_uuid = await self.store.write(lambda tx: presence.disconnect(tx, agent_uuid, stream_uuid, reason))
        if host_uuid is not None:
            await self._unusable(host_uuid, reason)

    async def _unusable(self, host_uuid: str, reason: str) -> None:
        _log.warning("host_disconnected", host_uuid=host_uuid, reason=reason)
        await self._jobs.on_disconnect(host_uuid)
