"""What queries answer, and many creates at once."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.query import parse
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2_NETWORK, L2_VXLAN_NETWORK, L2_VXLAN_POOL, L2Network
from landbridge.model.documents.l3 import L3_NETWORK
from landbridge.model.documents.places import CLUSTER
from landbridge.model.resource import Kind
from landbridge.services.l2 import actions_network
from landbridge.services.l3 import actions_options, actions_service
from tests.unit.services.netkit import ADMIN, Kit, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened(hosts=1) as kit:
        yield kit


def ask(kit: Kit, kind: Kind, *conditions: str) -> list[dict[str, Any]]:
    spec = parse(kit.store.catalog, kind, {"q": list(conditions)})
    return asyncio.run(kit.store.query(kind, spec, ADMIN)).rows


def test_pool_lists_what_belongs_to_it(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    network = kit.vxlan(pool, vni=150)
    (found,) = ask(kit, L2_VXLAN_POOL)
    assert found["attachedCidrs"] == {kit.cluster: "10.0.0.0/24"}
    assert found["attachedClusterUuids"] == [kit.cluster]
    assert [(vtep["vtepIp"], vtep["port"]) for vtep in found["attachedVtepRefs"]] == [("10.0.0.1", 8472)]
    assert [(one["uuid"], one["vni"]) for one in found["attachedVxlanNetworkRefs"]] == [(network, 150)]
    assert [(one["startVni"], one["endVni"]) for one in found["attachedVniRanges"]] == [(100, 199)]
    hidden = {"netId", "port", "vni", "mtu"}
    assert not hidden & (found.keys() | found["attachedVtepRefs"][0].keys() - {"port"})


def test_relations_and_aliases(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    network = kit.vxlan(pool, "web")
    l3 = kit.l3(network, "subnet")
    kit.run(
        actions_service.attach,
        actions_service.AttachNetworkServiceToL3Network(l3_network_uuid=l3, network_services={"Flat": ["DHCP"]}),
    )
    kit.run(actions_options.add_dns, actions_options.AddDnsToL3Network(l3_network_uuid=l3, dns="1.1.1.1"))

    def uuids(kind: Kind, *conditions: str) -> list[str]:
        return [row["uuid"] for row in ask(kit, kind, *conditions)]

    assert uuids(L2_NETWORK, "cluster.name=cluster-1", "type=VxlanNetwork") == [network]
    assert uuids(L2_VXLAN_NETWORK, "vxlanPool.vniRange.startVni=100") == [network]
    assert uuids(CLUSTER, "l2Network.name=web") == [kit.cluster]
    assert uuids(L3_NETWORK, "serviceProvider.type=Flat", "dns=1.1.1.1") == [l3]
    (found,) = ask(kit, L3_NETWORK)
    assert found["dns"] == ["1.1.1.1"]
    assert [service["networkServiceType"] for service in found["networkServices"]] == ["DHCP"]


def test_many_networks_at_once_have_vnis_and_numbers_of_their_own(kit: Kit) -> None:
    pool = kit.pool(start=1, end=200)

    def create(tx: Tx) -> Outcome:
        request = actions_network.CreateL2VxlanNetwork(name="n", pool_uuid=pool)
        return actions_network.create_vxlan(Context(tx=tx, caller=ADMIN, request_id="r"), request)

    async def crowd() -> None:
        await asyncio.gather(*(kit.store.write(create) for _ in range(200)))

    asyncio.run(crowd())
    networks = kit.all(L2Network, pool_uuid=pool)
    assert {network.vni for network in networks} == set(range(1, 201))
    assert len({network.net_id for network in networks}) == 200
