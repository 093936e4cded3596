"""Drops told live: real packets, the programs, the ring buffer and its reader."""

import select
from collections.abc import Iterator

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from landbridge.drivers import bpf
from landbridge.drivers.clocks import boot_clock
from landbridge.drivers.events import Drop
from landbridge.model.drops import DropReason
from landbridge.model.node import Filter, SecurityGroup, SecurityRule
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host

pytestmark = pytest.mark.netns

GROUP, RULE, NUMBER = "a" * 32, "b" * 32, 4711
SPOOFED = Ether(src="fa:99:99:99:99:99", dst=lab.mac(2)) / IP(src="10.9.0.1", dst="10.9.0.2") / UDP() / Raw(b"x" * 90)
TO_TWO = Ether(src=lab.mac(1), dst=lab.mac(2)) / IP(src="10.9.0.1", dst="10.9.0.2") / UDP(sport=7, dport=53000)
A_MINUTE = 60 * 10**9
BUFFER = 2047
"""Events that it holds: EVENT_BYTES in bpf/lib/maps.h over the size of one with its header, but never to the brim."""
MOST = 200
"""EVENT_MOST."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VMs 1 and 2; 2 is in a group that lets nothing in."""
    rule = SecurityRule(uuid=RULE, number=NUMBER, direction="Ingress", family=4, protocol="UDP", action="DROP")
    group = (f"group/{GROUP}", SecurityGroup(uuid=GROUP, number=1, rules=(rule,)))
    with lab.hosts(tmp_path_factory.mktemp("events"), 1) as [made]:
        filtered = ports.change(2, filter=Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT"))
        assert made.give(lab.network(made), group, *lab.machine(1), *lab.machine(2), filtered).failed == {}
        yield made


@pytest.fixture(autouse=True)
def quiet(host: Host) -> None:
    """Each test begins with nobody watching and nothing to read."""
    host.hooks.events.unwatch([ports.index(host, 1), ports.index(host, 2)])
    while host.hooks.events.read():
        pass
    host.hooks.events.untold()


def watch(host: Host, *numbers: int, until: int | None = None) -> None:
    """Watch machines' ports, for a minute unless said otherwise."""
    host.hooks.events.watch(
        [ports.index(host, n) for n in numbers], boot_clock() + A_MINUTE if until is None else until
    )


def readable(host: Host) -> bool:
    """Whether who waits for the reader's descriptor is woken."""
    return bool(select.select([host.hooks.events.fileno()], [], [], 0)[0])


def test_a_drop_is_told(host: Host) -> None:
    watch(host, 1)
    assert not readable(host)
    before = boot_clock()
    ports.send(host, 1, SPOOFED)
    assert readable(host)
    [drop] = host.hooks.events.read()
    assert before < drop.time < boot_clock()
    frame = bytes(SPOOFED)
    assert drop == Drop(
        drop.time, ports.index(host, 1), DropReason.SOURCE_MAC, 0, egress=True, length=len(frame), head=frame[:96]
    )
    assert not readable(host)
    assert host.hooks.events.untold() == {}


def test_a_rule_is_named_by_its_number(host: Host) -> None:
    watch(host, 1, 2)
    ports.send(host, 1, TO_TWO)
    [drop] = host.hooks.events.read()
    assert (drop.port, drop.reason, drop.rule, drop.egress) == (
        ports.index(host, 2),
        DropReason.INGRESS,
        NUMBER,
        False,
    )
    assert drop.head == bytes(TO_TWO)


def test_only_watched_ports_are_told_of(host: Host) -> None:
    watch(host, 1)
    ports.send(host, 1, TO_TWO)
    assert host.hooks.events.read() == []
    assert host.hooks.events.untold() == {}


def test_a_watch_ends_by_itself(host: Host) -> None:
    """A dead agent cannot take it back."""
    watch(host, 1, until=boot_clock())
    assert ports.dropped_by(host, 1, lambda: ports.send(host, 1, SPOOFED)) == {(DropReason.SOURCE_MAC, 0): 1}
    assert not readable(host)
    assert host.hooks.events.read() == []
    assert host.hooks.events.untold() == {}


def test_a_full_buffer_loses_nothing_uncounted(host: Host) -> None:
    """Nobody reads: what fits is told, the rest is counted, and it goes on afterwards."""
    sent = 0
    while sent < BUFFER + MOST:
        watch(host, 1)  # anew, so that the port's own limit is not what is met
        for _ in range(MOST // 2):
            ports.send(host, 1, SPOOFED)
        sent += MOST // 2
    told = host.hooks.events.read()
    assert len(told) == BUFFER
    assert [drop.time for drop in told] == sorted(drop.time for drop in told)
    assert host.hooks.events.untold() == {ports.index(host, 1): sent - BUFFER}
    assert host.hooks.events.untold() == {}
    ports.send(host, 1, SPOOFED)
    assert len(host.hooks.events.read()) == 1


def test_one_ports_flood_leaves_room_for_others(host: Host) -> None:
    """However fast it is: what a port may tell in a span is limited, what is more is counted."""
    watch(host, 1, 2)
    program = dict(host.hooks._programs.values())["from_vm"]
    flood, port = 2 * BUFFER, ports.index(host, 1)
    host.inside(lambda: bpf.dry_run(program, bytes(SPOOFED), port, repeat=flood))
    ports.send(host, 1, TO_TWO)
    told = host.hooks.events.read()
    others = [drop for drop in told if drop.port != port]
    assert [drop.rule for drop in others] == [NUMBER]
    assert len(told) - 1 >= MOST
    assert host.hooks.events.untold() == {port: flood - (len(told) - 1)}


def test_what_is_gone_is_forgotten(host: Host) -> None:
    watch(host, 1)
    host.inside(lambda: host.hooks.counters.forget_all_but([ports.index(host, 2)]))
    ports.send(host, 1, SPOOFED)
    assert host.hooks.events.read() == []
