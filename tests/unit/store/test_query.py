"""Queries: the tree in SQL finds what a plain Python filter finds."""

import operator
import random
from collections.abc import Callable
from typing import Any

import pytest

from landbridge.core import labels, zql
from landbridge.core.query import parse
from landbridge.core.service import Caller
from landbridge.core.view import Tx
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
    ("name~=vm-_", lambda vm: len(vm.name) == 4),
    ("name~=%-1%", lambda vm: "-1" in vm.name),
    ("name~=vm-1", lambda vm: vm.name == "vm-1"),
    ("name~=%", lambda vm: True),
    ("name~=", lambda vm: vm.name == ""),
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


async def zql_uuids(store: Store, text: str, caller: Caller = ADMIN) -> list[str]:
    (one,) = zql.parse(store.catalog, text)
    return [row["uuid"] for row in (await store.query(one.kind, one.spec, caller)).rows]


LEAVES: dict[str, Callable[[VmInstance], bool]] = {
    "name = 'vm-3'": lambda vm: vm.name == "vm-3",
    "cpuNum > 6": lambda vm: vm.cpu_num > 6,
    "state != 'Running'": lambda vm: vm.state != "Running",
    "description is null": lambda vm: vm.description is None,
    "description not in ('plain')": lambda vm: vm.description != "plain",
    "uuid in (query vminstance.uuid where cpuNum < 4)": lambda vm: vm.cpu_num < 4,
    "uuid not in (query vminstance.uuid where state = 'Stopped')": lambda vm: vm.state != "Stopped",
}


async def test_trees_of_conditions(store: Store, filled: list[VmInstance]) -> None:
    chance = random.Random(11)

    def tree(depth: int) -> tuple[str, Callable[[VmInstance], bool]]:
        if depth == 0 or chance.random() < 0.3:
            return chance.choice(list(LEAVES.items()))
        (left, of_left), (right, of_right) = tree(depth - 1), tree(depth - 1)
        if chance.random() < 0.5:
            return f"({left} and {right})", lambda vm: of_left(vm) and of_right(vm)
        return f"({left} or {right})", lambda vm: of_left(vm) or of_right(vm)

    for text, holds in [*LEAVES.items(), *(tree(4) for _ in range(40))]:
        assert await zql_uuids(store, f"query vminstance where {text}") == [vm.uuid for vm in filled if holds(vm)], (
            text
        )


async def test_what_is_absent_is_among_nothing(store: Store, filled: list[VmInstance]) -> None:
    said = {vm.description for vm in filled if vm.cpu_num < 3} - {None}
    inner = "(query vminstance.description where cpuNum < 3)"
    assert await zql_uuids(store, f"query vminstance where description not in {inner}") == [
        vm.uuid for vm in filled if vm.description not in said
    ]
    assert await zql_uuids(store, f"query vminstance where description in {inner}") == [
        vm.uuid for vm in filled if vm.description in said
    ]


async def test_a_query_in_a_condition_sees_what_the_caller_sees(store: Store, filled: list[VmInstance]) -> None:
    text = "query vminstance where uuid in (query vminstance.uuid)"
    assert len(await zql_uuids(store, text, TENANT)) == 40
    await store.write(lambda tx: tx.put(Zone(uuid=tx.new_uuid(), name="north")))
    other = Caller("other", "other", is_admin=False)
    text = "query account where uuid in (query vminstance.uuid) or uuid not in (query vminstance.uuid)"
    (one,) = zql.parse(store.catalog, text)
    everything = await store.query(one.kind, one.spec, other)
    assert everything.rows == (await store.query(one.kind, parse(store.catalog, one.kind, {}), other)).rows


async def test_sums_and_counts_by_group(store: Store, filled: list[VmInstance]) -> None:
    async def rows(text: str) -> list[dict[str, Any]]:
        (one,) = zql.parse(store.catalog, text)
        return (await store.query(one.kind, one.spec, ADMIN)).rows

    states = {state: [vm for vm in filled if vm.state == state] for state in ("Running", "Stopped")}
    assert await rows("count vminstance group by state") == [
        {"state": state, "count": len(vms)} for state, vms in states.items()
    ]
    assert await rows("sum vminstance.cpuNum by state where name != 'x'") == [
        {"state": state, "cpuNum": sum(vm.cpu_num for vm in vms)} for state, vms in states.items()
    ]
    assert await rows("sum vminstance.cpuNum") == [{"cpuNum": sum(vm.cpu_num for vm in filled)}]
    assert await rows("sum vminstance.cpuNum where name = 'none'") == [{"cpuNum": 0}]


async def test_group_by_gives_the_first_of_each_and_pages_them(store: Store, filled: list[VmInstance]) -> None:
    firsts = [vm.uuid for at, vm in enumerate(filled) if vm.name not in {before.name for before in filled[:at]}]
    assert await names(store, groupBy="name") == firsts
    assert await names(store, groupBy="name", limit=2, start=3) == firsts[3:5]


async def test_tags_are_fields(store: Store, filled: list[VmInstance]) -> None:
    def tag(tx: Tx) -> None:
        for vm in filled[:3]:
            tx.set_tag(vm.uuid, "VmInstanceVO", f"hostname::{vm.uuid[:4]}")
        for vm in filled[1:4]:
            labels.attach(tx, "VmInstanceVO", vm.uuid, "gold")
        tx.set_tag(filled[0].zone_uuid, "ZoneVO", "marked")

    await store.write(tag)
    uuids = [vm.uuid for vm in filled]
    assert await names(store, "__systemTag__~=hostname::%") == uuids[:3]
    assert await names(store, "__userTag__=gold", "__systemTag__~=hostname%") == uuids[1:3]
    assert await names(store, "__userTag__!=gold") == uuids[:1] + uuids[4:]
    assert await names(store, "__userTag__?=gold,silver") == uuids[1:4]
    assert await names(store, "__userTag__ is null") == uuids[:1] + uuids[4:]
    assert await names(store, "__userTag__ not null") == uuids[1:4]
    assert await names(store, "__tagUuid__=x") == []
    marked = [vm.uuid for vm in filled if vm.zone_uuid == filled[0].zone_uuid]
    assert await names(store, "zone.__systemTag__=marked") == marked
    assert await zql_uuids(store, "query vminstance where __userTag__ not has ('gold')") == uuids[:1] + uuids[4:]


@pytest.mark.parametrize("condition", ["cpuNum=many", "cpuNum?=1,x", "cpuNum>", "cpuNum=" + "9" * 30])
async def test_a_number_is_compared_with_numbers(store: Store, filled: list[VmInstance], condition: str) -> None:
    with pytest.raises(ApiError, match="is no number"):
        await names(store, condition)
    assert await names(store, "cpuNum~=1%") == [vm.uuid for vm in filled if str(vm.cpu_num).startswith("1")]


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
