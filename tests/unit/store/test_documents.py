"""Documents, claims, tags, transactions."""

import asyncio
import importlib
import time
from pkgutil import iter_modules

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.view import Tx, View
from landbridge.model.documents.account import Account
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.documents.vm import NicConnections, VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.store import Store, jobs
from landbridge.store.engine import newest_version
from landbridge.store.migrations import versions
from landbridge.store.tx import SqlTx
from tests.support import postgres

pytestmark = pytest.mark.anyio


def zone(tx: Tx, name: str = "z") -> Zone:
    made = Zone(uuid=tx.new_uuid(), name=name)
    tx.put(made)
    return made


async def test_what_is_written_is_read(store: Store) -> None:
    made = await store.write(zone)
    found = await store.read(lambda view: view.get(Zone, made.uuid))
    assert found == made
    assert found is not None
    assert found.create_date == found.last_op_date > 1_700_000_000_000


async def test_a_failed_unit_leaves_nothing(store: Store) -> None:
    def fail(tx: Tx) -> None:
        made = zone(tx, "lost")
        assert tx.claim("number", 1, made.uuid)
        raise ApiError("SYS.1006", "no")

    with pytest.raises(ApiError):
        await store.write(fail)
    assert await store.read(lambda view: view.first(Zone, name="lost")) is None
    assert await store.read(lambda view: view.claim_owner("number", 1)) is None


async def test_a_read_that_nobody_waits_for_ends(store: Store) -> None:
    """Else a few of them would keep all others from reading."""

    def forever(view: View) -> None:
        assert isinstance(view, SqlTx)
        count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        view._database.run(count, {}).scalar()

    for _ in range(20):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.read(forever), 0.05)
    assert await asyncio.wait_for(store.read(lambda view: view.count(Zone)), 5) == 0


