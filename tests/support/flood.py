"""Packets as fast as a processor sends them, from a process of its own.

    python -m tests.support.flood NAMESPACE FILE SECONDS MOST

FILE has whole IPv4 packets, which say themselves how long they are; they are sent again and again through a raw
socket, for so long, or so many.  Prints how many were sent.
"""

import contextlib
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from landbridge.drivers import enter

_BATCH = 64


@contextlib.contextmanager
def flood(namespace: str, packets: Iterable[bytes], file: Path, seconds: float = 600) -> Iterator[None]:
    """While the `with` lasts."""
    process = start(namespace, packets, file, seconds)
    try:
        yield
        assert process.poll() is None, "the flood has ended too early"
    finally:
        process.terminate()
        process.wait()


def start(
    namespace: str, packets: Iterable[bytes], file: Path, seconds: float = 600, most: int = sys.maxsize
) -> subprocess.Popen[str]:
    """Begin."""
    file.write_bytes(b"".join(packets))
    command = [sys.executable, "-m", "tests.support.flood", namespace, str(file), str(seconds), str(most)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _packets(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at : at + length]
        at += length


def _main(namespace: str, file: str, seconds: float, most: int) -> None:
    raw = enter.in_namespace(namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
    packets = [(packet, (socket.inet_ntoa(packet[16:20]), 0)) for packet in _packets(Path(file).read_bytes())]
    turns, until, sent = itertools.cycle(packets), time.monotonic() + seconds, 0
    while sent < most and time.monotonic() < until:
        for packet, destination in itertools.islice(turns, min(_BATCH, most - sent)):
            raw.sendto(packet, destination)
        sent += min(_BATCH, most - sent)
    print(sent)


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
