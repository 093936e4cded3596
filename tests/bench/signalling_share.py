"""What signalling costs, as a share of the bytes that it takes off the vrouter.

Three hosts (sender, receiver, vrouter; namespaces on this machine) with the product's own agents, without a server;
thresholds and lease as they are by default. Counted for 75 s, from the first packet on, so with set-up and two
renewals: IP protocol 253 on the underlay, plain and in tunnels, with all headers, each time that a host sends it;
over the bytes that went by shortcuts, without the headers of tunnels. Traffic goes one way. 20 kbit/s is what is
only just worth a shortcut: 10 packets of 250 bytes a second. A host to which shortcuts lead is probed each 700 ms,
so that its death is noticed within 3 s: 0.4 kB/s for a pair of hosts and direction, however little the traffic is.
"""

import contextlib
import logging
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import structlog

from landbridge.drivers import enter
from landbridge.zsnp import frames, messages, wire
from landbridge.zsnp.words import NAMES
from tests.bench.report import Report
from tests.bench.shortcut_cloud import LEASE, PORT, Cloud, Threshold, cloud
from tests.netns import agent_hosts as lab
from tests.netns.signalled import is_signalling

DEFAULT = Threshold(packets=50, bytes=20_000 // 8 * 5, window=5)
"""The global configs `vpc/distributedRouting.*`."""
SECONDS = LEASE + 15
"""A pair is worth it after 5 s, and renewed after half a lease, twice."""
_CASES = (
    ("100 pairs between two hosts, 20 kbit/s each", 100, 0.1, 222, "1 %"),
    ("one pair between two hosts, 1 Mbit/s", 1, 0.01, 1222, ""),
    ("one pair between two hosts, 20 kbit/s", 1, 0.1, 222, ""),
)
"""What, pairs, seconds between two packets of a pair, bytes in a packet (28 less than its IP packet), goal."""
_ETH_P_ALL, _PROTOCOL = 3, 14 + 9
_TUNNEL_BYTES = 14 + 20 + 8 + 8
_SO_RCVBUFFORCE, _BUFFER_BYTES = 33, 64 << 20
_FULL_SIZE = 1000
"""A probe with more bytes is one of set-up."""


def run() -> Report:
    """Measure on three hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("signalling_share", "Signalling over bytes shortened", about)
    with tempfile.TemporaryDirectory() as directory, cloud(Path(directory), DEFAULT, hosts=3) as made, _sink(made):
        for number, (what, pairs, pause, size, goal) in enumerate(_CASES):
            if number:
                made.restart()
            said, shortened = _measure(made, pairs, pause, size)
            report.add(f"{what}: signalling over bytes shortened", f"{said.total() / shortened:.2%}", goal)
            report.add("of it", _parts(said))
    return report


def _measure(made: Cloud, pairs: int, pause: float, size: int) -> tuple[Counter[str], int]:
    """Bytes of signalling by kind; bytes shortened."""
    before = made.shortened()
    with _signalling(made) as said, made.sending([(0, destination) for destination in range(pairs)], pause, size):
        time.sleep(SECONDS)
        active = len(made.hosts[0].hooks.shortcuts.read())
        shortened = made.shortened() - before
    assert active == pairs, f"{active} of {pairs} pairs have a shortcut"
    return said, shortened


def _parts(said: Counter[str]) -> str:
    return ", ".join(f"{kind} {octets / said.total():.0%}" for kind, octets in said.most_common(4))


@contextlib.contextmanager
def _signalling(made: Cloud) -> Iterator[Counter[str]]:
    """Bytes of signalling that hosts send into the underlay while the `with` lasts, by kind."""
    said: Counter[str] = Counter()
    ended = threading.Event()

    def listen(listener: socket.socket) -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                frame, sender = listener.recvfrom(65535)
                if sender[2] != socket.PACKET_OUTGOING and is_signalling(frame):
                    said[_kind(frame)] += len(frame)

    ports = [f"p{host.tag}" for host in made.hosts]
    switch = f"{made.hosts[0].tag[:-1]}-sw"
    listeners = [enter.in_namespace(switch, lambda port=port: _packet_socket(port)) for port in ports]  # type: ignore[misc]  # a default binds it now
    threads = [threading.Thread(target=listen, args=(listener,)) for listener in listeners]
    for thread in threads:
        thread.start()
    try:
        yield said
    finally:
        ended.set()
        for thread, listener in zip(threads, listeners, strict=True):
            thread.join()
            listener.close()


def _kind(frame: bytes) -> str:
    tunnelled = frame[_PROTOCOL] == socket.IPPROTO_UDP
    carrier = frames.parse(frame[_TUNNEL_BYTES:] if tunnelled else frame)
    name = NAMES[type(messages.read(wire.unpack(carrier.payload)))]
    return f"{name} of full size" if name == "PROBE" and len(frame) > _FULL_SIZE else name


def _packet_socket(port: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    made.bind((port, _ETH_P_ALL))
    made.settimeout(0.1)
    return made


@contextlib.contextmanager
def _sink(made: Cloud) -> Iterator[None]:
    """Whoever has nobody who listens answers with errors."""

    def bind() -> socket.socket:
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.bind(("0.0.0.0", PORT))
        return sink

    with enter.in_namespace(lab.vm(made.hosts[1], 3), bind):
        yield
