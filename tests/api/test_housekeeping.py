"""What the server throws away, and what it keeps."""

from dataclasses import replace
from pathlib import Path

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.view import Tx
from landbridge.model.documents.account import GlobalConfig, Session
from landbridge.model.documents.places import Zone
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.server.housekeeping import drop_old_jobs, drop_old_sessions
from landbridge.server.services import SERVICES
from landbridge.store import Store, jobs
from landbridge.store.jobs import JobRow
from landbridge.store.tx import SqlTx

pytestmark = pytest.mark.anyio

HOUR = 3_600_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_old_results_changes_and_sessions_go_and_young_ones_stay(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", Catalog(SERVICES))

    def fill(tx: Tx) -> None:
        assert isinstance(tx, SqlTx)
        period = tx.first(GlobalConfig, category="rest", name="completedApi.expiredPeriod")
        assert period is not None
        assert period.value == "10800"
        kept = JobRow(uuid="young", action="A", account="a", request={}, created=tx.now - 2 * HOUR, deadline=0)
        jobs.save(tx, replace(kept, phase="failed"))
        jobs.save(tx, replace(kept, uuid="old", created=tx.now - 4 * HOUR, phase="done"))
        jobs.save(tx, replace(kept, uuid="waiting", created=tx.now - 4 * HOUR, phase="waiting"))
        tx.run("DELETE FROM change")
        tx.run("INSERT INTO change (at, type, uuid, op) VALUES (:at, 'Zone', 'old', 'create')", at=tx.now - 4 * HOUR)
        tx.put(Zone(uuid="young", name="z"))
        for name, left in (("over", -1), ("open", HOUR)):
            tx.put(Session(uuid=name, account_uuid=ADMIN_ACCOUNT_UUID, user_uuid="", expires=tx.now + left))

    await store.write(fill)
    await store.write(drop_old_jobs)
    await store.write(drop_old_sessions)

    def left(tx: object) -> tuple[list[str], list[str], list[str]]:
        assert isinstance(tx, SqlTx)
        kept = [row.uuid for row in tx.run("SELECT uuid FROM job ORDER BY uuid")]
        changed = [row.uuid for row in tx.run("SELECT uuid FROM change WHERE type = 'Zone'")]
        return kept, changed, [session.uuid for session in tx.find(Session)]

    assert await store.read(left) == (["waiting", "young"], ["young"], ["open"])
    await store.close()
