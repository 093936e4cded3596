"""SQLite's plans: a condition on an indexed field never walks over all documents of a type."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.query import parse
from landbridge.core.service import Caller
from landbridge.model.documents.vip import VipPeer
from landbridge.model.documents.vm import VM_INSTANCE
from landbridge.server.services import SERVICES
from landbridge.store import Store
from landbridge.store.database import Rows, SqliteDatabase

pytestmark = pytest.mark.anyio

WALK = "resource_type"
"""The index of all rows of a type."""

CALLERS = [Caller("admin", "admin", is_admin=True), Caller("tenant", "tenant", is_admin=False)]


@pytest.mark.parametrize("caller", CALLERS, ids=["admin", "tenant"])
@pytest.mark.parametrize(
    "condition",
    [
        "name=web",
        "name?=web,db",
        "name~=web%",
        "uuid?=a,b",
        "image.name=netns",
        "__systemTag__=hostname::web",
        "__userTag__?=gold,silver",
        "vmNics.__userTag__=gold",
        "vmNics.ip=10.0.0.1",
        "vmNics.l3Network.name=web",
        "vmNics.l3Network.l2Network.name?=a,b",
    ],
)
async def test_conditions_use_the_declared_indexes(
    tmp_path: Path, condition: str, caller: Caller, plans: list[str]
) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", Catalog(SERVICES))
    plans.clear()
    spec = parse(store.catalog, VM_INSTANCE, {"q": [condition]})
    await store.query(VM_INSTANCE, spec, caller)
    await store.close()
    assert plans != []
    assert [step for step in plans if WALK in step or step.startswith("SCAN")] == []


@pytest.mark.parametrize("caller", CALLERS, ids=["admin", "tenant"])
async def test_what_a_vm_has_is_found_by_its_uuid(tmp_path: Path, caller: Caller, plans: list[str]) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", Catalog(SERVICES))
    document = {"uuid": "a" * 32, "name": "web", "type": "UserVm"}

    def nested(tx: Any) -> None:
        from landbridge.store.query import Queries

        plans.clear()
        Queries(tx, caller).inventories(VM_INSTANCE, [document, document | {"uuid": "b" * 32}])

    await store.read(nested)
    await store.close()
    assert plans != []
    assert [step for step in plans if WALK in step or step.startswith("SCAN")] == []


async def test_different_values_are_sought_one_by_one_only_where_each_seek_is_one(
    tmp_path: Path, plans: list[str]
) -> None:
    """The fixture sees plain SELECTs, not the recursion that seeks."""
    store = await Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}", Catalog(SERVICES))
    plans.clear()
    await store.read(lambda view: view.distinct(VipPeer, "l3_network_uuid", vip_uuid="v"))
    assert plans == []
    await store.read(lambda view: view.distinct(VipPeer, "vip_uuid", l3_network_uuid="l"))
    await store.close()
    assert [step for step in plans if WALK in step or step.startswith("SCAN")] == []
    assert len(plans) > 0


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps of every statement's plan."""
    steps: list[str] = []
    run = SqliteDatabase.run

    def explained(self: SqliteDatabase, sql: str, values: Mapping[str, Any]) -> Rows:
        if sql.startswith("SELECT"):
            steps.extend(row.detail for row in run(self, f"EXPLAIN QUERY PLAN {sql}", values))
        return run(self, sql, values)

    monkeypatch.setattr(SqliteDatabase, "run", explained)
    return steps
