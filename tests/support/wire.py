"""A wire of a namespace: frames put on it by hand, and what Wireshark says of those that pass."""

import contextlib
import os
import socket
import struct
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from scapy.packet import Packet

from landbridge.drivers import enter
from landbridge.zsnp import pcap

_SOL_PACKET, _PACKET_AUXDATA = 263, 8
_AUXDATA = struct.Struct("=3I4H")
"""tpacket_auxdata: status, length, captured, mac, net, VLAN tag, its type."""
_TAGGED = 0x10
_LONGEST = 1 << 16
_BUFFER = 1 << 22


class Capture:
    """Frames that have passed an interface, complete once its `with` is over."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def rows(self, shown: str, *fields: str) -> list[tuple[str, ...]]:
        """The fields of each frame that a display filter of Wireshark shows."""
        names = [argument for field in fields or ("frame.number",) for argument in ("-e", field)]
        argv = ["tshark", "-r", str(self._file), "-Y", shown, "-T", "fields", *names]
        done = subprocess.run(argv, check=True, capture_output=True, text=True)
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


@contextlib.contextmanager
def captured(namespace: str, interface: str, directory: Path) -> Iterator[Capture]:
    """Capture on an interface while the `with` lasts: all that has passed when it ends, and no frame later."""
    file = directory / f"{interface}-{os.urandom(4).hex()}.pcap"
    with contextlib.closing(packet_socket(namespace, interface)) as raw:
        yield Capture(file)
        raw.setblocking(False)
        frames = [pcap.head()]
        with contextlib.suppress(BlockingIOError):
            while True:
                frames.append(pcap.packet(0, _receive(raw)))
    file.write_bytes(b"".join(frames))


def _receive(raw: socket.socket) -> bytes:
    """The next frame as it was on the wire: the kernel keeps the tag of a VLAN beside it."""
    frame, auxiliary, _, _ = raw.recvmsg(_LONGEST, socket.CMSG_SPACE(_AUXDATA.size))
    for _, _, data in auxiliary:
        status, _, _, _, _, tag, type_ = _AUXDATA.unpack(data)
        if status & _TAGGED:
            return frame[:12] + struct.pack("!HH", type_, tag) + frame[12:]
    return frame


def send(namespace: str, interface: str, frames: Iterable[bytes | Packet]) -> None:
    """Put frames on an interface, one after the other."""
    with packet_socket(namespace, interface) as raw:
        for frame in frames:
            raw.send(bytes(frame))


def packet_socket(namespace: str, interface: str) -> socket.socket:
    """A socket that sends and hears whole frames."""

    def make() -> socket.socket:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        raw.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        raw.bind((interface, 0))
        return raw

    return enter.in_namespace(namespace, make)
