"""Two networks with the same addresses and the same MACs on the same hosts: nothing crosses, whatever is sent."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NS, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, LLC, STP, Dot1AD, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from landbridge.drivers import enter
from landbridge.model.node import AnyObject, FloodPeer, Port, VxlanNetwork
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh

pytestmark = pytest.mark.netns

OTHER_L2, OTHER_VNI, OTHER_NET_ID = "2" * 32, lab.VNI + 1, lab.NET_ID + 1
MARK = b"isolation-probe"
EVERYBODY = "ff:ff:ff:ff:ff:ff"
ONE, TWO = lab.mac(1), lab.mac(2)
IP_ONE, IP_TWO = "10.9.0.1", "10.9.0.2"


def twin(number: int, of: int) -> list[tuple[str, AnyObject]]:
    """A machine in the other network with the MAC and the address of one in the first."""
    (vm_key, vm), (port_key, port) = lab.machine(number)
    assert isinstance(port, Port)
    addresses = (f"10.9.0.{of}",)
    return [
        (vm_key, vm),
        (port_key, replace(port, l2_uuid=OTHER_L2, net_id=OTHER_NET_ID, mac=lab.mac(of), addresses=addresses)),
    ]


def networks(host: Host, peers: list[Host]) -> Iterator[tuple[str, AnyObject]]:
    """Both networks, on every host."""
    key, first = lab.network(host)
    assert isinstance(first, VxlanNetwork)
    first = replace(first, vtep_cidrs=(f"{lab.UNDERLAY}.0/29",))
    yield key, first
    yield f"l2/{OTHER_L2}", replace(first, l2_uuid=OTHER_L2, net_id=OTHER_NET_ID, vni=OTHER_VNI)
    for peer in peers:
        yield lab.flood(peer)
        yield f"flood/{OTHER_L2}/{peer.tag}", FloodPeer(l2_uuid=OTHER_L2, vtep_ip=peer.vtep)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Host]]:
    """On the first host VM 1 and its twin 11, and VM 5; on the second VM 2 and its twin 12."""
    with lab.hosts(tmp_path_factory.mktemp("isolation"), 2) as made:
        one, two = made
        assert one.give(*networks(one, made), *lab.machine(1), *lab.machine(5), *twin(11, 1)).failed == {}
        assert two.give(*networks(two, made), *lab.machine(2), *twin(12, 2)).failed == {}
        for host, number in ((one, 1), (one, 5), (two, 2)):
            lab.address(host, number)
        for host, number, of in ((one, 11, 1), (two, 12, 2)):
            sh(f"ip -n {lab.vm(host, number)} addr add 10.9.0.{of}/16 dev eth0")
        # Each network works, and both ends of each are known to the bridges.
        assert lab.ping(lab.vm(one, 1), IP_TWO)
        assert lab.ping(lab.vm(one, 11), IP_TWO)
        yield made


@contextlib.contextmanager
def sniffer(namespace: str) -> Iterator[list[bytes]]:
    """Frames with our mark that a promiscuous machine sees, filled in when the `with` ends."""

    def listen() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.bind(("eth0", 3))
        index = socket.if_nametoindex("eth0")
        made.setsockopt(263, 1, struct.pack("iHH8s", index, 1, 0, b""))  # SOL_PACKET: PACKET_MR_PROMISC
        made.setblocking(False)
        return made

    seen: list[bytes] = []
    raw = enter.in_namespace(namespace, listen)
    try:
        yield seen
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, address = raw.recvfrom(65535)
                if MARK in frame and address[2] != socket.PACKET_OUTGOING:
                    seen.append(frame)
    finally:
        raw.close()


def ether(destination: str = TWO, **more: Any) -> Packet:
    """A frame of VM 1."""
    return Ether(src=ONE, dst=destination, **more)


def udp() -> Packet:
    """A datagram with our mark."""
    return UDP() / Raw(MARK)


def encapsulated(vtep: str, vni: int) -> Packet:
    """A VXLAN packet to a host, with a frame for the twin of VM 2 inside."""
    inner = Ether(src=ONE, dst=TWO) / IP(src=IP_ONE, dst=IP_TWO) / udp()
    return IP(src=IP_ONE, dst=vtep) / UDP(sport=5000, dport=8472) / VXLAN(vni=vni, flags=8) / inner


INNER = IP(src=IP_ONE, dst=IP_TWO)
ATTACKS: dict[str, list[Packet]] = {
    "a broadcast storm": [ether(EVERYBODY) / INNER / udp()] * 200,
    "an ARP storm": [
        ether(EVERYBODY) / ARP(hwsrc=ONE, psrc=IP_ONE, pdst=f"10.9.1.{n}") / Raw(MARK) for n in range(200)
    ],
    "multicast": [ether("01:00:5e:00:00:01") / IP(src=IP_ONE, dst="224.0.0.1") / udp()],
    "unknown unicast": [ether("fa:11:22:33:44:55") / INNER / udp()],
    "unicast": [ether() / INNER / udp()],
    "VLAN tags": [
        ether() / Dot1Q(vlan=OTHER_VNI & 4095) / INNER / udp(),
        ether() / Dot1AD(vlan=1) / Dot1Q(vlan=2) / INNER / udp(),
        ether(EVERYBODY) / Dot1Q(vlan=0) / INNER / udp(),
    ],
    "VXLAN to the hosts": [
        ether(destination) / encapsulated(f"{lab.UNDERLAY}.{number}", vni)
        for destination in (TWO, EVERYBODY)
        for number in (1, 2)
        for vni in (lab.VNI, OTHER_VNI)
    ],
    "VXLAN in VXLAN": [
        ether() / INNER / UDP(dport=8472) / VXLAN(vni=lab.VNI) / ether() / encapsulated(IP_TWO, OTHER_VNI)
    ],
    "signalling": [
        ether() / IP(src=IP_ONE, dst=IP_TWO, proto=253) / Raw(MARK),
        ether() / IPv6(src="fe80::f800:ff:fe00:1", dst="ff02::1", nh=253) / Raw(MARK),
    ],
    "fragments": list(fragment(ether() / INNER / UDP() / Raw(MARK * 200), 512)),  # type: ignore[no-untyped-call]  # scapy
    "extension headers": [
        ether("33:33:00:00:00:01")
        / IPv6(src="fe80::f800:ff:fe00:1", dst="ff02::1")
        / IPv6ExtHdrHopByHop()
        / IPv6ExtHdrDestOpt()
        / ICMPv6EchoRequest(data=MARK)
    ],
    "neighbour discovery": [
        ether("33:33:00:00:00:01") / IPv6(dst="ff02::1") / ICMPv6ND_NS(tgt="fe80::1") / Raw(MARK)
    ],
    "spanning tree": [Ether(src=ONE, dst="01:80:c2:00:00:00", type=50) / LLC() / STP() / Raw(MARK)],
    "an ICMP error about the other network": [ether() / INNER / ICMP(type=3) / INNER / UDP() / Raw(MARK)],
}


def send(host: Host, frames: list[Packet]) -> None:
    """From VM 1."""

    def do() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            for frame in frames:
                raw.send(bytes(frame))

    enter.in_namespace(lab.vm(host, 1), do)


def settled(host: Host) -> None:
    """Whatever was sent before has arrived: the path keeps the order, and this comes back."""
    assert lab.ping(lab.vm(host, 1), IP_TWO)
    assert lab.ping(lab.vm(host, 11), IP_TWO)
    time.sleep(0.05)


@pytest.mark.parametrize("what", ATTACKS)
def test_nothing_reaches_the_other_network(pair: list[Host], what: str) -> None:
    one, two = pair
    with sniffer(lab.vm(one, 11)) as same_host, sniffer(lab.vm(two, 12)) as other_host:
        send(one, ATTACKS[what])
        settled(one)
    assert same_host == []
    assert other_host == []


@pytest.mark.parametrize(("what", "arrives"), [("a broadcast storm", 200), ("unicast", 1), ("multicast", 1)])
def test_what_may_arrive_in_its_own_network_does(pair: list[Host], what: str, arrives: int) -> None:
    """So the sniffers see what is there."""
    one, two = pair
    with sniffer(lab.vm(two, 2)) as seen:
        send(one, ATTACKS[what])
        settled(one)
    assert len(seen) == arrives


@pytest.mark.parametrize("what", ["unicast", "unknown unicast"])
def test_a_sniffer_beside_it_sees_no_unicast_of_others(pair: list[Host], what: str) -> None:
    one, _ = pair
    with sniffer(lab.vm(one, 5)) as seen:
        send(one, ATTACKS[what])
        settled(one)
    assert seen == []


@pytest.mark.parametrize(("last", "heard"), [(7, True), (8, False)])
def test_tunnels_are_heard_from_where_vteps_are_and_from_nowhere_else(
    pair: list[Host], last: int, heard: bool
) -> None:
    """From the underlay: within the pool's CIDR and beyond it."""
    one, two = pair
    inner = Ether(src="fa:00:00:00:99:99", dst=EVERYBODY) / IP(src="10.9.0.9", dst=IP_ONE) / udp()
    tunnel = bytes(UDP(sport=5000, dport=8472) / VXLAN(vni=lab.VNI, flags=8) / inner)[8:]

    def forge() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((f"{lab.UNDERLAY}.{last}", 5000))
            sender.sendto(tunnel, (one.vtep, 8472))

    sh(f"ip -n {two.netns} addr add {lab.UNDERLAY}.{last}/24 dev u0")
    try:
        with sniffer(lab.vm(one, 5)) as seen:
            enter.in_namespace(two.netns, forge)
            settled(one)
    finally:
        sh(f"ip -n {two.netns} addr del {lab.UNDERLAY}.{last}/24 dev u0")
    assert len(seen) == int(heard)


