"""The tap of `landbridge zsnp watch`, with real frames: both directions, also inside VXLAN, and nothing else."""

import select
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.utils import PcapReader

from landbridge.drivers.enter import in_namespace
from landbridge.drivers.signal_tap import SignalTap
from landbridge.testing.zsnp_world import KEY
from landbridge.zsnp import frames
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import Probe, Query
from landbridge.zsnp.moment import Moment
from tests.netns.guest_fixtures import machines, sh
from tests.support.lab import LANDBRIDGE

pytestmark = pytest.mark.netns

SOURCE, EVERYBODY = "fa:00:00:00:00:01", "ff:ff:ff:ff:ff:ff"
ETHER = Ether(src=SOURCE, dst=EVERYBODY)
SIGNAL = ETHER / IP(src="10.0.0.1", dst="10.0.0.2", proto=253) / Raw(b"a message" + bytes(40))
AT = Moment(1_000, 1_800_000_000_000)


@dataclass
class Hosts:
    """Two namespaces with a cable `u0` between them and a VXLAN tunnel `vx1`; `tap` listens at the first."""

    one: str
    two: str
    tap: SignalTap

    def send(self, where: str, link: str, *sent: bytes | Packet) -> None:
        def do() -> None:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                for frame in sent:
                    raw.sendto(bytes(frame), (link, 0))

        in_namespace(where, do)

    def seen(self, number: int) -> list[tuple[str, bool, bytes]]:
        """The next sightings."""
        found: list[tuple[str, bool, bytes]] = []
        while len(found) < number:
            assert select.select([self.tap], [], [], 10)[0], found
            now = time.time_ns()
            for one in self.tap.read():
                assert 0 <= now - one.time < 60 * 10**9
                found.append((one.interface, one.sent, one.frame))
        return found


@pytest.fixture(scope="module")
def made() -> Iterator[Hosts]:
    with machines() as all_:
        one, two = all_.add("one"), all_.add("two")
        all_.link(one, "u0", two, "u0")
        for number, (here, there) in enumerate(((one, 2), (two, 1)), 1):
            vxlan = f"type vxlan id 7 dstport 8472 local 192.168.9.{number} remote 192.168.9.{there} dev u0"
            sh(f"ip -n {here} addr add 192.168.9.{number}/24 dev u0; ip -n {here} link set u0 up")
            sh(f"ip -n {here} link add vx1 {vxlan}; ip -n {here} link set vx1 up")
        tap = in_namespace(one, SignalTap)
        yield Hosts(one, two, tap)
        tap.close()


def test_both_directions(made: Hosts) -> None:
    made.send(made.two, "u0", SIGNAL)
    assert made.seen(1) == [("u0", False, bytes(SIGNAL))]
    made.send(made.one, "u0", SIGNAL)
    assert made.seen(1) == [("u0", True, bytes(SIGNAL))]


def test_inside_vxlan(made: Hosts) -> None:
    made.send(made.two, "vx1", SIGNAL)
    assert made.seen(1) == [("vx1", False, bytes(SIGNAL))]
    made.send(made.one, "vx1", SIGNAL)
    assert made.seen(1) == [("vx1", True, bytes(SIGNAL))]


def test_only_signalling(made: Hosts) -> None:
    """What is none is followed by one that is."""
    others = [
        ETHER / IP(dst="10.0.0.2") / UDP() / Raw(bytes([253] * 60)),
        ETHER / IPv6(nh=17) / UDP() / Raw(bytes([253] * 60)),
        Ether(src=SOURCE, dst=EVERYBODY, type=0x88CC) / Raw(bytes([253] * 60)),
        ETHER,
    ]
    six = ETHER / IPv6(nh=253) / Raw(b"a message")
    made.send(made.two, "u0", *others, six, SIGNAL)
    assert made.seen(2) == [("u0", False, bytes(six)), ("u0", False, bytes(SIGNAL))]


def test_whole_jumbo_frames(made: Hosts) -> None:
    for host in (made.one, made.two):
        sh(f"ip -n {host} link set u0 mtu 9000")
    jumbo = SIGNAL / Raw(bytes(8900 - len(SIGNAL)))
    del jumbo[IP].len
    made.send(made.two, "u0", jumbo)
    assert made.seen(1) == [("u0", False, bytes(jumbo))]


def test_the_command_writes_what_it_prints(made: Hosts, tmp_path: Path) -> None:
    """Each message once, in either direction; the file is whole although the command is interrupted."""
    between, writer = ("10.0.0.1", "10.0.0.2"), Writer(AT.wall)
    probe, query = (
        frames.build(Frame(SOURCE, EVERYBODY, *between, writer.write(AT, one, (7, KEY), 1, between)), size)
        for one, size in ((Probe(4, "172.16.0.1", "0e:52:00:00:00:0a"), 1400), (Query(5, 4, "172.16.0.1"), 0))
    )
    file = tmp_path / "seen.pcap"
    argv = ["nsenter", f"--net=/run/netns/{made.one}", LANDBRIDGE, "zsnp", "watch", "--pcap", str(file)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stderr.readline() == "watching: Ctrl-C ends\n"
        made.send(made.two, "vx1", probe)
        made.send(made.one, "u0", query, probe, SIGNAL)
        lines = [watching.stdout.readline().split() for _ in range(3)]
        watching.send_signal(2)
        assert watching.wait(20) == 0
        assert watching.stdout.read() == ""
    assert [line[1:4] for line in lines] == [
        ["vx1", "in", "PROBE"],
        ["u0", "out", "QUERY"],
        ["u0", "out", "garbled:"],
    ]
    with PcapReader(str(file)) as packets:
        written = [bytes(packet) for packet in packets]
    assert written == [probe, query, bytes(SIGNAL)]
    made.seen(4)


def test_as_many_as_wanted_to_standard_output(made: Hosts) -> None:
    argv = ["nsenter", f"--net=/run/netns/{made.one}", LANDBRIDGE, "zsnp", "watch", "--pcap", "-", "-n", "1"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stderr is not None
        watching.stderr.readline()
        made.send(made.two, "u0", SIGNAL, SIGNAL)
        capture, line = watching.communicate(timeout=20)
    assert watching.returncode == 0
    assert line.split()[1:4] == [b"u0", b"in", b"garbled:"]
    assert capture[:4] == bytes.fromhex("4d3cb2a1")
    assert capture[40:] == bytes(SIGNAL)
    made.seen(2)


def test_only_root(made: Hosts) -> None:
    argv = ["setpriv", "--reuid=65534", "--clear-groups", LANDBRIDGE, "zsnp", "watch"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "only root may see what passes here" in done.stderr
