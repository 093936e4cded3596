"""A machine whose router is dead is told that its gateway is there, for as long as shortcuts lead past it."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from landbridge.drivers.clocks import boot_clock
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.routed import ROUTER, A, World, ip, vm, world

pytestmark = pytest.mark.netns

REQUEST, REPLY = 1, 2
A_MOMENT = 1.0
"""Between two questions of a machine that gets no answer (net.ipv4.neigh.*.retrans_time_ms)."""
NEIGHBOUR = "10.9.0.4"
"""VM 4's, on the same host and in the same network as VM 1."""
OTHER_MAC, OTHER_IP = "0e:52:00:00:00:1a", "10.9.0.253"
"""Of another router there."""


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[World]:
    """The router answers nothing."""
    with world(tmp_path, *vm(4, A, addresses=(NEIGHBOUR,))) as made:
        lab.sh(f"ip -n {made.namespace(ROUTER)} link set eth0 down")
        yield made


def question(destination_mac: str = A.router_mac, target: str = A.router_ip, asker: int = 1) -> Packet:
    """What a VM asks to know whether a neighbour is still there."""
    own = ip(1) if asker == 1 else NEIGHBOUR
    asked = ARP(op=REQUEST, hwsrc=lab.mac(asker), psrc=own, hwdst=destination_mac, pdst=target)
    return Ether(src=lab.mac(asker), dst=destination_mac) / asked


def answers(made: World, *questions: Packet, pause: float = A_MOMENT, asker: int = 1) -> int:
    """How many of the questions, asked one after the other, are sent back answered (by a dry run of the port)."""
    count = 0
    for number, asked in enumerate(questions):
        if number:
            time.sleep(pause)
        count += ports.run(made.one, asker, asked, egress=True).verdict == ports.REDIRECT
    return count


def test_the_router_is_asked_first_and_the_host_answers_who_asks_again(dead: World) -> None:
    dead.put(2)
    assert answers(dead, question()) == 0
    time.sleep(A_MOMENT)
    assert answers(dead, question(), question()) == 2


def test_the_machine_takes_the_answer(dead: World) -> None:
    dead.put(2)
    where = dead.namespace(1)
    for _ in range(3):
        ports.send(dead.one, 1, question())
        time.sleep(0.2)
    lab.sh(f"ip -n {where} neigh replace {A.router_ip} dev eth0 lladdr {A.router_mac} nud probe")
    deadline = time.monotonic() + 10
    while "REACHABLE" not in lab.sh(f"ip -n {where} neigh show {A.router_ip} dev eth0"):
        assert time.monotonic() < deadline, "the gateway is not found again"
        time.sleep(0.1)
    assert A.router_mac in lab.sh(f"ip -n {where} neigh show {A.router_ip} dev eth0")


def test_nobody_is_answered_in_the_name_of_others(dead: World) -> None:
    dead.put(2)
    broadcast = question("ff:ff:ff:ff:ff:ff")
    assert answers(dead, broadcast, broadcast, pause=0) == 0
    elsewhere = question(target="10.9.0.77")
    assert answers(dead, elsewhere, elsewhere, pause=0) == 0
    neighbour = question(destination_mac=lab.mac(2))
    assert answers(dead, neighbour, neighbour, pause=0) == 0


def test_whether_somebody_asks_again_is_known_of_each_machine_and_each_router(dead: World) -> None:
    dead.put(2)
    key, shortcut = dead.short(2, router_ip=OTHER_IP)
    dead.one.hooks.shortcuts.put({dataclasses.replace(key, router_mac=OTHER_MAC): shortcut})
    assert answers(dead, question()) == 0
    assert answers(dead, question(OTHER_MAC, OTHER_IP)) == 0
    assert answers(dead, question(asker=4), asker=4) == 0
    assert answers(dead, question()) == 1
    assert answers(dead, question(OTHER_MAC, OTHER_IP)) == 1
    assert answers(dead, question(asker=4), asker=4) == 1


def test_the_host_answers_as_long_as_one_shortcut_is_left(dead: World) -> None:
    gone, left = dead.put(2), dead.put(3)
    dead.one.hooks.shortcuts.delete([gone])
    assert answers(dead, question(), question(), pause=0) == 1
    dead.one.hooks.shortcuts.delete([left])
    assert answers(dead, question(), question(), pause=0) == 0


def test_without_a_shortcut_nobody_answers(dead: World) -> None:
    assert answers(dead, question(), question(), pause=0) == 0
    key = dead.put(2)
    assert answers(dead, question(), question(), pause=0) == 1
    dead.one.hooks.shortcuts.delete([key])
    assert answers(dead, question(), question(), pause=0) == 0


def test_when_the_last_lease_is_over_nobody_answers(dead: World) -> None:
    dead.put(2, expires=boot_clock() + 300_000_000)
    assert answers(dead, question(), question(), pause=0) == 1
    time.sleep(0.4)
    assert answers(dead, question(), question(), pause=0) == 0


def test_questions_of_peace_time_are_not_answered(dead: World) -> None:
    """Half a minute apart in life; two seconds are enough to be no repetition."""
    dead.put(2)
    assert answers(dead, question(), question(), question(), pause=2.0) == 0
