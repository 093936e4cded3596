"""VXLAN devices that are none of our hosts: plain ones of Linux, each with a station behind it."""

from collections.abc import Iterator

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN

from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import ping, sh
from tests.netns.remote_vteps import BROADCAST, GUESTS, World, address, build, floods
from tests.support import wire

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With two plain devices, which know our hosts and not each other."""
    with build(tmp_path_factory.mktemp("remote")) as made:
        yield made


def test_both_directions(world: World) -> None:
    for vm in world.vms():
        assert ping(vm, address(GUESTS + 1))
        assert ping(vm, address(GUESTS + 2))
    for remote in world.remotes:
        assert ping(remote.station, address(1))
        assert ping(remote.station, address(2))


def test_broadcasts_reach_everybody_once(world: World) -> None:
    """From a VM both stations and the other VM; from a station both VMs, and not the other one: nobody relays."""
    (first, second), (one, two) = world.vms(), world.remotes
    seen = {}
    with (
        wire.captured(second, "eth0", world.directory) as seen[second],
        wire.captured(first, "eth0", world.directory) as seen[first],
        wire.captured(one.station, "eth0", world.directory) as seen[one.station],
        wire.captured(two.station, "eth0", world.directory) as seen[two.station],
    ):
        for source, mac, own in (
            (first, lab.mac(1), address(1)),
            (one.station, lab.mac(GUESTS + 1), address(GUESTS + 1)),
        ):
            asked = ARP(op=1, hwsrc=mac, psrc=own, pdst="10.9.0.77")
            wire.send(source, "eth0", [Ether(dst=BROADCAST, src=mac) / asked])
        assert ping(first, address(2))
        assert ping(one.station, address(2))
        assert ping(two.station, address(1))
    shown = "arp.dst.proto_ipv4 == 10.9.0.77"
    found = {place: [row[0] for row in capture.rows(shown, "arp.src.proto_ipv4")] for place, capture in seen.items()}
    own, theirs = address(1), address(GUESTS + 1)
    assert found == {first: [own, theirs], second: [own, theirs], one.station: [own, theirs], two.station: [own]}


def test_a_mac_moves_from_one_to_the_other_and_back(world: World) -> None:
    one, two = world.remotes
    assert ping(world.vms()[0], address(GUESTS + 1))
    sh(f"ip -n {one.station} link set eth0 down")
    two.be(GUESTS + 1)
    for vm in world.vms():
        assert ping(vm, address(GUESTS + 1))
    assert f"{lab.mac(GUESTS + 1)} dst {two.vtep}" in sh(f"bridge -n {world.hosts[0].netns} fdb show dev vx1a")
    two.be(GUESTS + 2)
    one.be(GUESTS + 1)
    for vm in world.vms():
        assert ping(vm, address(GUESTS + 1))


def test_only_those_that_are_named_are_heard(world: World) -> None:
    """The frame of a stranger in the underlay, for a VM, with the right VNI."""
    host, one = world.hosts[0], world.remotes[0]
    inner = Ether(dst=lab.mac(1), src="02:00:00:00:00:99") / IP(src="10.9.0.99", dst=address(1)) / UDP(dport=9)
    with wire.captured(world.vms()[0], "eth0", world.directory) as seen:
        for source in (f"{lab.UNDERLAY}.250", one.vtep):
            mac = sh(f"ip -n {host.netns} -br link show dev u0").split()[2]
            outer = Ether(dst=mac) / IP(src=source, dst=host.vtep) / UDP(sport=4444, dport=8472, chksum=0)
            wire.send(one.netns, "u0", [outer / VXLAN(vni=lab.VNI, flags=8) / inner])
        assert ping(one.station, address(1))
    assert len(seen.rows("ip.src == 10.9.0.99")) == 1


def test_taken_away_and_given_again(world: World) -> None:
    host, one = world.hosts[0], world.remotes[0]
    key, _ = one.flood()
    assert ping(one.station, address(1))
    assert f"dst {one.vtep}" in sh(f"bridge -n {host.netns} fdb show dev vx1a")
    told = f"02:00:00:00:00:77 dev vx1a dst {one.vtep}"
    sh(f"bridge -n {host.netns} fdb add {told} self dynamic extern_learn")
    assert host.give(gone=(key,)).failed == {}
    assert one.vtep not in floods(host.netns, "vx1a")
    # What was learned from it is gone with it; what a shortcut needs is not the flood list's business.
    (left,) = (line for line in sh(f"bridge -n {host.netns} fdb show dev vx1a").splitlines() if one.vtep in line)
    assert left.startswith("02:00:00:00:00:77")
    sh(f"bridge -n {host.netns} fdb del {told} self")
    assert host.give(one.flood()).failed == {}
    assert ping(world.vms()[0], address(GUESTS + 1))
    assert floods(host.netns, "vx1a") == {world.hosts[1].vtep, *(remote.vtep for remote in world.remotes)}
