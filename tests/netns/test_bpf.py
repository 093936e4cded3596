"""The eBPF programs at the ports, with real packets."""

import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from landbridge.drivers import enter
from landbridge.drivers.hooks import DropReason, PortCounters
from landbridge.drivers.rtnl import mac_bytes
from landbridge.render.kernel import Hook
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh

pytestmark = pytest.mark.netns

BROADCAST = b"\xff" * 6


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VMs 1 and 2 in one network."""
    with lab.hosts(tmp_path_factory.mktemp("bpf"), 1) as [made]:
        assert made.give(lab.network(made), *lab.machine(1), *lab.machine(2)).failed == {}
        yield made


def counters(host: Host, number: int) -> PortCounters:
    """Of a machine's port."""
    link = host.world.kernel.mirror.tables.by_name(lab.ifname(number))
    assert link is not None
    found = host.hooks.counters(link.index)
    assert found is not None
    return found


def send(netns: str, device: str, frame: bytes) -> None:
    """Put a frame on the wire inside a namespace."""

    def do() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind((device, 0))
            raw.send(frame)

    enter.in_namespace(netns, do)


def ethernet(destination: bytes, payload: bytes, protocol: int = 0x0800, number: int = 1) -> bytes:
    """A frame of VM `number`."""
    return (destination + mac_bytes(lab.mac(number)) + struct.pack("!H", protocol) + payload).ljust(60, b"\0")


def ipv4(protocol: int, payload: bytes, *, offset: int = 0, options: bytes = b"") -> bytes:
    """An IPv4 packet without its checksum, which nobody here looks at."""
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, words * 4 + len(payload), 0, offset, 64, protocol, 0)
    return head + socket.inet_aton("10.9.0.1") + socket.inet_aton("10.9.0.2") + options + payload


def udp(source: int, destination: int) -> bytes:
    """A UDP datagram."""
    return struct.pack("!HHHH", source, destination, 16, 0) + b"payload!"


PEER = mac_bytes(lab.mac(2))

DROPPED = {
    "a DHCP request": (DropReason.DHCP_REQUEST, ethernet(BROADCAST, ipv4(17, udp(68, 67)))),
    "a DHCP request behind IP options": (
        DropReason.DHCP_REQUEST,
        ethernet(BROADCAST, ipv4(17, udp(68, 67), options=bytes(8))),
    ),
    "a DHCP reply": (DropReason.DHCP_REPLY, ethernet(PEER, ipv4(17, udp(67, 68)))),
    "signalling": (DropReason.SIGNALLING, ethernet(PEER, ipv4(253, b"anything"))),
    "a later fragment of signalling": (DropReason.SIGNALLING, ethernet(PEER, ipv4(253, b"anything", offset=5))),
    "a tagged frame": (DropReason.TAGGED, ethernet(PEER, b"\0\5\x08\0" + ipv4(253, b""), 0x8100)),
    "a header that is cut off": (DropReason.MALFORMED, (PEER + PEER + b"\x08\0" + ipv4(17, b"")[:12])),
    "an impossible header length": (DropReason.MALFORMED, ethernet(PEER, b"\x41" + ipv4(17, udp(1, 2))[1:])),
}


@pytest.mark.parametrize("what", DROPPED)
def test_what_a_vm_must_not_send(host: Host, what: str) -> None:
    reason, frame = DROPPED[what]
    before, peer = counters(host, 1), counters(host, 2)
    total = host.hooks.drops()[reason]
    send(lab.vm(host, 1), "eth0", frame)
    after = counters(host, 1)
    assert after.drops[reason] == before.drops[reason] + 1
    assert after.sent_packets == before.sent_packets
    assert host.hooks.drops()[reason] == total + 1
    assert counters(host, 2).received_packets == peer.received_packets


PASSED = {
    "UDP": ethernet(PEER, ipv4(17, udp(1000, 2000))),
    "ARP": ethernet(BROADCAST, bytes(28), 0x0806),
    "a later fragment that looks like DHCP": ethernet(PEER, ipv4(17, udp(68, 67), offset=9)),
    "IPv6": ethernet(PEER, bytes(40), 0x86DD),
}


@pytest.mark.parametrize("what", PASSED)
def test_what_passes_is_counted_on_both_sides(host: Host, what: str) -> None:
    one, two = counters(host, 1), counters(host, 2)
    send(lab.vm(host, 1), "eth0", PASSED[what])
    after_one, after_two = counters(host, 1), counters(host, 2)
    assert after_one.sent_packets == one.sent_packets + 1
    assert after_one.sent_bytes == one.sent_bytes + len(PASSED[what])
    assert after_two.received_packets == two.received_packets + 1
    assert after_two.received_bytes == two.received_bytes + len(PASSED[what])


def test_a_frame_for_somebody_else_does_not_reach_the_vm(host: Host) -> None:
    """Even if the bridge floods it."""
    sh(f"bridge -n {host.netns} link set dev vnic2.0 flood on")
    before = counters(host, 2)
    send(lab.vm(host, 1), "eth0", ethernet(mac_bytes("fa:99:99:99:99:99"), ipv4(17, udp(1, 2))))
    after = counters(host, 2)
    assert after.drops[DropReason.OTHER_MAC] == before.drops[DropReason.OTHER_MAC] + 1
    assert after.received_packets == before.received_packets
    host.settle()
    assert "flood off" in sh(f"bridge -n {host.netns} -d link show dev vnic2.0")


def test_a_port_without_an_entry_passes_nothing(host: Host) -> None:
    hooks = host.hooks
    link = host.world.kernel.mirror.tables.by_name("vnic1.0")
    assert link is not None
    peer = counters(host, 2)
    hooks._ports.delete(link.index.to_bytes(4, "little"))
    before = counters(host, 1)
    send(lab.vm(host, 1), "eth0", PASSED["UDP"])
    send(lab.vm(host, 2), "eth0", ethernet(mac_bytes(lab.mac(1)), ipv4(17, udp(1, 2)), number=2))
    assert counters(host, 1).drops[DropReason.UNKNOWN_PORT] == before.drops[DropReason.UNKNOWN_PORT] + 2
    assert counters(host, 2).received_packets == peer.received_packets
    host.step(reread=True)
    host.settle()
    send(lab.vm(host, 1), "eth0", PASSED["UDP"])
    assert counters(host, 2).received_packets == peer.received_packets + 1


def test_programs_of_another_version_are_replaced_without_a_gap(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new agent brings another object file: the filter is replaced, nothing is lost."""
    from landbridge.drivers import bpf_object

    held = sh(f"tc -n {host.netns} filter show dev vnic1.0 ingress")
    found: Callable[[Path], Path] = bpf_object.find_object

    def other(state_dir: Path) -> Path:
        path = tmp_path / "other.o"
        path.write_bytes(found(state_dir).read_bytes() + b"\0")
        return path

    monkeypatch.setattr(bpf_object, "find_object", other)
    host.stop()
    host.start()
    host.step()
    now = sh(f"tc -n {host.netns} filter show dev vnic1.0 ingress")
    assert now != held
    assert now.count("direct-action") == 1
    assert host.agent.reconciler.actual["hook", "vnic1.0"] == Hook("vnic1.0", lab.NET_ID, lab.mac(1), current=True)
    sh(f"ip -n {lab.vm(host, 1)} addr replace 10.9.0.1/16 dev eth0")
    sh(f"ip -n {lab.vm(host, 2)} addr replace 10.9.0.2/16 dev eth0")
    assert lab.ping(lab.vm(host, 1), "10.9.0.2")
