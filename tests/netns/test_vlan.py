"""VLAN networks on a host's interface: two hosts, a switch between them that knows nothing of tags, and Wireshark.

The interface carries the host's own address and its VTEP, untagged, beside the VLANs.
"""

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Packet

from landbridge.model.drops import DropReason
from landbridge.model.node import AnyObject, BridgeNetwork, Port, VlanNetwork
from landbridge.render.kernel import Vlan
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, ping, sh
from tests.support import sockets, wire

pytestmark = pytest.mark.netns

RED, BLUE, FLAT = 100, 200, 0
"""VLANs; FLAT: the NoVlan network."""
_L2 = {RED: "2" * 32, BLUE: "3" * 32, FLAT: "4" * 32}
_NET_ID = {RED: 0x2A, BLUE: 0x3A, FLAT: 0x4A}
BROADCAST = "ff:ff:ff:ff:ff:ff"
STRANGER = "02:00:00:00:00:99"


def network(name: int, *, vlan: int | None = None, mtu: int = 1500, over: str = "u0") -> tuple[str, AnyObject]:
    """A network of these tests, in a VLAN of its name if not another is given."""
    uuid, number = _L2[name], _NET_ID[name]
    value: AnyObject
    if name == FLAT:
        value = BridgeNetwork(l2_uuid=uuid, net_id=number, physical_interface=over, mtu=mtu)
    else:
        value = VlanNetwork(l2_uuid=uuid, net_id=number, physical_interface=over, vlan=vlan or name, mtu=mtu)
    return f"l2/{uuid}", value


def machine(number: int, name: int) -> list[tuple[str, AnyObject]]:
    """`agent_hosts.machine` in one of these networks."""
    vm, (key, port) = lab.machine(number)
    assert isinstance(port, Port)
    return [vm, (key, replace(port, l2_uuid=_L2[name], net_id=_NET_ID[name], mtu=1500))]


class World:
    """VM 1 on the first host and 2 on the second in RED, 3 and 4 in BLUE; the first host also has 5 in FLAT."""

    def __init__(self, hosts: list[Host], directory: Path) -> None:
        self.one, self.two = hosts
        self.directory = directory
        self.switch = f"{self.one.tag[:-1]}-sw"
        self.port = f"p{self.one.tag}"
        """Where the first host is plugged into the switch."""
        self.give()
        for number, host in ((1, self.one), (3, self.one), (5, self.one), (2, self.two), (4, self.two)):
            lab.address(host, number)

    def give(self) -> None:
        """All of it, as at the beginning."""
        both = network(RED), network(BLUE)
        ones = *both, network(FLAT), *machine(1, RED), *machine(3, BLUE), *machine(5, FLAT)
        assert self.one.give(*ones).failed == {}
        assert self.two.give(*both, *machine(2, RED), *machine(4, BLUE)).failed == {}

    def captured(self, host: Host | None = None, number: int = 0) -> AbstractContextManager[wire.Capture]:
        """At a VM; without one on the wire of the first host."""
        if host is None:
            return wire.captured(self.switch, self.port, self.directory)
        return wire.captured(lab.vm(host, number), "eth0", self.directory)

    def send(self, *frames: Packet) -> None:
        """Frames of a stranger, towards the first host."""
        wire.send(self.switch, self.port, frames)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with lab.hosts(tmp_path_factory.mktemp("vlan")) as made:
        yield World(made, tmp_path_factory.mktemp("wire"))


def vlan_of(host: Host, name: int) -> Vlan:
    """What the kernel has of a VLAN."""
    found = host.inside(host.world.kernel.read)["vlan", f"vl{_NET_ID[name]:x}"]
    assert isinstance(found, Vlan)
    return found


def question(source: str, target: str, mac: str = STRANGER) -> ARP:
    return ARP(op=1, hwsrc=mac, psrc=source, pdst=target)


def test_a_vlan_is_what_the_wire_says(world: World) -> None:
    """Tagged outside, in both directions; nothing of the tag at the VMs."""
    with world.captured() as seen:
        assert ping(lab.vm(world.one, 1), "10.9.0.2")
        assert ping(lab.vm(world.two, 4), "10.9.0.3")
    found = set(seen.rows("icmp", "vlan.id", "vlan.priority", "icmp.type", "ip.src", "ip.dst"))
    assert found == {
        ("100", "0", "8", "10.9.0.1", "10.9.0.2"),
        ("100", "0", "0", "10.9.0.2", "10.9.0.1"),
        ("200", "0", "8", "10.9.0.4", "10.9.0.3"),
        ("200", "0", "0", "10.9.0.3", "10.9.0.4"),
    }
    assert seen.rows("_ws.malformed") == []


