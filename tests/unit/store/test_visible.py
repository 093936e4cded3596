"""What a caller sees: its own and what is shared with it, however it asks; on either engine."""

from collections.abc import AsyncIterator

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.query import parse
from landbridge.core.service import Caller
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2_VXLAN_NETWORK, L2_VXLAN_POOL, VNI_RANGE, L2Network, VniRange
from landbridge.model.documents.l3 import L3_NETWORK, USED_IP, IpRange, L3Network, UsedIp
from landbridge.model.documents.places import HOST, ZONE, Cluster, Host, Zone
from landbridge.model.documents.sharing import PUBLIC, SHARED_RESOURCE, SharedResource
from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Kind
from landbridge.store import Store, jobs
from landbridge.store.jobs import JobRow
from landbridge.store.store import inventories

pytestmark = pytest.mark.anyio

ADMIN = Caller("admin", "admin", is_admin=True)
MINE, OTHER, THIRD = (Caller(name, name, is_admin=False) for name in ("mine", "other", "third"))
ZONE_UUID, POOL, SHARED_NET, OTHER_NET, L3 = (f"{number:032x}" for number in range(1, 6))


def infrastructure(tx: Tx) -> None:
    tx.put(Zone(uuid=ZONE_UUID, name="zone"))
    tx.put(Cluster(uuid="c" * 32, name="cluster", zone_uuid=ZONE_UUID))
    tx.put(Host(uuid="a" * 32, name="host", zone_uuid=ZONE_UUID, cluster_uuid="c" * 32, management_ip="10.0.0.1"))
    tx.put(L2Network(uuid=POOL, name="pool", zone_uuid=ZONE_UUID, type="VxlanNetworkPool", net_id=1))
    tx.put(VniRange(uuid=tx.new_uuid(), name="vnis", l2_network_uuid=POOL, start_vni=1, end_vni=9))


def network(uuid: str, name: str, vni: int) -> L2Network:
    return L2Network(
        uuid=uuid, name=name, zone_uuid=ZONE_UUID, type="VxlanNetwork", pool_uuid=POOL, vni=vni, net_id=vni + 1
    )


def share(uuid: str, owner: Caller, receiver: str) -> SharedResource:
    return SharedResource(
        uuid=f"{uuid[-4:]}{receiver:>28}",
        owner_account_uuid=owner.account_uuid,
        resource_uuid=uuid,
        resource_type="L2NetworkVO",
        receiver=receiver,
    )


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """A pool of the administrator's, shared with two of three accounts, one of which has made a network in it."""
    opened = await Store.open(url, Catalog([]))
    await opened.write(infrastructure, account="admin")

    def shared(tx: Tx) -> None:
        tx.put(share(POOL, ADMIN, "mine"))
        tx.put(share(POOL, ADMIN, "other"))

    await opened.write(shared, account="admin")
    await opened.write(lambda tx: tx.put(network(OTHER_NET, "theirs", 2)), account="other")
    await opened.write(lambda tx: tx.put(network(SHARED_NET, "ours", 3)), account="mine")
    yield opened
    await opened.close()


async def seen(store: Store, kind: Kind, caller: Caller, *conditions: str) -> list[str]:
    found = await store.query(kind, parse(store.catalog, kind, {"q": list(conditions)}), caller)
    return [str(row.get("name", row.get("resourceUuid"))) for row in found.rows]


async def test_rows_of_a_query(store: Store) -> None:
    assert await seen(store, L2_VXLAN_POOL, MINE) == ["pool"]
    assert await seen(store, L2_VXLAN_POOL, THIRD) == []
    assert await seen(store, VNI_RANGE, MINE) == ["vnis"], "a part is shared with the whole"
    assert await seen(store, VNI_RANGE, THIRD) == []
    assert await seen(store, L2_VXLAN_NETWORK, MINE) == ["ours"]
    assert await seen(store, L2_VXLAN_NETWORK, ADMIN) == ["theirs", "ours"]
    assert await seen(store, ZONE, THIRD) == ["zone"]
    assert (await seen(store, HOST, ADMIN), await seen(store, HOST, MINE)) == (["host"], [])


