"""The choice of a host, and the load that it goes by."""

from collections.abc import Iterator
from functools import partial

import pytest

from landbridge.core.placement import Wish, choose_host, missing_network, occupy, vacate
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import HostLoad
from tests.unit.services.netkit import Kit, interface, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened(3) as kit:
        yield kit


def chosen(kit: Kit, *networks: str, seed: str = "", **wish: str) -> str:
    def choose(tx: Tx) -> str:
        return choose_host(tx, [tx.need(L2Network, uuid) for uuid in networks], Wish(**wish), seed).uuid

    return kit.write(choose)


def test_the_least_loaded_then_by_lot(kit: Kit) -> None:
    one, two, three = kit.hosts
    assert {chosen(kit, seed=str(seed)) for seed in range(50)} == {one, two, three}
    assert len({chosen(kit, seed="a") for _ in range(5)}) == 1
    for host in (one, one, two):
        kit.write(partial(occupy, host_uuid=host))
    assert chosen(kit) == three
    kit.write(lambda tx: occupy(tx, three))
    assert {chosen(kit, seed=str(seed)) for seed in range(50)} == {two, three}
    for host in (one, one):
        kit.write(partial(vacate, host_uuid=host))
    assert chosen(kit) == one


def test_load_is_a_sum_and_ends_at_nothing(kit: Kit) -> None:
    one, two, _ = kit.hosts
    for _ in range(2):
        kit.write(lambda tx: tx.put(HostLoad(uuid=tx.new_uuid(), host_uuid=one, vms=1)))
    kit.write(lambda tx: occupy(tx, two))
    assert chosen(kit, cluster_uuid=kit.cluster) == kit.hosts[2]
    for _ in range(3):
        kit.write(lambda tx: vacate(tx, one))
    assert [load.host_uuid for load in kit.all(HostLoad)] == [two]


def test_wishes(kit: Kit) -> None:
    other = kit.add_host(cluster=kit.add_cluster())
    cluster = kit.get(Host, other).cluster_uuid
    assert chosen(kit, cluster_uuid=cluster) == other
    assert chosen(kit, host_uuid=kit.hosts[1]) == kit.hosts[1]
    assert chosen(kit, zone_uuid=kit.zone) in kit.hosts
    with kit.refused("HOST.1004", "host-4: it is in another cluster"):
        chosen(kit, host_uuid=other, cluster_uuid=kit.cluster)
    with kit.refused("HOST.1004", "host-1: it is in another zone"):
        chosen(kit, host_uuid=kit.hosts[0], zone_uuid=ABSENT)
    with kit.refused("HOST.1004", "there is no host"):
        chosen(kit, zone_uuid=ABSENT)


def test_only_hosts_that_have_every_network(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    overlay, flat = kit.vxlan(pool), kit.no_vlan()
    without_vtep = kit.add_host(interface("eth0"))
    assert chosen(kit, overlay) in kit.hosts[:3]
    with kit.refused("HOST.1004", "L2 network flat is not attached"):
        chosen(kit, overlay, flat)
    kit.attach(flat, tag="")
    assert chosen(kit, overlay, flat) in kit.hosts[:3]
    assert chosen(kit, flat, host_uuid=without_vtep) == without_vtep
    with kit.refused("HOST.1004", "no VTEP"):
        chosen(kit, overlay, host_uuid=without_vtep)

    def missing(tx: Tx) -> str | None:
        return missing_network(tx, tx.need(Host, without_vtep), [tx.need(L2Network, overlay)])

    assert kit.write(missing) == "it has no VTEP in the pool of L2 network net"
