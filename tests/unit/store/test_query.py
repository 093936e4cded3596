"""Queries: the tree in SQL finds what a plain Python filter finds."""

import operator
import random
from collections.abc import Callable
from typing import Any

import pytest

from landbridge.core.query import parse
from landbridge.core.service import Caller, Tx
from landbridge.model.documents.places import CLUSTER, ZONE, Cluster, Zone
from landbridge.model.documents.vm import VM_INSTANCE, VmInstance
from landbridge.model.errors import ApiError
from landbridge.store import Store

pytestmark = pytest.mark.anyio

ADMIN = Caller("admin", "admin", is_admin=True)
TENANT = Caller("tenant", "tenant", is_admin=False)


@pytest.fixture
async def filled(store: Store) -> list[VmInstance]:
    """Forty VMs over two zones, made by a seeded choice."""
    chance = random.Random(7)

    def fill(tx: Tx) -> list[VmInstance]:
        zones = [Zone(uuid=tx.new_uuid(), name=name) for name in ("east", "west")]
        for zone in zones:
            tx.put(zone)
        made = []
        for number in range(40):
            vm = VmInstance(
                uuid=tx.new_uuid(),
                name=f"vm-{number % 13}",
                zone_uuid=chance.choice(zones).uuid,
                cpu_num=chance.randrange(1, 12),
                state=chance.choice(["Running", "Stopped"]),
                description=chance.choice([None, "odd = value", "plain"]),
            )
            tx.put(vm)
            made.append(vm)
        return made

    return await store.write(fill, account="tenant")


async def names(store: Store, *conditions: Any, caller: Caller = ADMIN, **params: Any) -> list[str]:
    spec = parse(store.catalog, VM_INSTANCE, {"q": list(conditions), **params})
    result = await store.query(VM_INSTANCE, spec, caller)
    return [row["uuid"] for row in result.rows]


CASES: list[tuple[str, Callable[[VmInstance], bool]]] = [
    ("name=vm-3", lambda vm: vm.name == "vm-3"),
    ("name!=vm-3", lambda vm: vm.name != "vm-3"),
    ("name~=vm-1%", lambda vm: vm.name.startswith("vm-1")),
    ("name!~=vm-1%", lambda vm: not vm.name.startswith("vm-1")),
    ("name~=VM-1%", lambda vm: False),
    ("name?=vm-1,vm-2", lambda vm: vm.name in ("vm-1", "vm-2")),
    ("name!?=vm-1,vm-2", lambda vm: vm.name not in ("vm-1", "vm-2")),
    ("cpuNum>9", lambda vm: vm.cpu_num > 9),
    ("cpuNum>=9", lambda vm: vm.cpu_num >= 9),
    ("cpuNum<10", lambda vm: vm.cpu_num < 10),
    ("cpuNum<=2", lambda vm: vm.cpu_num <= 2),
    ("cpuNum=10", lambda vm: vm.cpu_num == 10),
    ("description is null", lambda vm: vm.description is None),
    ("description not null", lambda vm: vm.description is not None),
    ("description!=plain", lambda vm: vm.description != "plain"),
]


@pytest.mark.parametrize(("condition", "holds"), CASES, ids=[case[0] for case in CASES])
async def test_each_operator(
    store: Store, filled: list[VmInstance], condition: str, holds: Callable[[VmInstance], bool]
) -> None:
    assert await names(store, condition) == [vm.uuid for vm in filled if holds(vm)]


async def test_conditions_are_anded_and_follow_relations(store: Store, filled: list[VmInstance]) -> None:
    zones = {zone.uuid: zone.name for zone in await store.read(lambda view: view.find(Zone))}
    east = [vm.uuid for vm in filled if zones[vm.zone_uuid] == "east" and vm.state == "Running"]
    assert await names(store, "zone.name=east", "state=Running") == east
    assert await names(store, "zone.name!=east") == [vm.uuid for vm in filled if zones[vm.zone_uuid] != "east"]


