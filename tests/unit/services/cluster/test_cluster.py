"""Clusters: states, deletes that refuse."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.l2 import VXLAN_POOL, L2ClusterRef, L2Network
from landbridge.model.documents.places import Cluster
from landbridge.services.cluster import actions as cluster
from tests.unit.services.places import Places, make_places


@pytest.fixture
def kit() -> Iterator[Places]:
    with make_places() as made:
        yield made


def _create(kit: Places, name: str = "c") -> str:
    request = cluster.CreateCluster(zone_uuid=kit.zone, name=name, hypervisor_type="KVM", architecture="aarch64")
    return kit.make(cluster.create_cluster, request)


def test_create_update_and_state(kit: Places) -> None:
    uuid = _create(kit)
    kit.run(cluster.update_cluster, cluster.UpdateCluster(uuid=uuid, description="d"))
    kit.run(cluster.change_cluster_state, cluster.ChangeClusterState(uuid=uuid, state_event="disable"))
    made = kit.get(Cluster, uuid)
    assert (made.name, made.description, made.state, made.architecture) == ("c", "d", "Disabled", "aarch64")
    assert (made.zone_uuid, made.hypervisor_type, made.type) == (kit.zone, "KVM", "zstack")


def test_delete_refuses_a_cluster_with_a_host(kit: Places) -> None:
    kit.add_host()
    with kit.refused("SYS.1006", "host-1"):
        kit.run(cluster.delete_cluster, cluster.DeleteCluster(uuid=kit.cluster))
    empty = _create(kit)
    kit.run(cluster.delete_cluster, cluster.DeleteCluster(uuid=empty))
    assert [found.uuid for found in kit.all(Cluster)] == [kit.cluster]


def test_delete_refuses_a_cluster_with_a_network(kit: Places) -> None:
    pool = kit.put(L2Network(uuid=kit.uuid(), name="pool", zone_uuid=kit.zone, type=VXLAN_POOL))
    kit.put(L2ClusterRef(uuid=kit.uuid(), l2_network_uuid=pool, cluster_uuid=kit.cluster))
    with kit.refused("SYS.1006", "attached"):
        kit.run(cluster.delete_cluster, cluster.DeleteCluster(uuid=kit.cluster))