def test_vlans_of_one_interface_are_strangers_to_each_other(world: World) -> None:
    for here, there in ((1, "10.9.0.4"), (1, "10.9.0.5"), (5, "10.9.0.3")):
        assert not ping(lab.vm(world.one, here), there, count=1)
    lab.hush(world.one, 1, 3, 5)
    lab.hush(world.two, 2, 4)
    with world.captured(world.two, 4) as blue, world.captured(world.one, 5) as flat:
        frames = [
            Ether(dst=BROADCAST, src=lab.mac(1)) / question("10.9.0.1", f"10.9.0.{n}", lab.mac(1))
            for n in range(20, 30)
        ]
        ports.send_all(world.one, 1, frames)
        assert ping(lab.vm(world.one, 1), "10.9.0.2")
    assert blue.rows("eth.src == fa:00:00:00:00:01") == []
    assert flat.rows("eth.src == fa:00:00:00:00:01") == []


def test_the_interface_itself_stays_in_use(world: World) -> None:
    """Its own address untagged, a NoVlan network over it, and the host is out of the VLANs' reach."""
    assert ping(world.two.netns, world.one.vtep)
    assert ping(world.one.netns, world.two.vtep)
    sh(f"ip -n {lab.vm(world.one, 5)} addr add {lab.UNDERLAY}.77/24 dev eth0")
    try:
        ports_guarded = ports.change(5, guarded=False)
        _, port = ports_guarded
        assert isinstance(port, Port)
        opened = replace(port, l2_uuid=_L2[FLAT], net_id=_NET_ID[FLAT], mtu=1500)
        assert world.one.give((ports_guarded[0], opened)).failed == {}
        assert ping(lab.vm(world.one, 5), world.two.vtep)
        assert ping(lab.vm(world.one, 5), world.one.vtep)
    finally:
        world.give()
    sh(f"ip -n {lab.vm(world.one, 1)} route add {world.one.vtep} dev eth0")
    assert not ping(lab.vm(world.one, 1), world.one.vtep, count=1)
    sh(f"ip -n {lab.vm(world.one, 1)} route del {world.one.vtep}")


def test_a_priority_tag_is_no_vlan(world: World) -> None:
    """VLAN 0: the host answers as to an untagged frame, and the bridge passes it on without the tag."""
    with world.captured(world.one, 5) as flat, world.captured() as seen:
        asked = Ether(dst=BROADCAST, src=STRANGER) / Dot1Q(vlan=0, prio=5)
        world.send(asked / question(f"{lab.UNDERLAY}.200", world.one.vtep))
        assert ping(world.two.netns, world.one.vtep)
    answers = seen.rows(f"arp.opcode == 2 && arp.dst.hw_mac == {STRANGER}", "arp.src.proto_ipv4", "vlan.id")
    assert answers == [(world.one.vtep, "")]
    assert flat.rows(f"arp && eth.src == {STRANGER}", "vlan.id") == [("",)]


TAGS = (
    (Dot1Q(vlan=RED), True),
    (Dot1Q(vlan=RED, prio=7, dei=1), True),
    (Dot1Q(vlan=RED) / Dot1Q(vlan=BLUE), False),
    (Dot1Q(vlan=RED) / Dot1AD(vlan=BLUE), False),
    (Dot1AD(vlan=RED), False),
    (Dot1AD(vlan=RED) / Dot1Q(vlan=RED), False),
    (Dot1Q(vlan=0) / Dot1Q(vlan=RED), False),
    (Dot1Q(vlan=RED + 1), False),
    (Dot1Q(vlan=4095), False),
)
"""What a frame may bear, and whether it is for the VM in RED.  None is for the one in BLUE."""


