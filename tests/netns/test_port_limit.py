"""Bandwidth of a port: what is more than its bucket holds is dropped, in either direction, and counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from landbridge.drivers import records
from landbridge.model.drops import DropReason
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host

pytestmark = pytest.mark.netns

MBIT, SLOW = 1_000_000, 8192
BURST, SIZE, SEGMENTS = 1000, 1000, 3
RATE = (DropReason.RATE, 0)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """With machines 1 and 2 on it."""
    with lab.hosts(tmp_path, 1) as [made]:
        assert made.give(lab.network(made), lab.flood(made), *lab.machine(1), *lab.machine(2)).failed == {}
        yield made


def burst(host: Host) -> None:
    """Machine 1 sends to machine 2 as fast as it can."""
    head = Ether(src=lab.mac(1), dst=lab.mac(2)) / IP(src="10.9.0.1", dst="10.9.0.2") / UDP(sport=1, dport=2)
    frame: Packet = head / Raw(bytes(SIZE - len(head)))
    ports.send_all(host, 1, [bytes(frame)] * BURST)


@pytest.mark.parametrize(("number", "direction"), [(1, "outbound"), (2, "inbound")])
def test_what_is_more_is_dropped(host: Host, number: int, direction: str) -> None:
    """At 1 Mbit/s the bucket holds 131 frames; more pass only as time does."""
    assert ports.dropped_by(host, number, lambda: burst(host)) == {}
    assert host.give(ports.change(number, **{direction: MBIT})).failed == {}
    dropped = ports.dropped_by(host, number, lambda: burst(host))
    assert set(dropped) == {RATE}
    assert BURST / 2 < dropped[RATE] <= BURST - 131
    assert host.give(ports.change(number)).failed == {}
    assert ports.dropped_by(host, number, lambda: burst(host)) == {}


def test_the_other_direction_is_free(host: Host) -> None:
    assert host.give(ports.change(1, inbound=MBIT), ports.change(2, outbound=MBIT)).failed == {}
    assert ports.dropped_by(host, 1, lambda: burst(host)) == {}
    assert ports.drops(host, 2).get(RATE, 0) == 0


def test_a_line_that_is_wide_enough_lets_all_pass(host: Host) -> None:
    assert host.give(ports.change(1, outbound=10_000 * MBIT)).failed == {}
    assert ports.dropped_by(host, 1, lambda: burst(host)) == {}


def test_an_agent_that_starts_again_finds_it_as_it_was(host: Host) -> None:
    assert host.give(ports.change(1, outbound=MBIT)).failed == {}
    host.stop()
    host.start()
    host.settle()
    hook = host.inside(lambda: host.hooks._ports.hook(ports.index(host, 1)))
    assert hook is not None
    assert (hook.sent_rate, hook.received_rate) == (MBIT, 0)
    assert ports.dropped_by(host, 1, lambda: burst(host))[RATE] > BURST / 2


def test_a_port_that_takes_anothers_place_has_no_limit(host: Host) -> None:
    assert host.give(ports.change(1, outbound=MBIT)).failed == {}
    slot = ports.slot(host, ports.index(host, 1))
    assert host.give(gone=lab.machine_keys(1)).failed == {}
    assert host.give(*lab.machine(1)).failed == {}
    assert ports.slot(host, ports.index(host, 1)) == slot
    assert ports.dropped_by(host, 1, lambda: burst(host)) == {}


@pytest.mark.parametrize("segments", [SEGMENTS, 0], ids=["veth", "tap"])
def test_a_buffer_counts_as_the_frames_into_which_it_is_cut(host: Host, segments: int) -> None:
    """Shown at a rate at which one takes three seconds, so that the second waits for the first."""
    assert host.give(ports.change(1, outbound=SLOW)).failed == {}
    head = Ether(src=lab.mac(1), dst=lab.mac(2)) / IP(src="10.9.0.1", dst="10.9.0.2", flags="DF")
    head /= TCP(sport=1, dport=2, flags="A", options=[("Timestamp", (1, 1)), ("NOP", None), ("NOP", None)])

    def sent() -> int:
        ports.run(host, 1, head / Raw(bytes(SEGMENTS * SIZE)), egress=True, segment=SIZE, segments=segments)
        [values] = (value for _, [value] in host.inside(lambda: list(host.hooks._maps["limits"].items())))
        return int(records.LIMITS.unpack(values).sent_due)

    first = sent()
    assert sent() - first == SEGMENTS * (len(head) + SIZE) * 8 * 1_000_000_000 // SLOW