async def test_a_write_that_nobody_waits_for_is_not_begun(store: Store) -> None:
    """It stands behind another."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_tx: Tx) -> None:
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.3)

    first = asyncio.create_task(store.write(slow))
    await begun.wait()
    second = asyncio.create_task(store.write(zone))
    await asyncio.sleep(0)
    second.cancel()
    await first
    await store.write(lambda _tx: None)
    assert await store.read(lambda view: view.count(Zone)) == 0


async def test_a_failed_unit_does_not_harm_its_neighbours(store: Store) -> None:
    def fail(tx: Tx) -> Zone:
        zone(tx, "lost")
        raise ApiError("SYS.1006", "no")

    units = [fail if index % 3 == 0 else zone for index in range(60)]
    results = await asyncio.gather(*(store.write(unit) for unit in units), return_exceptions=True)
    assert [isinstance(result, ApiError) for result in results] == [index % 3 == 0 for index in range(60)]
    assert await store.read(lambda view: view.count(Zone, name="z")) == 40
    assert await store.read(lambda view: view.count(Zone, name="lost")) == 0


async def test_find_by_several_values_and_booleans(store: Store) -> None:
    def make(tx: Tx) -> None:
        for name in ("a", "b", "c"):
            tx.put(Zone(uuid=tx.new_uuid(), name=name, is_default=name == "b"))

    await store.write(make)
    found = await store.read(lambda view: view.find(Zone, name=("c", "a")))
    assert [one.name for one in found] == ["a", "c"]  # in the order of their making
    assert [one.name for one in await store.read(lambda view: view.find(Zone, is_default=True))] == ["b"]
    assert await store.read(lambda view: view.find(Zone, name=())) == []


async def test_the_different_values_of_a_field(store: Store) -> None:
    def make(tx: Tx) -> list[str]:
        made = zone(tx)
        zones = [made.uuid, zone(tx).uuid]
        for name, where in (("b", 0), ("a", 0), ("b", 0), ("c", 1), ("a", 0)):
            tx.put(Cluster(uuid=tx.new_uuid(), name=name, zone_uuid=zones[where]))
        return zones

    one, two = await store.write(make)
    assert await store.read(lambda view: view.distinct(Cluster, "name", zone_uuid=one)) == ["a", "b"]
    assert await store.read(lambda view: view.distinct(Cluster, "name", zone_uuid=[one, two])) == ["a", "b", "c"]
    assert await store.read(lambda view: view.distinct(Cluster, "zone_uuid")) == sorted([one, two])
    assert await store.read(lambda view: view.distinct(Cluster, "name", zone_uuid="none")) == []
    assert await store.read(lambda view: view.distinct(VmInstance, "host_uuid")) == []


async def test_values_that_are_absent_are_none_of_them(store: Store) -> None:
    def make(tx: Tx) -> None:
        where = zone(tx).uuid
        for host in (None, "h", None, "h"):
            tx.put(
                VmInstance(uuid=tx.new_uuid(), name="v", zone_uuid=where, last_host_uuid=host, appliance_vm_type=host)
            )

    await store.write(make)
    assert await store.read(lambda view: view.distinct(VmInstance, "appliance_vm_type", name="v")) == ["h"]
    with pytest.raises(ValueError, match="has no index"):
        await store.read(lambda view: view.distinct(VmInstance, "last_host_uuid"))


async def test_an_older_schema_is_brought_up_to_date(url: str) -> None:
    store = await Store.open(url, Catalog([]))

    def age(tx: Tx) -> None:
        assert isinstance(tx, SqlTx)
        tx.run("ALTER TABLE job_wait DROP COLUMN lenient")
        tx.run("UPDATE alembic_version SET version_num = '0001'")

    await store.write(age)
    await store.close()
    reopened = await Store.open(url, Catalog([]))
    assert await reopened.read(jobs.excusable) == []
    await reopened.close()


async def test_parts_of_parts_are_of_the_whole(url: str) -> None:
    """In whichever order they are stored, and after an upgrade from when that mattered."""
    store = await Store.open(url, Catalog([]))
    vm, nic, address = (f"{number:032x}" for number in range(3))

    def make(tx: Tx) -> None:
        tx.put(VmInstance(uuid=vm, name="vm", zone_uuid=""))
        tx.put(UsedIp(uuid=address, vm_nic_uuid=nic, l3_network_uuid="", ip_range_uuid="", ip="", netmask="",
                      gateway="", ip_in_long=0))  # fmt: skip
        tx.put(VmNic(uuid=nic, vm_instance_uuid=vm, l3_network_uuid="", l2_network_uuid="", mac="m"))

    def age(tx: Tx) -> None:
        assert isinstance(tx, SqlTx)
        tx.run("UPDATE resource SET family = :nic, owner = 'former' WHERE uuid = :address", nic=nic, address=address)
        tx.run("UPDATE alembic_version SET version_num = '0004'")

    await store.write(make, account="tenant")
    assert await store.read(lambda view: view.parts_of(vm)) == [vm, address, nic]
    await store.write(age)
    await store.close()
    reopened = await Store.open(url, Catalog([]))
    assert await reopened.read(lambda view: view.parts_of(vm)) == [vm, address, nic]
    assert await reopened.read(lambda view: view.owner_account(address)) == "tenant"
    await reopened.close()


async def test_what_is_part_of_something_is_so_after_an_upgrade(url: str) -> None:
    """Rows of before there were families: a NIC's connections belong to the VM's account, an account to itself."""
    store = await Store.open(url, Catalog([]))
    vm, nic, sessions, account = (f"{number:032x}" for number in range(4))

    def before(tx: Tx) -> None:
        assert isinstance(tx, SqlTx)
        tx.put(VmInstance(uuid=vm, name="vm", zone_uuid=""))
        tx.put(VmNic(uuid=nic, vm_instance_uuid=vm, l3_network_uuid="", l2_network_uuid="", mac="m"))
        tx.put(NicConnections(uuid=sessions, vm_nic_uuid=nic, data=b""))
        tx.put(Account(uuid=account, name="a"))
        tx.run("DROP INDEX resource_family")
        tx.run("ALTER TABLE resource DROP COLUMN family")
        tx.run("UPDATE resource SET owner = CASE WHEN uuid = :vm THEN 'tenant' ELSE NULL END", vm=vm)
        tx.run("UPDATE alembic_version SET version_num = '0003'")

    await store.write(before)
    await store.close()
    reopened = await Store.open(url, Catalog([]))
    owners = await reopened.read(lambda view: [view.owner_account(one) for one in (vm, nic, sessions, account)])
    assert owners == ["tenant", "tenant", "tenant", account]
    assert await reopened.read(lambda view: view.owned_by("tenant")) == [("VmInstance", vm)]
    await reopened.close()


async def test_documents_move_into_partitions_with_an_upgrade(postgres_url: str) -> None:
    """From a database of 0005, where one table had them all: same documents, same order, and the next come after."""
    url = await postgres.empty_database(postgres_url)
    store = await Store.open(url, Catalog([]))
    uuids = [f"{number:032x}" for number in range(3)]

    def before(tx: Tx) -> None:
        assert isinstance(tx, SqlTx)
        for number in reversed(uuids):
            tx.put(Zone(uuid=number, name=number[-1]))
        tx.put(Account(uuid="a" * 32, name="a"))
        tx.finish()
        for statement in (
            "CREATE TABLE plain (seq BIGSERIAL PRIMARY KEY, uuid TEXT UNIQUE, type TEXT, owner TEXT, family TEXT, "
            "doc JSONB)",
            "INSERT INTO plain SELECT seq, uuid, type, owner, family, doc FROM resource",
            "DROP TABLE resource",
            "ALTER TABLE plain RENAME TO resource",
            "ALTER SEQUENCE plain_seq_seq RENAME TO resource_seq_seq",
            "CREATE INDEX resource_owner ON resource (owner, type, seq)",
            "CREATE INDEX resource_family ON resource (family)",
            """CREATE INDEX "doc_Zone_name" ON resource ((doc ->> 'name')) WHERE type = 'Zone'""",
            "UPDATE alembic_version SET version_num = '0005'",
        ):
            tx.run(statement)

    await store.write(before)
    await store.close()
    reopened = await Store.open(url, Catalog([]))
    await reopened.write(lambda tx: tx.put(Zone(uuid="f" * 32, name="last")))
    zones = await reopened.read(lambda view: [one.uuid for one in view.find(Zone)])
    assert zones == [*reversed(uuids), "f" * 32]
    again = "SELECT count(*) - count(DISTINCT seq) FROM resource"
    assert await reopened.read(lambda view: _sql(view).run(again).scalar_one()) == 0, "numbers go on"
    assert await reopened.read(lambda view: view.owner_account("a" * 32)) == "a" * 32
    await reopened.close()


async def test_a_field_without_an_index_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="no index"):
        await store.read(lambda view: view.find(Zone, description="x"))


async def test_a_reference_must_exist(store: Store) -> None:
    with pytest.raises(ApiError) as raised:
        await store.write(lambda tx: tx.put(Cluster(uuid=tx.new_uuid(), name="c", zone_uuid="0" * 32)))
    assert raised.value.code == "SYS.1003"


async def test_what_is_in_use_stays(store: Store) -> None:
    made = await store.write(zone)

    def hold(tx: Tx) -> Cluster:
        cluster = Cluster(uuid=tx.new_uuid(), name="holder", zone_uuid=made.uuid)
        tx.put(cluster)
        return cluster

    holder = await store.write(hold)
    with pytest.raises(ApiError) as raised:
        await store.write(lambda tx: tx.delete(tx.need(Zone, made.uuid)))
    assert raised.value.code == "SYS.1006"
    assert "holder" in raised.value.details
    await store.write(lambda tx: tx.delete(tx.need(Cluster, holder.uuid)))
    await store.write(lambda tx: tx.delete(tx.need(Zone, made.uuid)))
    assert await store.read(lambda view: view.get(Zone, made.uuid)) is None


async def test_deleting_gives_back_claims_and_tags(store: Store) -> None:
    made = await store.write(zone)

    def decorate(tx: Tx) -> None:
        assert tx.claim("name", "x", made.uuid)
        tx.set_tag(made.uuid, "ZoneVO", "a::b")
        tx.set_tag(made.uuid, "ZoneVO", "a::b")

    await store.write(decorate)
    assert await store.read(lambda view: view.tags(made.uuid)) == ["a::b"]
    await store.write(lambda tx: tx.delete(tx.need(Zone, made.uuid)))
    assert await store.read(lambda view: view.claim_owner("name", "x")) is None
    assert await store.read(lambda view: view.tags(made.uuid)) == []


async def test_a_claim_has_one_owner(store: Store) -> None:
    assert await store.write(lambda tx: tx.claim("s", "k", "one"))
    assert not await store.write(lambda tx: tx.claim("s", "k", "two"))
    assert await store.write(lambda tx: tx.claim("s", "k", "one"))
    await store.write(lambda tx: tx.release("s", "k"))
    assert await store.write(lambda tx: tx.claim("s", "k", "two"))


async def test_every_free_number_is_handed_out_once(store: Store) -> None:
    async def take(index: int) -> int | None:
        return await store.write(lambda tx: tx.claim_free("n", 10, 109, f"owner{index}"))

    taken = await asyncio.gather(*(take(index) for index in range(130)))
    assert sorted(number for number in taken if number is not None) == list(range(10, 110))
    assert taken.count(None) == 30
    await store.write(lambda tx: tx.release("n", 57))
    assert await take(999) == 57
    assert await store.read(lambda view: view.claims_between("n", 20, 25)) == [20, 21, 22, 23, 24, 25]
    assert await store.read(lambda view: view.count_claims_between("n", 0, 1000)) == 100


async def test_concurrent_updates_are_not_lost(store: Store) -> None:
    made = await store.write(zone)

    def add(tx: Tx) -> None:
        found = tx.need(Zone, made.uuid)
        found.description = f"{found.description or ''}x"
        tx.put(found)

    await asyncio.gather(*(store.write(add) for _ in range(40)))
    found = await store.read(lambda view: view.need(Zone, made.uuid))
    assert found.description == "x" * 40


async def test_a_reopened_store_has_everything(url: str) -> None:
    first = await Store.open(url, Catalog([]))
    made = await first.write(zone)
    await first.close()
    second = await Store.open(url, Catalog([]))
    assert await second.read(lambda view: view.get(Zone, made.uuid)) == made
    assert await second.read(lambda view: view.get(Host, made.uuid)) is None
    await second.close()


def test_a_migration_is_called_by_its_revision() -> None:
    found = [importlib.import_module(f"{versions.__name__}.{one.name}") for one in iter_modules(versions.__path__)]
    assert [one.__name__.rpartition(".")[2].partition("_")[0] for one in found] == [
        f"v{one.revision}" for one in found
    ]
    assert newest_version() == found[-1].revision


def _sql(view: View) -> SqlTx:
    assert isinstance(view, SqlTx)
    return view
