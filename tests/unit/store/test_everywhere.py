"""Jobs that wait for every connected host that a change concerns, and for nobody who goes away."""

from collections.abc import AsyncIterator

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.service import Wait
from landbridge.core.view import Tx
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.nodelink import ObjectStatus, Report
from landbridge.store import Store, jobs
from landbridge.store.jobs import JobRow
from tests.unit.store import toy

pytestmark = pytest.mark.anyio
ZONE = f"{1:032x}"
CLUSTER = f"{2:032x}"
JOB = "j" * 32


def hosts(tx: Tx) -> list[str]:
    """Two that are there, and one that is away."""
    tx.put(Zone(uuid=ZONE, name="z"))
    tx.put(Cluster(uuid=CLUSTER, name="c", zone_uuid=ZONE))
    made = [
        Host(uuid=tx.new_uuid(), name="h", zone_uuid=ZONE, cluster_uuid=CLUSTER, management_ip="10.0.0.1", status=it)
        for it in ("Connected", "Connected", "Disconnected")
    ]
    for host in made:
        tx.put(host)
    return [host.uuid for host in made]


class Everywhere:
    """A store whose nodes are hosts that share a scope; the third one is away."""

    def __init__(self, store: Store, nodes: list[str]) -> None:
        self.store = store
        self.nodes = nodes
        self.shared = f"zone:{ZONE}"

    async def change(self, *waits: Wait) -> JobRow:
        """A job that changes what all share, and waits for all that are there."""

        def change(tx: Tx) -> JobRow:
            row = JobRow(uuid=JOB, action="X", account="a", request={}, created=0, deadline=tx.now + 60_000)
            jobs.save(tx, row)
            tx.put(Zone(uuid=ZONE, name=f"z{tx.now}"))
            return jobs.wait(tx, row, waits, {"done": None}, everywhere=True)

        return await self.store.write(change)

    async def revision(self, node: str) -> int:
        return (await self.store.node_delta(node, {})).scopes[self.shared].revision

    async def report(self, node: str, **failed: str) -> list[str]:
        errors = {key: ObjectStatus(error=error) for key, error in failed.items()}
        applied = {self.shared: await self.revision(node), f"host:{node}": 1 << 60}
        return await self.store.record_report(node, Report(applied=applied, failed=errors))

    async def verdict(self) -> jobs.Verdict:
        return await self.store.read(lambda view: jobs.verdict(view, JOB))

    async def status(self, node: str, status: str) -> None:
        def put(tx: Tx) -> None:
            host = tx.need(Host, node)
            host.status = status
            tx.put(host)

        await self.store.write(put)


@pytest.fixture
async def everywhere(url: str) -> AsyncIterator[Everywhere]:
    store = await Store.open(url, Catalog([toy.HOSTS_SERVICE]))
    yield Everywhere(store, await store.write(hosts))
    await store.close()


async def test_a_job_waits_for_all_that_are_there(everywhere: Everywhere) -> None:
    one, two, away = everywhere.nodes
    assert (await everywhere.change()).phase == "waiting"
    assert await everywhere.store.read(jobs.excusable) == []
    assert await everywhere.report(one) == []
    assert not (await everywhere.verdict()).decided
    assert await everywhere.report(two) == [JOB]
    verdict = await everywhere.verdict()
    assert (verdict.decided, verdict.error) == (True, None)
    assert await everywhere.report(away) == []


async def test_one_that_goes_away_is_excused(everywhere: Everywhere) -> None:
    one, two, _ = everywhere.nodes
    await everywhere.change()
    await everywhere.report(one)
    await everywhere.status(two, "Disconnected")
    assert await everywhere.store.read(jobs.excusable) == [two]
    assert await everywhere.store.write(lambda tx: jobs.excuse(tx, two)) == [JOB]
    assert (await everywhere.verdict()).error is None
    assert await everywhere.store.read(jobs.excusable) == []


async def test_a_strict_wait_is_not_excused(everywhere: Everywhere) -> None:
    one, two, _ = everywhere.nodes
    await everywhere.change(Wait(one))
    await everywhere.status(one, "Disconnected")
    assert await everywhere.store.write(lambda tx: jobs.excuse(tx, one)) == []
    assert await everywhere.store.write(lambda tx: jobs.excuse(tx, two)) == []
    assert await everywhere.store.read(lambda view: jobs.waiting_for(view, one)) == [JOB]
    assert not (await everywhere.verdict()).decided


async def test_trouble_with_what_is_shared_is_the_jobs(everywhere: Everywhere) -> None:
    one, _, _ = everywhere.nodes
    await everywhere.change()
    assert await everywhere.report(one, own="its own port") == []
    assert (await everywhere.verdict()).error is None
    await everywhere.change()
    key = f"cluster/{CLUSTER}"
    assert await everywhere.report(one, **{key: "no room"}) == [JOB]
    assert "no room" in ((await everywhere.verdict()).error or "")


async def test_with_nobody_there_a_job_is_done_at_once(everywhere: Everywhere) -> None:
    for node in everywhere.nodes:
        await everywhere.status(node, "Disconnected")
    assert (await everywhere.change()).phase == "accepted"