@pytest.mark.parametrize("offload", ["on", "off"], ids=["in-metadata", "in-bytes"])
def test_only_one_tag_of_a_vlan_is_the_vlan(world: World, offload: str) -> None:
    """However the tag comes: beside the frame, as cards deliver it, or in its bytes."""
    features = f"txvlan {offload} tx-vlan-stag-hw-insert {offload}"
    sh(f"nsenter --net=/run/netns/{world.switch} ethtool -K {world.port} {features}")
    bridge = wire.captured(world.one.netns, f"lb{_NET_ID[RED]:x}", world.directory)
    with world.captured(world.one, 1) as red, world.captured(world.one, 3) as blue, bridge as inside:
        for number, (tags, _) in enumerate(TAGS):
            world.send(Ether(dst=BROADCAST, src=STRANGER) / tags / question(f"10.9.9.{number}", "10.9.0.1"))
        assert ping(lab.vm(world.two, 2), "10.9.0.1")
        assert ping(lab.vm(world.two, 4), "10.9.0.3")
    shown = f"eth.src == {STRANGER}"
    expected = [(f"10.9.9.{number}", "") for number, (_, passes) in enumerate(TAGS) if passes]
    assert red.rows(shown, "arp.src.proto_ipv4", "vlan.id") == expected
    assert inside.rows(shown, "arp.src.proto_ipv4", "vlan.id") == expected
    assert blue.rows(shown) == []


def test_no_tag_gets_into_or_out_of_a_vm(world: World) -> None:
    """Neither a VM on the untagged network into a VLAN, nor one of a VLAN into another; nor a VLAN into that VM."""
    for number in (1, 5):
        hop = Ether(dst=BROADCAST, src=lab.mac(number)) / Dot1Q(vlan=BLUE) / question(f"10.9.0.{number}", "10.9.0.4")
        assert ports.dropped_by(world.one, number, lambda n=number, f=hop: ports.send(world.one, n, f)) == {  # type: ignore[misc]  # called at once
            (DropReason.TAGGED, 0): 1
        }
    foreign = Ether(dst=BROADCAST, src=STRANGER) / Dot1Q(vlan=300) / IP(src="10.9.0.99", dst="10.9.0.5") / ICMP()

    def come() -> None:
        world.send(foreign)
        assert ping(world.two.netns, world.one.vtep)

    # The hosts ask for each other by ARP on that wire, too; what becomes of that is no matter here.
    assert ports.dropped_by(world.one, 5, come)[DropReason.TAGGED, 0] == 1


def test_large_segments_arrive_whole(world: World) -> None:
    """TCP with segmentation offload: 64 KiB at once through the tagging program, cut and tagged behind it."""
    data, got = os.urandom(1 << 24), hashlib.sha256()
    with closing(sockets.listener(lab.vm(world.two, 2), 5001)) as server:

        def take() -> None:
            accepted, _ = server.accept()
            with accepted:
                while piece := accepted.recv(1 << 16):
                    got.update(piece)

        thread = threading.Thread(target=take)
        thread.start()
        with sockets.connect(lab.vm(world.one, 1), "10.9.0.2", 5001) as made:
            made.sendall(data)
        thread.join(20)
    assert got.digest() == hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    "damage",
    [
        "tc -n {host} filter del dev u0 ingress",
        "tc -n {host} qdisc del dev u0 clsact",
        "tc -n {host} qdisc del dev vl2a clsact",
        "ip -n {host} link set u0 promisc off",
        "ip -n {host} link del vl2a",
        "ip -n {host} link set vl2a nomaster",
        "ip -n {host} link set vl2a down",
        "ip -n {host} link set vl2a mtu 1400",
    ],
)
def test_drift_is_seen_by_its_event_and_repaired(world: World, damage: str) -> None:
    host = world.one
    before = host.inside(host.world.kernel.read)
    sh(damage.format(host=host.netns))
    host.settle()
    assert host.inside(host.world.kernel.read) == before
    assert ",PROMISC," in sh(f"ip -n {host.netns} link show u0")
    assert ping(lab.vm(host, 1), "10.9.0.2")


def test_a_new_agent_changes_nothing(world: World) -> None:
    host = world.one
    held = sh(f"tc -n {host.netns} filter show dev u0 ingress")
    host.stop()
    assert ping(lab.vm(host, 1), "10.9.0.2")
    host.start()
    host.step()
    assert host.agent.reconciler.operations == 0
    assert sh(f"tc -n {host.netns} filter show dev u0 ingress") == held


def test_another_tag_in_place(world: World) -> None:
    """Two networks change tags with each other in one pass, and back."""
    for red, blue in ((BLUE, RED), (RED, BLUE)):
        for host in (world.one, world.two):
            report = host.give(network(RED, vlan=red), network(BLUE, vlan=blue))
            assert report.failed == {}
            assert (vlan_of(host, RED).vlan, vlan_of(host, BLUE).vlan) == (red, blue)
        with world.captured() as seen:
            assert ping(lab.vm(world.one, 1), "10.9.0.2")
            assert ping(lab.vm(world.one, 3), "10.9.0.4")
        assert set(seen.rows("icmp", "ip.addr", "vlan.id")) == {
            ("10.9.0.1,10.9.0.2", str(red)),
            ("10.9.0.2,10.9.0.1", str(red)),
            ("10.9.0.3,10.9.0.4", str(blue)),
            ("10.9.0.4,10.9.0.3", str(blue)),
        }


