"""Looking into the lab's namespaces with real packets: commands, sockets, captured frames."""

import contextlib
import itertools
import re
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from landbridge.drivers.enter import in_namespace
from landbridge.drivers.processes import Process, processes_in
from landbridge.services.dhcp import message
from landbridge.services.dhcp.message import MalformedMessage, Message

_ETH_P_ALL = 3
_SO_RCVBUFFORCE, _BUFFER_BYTES = 33, 8 << 20
_IPV4, _ARP, _UDP = 0x0800, 0x0806, 17
_ARP_SECONDS = 0.5
_RTT = re.compile(r"= [\d.]+/([\d.]+)/")
_SEQUENCE = re.compile(r"icmp_seq=(\d+) ttl")
PING_SECONDS = 0.002
"""Between two pings of `pinging`."""
_COMMAND_SECONDS = 30
_CONNECT_SECONDS = 1.0
_FORGED = b"forged"


def run(namespace: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace, as `lab exec` does.  TimeoutError if it does not end."""
    argv = ["ip", "netns", "exec", namespace, *command]
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_COMMAND_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{' '.join(command)} did not end within {_COMMAND_SECONDS} s") from error


def ping(namespace: str, target: str) -> float | None:
    """Average round trip of three pings in milliseconds; None if any is lost."""
    done = run(namespace, "ping", "-n", "-q", "-c", "3", "-i", "0.1", "-W", "1", target)
    found = _RTT.search(done.stdout)
    return float(found[1]) if done.returncode == 0 and found and " 0% packet loss" in done.stdout else None


@contextlib.contextmanager
def pinging(namespace: str, target: str) -> Iterator[Callable[[], tuple[int, list[range]]]]:
    """A ping each `PING_SECONDS`; yields what ends it and says how many were sent, and the runs that were lost."""
    argv = ["ip", "netns", "exec", namespace, "ping", "-n", "-i", str(PING_SECONDS), "-W", "1", target]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None, "it is a pipe"
        output = process.stdout

        def stop() -> tuple[int, list[range]]:
            process.send_signal(signal.SIGINT)
            said = output.read()
            answered = [int(number) for number in _SEQUENCE.findall(said)]
            gaps = [range(one + 1, other) for one, other in itertools.pairwise(answered) if other > one + 1]
            return max(answered, default=0), gaps

        try:
            yield stop
        finally:
            process.kill()


def hops(namespace: str, target: str) -> list[str]:
    """Addresses that a traceroute shows, the target last."""
    shown = run(namespace, "traceroute", "-n", "-q", "1", "-w", "1", "-m", "5", target).stdout
    return [line.split()[1] for line in shown.splitlines()[1:] if len(line.split()) > 1]


def arp(namespace: str, own: str, target: str) -> set[str]:
    """MAC addresses that answer "who has `target`", asked from a VM with address `own`.

    Asked on the wire and not by way of the kernel's neighbour table, which running streams need.
    """
    with frames(namespace) as taken, in_namespace(namespace, _packet_socket) as sender:
        mac = sender.getsockname()[4]
        head = b"\xff" * 6 + mac + struct.pack("!HHHBBH", _ARP, 1, _IPV4, 6, 4, 1)
        question = head + mac + socket.inet_aton(own) + bytes(6) + socket.inet_aton(target)
        sender.send(question.ljust(60, b"\0"))
        time.sleep(_ARP_SECONDS)
        reply = struct.pack("!HHHBBH", _ARP, 1, _IPV4, 6, 4, 2)
        return {
            frame[22:28].hex(":")
            for frame in taken()
            if frame[12:22] == reply and frame[28:32] == socket.inet_aton(target)
        }


def udp(namespace: str, address: str, port: int) -> socket.socket:
    """A bound UDP socket in a namespace."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        return made

    return in_namespace(namespace, make)


@contextlib.contextmanager
def listener(namespace: str, port: int) -> Iterator[None]:
    """A TCP port that takes connections while the `with` lasts."""
    with in_namespace(namespace, lambda: socket.create_server(("0.0.0.0", port))):
        yield


def connects(namespace: str, address: str, port: int) -> bool:
    """Whether a TCP connection is made within a moment."""
    try:
        with in_namespace(namespace, lambda: socket.create_connection((address, port), _CONNECT_SECONDS)):
            return True
    except OSError:
        return False


def forge(namespace: str, source: str, gateway_mac: str, target: str, port: int) -> None:
    """Ten UDP packets from a VM with its own MAC and somebody else's address, by way of the gateway."""
    with in_namespace(namespace, _packet_socket) as sender:
        datagram = struct.pack("!HHHH", port, port, 8 + len(_FORGED), 0) + _FORGED
        size = 20 + len(datagram)
        head = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, 0, 64, _UDP, 0)
        head += socket.inet_aton(source) + socket.inet_aton(target)
        total = sum(struct.unpack("!10H", head))
        checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        ethernet = bytes.fromhex(gateway_mac.replace(":", "")) + sender.getsockname()[4] + struct.pack("!H", _IPV4)
        for _ in range(10):
            sender.send(ethernet + head[:10] + struct.pack("!H", checksum) + head[12:] + datagram)


