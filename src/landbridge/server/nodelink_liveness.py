"""Server copies watch each other through the store, so that no host stays Connected to a dead copy.

Every copy renews a document of its own.  One that has not been renewed for a while belongs to a
dead server: the hosts whose agents it served, and that no other copy serves by now, are Disconnected.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog

from landbridge.core.view import Tx, View
from landbridge.model.documents.places import Agent, ServerCopy
from landbridge.server.nodelink_presence import Presences

if TYPE_CHECKING:
    from landbridge.store import Store

RENEW_SECONDS = 5.0
DEAD_MILLISECONDS = 20_000
"""Longer than an agent needs to find another copy, plus what clocks may differ."""

_log = structlog.get_logger(__name__)


class Liveness:
    """This copy's sign of life, and its watch over the others'."""

    def __init__(
        self, store: "Store", presences: Presences, server_uuid: str, url: str, declared_dead: Callable[[], None]
    ) -> None:
        self._store = store
        self._presences = presences
        self._server_uuid = server_uuid
        self._url = url
        self._declared_dead = declared_dead

    async def announce(self) -> None:
        """Say for the first time that this copy lives."""
        await self._store.write(self._renew)

    async def run(self) -> None:
        """Renew and watch until cancelled.  A failure is logged and tried again."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self._store.write(self._renew):
                    _log.warning("server_copy_taken_for_dead")
                    self._declared_dead()
                await self.sweep()
            except Exception:
                _log.exception("server_copy_not_renewed")

    async def sweep(self) -> None:
        """Note the hosts that dead copies have left behind."""
        for copy_uuid, agents in await self._store.read(_left_behind):
            for agent_uuid, stream in agents:
                await self._presences.disconnect(
                    agent_uuid, stream, "the server copy that held its agent's stream died"
                )
            await self._store.write(partial(_forget, copy_uuid))

    def _renew(self, tx: Tx) -> bool:
        """Whether the others still took this copy for alive."""
        copy = tx.get(ServerCopy, self._server_uuid)
        tx.put(ServerCopy(uuid=self._server_uuid, nodelink_url=self._url, renewed=tx.now))
        return copy is not None


def _left_behind(view: View) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (copy.uuid, [(agent.uuid, agent.stream) for agent in view.find(Agent, server_uuid=copy.uuid)])
        for copy in view.find(ServerCopy)
        if copy.renewed < view.now - DEAD_MILLISECONDS
    ]


def _forget(uuid: str, tx: Tx) -> None:
    copy = tx.get(ServerCopy, uuid)
    if copy is not None and copy.renewed < tx.now - DEAD_MILLISECONDS:
        tx.delete(copy)
