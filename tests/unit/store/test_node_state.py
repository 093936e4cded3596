"""Compiled node state: incremental equals from scratch, deltas equal the whole, jobs hear reports."""

import asyncio
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.core.catalog import Catalog
from landbridge.core.compile import everything
from landbridge.core.service import Wait
from landbridge.core.view import Tx, View
from landbridge.model.documents.places import Cluster, Zone
from landbridge.model.node import AnyObject
from landbridge.model.nodelink import ObjectStatus, Report, StateMessage
from landbridge.store import Store, jobs
from landbridge.store.jobs import JobRow
from landbridge.store.tx import SqlTx
from tests.unit.store import toy

ZONES = [f"{number:032x}" for number in range(1, 4)]
CLUSTERS = [f"{number:032x}" for number in range(11, 16)]


@dataclass
class Node:
    """What an agent makes of the messages it gets."""

    uuid: str
    revisions: dict[str, int] = field(default_factory=dict)
    objects: dict[str, dict[str, AnyObject]] = field(default_factory=dict)

    def take(self, message: StateMessage) -> None:
        for scope in message.dropped:
            self.revisions.pop(scope)
            self.objects.pop(scope)
        for scope, delta in message.scopes.items():
            held = {} if delta.full else self.objects[scope]
            for key in delta.gone:
                held.pop(key, None)
            held |= delta.put
            self.objects[scope], self.revisions[scope] = held, delta.revision


def step(tx: Tx, kind: str, which: int, zone: int, name: str) -> None:
    """One random change."""
    if kind == "zone":
        tx.put(Zone(uuid=ZONES[zone], name=name))
    elif kind == "cluster" and tx.get(Zone, ZONES[zone]) is not None:
        tx.put(Cluster(uuid=CLUSTERS[which], name=name, zone_uuid=ZONES[zone]))
    elif kind == "delete" and (cluster := tx.get(Cluster, CLUSTERS[which])) is not None:
        tx.delete(cluster)


def perform(steps: list[tuple[str, int, int, str]], tx: Tx) -> None:
    """One transaction."""
    for one in steps:
        step(tx, *one)


def stored(view: View) -> dict[tuple[str, str], str]:
    assert isinstance(view, SqlTx)
    rows = view.run("SELECT scope, key, source FROM object WHERE value IS NOT NULL")
    return {(row.scope, row.key): row.source for row in rows}


def scratch(view: View) -> dict[tuple[str, str], str]:
    compiled = everything(toy.SERVICE.projections, view)
    return {place: str(source) for source, found in compiled.items() for place in found.objects}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["zone", "cluster", "cluster", "delete"]),
        st.integers(0, len(CLUSTERS) - 1),
        st.integers(0, len(ZONES) - 1),
        st.sampled_from("abc"),
    ),
    max_size=25,
)


@given(transactions=st.lists(STEPS, max_size=8), listens=st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=40, deadline=None)
def test_incremental_equals_from_scratch_and_deltas_equal_the_whole(
    transactions: list[list[tuple[str, int, int, str]]], listens: list[bool]
) -> None:
    asyncio.run(_run(transactions, listens))


async def _run(transactions: list[list[tuple[str, int, int, str]]], listens: list[bool]) -> None:
    store = await Store.open("sqlite://", Catalog([toy.SERVICE]))
    nodes = [Node(uuid) for uuid in CLUSTERS]
    try:
        for steps, listening in zip(transactions, listens, strict=False):
            await store.write(partial(perform, steps))
            assert await store.read(stored) == await store.read(scratch)
            if listening:
                for node in nodes:
                    node.take(await store.node_delta(node.uuid, node.revisions))
        for node in nodes:
            node.take(await store.node_delta(node.uuid, node.revisions))
            whole = Node(node.uuid)
            whole.take(await store.node_delta(node.uuid, {}))
            assert node.objects == whole.objects
            assert node.revisions == whole.revisions
    finally:
        await store.close()


@pytest.fixture
async def toy_store(url: str) -> Store:
    return await Store.open(url, Catalog([toy.SERVICE]))


def make(tx: Tx) -> None:
    step(tx, "zone", 0, 0, "z")
    step(tx, "cluster", 0, 0, "c")


@pytest.mark.anyio
async def test_a_commit_wakes_the_nodes_it_concerns(toy_store: Store) -> None:
    heard: list[set[str]] = []
    toy_store.on_commit("node", heard.append)
    await toy_store.write(make)
    await toy_store.write(lambda tx: step(tx, "zone", 0, 1, "elsewhere"))
    await toy_store.read(lambda view: view.now)
    assert {CLUSTERS[0]} in heard
    assert all(nodes == {CLUSTERS[0]} for nodes in heard)
    await toy_store.close()


def job(tx: Tx) -> JobRow:
    row = JobRow(uuid="j" * 32, action="X", account="a", request={}, created=tx.now, deadline=tx.now + 60_000)
    jobs.save(tx, row)
    make(tx)
    return jobs.wait(tx, row, (Wait(CLUSTERS[0]),), {"done": None})


@pytest.mark.anyio
async def test_a_job_waits_for_the_revision_that_it_made(toy_store: Store) -> None:
    row = await toy_store.write(job)
    assert row.phase == "waiting"
    delta = await toy_store.node_delta(CLUSTERS[0], {})
    revisions = {scope: news.revision for scope, news in delta.scopes.items()}
    old = {scope: revision - 1 for scope, revision in revisions.items()}
    assert await toy_store.record_report(CLUSTERS[0], Report(applied=old)) == []
    assert not (await toy_store.read(lambda view: jobs.verdict(view, row.uuid))).decided
    assert await toy_store.record_report(CLUSTERS[0], Report(applied=revisions)) == [row.uuid]
    verdict = await toy_store.read(lambda view: jobs.verdict(view, row.uuid))
    assert verdict.decided
    assert verdict.error is None
    await toy_store.close()


@pytest.mark.anyio
async def test_a_job_hears_the_nodes_own_words(toy_store: Store) -> None:
    row = await toy_store.write(job)
    delta = await toy_store.node_delta(CLUSTERS[0], {})
    revisions = {scope: news.revision for scope, news in delta.scopes.items()}
    failed = {"own": ObjectStatus(error="no room")}
    assert await toy_store.record_report(CLUSTERS[0], Report(applied=revisions, failed=failed)) == [row.uuid]
    verdict = await toy_store.read(lambda view: jobs.verdict(view, row.uuid))
    assert "no room" in (verdict.error or "")
    await toy_store.close()