async def test_nested_rows(store: Store) -> None:
    async def nested(caller: Caller) -> list[str]:
        rows, _ = await store.read(lambda view: inventories(view, L2_VXLAN_POOL, (POOL,), caller))
        return [row["name"] for row in rows[0]["attachedVxlanNetworkRefs"]]

    assert await nested(ADMIN) == ["theirs", "ours"]
    assert await nested(MINE) == ["ours"]


@pytest.mark.parametrize(("condition", "admin", "tenant"), [
    ("l2VxlanNetwork.name=theirs", ["pool"], []),
    ("l2VxlanNetwork.name!=theirs", [], ["pool"]),
    ("l2VxlanNetwork.name=ours", ["pool"], ["pool"]),
    ("zone.host.name=host", ["pool"], []),
])  # fmt: skip
async def test_conditions_tell_nothing(store: Store, condition: str, admin: list[str], tenant: list[str]) -> None:
    """What a caller does not see does not answer conditions either."""
    assert await seen(store, L2_VXLAN_POOL, ADMIN, condition) == admin
    assert await seen(store, L2_VXLAN_POOL, MINE, condition) == tenant


async def test_shares_are_seen_by_those_they_concern(store: Store) -> None:
    assert len(await seen(store, SHARED_RESOURCE, ADMIN)) == 2
    assert await seen(store, SHARED_RESOURCE, MINE) == [POOL]
    assert await seen(store, SHARED_RESOURCE, THIRD) == []
    await store.write(lambda tx: tx.put(share(SHARED_NET, MINE, PUBLIC)), account="mine")
    assert await seen(store, SHARED_RESOURCE, THIRD) == [SHARED_NET]
    assert await seen(store, L2_VXLAN_NETWORK, THIRD) == ["ours"]


async def test_parts_belong_where_the_whole_does(store: Store) -> None:
    """Whoever makes them; and they go along when it is handed over."""
    await store.write(
        lambda tx: tx.put(L3Network(uuid=L3, name="l3", zone_uuid="", l2_network_uuid="")), account="mine"
    )
    part = IpRange(
        uuid="b" * 32,
        name="range",
        l3_network_uuid=L3,
        start_ip="10.0.0.2",
        end_ip="10.0.0.9",
        gateway="10.0.0.1",
        netmask="255.255.255.0",
        network_cidr="10.0.0.0/24",
        prefix_len=24,
    )
    await store.write(lambda tx: tx.put(part), account="admin")
    assert await store.read(lambda view: view.owner_account(part.uuid)) == "mine"
    await store.write(lambda tx: tx.hand_over(L3, "other"))
    assert await store.read(lambda view: view.owner_account(part.uuid)) == "other"
    assert await seen(store, L3_NETWORK, MINE) == []
    assert await store.read(lambda view: view.owned_by("other")) == [("L2Network", OTHER_NET), ("L3Network", L3)]


async def test_a_part_of_nothing_is_its_makers(store: Store) -> None:
    """An address without a NIC; with one it is the NIC's, without it stays with that account."""
    address = UsedIp(
        uuid="d" * 32, l3_network_uuid="", ip_range_uuid="", ip="10.0.0.5", netmask="", gateway="", ip_in_long=0
    )

    async def owner() -> str | None:
        return await store.read(lambda view: view.owner_account(address.uuid))

    await store.write(lambda tx: tx.put(address), account="mine")
    assert await owner() == "mine"
    nic = VmNic(uuid="e" * 32, vm_instance_uuid="", l3_network_uuid="", l2_network_uuid="", mac="m")
    await store.write(lambda tx: tx.put(nic), account="other")
    address.vm_nic_uuid = nic.uuid
    await store.write(lambda tx: tx.put(address))
    assert await owner() == "other"
    address.vm_nic_uuid = None
    await store.write(lambda tx: tx.put(address))
    assert await owner() == "other"
    assert len(await seen(store, USED_IP, MINE)) == 0


async def test_what_a_jobs_continuation_makes_is_its_accounts(store: Store) -> None:
    def accept(tx: Tx) -> None:
        jobs.save(tx, JobRow(uuid="e" * 32, action="A", account="mine", request={}, created=0, deadline=1))

    def go_on(tx: Tx) -> None:
        assert jobs.resume(tx, "e" * 32) is not None
        tx.put(L3Network(uuid=L3, name="l3", zone_uuid="", l2_network_uuid=""))

    await store.write(accept)
    await store.write(go_on)
    assert await seen(store, L3_NETWORK, MINE) == ["l3"]
