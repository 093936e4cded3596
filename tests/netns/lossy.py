"""An underlay that loses, doubles, delays and so reorders signalling, and carries everything else as ever.

A program (lossy.c) at the switch's ports drops the messages behind a packet socket, which sees them first; a
thread sends on what fate lets live.
"""

import contextlib
import heapq
import os
import random
import select
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from landbridge.drivers import bpf, enter, rtnl
from landbridge.drivers.bpf_compile import compile_command
from landbridge.drivers.netlink import Netlink
from landbridge.lab.probe import Probe, Stream
from tests.netns import routed
from tests.netns.signalled import LEASE, Signalled, is_signalling
from tests.support.lab import eventually
from tests.support.sockets import udp_socket

_SOURCE = Path(__file__).with_name("lossy.c")
_ETH_P_ALL = 3
_BUFFER_BYTES = 8 << 20
_SO_RCVBUFFORCE = 33


@dataclass
class Fate:
    """Shares of 0 to 1, seconds; and what has happened."""

    loss: float
    doubled: float
    delay: tuple[float, float]
    seed: int = 1
    lost: int = 0
    repeated: int = 0
    carried: int = 0
    overtaken: int = 0


class _Carrier:
    """Between the ports of the two hosts, in the switch's namespace."""

    def __init__(self, world: Signalled, fate: Fate) -> None:
        self._fate, self._random = fate, random.Random(fate.seed)
        ports = [f"p{host.tag}" for host in world.hosts]
        self._sockets = [enter.in_namespace(world.switch, lambda port=port: _open(port)) for port in ports]  # type: ignore[misc]  # a default binds it now
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._number = self._latest = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        for each in self._sockets:
            each.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            pause = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else 0.05
            for ready in select.select(self._sockets, [], [], min(pause, 0.05))[0]:
                self._take(self._sockets.index(ready))
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, number, where, frame = heapq.heappop(self._waiting)
                self._fate.overtaken += number < self._latest
                self._latest = max(self._latest, number)
                self._fate.carried += 1
                self._sockets[where].send(frame)

    def _take(self, where: int) -> None:
        for _ in range(64):
            try:
                frame, sender = self._sockets[where].recvfrom(65535)
            except BlockingIOError:
                return
            if sender[2] == socket.PACKET_OUTGOING or not is_signalling(frame):
                continue
            if self._random.random() < self._fate.loss:
                self._fate.lost += 1
                continue
            copies = 2 if self._random.random() < self._fate.doubled else 1
            self._fate.repeated += copies - 1
            for _ in range(copies):
                self._number += 1
                due = time.monotonic() + self._random.uniform(*self._fate.delay)
                heapq.heappush(self._waiting, (due, self._number, 1 - where, frame))


def _open(port: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    made.bind((port, _ETH_P_ALL))
    made.setblocking(False)
    return made


@contextlib.contextmanager
def lossy(world: Signalled, fate: Fate, directory: Path) -> Iterator[Fate]:
    """The underlay is like that while the `with` lasts."""
    compiled = directory / "lossy.o"
    subprocess.run(compile_command(_SOURCE, compiled), check=True)
    _, programs = bpf.load_private(compiled)
    carrier = _Carrier(world, fate)

    def change(*, on: bool) -> None:
        with contextlib.closing(Netlink()) as netlink:
            for host in world.hosts:
                index = socket.if_nametoindex(f"p{host.tag}")
                attach = rtnl.replace_filter(index, rtnl.TC_INGRESS, programs["take"].fd, "take")
                requests = [rtnl.add_clsact(index), attach] if on else [rtnl.delete_filter(index, rtnl.TC_INGRESS)]
                netlink.one(*requests)

    enter.in_namespace(world.switch, lambda: change(on=True))
    try:
        yield fate
    finally:
        enter.in_namespace(world.switch, lambda: change(on=False))
        carrier.close()
        os.close(programs["take"].fd)


@contextlib.contextmanager
def unharmed(world: Signalled) -> Iterator[None]:
    """What VMs 1 and 2 say to each other while the `with` lasts all arrives, once."""
    there = [udp_socket(world.world.namespace(number), 7) for number in (1, 2)]
    back = [udp_socket(world.world.namespace(number), 0) for number in (2, 1)]
    streams = [
        Stream(str(number), source, echo, (routed.ip(number), 7))
        for number, source, echo in zip((1, 2), back, there, strict=True)
    ]
    probe = Probe(streams)
    try:
        yield
    finally:
        results = probe.stop()
    assert [(result.lost, result.repeated) for result in results] == [([], 0)] * 2, [
        str(result) for result in results
    ]


def outlive_leases(world: Signalled) -> None:
    """Wait until the only shortcut of each host has been renewed several times over."""

    def renewed() -> str:
        ages = [world.age(host) for host in world.hosts]
        return "" if min(ages) > 3 * LEASE * 1000 else f"{ages} ms"

    eventually("shortcuts outlive their leases", renewed, timeout=12 * LEASE, pause=0.5)