@contextlib.contextmanager
def frames(namespace: str) -> Iterator[Callable[[], list[bytes]]]:
    """Capture what crosses a VM's first interface; yields a function that returns the frames so far."""
    captured: list[bytes] = []
    with in_namespace(namespace, _packet_socket) as listener:
        listener.setblocking(False)

        def taken() -> list[bytes]:
            with contextlib.suppress(BlockingIOError):
                while True:
                    captured.append(listener.recv(65535))
            return captured

        yield taken


def source_mac(frame: bytes) -> str:
    """Who sent a frame."""
    return frame[6:12].hex(":")


def addresses(frame: bytes) -> tuple[str, str]:
    """IPv4 source and destination of a frame; ("", "") of any other."""
    if int.from_bytes(frame[12:14], "big") != _IPV4 or len(frame) < 34:
        return "", ""
    return socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])


def dhcp_client(namespace: str, *signals: signal.Signals, until: int) -> dict[int, Message]:
    """Signal a VM's DHCP client and watch the wire: message type -> the last of that type, up to type `until`.

    SIGUSR1 has it renew (or, released, discover); SIGUSR2 has it release its lease.
    """
    seen: dict[int, Message] = {}
    client = _client(namespace)
    with frames(namespace) as taken:
        for number in signals:
            client.signal(number)
            time.sleep(0.2)
        deadline = time.monotonic() + 10
        while until not in seen and time.monotonic() < deadline:
            for frame in taken():
                found = _dhcp(frame)
                if found is not None:
                    seen[found.type] = found
            time.sleep(0.02)
    client.close()
    return seen


def _client(namespace: str) -> Process:
    for process in processes_in(namespace):
        if Path(f"/proc/{process.record.pid}/comm").read_text().strip() == "udhcpc":
            return process
        process.close()
    raise ProcessLookupError(f"no DHCP client runs in {namespace}")


def _packet_socket() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(_ETH_P_ALL))
    made.bind(("eth0", 0))
    # Streams run beside what is looked for, and the machine may be busy.
    made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    return made


def _dhcp(frame: bytes) -> Message | None:
    if int.from_bytes(frame[12:14], "big") != _IPV4 or len(frame) < 34 or frame[23] != _UDP:
        return None
    start = 14 + (frame[14] & 15) * 4
    ports = set(struct.unpack_from("!HH", frame, start))
    if ports != {message.CLIENT_PORT, message.SERVER_PORT}:
        return None
    with contextlib.suppress(MalformedMessage):
        return message.decode(frame[start + 8 :])
    return None


def carried(space: str, interface: str) -> int:
    """Packets that an interface of a namespace has received and sent."""
    fields = next(
        line.split() for line in run(space, "cat", "/proc/net/dev").stdout.splitlines() if interface in line
    )
    return int(fields[2]) + int(fields[10])
