"""Attacks on signalling: a million forged messages of all types, from keys that are wrong, others' or nobody's.

Two hosts and a vrouter (namespaces on this machine), and a stranger on the underlay that sends as any VTEP, as fast
as a processor can: to a host's VTEP, to a machine in a tunnel, to the vrouter.  Meanwhile a pair of machines is
shortened, over and over, and exchanges a thousand packets a second.  Accepted would be whatever changes an entry,
a shortcut in the kernel or a router's MAC that is not the pair's own.
"""

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from landbridge.lab.probe import Probe, Stream
from landbridge.zsnp import frames
from landbridge.zsnp.frames import Frame
from tests.bench.report import Report, median, percentile
from tests.netns import forgery, routed, signalled
from tests.netns.signalled import Signalled
from tests.support.flood import start
from tests.support.sockets import udp_socket

MESSAGES = 1_000_000
COSTS = 20_000
PATIENCE = 30.0


def run() -> Report:
    """On two hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report = Report("zsnp_attack", "Attacks on signalling", " ".join((__doc__ or "").split("\n\n")[1].split()))
    with tempfile.TemporaryDirectory() as directory, signalled.signalled(Path(directory) / "world") as world:
        _costs(report, world)
        _flood(report, world, Path(directory) / "packets")
    return report


def _costs(report: Report, world: Signalled) -> None:
    """What a forged message costs a peer, in Python, all told: from the ring's bytes to the counter."""
    way = forgery.WAYS["to a machine, as its vrouter"]
    forger = forgery.FORGERS["a wrong key"]
    raw = [
        frames.build(Frame(*way.macs, *way.between, payload))
        for payload in forgery.payloads(forger, way.between, COSTS // len(forgery.MESSAGES))
    ]
    peer, at = world.peer(world.world.one), world.shortcuts[world.world.one.tag].look().at

    def taken_off(frame: bytes) -> None:
        peer.taken_off(at, routed.A.net_id, frames.parse(frame), len(frame) - frames.ETHERNET_BYTES)

    def told(frame: bytes) -> None:
        source, destination, payload = frames.parse_packet(frame[frames.ETHERNET_BYTES :])
        peer.told(at, source, destination, payload)

    for name, take in (("to a machine", taken_off), ("to a VTEP", told)):
        report.add(f"CPU per forged message {name}, with its code to check", f"{_each(raw, take) * 1e6:.1f} µs")


def _each(raw: list[bytes], take: Callable[[bytes], None]) -> float:
    began = time.process_time()
    for frame in raw:
        take(frame)
    return (time.process_time() - began) / len(raw)


@dataclass
class _Pair:
    """VMs 1 and 2, which are shortened anew in each round."""

    world: Signalled

    def rounds(self, until: Callable[[], bool]) -> Iterator[float]:
        """Seconds that each took, from the withdrawal of the keys to both directions being short."""
        while not until():
            for host in self.world.hosts:
                keys = {
                    key: one for (_, key), one in host.agent.state.objects().items() if key.startswith("shortcuts/")
                }
                self.world.give(host, gone=tuple(keys))
                self.world.give(host, *keys.items())
            began = time.monotonic()
            self.world.become_short(1, 2, timeout=PATIENCE)
            yield time.monotonic() - began


def _flood(report: Report, world: Signalled, file: Path) -> None:
    world.become_short(1, 2)
    back = udp_socket(world.world.namespace(2), 7)
    probe = Probe([Stream("1 to 2", udp_socket(world.world.namespace(1), 0), back, (routed.ip(2), 7))])
    own = _own(world)
    before, counted = _reasons(world), _counted(world)
    began = time.monotonic()
    process = start(world.stranger, forgery.flood_packets(20), file, seconds=600, most=MESSAGES)
    times = list(_Pair(world).rounds(lambda: process.poll() is not None))
    seconds = time.monotonic() - began
    assert process.stdout is not None
    sent = int(process.stdout.read())
    [result] = probe.stop()
    new = _reasons(world) - before
    report.add("forged messages", f"{sent:,}, {sent / seconds:,.0f} a second")
    report.add("accepted", str(len(_own(world) ^ own)), "0")
    report.add("turned away and counted", f"{_counted(world) - counted:,}", f"{sent:,}")
    report.add("  of these by peers", ", ".join(f"{reason} {number:,}" for reason, number in new.most_common()))
    report.add("packets of the pair lost", f"{len(result.lost)} of {result.sent:,}", "0")
    figures = f"{median(times):.2f} s, {percentile(times, 0.99):.2f} s"
    report.add(f"both directions short again meanwhile ({len(times)} times): median, p99", figures)


def _own(world: Signalled) -> set[object]:
    """What is in force: shortcuts with where they lead, and routers' MACs."""
    found: set[object] = set()
    for host in world.hosts:
        for key, one in host.hooks.shortcuts.read().items():
            found.add((host.tag, key, one.vtep, one.destination_mac, one.router_mac, one.prefix))
        found.update((host.tag, *router) for router in host.hooks.shortcuts.routers().items())
    return found


def _reasons(world: Signalled) -> Counter[str]:
    found = Counter(world.of_router()["refused"])
    for host in world.hosts:
        found.update(world.refused(host))
    return found


def _counted(world: Signalled) -> int:
    return sum(world.counted(host) for host in world.hosts) + world.counted_by_router()