def test_from_a_vlan_to_none_and_back(world: World) -> None:
    """The VM stays where it is; its bridge is made anew: the host's own addresses are on it, or none can be."""
    (key, _), (_, flat) = network(RED), network(FLAT, over="u1")
    assert isinstance(flat, BridgeNetwork)
    untagged = replace(flat, l2_uuid=_L2[RED], net_id=_NET_ID[RED])
    ends = world.one.netns, world.two.netns
    for netns in ends:
        sh(f"nsenter --net=/run/netns/{netns} sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/disable_ipv6'")
    sh(f"ip -n {ends[0]} link add u1 type veth peer name u1 netns {ends[1]}")
    try:
        for number, netns in enumerate(ends, start=1):
            sh(f"ip -n {netns} link set u1 up && ip -n {netns} addr add fd00:1::{number}/64 dev u1 nodad")
        for host in (world.one, world.two):
            assert host.give((key, untagged)).failed == {}
        with wire.captured(world.two.netns, "u1", world.directory) as seen:
            assert ping(lab.vm(world.one, 1), "10.9.0.2")
        assert set(seen.rows("icmp", "vlan.id")) == {("",)}
        assert ping(world.one.netns, "fd00:1::2")
        for host in (world.one, world.two):
            assert host.give(network(RED)).failed == {}
        assert ping(lab.vm(world.one, 1), "10.9.0.2")
        assert not ping(lab.vm(world.one, 1), world.one.vtep, count=1)
    finally:
        sh(f"ip -n {ends[0]} link del u1")
        world.give()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"over": "u7"}, "there is no interface u7"),
        ({"mtu": 1601}, "its MTU is 1600, the network's 1601"),
    ],
)
def test_what_cannot_be_is_said(world: World, change: dict[str, int], words: str) -> None:
    report = world.one.give(network(BLUE, **change))  # type: ignore[arg-type]  # an interface or a number
    assert words in str(report.failed[f"l2/{_L2[BLUE]}"].error)
    assert not ping(lab.vm(world.one, 3), "10.9.0.4", count=1)
    assert ping(lab.vm(world.one, 1), "10.9.0.2")
    world.give()
    assert ping(lab.vm(world.one, 3), "10.9.0.4")


def test_an_interface_that_goes_and_comes(world: World) -> None:
    """As of a card that is taken out: nothing of its VLANs is left behind, and they are back with it."""
    host = world.one
    sh(f"ip -n {host.netns} link add u8 mtu 1600 type veth peer name x8")
    assert host.give(network(BLUE, over="u8")).failed == {}
    sh(f"ip -n {host.netns} link del u8")
    host.settle()
    assert "there is no interface u8" in str(host.agent.failed()[f"l2/{_L2[BLUE]}"].error)
    assert len(list(host.hooks._maps["vlans"].items())) == 1
    sh(f"ip -n {host.netns} link add u8 mtu 1600 type veth peer name x8")
    host.settle()
    assert host.agent.failed() == {}
    assert vlan_of(host, BLUE).interface == "u8"
    world.give()
    assert "promiscuity 0" in sh(f"ip -d -n {host.netns} link show u8")
    sh(f"ip -n {host.netns} link del u8")


def test_removal_leaves_nothing(world: World) -> None:
    """The last VLAN takes the program and the promiscuous mode with it; before that neither."""
    host = world.one
    gone = *lab.machine_keys(5), f"l2/{_L2[FLAT]}", *lab.machine_keys(3), f"l2/{_L2[BLUE]}"
    assert host.give(gone=gone).failed == {}
    assert ping(lab.vm(host, 1), "10.9.0.2")
    assert host.give(gone=(*lab.machine_keys(1), f"l2/{_L2[RED]}")).failed == {}
    assert sh(f"tc -n {host.netns} filter show dev u0 ingress") == ""
    assert "promiscuity 0" in sh(f"ip -d -n {host.netns} link show u0")
    assert [list(host.hooks._maps[name].items()) for name in ("vlans", "vlan_devices")] == [[], []]
    assert sh(f"ip -n {host.netns} -br link show type ifb") == ""
    assert ping(world.two.netns, host.vtep)
