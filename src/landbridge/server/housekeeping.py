"""What must be thrown away now and then: old jobs, changes, sessions, questions to hosts, relays."""

import asyncio
from collections.abc import Callable

import structlog

from landbridge.core import relays
from landbridge.core.view import Tx, View
from landbridge.model.documents.account import Account
from landbridge.services.account.actions_session import drop_expired
from landbridge.store import Store, asks, changes, events
from landbridge.store import jobs as rows

ASKS_SECONDS = 60
EVENTS_SECONDS = 3600
RELAYS_SECONDS = 10

log = structlog.get_logger(__name__)


def drop_old_jobs(tx: Tx) -> None:
    """Forget results that nobody has to find any more, and what changed before that."""
    before = tx.now - 1000 * int(tx.config("rest", "completedApi.expiredPeriod"))
    rows.prune(tx, before)
    changes.prune(tx, before)


def drop_old_sessions(tx: Tx) -> None:
    """Forget sessions that are over, of every account."""
    for account in tx.find(Account):
        drop_expired(tx, account.uuid)


def drop_old_events(tx: Tx) -> None:
    """Forget who did what long ago."""
    events.prune(tx, tx.now - 86_400_000 * int(tx.config("identity", "audit.keepDays")))


async def keep_house(store: Store) -> None:
    """All of it, each at its interval (of a global config, where there is one); until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_every(store, _configured("rest", "expiredApi.scanInterval"), drop_old_jobs))
        group.create_task(_every(store, _configured("identity", "session.cleanup.interval"), drop_old_sessions))
        group.create_task(_every(store, lambda _view: EVENTS_SECONDS, drop_old_events))
        group.create_task(_every(store, lambda _view: ASKS_SECONDS, asks.prune))
        group.create_task(_every(store, lambda _view: RELAYS_SECONDS, relays.drop_over))


def _configured(category: str, name: str) -> Callable[[View], int]:
    return lambda view: int(view.config(category, name))


async def _every(store: Store, interval: Callable[[View], int], unit: Callable[[Tx], None]) -> None:
    while True:
        await asyncio.sleep(await store.read(interval))
        try:
            await store.write(unit)
        except Exception:
            log.exception("housekeeping_crashed", unit=unit.__name__)
