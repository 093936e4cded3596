"""What must be thrown away now and then: results of old jobs, sessions that are over."""

import asyncio
from collections.abc import Callable

import structlog

from landbridge.core.service import Tx
from landbridge.model.documents.account import Account
from landbridge.services.account.actions import drop_expired
from landbridge.store import Store
from landbridge.store import jobs as rows

log = structlog.get_logger(__name__)


def drop_old_jobs(tx: Tx) -> None:
    """Forget results that nobody has to find any more."""
    rows.prune(tx, tx.now - 1000 * int(tx.config("rest", "completedApi.expiredPeriod")))


def drop_old_sessions(tx: Tx) -> None:
    """Forget sessions that are over, of every account."""
    for account in tx.find(Account):
        drop_expired(tx, account.uuid)


async def keep_house(store: Store) -> None:
    """Both, each at the interval that its global config says; until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_every(store, "rest", "expiredApi.scanInterval", drop_old_jobs))
        group.create_task(_every(store, "identity", "session.cleanup.interval", drop_old_sessions))


async def _every(store: Store, category: str, name: str, unit: Callable[[Tx], None]) -> None:
    while True:
        seconds = await store.read(lambda view: int(view.config(category, name)))
        await asyncio.sleep(seconds)
        try:
            await store.write(unit)
        except Exception:
            log.exception("housekeeping_crashed", unit=unit.__name__)
