"""How long until a pair that is worth it has its shortcut: one alone, a hundred and a thousand at once.

Two hosts and a vrouter (namespaces on this machine) with the product's own agents, without a server; the first
packet of a pair is worth a shortcut. Each pair has a destination address of its own, or another sender's network.
Measured at the vrouter's leg: from a pair's first packet to the last one that still came by. Senders send to each
destination in turn; what is measured is coarser than it is by their pause, which is given. CPU: of the vrouter's
agent and of the threads of both hosts' agents, per shortcut.
"""

import contextlib
import itertools
import logging
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from landbridge.drivers import enter
from tests.bench.report import Report, median, percentile
from tests.bench.shortcut_cloud import ADDRESSES, ROUTER, SENDERS, Cloud, Threshold, cloud
from tests.netns import agent_hosts as lab

FIRST_PACKET = Threshold(packets=1, bytes=1 << 40, window=1)
_ETH_P_ALL = 3
"""Only sockets for all protocols are shown what goes out (packet(7))."""


def run() -> Report:
    """Measure on two hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("shortcut_setup", "Setting up shortcuts", about)
    with tempfile.TemporaryDirectory() as directory, cloud(Path(directory), FIRST_PACKET) as made:
        alone = []
        for destination in range(20):
            alone += _measure(made, [(0, destination)], pause=0.001, seconds=0.4)
        _say(report, "one pair", alone, 1, "p50 < 20 ms, p99 < 100 ms")
        hundred = [(0, destination) for destination in range(100, 200)]
        _say(report, "100 pairs at once", _measure(made, hundred, 0.01, 2.0), 10, "p99 < 250 ms")
        made.restart()
        spent = made.cpu_seconds()
        thousand = list(itertools.product(range(SENDERS), range(ADDRESSES)))
        _say(report, "1,000 pairs at once", _measure(made, thousand, 0.1, 6.0), 100, "p99 < 2 s")
        report.add("CPU per shortcut, all agents", f"{(made.cpu_seconds() - spent) / len(thousand) * 1000:.2f} ms")
        spent, began = made.cpu_seconds(), time.monotonic()
        with made.sending(thousand, 1.0):
            time.sleep(20)
        share = (made.cpu_seconds() - spent) / (time.monotonic() - began)
        report.add("CPU of all agents with 1,000 active pairs", f"{share * 100:.1f} % of a core", "5 %")
    return report


def _say(report: Report, what: str, times: Sequence[float], pause: int, goal: str) -> None:
    p50, p99 = median(times) * 1000, percentile(times, 0.99) * 1000
    report.add(f"{what}, sent each {pause} ms: p50, p99", f"{p50:.0f} ms, {p99:.0f} ms", goal)


def _measure(made: Cloud, pairs: Sequence[tuple[int, int]], pause: float, seconds: float) -> list[float]:
    """Seconds from first to last packet at the router, of each pair."""
    seen: dict[tuple[bytes, bytes], list[float]] = {}
    where = lab.vm(made.hosts[-1], ROUTER)
    listener = enter.in_namespace(where, _listen)
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                packet, address = listener.recvfrom(64)
                if address[2] == socket.PACKET_OUTGOING and packet[9] == socket.IPPROTO_UDP:
                    seen.setdefault((packet[12:16], packet[16:20]), []).append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    with made.sending(pairs, pause):
        time.sleep(seconds)
    ended.set()
    watcher.join()
    listener.close()
    late = [pair for pair, times in seen.items() if times[-1] - times[0] > seconds - 2 * pause]
    assert len(seen) == len(pairs), f"{len(seen)} of {len(pairs)} pairs came by the router"
    assert not late, f"{len(late)} pairs have no shortcut"
    return [times[-1] - times[0] for times in seen.values()]


def _listen() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
    made.bind(("eth3", _ETH_P_ALL))
    made.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    made.settimeout(0.1)
    return made
