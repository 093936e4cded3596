"""In a guest (test_netem.py), for its kernel has netem: distributed routing over an underlay bad to signalling.

Its root is a copy of this machine's file system; this file is named to pytest there, and collected nowhere else.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.core.shortcut import SIGNALLING
from landbridge.lab import probe
from tests.netns import signalled
from tests.netns.agent_hosts import Host, sh
from tests.netns.lossy import outlive_leases, unharmed
from tests.netns.signalled import TUNNEL_PORT, Signalled

pytestmark = pytest.mark.netns

NETEM = "loss 10% duplicate 10% delay 40ms 40ms"
"""A delay of 0 to 80 ms: messages overtake each other."""
MATCHES = (
    f"match ip protocol {SIGNALLING} 0xff",
    f"match ip protocol 17 0xff match ip dport {TUNNEL_PORT} 0xffff"
    f" match u16 0x0800 0xffff at 48 match u8 {SIGNALLING} 0xff at 59",
)
"""Plain; in VXLAN, by the inner Ethernet type and protocol, counted from the outer IP header."""
PERIOD = 0.02
"""Of the probe: a thousand packets a second are too many for a guest that QEMU translates."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Signalled]:
    with signalled.signalled(tmp_path / "world") as made:
        yield made


@contextlib.contextmanager
def netem(world: Signalled) -> Iterator[None]:
    """What each host sends of signalling goes through it; everything else goes as ever."""
    for host in world.hosts:
        sh(f"tc -n {host.netns} qdisc add dev u0 root handle 1: prio bands 2 priomap{' 0' * 16}")
        sh(f"tc -n {host.netns} qdisc add dev u0 parent 1:2 handle 2: netem {NETEM}")
        for match in MATCHES:
            sh(f"tc -n {host.netns} filter add dev u0 parent 1: protocol ip u32 {match} flowid 1:2")
    yield
    for host in world.hosts:
        sh(f"tc -n {host.netns} qdisc del dev u0 root")


def lost(host: Host) -> int:
    """Messages that netem has dropped."""
    shown = json.loads(sh(f"tc -n {host.netns} -s -j qdisc show dev u0"))
    return int(next(qdisc["drops"] for qdisc in shown if qdisc["kind"] == "netem"))


def test_netem_loses_no_packets(world: Signalled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortened, renewed several times over; what the machines say to each other all arrives."""
    monkeypatch.setattr(probe, "PERIOD", PERIOD)
    with netem(world), unharmed(world):
        world.become_short(1, 2, timeout=120)
        outlive_leases(world)
        drops = [lost(host) for host in world.hosts]
    twice = sum(
        world.refused(host).get("replayed", 0) + world.refused(host).get("not asked", 0) for host in world.hosts
    )
    print(f"netem has lost {drops}; {twice} messages came twice")
    assert min(drops) > 0
    assert twice > 0