def test_rules_that_others_change_are_put_right(pair: list[Host]) -> None:
    """And a new agent finds them as they are."""
    one, _ = pair
    for harm in (
        "delete table inet landbridge",
        "flush chain inet landbridge input",
        "flush set inet landbridge signallers",
        f"add element inet landbridge signallers {{ {lab.UNDERLAY}.64/26 }}",
    ):
        sh(f"ip netns exec {one.netns} nft {harm}")
        one.step(reread=True)
        one.settle()
        listing = sh(f"ip netns exec {one.netns} nft list table inet landbridge")
        assert "iifname @closed drop" in listing
        assert f"elements = {{ {lab.UNDERLAY}.0/29 }}" in listing
    one.stop()
    one.start()
    one.step(reread=True)
    one.settle()
    assert one.agent.reconciler.operations == 0


def test_bridged_packets_pass_even_if_somebody_shows_them_to_the_host_s_tables(pair: list[Host]) -> None:
    """Container runtimes switch that on; until it is off again, nothing may be lost."""
    for host in pair:
        sh(f"ip netns exec {host.netns} sysctl -qw net.bridge.bridge-nf-call-iptables=1")
    settled(pair[0])
    for host in pair:
        host.step(reread=True)
        host.settle()
        assert sh(f"ip netns exec {host.netns} sysctl -n net.bridge.bridge-nf-call-iptables").strip() == "0"


def test_the_host_itself_does_not_answer_its_guests(pair: list[Host]) -> None:
    """No address of the host is reachable from a tenant's network, not even by a hand-made route."""
    one, _ = pair
    vm = lab.vm(one, 1)
    sh(f"ip -n {vm} route add {lab.UNDERLAY}.0/24 dev eth0")
    assert not lab.ping(vm, one.vtep)
    # Nor does it forward for them.
    sh(f"ip -n {vm} neigh replace {one.vtep} lladdr {_bridge_mac(one)} dev eth0")
    sh(f"ip netns exec {one.netns} sysctl -qw net.ipv4.ip_forward=1")
    assert not lab.ping(vm, one.vtep)
    assert not lab.ping(vm, pair[1].vtep)
    found = sh(f"ip -n {one.netns} -j neigh show dev lb1a")
    assert lab.mac(1) not in found
    sh(f"ip -n {vm} route del {lab.UNDERLAY}.0/24 dev eth0")


def _bridge_mac(host: Host) -> str:
    return sh(f"ip netns exec {host.netns} cat /sys/class/net/lb1a/address").strip()
