"""Bandwidth limits in a vrouter's namespace: which packets go through which class, in both directions."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.drivers.enter import in_namespace
from landbridge.model.node import AnyObject
from landbridge.model.router_node import Limit, SharedLimit
from tests.netns import router_world
from tests.netns.router_world import PUBLIC_IP, WEB, World, objects
from tests.netns.test_router_nat import OTHER_VIP, VIP, A, B, eip

pytestmark = pytest.mark.netns

MBIT = 1_000_000
SIZE = 1000
_SO_SNDBUFFORCE = 32
_UDP_SEGMENT = 103
_ALL_PROTOCOLS = 3


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path, programs=True) as made:
        yield made


def limit(number: int, vip: str = VIP, **values: Any) -> dict[str, AnyObject]:
    wanted = Limit(number=number, nic_uuid="nic0", vip_ip=vip, **values)
    return {f"limit/{number}": wanted}


def sent(world: World, device: str) -> dict[int, int]:
    """Packets that each class of a device has sent."""
    listing = world.on("router", f"tc -s class show dev {device}", check=False)
    found = re.findall(r"class htb 1:([0-9a-f]+) .*\n Sent \d+ bytes (\d+) pkt", listing)
    return {int(minor, 16): int(packets) for minor, packets in found}


def dropped(world: World, device: str, minor: int) -> int:
    listing = world.on("router", f"tc -s class show dev {device}")
    [number] = re.findall(rf"class htb 1:{minor:x} .*\n Sent .*\(dropped (\d+)", listing)
    return int(number)


def udp(world: World, machine: str, port: int = 0) -> socket.socket:
    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("", port))
        made.settimeout(3)
        return made

    return in_namespace(world.names[machine], make)


def exchange(world: World, port: int, count: int = 10, vip: str = VIP, machine: str = "a") -> None:
    """So many datagrams to a port of a VIP, and their answers."""
    with udp(world, "internet") as outside, udp(world, machine, port) as inside:
        for _ in range(count):
            outside.sendto(bytes(SIZE), (vip, port))
            data, sender = inside.recvfrom(2048)
            inside.sendto(data, sender)
            assert outside.recvfrom(2048)[1] == (vip, port)


def test_a_vip_and_a_port_of_it_in_both_directions(world: World) -> None:
    both: dict[str, Any] = {"inbound": 100 * MBIT, "outbound": 100 * MBIT}
    wanted = objects() | eip(VIP, A) | limit(1, **both) | limit(2, port=443, **both)
    assert world.update(wanted) == {}
    exchange(world, 443, 10)
    exchange(world, 80, 7)
    for device in ("eth0", "ifb-eth0"):
        found = sent(world, device)
        assert (found[1], found[2], found[0x4001]) == (7, 10, 17), device


def test_others_are_not_held_back(world: World) -> None:
    assert world.update(objects() | eip(VIP, A) | eip(OTHER_VIP, B) | limit(1, inbound=MBIT, outbound=MBIT)) == {}
    exchange(world, 80, 5, OTHER_VIP, "b")
    assert sent(world, "eth0") == sent(world, "ifb-eth0") == {1: 0}
    assert world.pings("internet", PUBLIC_IP)


def test_what_is_more_waits_and_is_dropped(world: World) -> None:
    """At 1 Mbit/s a burst of 1,000 datagrams finds 31 of them in the queue, and some on their way."""
    assert world.update(objects() | eip(VIP, A) | limit(1, inbound=MBIT)) == {}
    with udp(world, "internet") as outside, udp(world, "a", 80):
        outside.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, 16 << 20)  # or the sender waits, not the packets
        for _ in range(1000):
            outside.sendto(bytes(SIZE), (VIP, 80))
    assert 500 < dropped(world, "ifb-eth0", 1) < 1000
    assert sent(world, "eth0") == {}


@pytest.mark.parametrize(
    ("rates", "frames"), [([MBIT], 20), ([100 * MBIT], 1), ([100 * MBIT, MBIT], 20), ([MBIT, 100 * MBIT], 1)]
)
def test_slow_lines_cut_what_waits(world: World, rates: list[int], frames: int) -> None:
    """A buffer of 20 datagrams that the sender's kernel did not cut, in and out, also when the limit was changed."""
    for rate in rates:
        assert world.update(objects() | eip(VIP, A) | limit(1, inbound=rate, outbound=rate)) == {}
    for source, target, device in (("internet", VIP, "ifb-eth0"), ("a", WEB, "eth0")):
        with udp(world, source) as sender, sniffer(world, device) as seen:
            sender.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, SIZE)
            sender.sendto(bytes(20 * SIZE), (target, 80))
            lengths: list[int] = []
            while sum(lengths) < 20 * SIZE:
                data, address = seen.recvfrom(1 << 16)
                if address[2] == socket.PACKET_OUTGOING and data[9] == socket.IPPROTO_UDP:
                    lengths.append(len(data) - 28)
        assert lengths == [20 * SIZE // frames] * frames


def sniffer(world: World, device: str) -> socket.socket:
    """IPv4 packets that leave by a device of the vrouter, as it gets them."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
        made.bind((device, _ALL_PROTOCOLS))
        made.settimeout(3)
        return made

    return in_namespace(world.names["router"], make)


def test_fragments_belong_to_the_vip(world: World) -> None:
    both: dict[str, Any] = {"inbound": 100 * MBIT, "outbound": 100 * MBIT}
    assert world.update(objects() | eip(VIP, A) | limit(1, **both) | limit(2, port=80, **both)) == {}
    with udp(world, "internet") as outside, udp(world, "a", 80) as inside:
        outside.sendto(bytes(4000), (VIP, 80))
        assert len(inside.recv(8192)) == 4000
    found = sent(world, "ifb-eth0")
    assert found[2] >= 1
    assert found[1] + found[2] == 3


def test_limits_change_come_and_go(world: World) -> None:
    first = objects() | eip(VIP, A) | limit(1, inbound=10 * MBIT)
    assert world.update(first) == {}
    exchange(world, 80, 3)
    assert world.update(first | limit(1, inbound=20 * MBIT)) == {}
    assert "ceil 20Mbit" in world.on("router", "tc class show dev ifb-eth0")
    assert sent(world, "ifb-eth0") == {1: 3}, "the class is the same one"
    shared = {"shared-limit/s": SharedLimit(number=9, nic_uuid="nic0", bandwidth=30 * MBIT)}
    assert (
        world.update(first | limit(1, inbound=20 * MBIT, shared=9) | limit(2, port=80, inbound=MBIT) | shared) == {}
    )
    exchange(world, 80, 2)
    assert {minor: sent(world, "ifb-eth0")[minor] for minor in (0x8009, 0x4001, 2)} == {0x8009: 2, 0x4001: 2, 2: 2}
    assert world.update(objects() | eip(VIP, A)) == {}
    assert "htb" not in world.on("router", "tc qdisc show")
    assert "ifb" not in world.on("router", "ip -o link show")
    exchange(world, 80, 2)


def test_an_agent_that_starts_again_takes_them_over(world: World) -> None:
    wanted = objects() | eip(VIP, A) | limit(1, inbound=10 * MBIT, outbound=10 * MBIT)
    assert world.update(wanted) == {}
    exchange(world, 80, 4)
    world.restart_agent()
    assert world.update(wanted) == {}
    exchange(world, 80, 4)
    assert sent(world, "eth0") == sent(world, "ifb-eth0") == {1: 8}
    assert world.update(objects() | eip(VIP, A)) == {}
    assert "htb" not in world.on("router", "tc qdisc show")


def test_without_the_program_it_is_refused(tmp_path: Path) -> None:
    with router_world.world(tmp_path) as world:
        failed = world.update(objects() | limit(1, inbound=MBIT))
        assert list(failed) == ["limit/1"]
        assert "eBPF" in failed["limit/1"]
        assert world.update(objects()) == {}
        assert WEB in world.on("router", "ip route")
