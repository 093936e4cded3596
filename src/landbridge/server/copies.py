"""This copy of the server, for users who ask which there are."""

import asyncio
import contextlib
import socket
import uuid
from collections.abc import AsyncIterator

import structlog

from landbridge.core.view import Tx
from landbridge.model.documents.management import ManagementNode
from landbridge.store import Store

BEAT_SECONDS = 10
DEAD_SECONDS = 60
"""A copy that has said nothing for so long is forgotten; it comes back with its next beat."""

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def known(store: Store) -> AsyncIterator[str]:
    """Be in the list while the block runs.  Gives the copy's uuid."""
    own = uuid.uuid4().hex
    await store.write(lambda tx: beat(tx, own))
    beating = asyncio.create_task(_beat_on(store, own))
    try:
        yield own
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await store.write(lambda tx: _leave(tx, own))


def beat(tx: Tx, own: str) -> None:
    """Say that the copy lives; forget those that do not."""
    copy = tx.get(ManagementNode, own)
    if copy is None:
        copy = ManagementNode(uuid=own, host_name=socket.gethostname(), join_date=tx.now, heart_beat=tx.now)
    copy.heart_beat = tx.now
    tx.put(copy)
    for other in tx.find(ManagementNode):
        if other.heart_beat < tx.now - 1000 * DEAD_SECONDS:
            tx.delete(other)


def _leave(tx: Tx, own: str) -> None:
    copy = tx.get(ManagementNode, own)
    if copy is not None:
        tx.delete(copy)


async def _beat_on(store: Store, own: str) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await store.write(lambda tx: beat(tx, own))
        except Exception:
            log.exception("heart_beat_crashed")