async def test_object_conditions_of_the_message_api(store: Store, filled: list[VmInstance]) -> None:
    expected = [vm.uuid for vm in filled if vm.name == "vm-5"]
    assert await names(store, {"name": "name", "op": "=", "value": "vm-5"}) == expected
    assert await names(store, {"name": "name", "op": "in", "value": "vm-5"}) == expected


async def test_paging_sorting_counting(store: Store, filled: list[VmInstance]) -> None:
    whole = [vm.uuid for vm in filled]
    assert await names(store, limit=5, start=3) == whole[3:8]
    by_cpu = sorted(filled, key=operator.attrgetter("cpu_num"), reverse=True)
    assert await names(store, sort="-cpuNum") == [vm.uuid for vm in by_cpu]
    counted = await store.query(VM_INSTANCE, parse(store.catalog, VM_INSTANCE, {"count": True}), ADMIN)
    assert (counted.rows, counted.total) == ([], 40)
    both = await store.query(
        VM_INSTANCE, parse(store.catalog, VM_INSTANCE, {"replyWithCount": True, "limit": 1}), ADMIN
    )
    assert (len(both.rows), both.total) == (1, 40)


async def test_only_the_asked_fields(store: Store, filled: list[VmInstance]) -> None:
    spec = parse(store.catalog, VM_INSTANCE, {"fields": ["name", "uuid"], "limit": 1})
    result = await store.query(VM_INSTANCE, spec, ADMIN)
    assert result.rows == [{"name": filled[0].name, "uuid": filled[0].uuid}]


async def test_tenants_see_what_is_theirs(store: Store, filled: list[VmInstance]) -> None:
    assert len(await names(store, caller=TENANT)) == 40
    assert await names(store, caller=Caller("other", "other", is_admin=False)) == []


async def test_inventories_have_no_internal_fields_and_dates_as_clients_parse_them(
    store: Store, filled: list[VmInstance]
) -> None:
    result = await store.query(VM_INSTANCE, parse(store.catalog, VM_INSTANCE, {"limit": 1}), ADMIN)
    row = result.rows[0]
    assert "boot" not in row
    assert "number" not in row
    assert row["createDate"].endswith(("AM", "PM"))
    assert result.schema["inventories[0]"] == "org.zstack.header.vm.VmInstanceInventory"


@pytest.mark.parametrize("condition", ["nmae=x", "zone.nmae=x", "passwordHash=x", "boot=1", "zoo.name=x", "name"])
async def test_unknown_fields_are_refused(store: Store, condition: str) -> None:
    with pytest.raises(ApiError) as raised:
        parse(store.catalog, VM_INSTANCE, {"q": [condition]})
    assert raised.value.code == "SYS.1007"


async def test_a_near_name_is_offered(store: Store) -> None:
    with pytest.raises(ApiError, match="did you mean name"):
        parse(store.catalog, ZONE, {"q": ["nmae=x"]})


async def test_values_are_never_sql(store: Store) -> None:
    await store.write(lambda tx: tx.put(Zone(uuid=tx.new_uuid(), name="it's; DROP TABLE resource --")))
    spec = parse(store.catalog, ZONE, {"q": ["name=it's; DROP TABLE resource --"]})
    assert len((await store.query(ZONE, spec, ADMIN)).rows) == 1


async def test_nested_inventories(store: Store) -> None:
    def make(tx: Tx) -> None:
        zone = Zone(uuid=tx.new_uuid(), name="z")
        tx.put(zone)
        tx.put(Cluster(uuid=tx.new_uuid(), name="c", zone_uuid=zone.uuid))

    await store.write(make)
    spec = parse(store.catalog, CLUSTER, {"q": ["zone.name=z"]})
    assert [row["name"] for row in (await store.query(CLUSTER, spec, ADMIN)).rows] == ["c"]
