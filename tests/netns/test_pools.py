"""Underlays: VTEPs of one pool in two networks with a router between, and two pools with the same VNI."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.model.node import AnyObject, FloodPeer, Port, VxlanNetwork
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, ping, sh

pytestmark = pytest.mark.netns

NEAR, FAR = f"{lab.UNDERLAY}.0/24", "192.168.234.0/24"
ROUTED = "192.168.234.2"
OTHER_L2, OTHER_NET_ID, OTHER_PORT = "9" * 32, 0x9A, 8473
CIDRS = (NEAR, FAR)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Host]]:
    with lab.hosts(tmp_path) as made:
        yield made


def network(host: Host, vtep: str, cidrs: tuple[str, ...]) -> tuple[str, AnyObject]:
    key, value = lab.network(host)
    assert isinstance(value, VxlanNetwork)
    return key, replace(value, vtep_ip=vtep, vtep_cidrs=cidrs)


@pytest.mark.parametrize(("cidrs", "heard"), [(CIDRS, True), ((NEAR,), False)], ids=["both", "one"])
def test_clusters_with_vteps_in_networks_of_their_own(pair: list[Host], cidrs: tuple[str, ...], heard: bool) -> None:
    """The second host's cluster has another CIDR; tunnels from there are heard because the pool has it, too."""
    one, two = pair
    switch = f"{one.tag[:-1]}-sw"
    sh(f"ip -n {switch} addr add {lab.UNDERLAY}.254/24 dev br0; ip -n {switch} addr add 192.168.234.254/24 dev br0")
    sh(f"nsenter --net=/run/netns/{switch} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'")
    sh(f"ip -n {two.netns} addr flush dev u0; ip -n {two.netns} addr add {ROUTED}/24 dev u0")
    sh(f"ip -n {two.netns} route add default via 192.168.234.254")
    sh(f"ip -n {one.netns} route add default via {lab.UNDERLAY}.254")
    floods = [(f"flood/{lab.L2}/{vtep}", FloodPeer(l2_uuid=lab.L2, vtep_ip=vtep)) for vtep in (one.vtep, ROUTED)]
    for number, (host, vtep) in enumerate(((one, one.vtep), (two, ROUTED)), start=1):
        assert host.give(network(host, vtep, cidrs), *floods, *lab.machine(number)).failed == {}
        lab.address(host, number)
    assert ping(lab.vm(one, 1), "10.9.0.2") is heard
    assert ping(lab.vm(two, 2), "10.9.0.1") is heard


def test_two_pools_with_one_vni(pair: list[Host]) -> None:
    """The same VNI and the same addresses in both: hosts tell them apart by the pools' UDP ports."""
    for number, host in enumerate(pair, start=1):
        floods = [lab.flood(other) for other in pair]
        _, value = lab.network(host)
        assert isinstance(value, VxlanNetwork)
        other = replace(value, l2_uuid=OTHER_L2, net_id=OTHER_NET_ID, port=OTHER_PORT)
        others = [
            (f"flood/{OTHER_L2}/{n}", FloodPeer(l2_uuid=OTHER_L2, vtep_ip=one.vtep)) for n, one in enumerate(pair)
        ]
        vm, (key, port) = lab.machine(number + 2)
        assert isinstance(port, Port)
        placed = replace(port, l2_uuid=OTHER_L2, net_id=OTHER_NET_ID, addresses=(f"10.9.0.{number}",))
        objects = (
            lab.network(host),
            *floods,
            *lab.machine(number),
            (f"l2/{OTHER_L2}", other),
            *others,
            vm,
            (key, placed),
        )
        assert host.give(*objects).failed == {}
        for machine in (number, number + 2):
            sh(f"ip -n {lab.vm(host, machine)} addr add 10.9.0.{number}/16 dev eth0")
    one, two = pair
    for here, there in ((1, 2), (3, 4)):
        assert ping(lab.vm(one, here), "10.9.0.2")
        seen = sh(f"ip -n {lab.vm(one, here)} neigh show 10.9.0.2")
        assert lab.mac(there) in seen
    sh(f"ip -n {lab.vm(two, 4)} link set eth0 down")
    assert ping(lab.vm(one, 1), "10.9.0.2")
    assert not ping(lab.vm(one, 3), "10.9.0.2", count=1)
