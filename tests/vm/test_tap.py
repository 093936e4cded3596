"""A real guest on a real tap, which QEMU makes and the agent takes by its name: veth pairs hide what taps do."""

import contextlib
import hashlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Packet, Raw

from landbridge.drivers import enter
from landbridge.drivers.counters import PortCounters
from landbridge.model.drops import DropReason
from landbridge.model.node import AnyObject, DhcpBinding, DhcpSubnet, Filter, Port, SecurityGroup
from landbridge.render.guard import link_local
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, ping, sh
from tests.netns.guest_fixtures import eventually
from tests.unit.render.objects import rule
from tests.vm import tiny

pytestmark = [pytest.mark.netns, pytest.mark.vm]

TAP, GUEST, NEAR, FAR = "tap7", 7, 1, 2
"""The guest's interface and number; a namespace VM on its host, and one on the other host."""
MAC, ADDRESS = lab.mac(GUEST), "10.9.0.7"
L3, GROUP = "3" * 32, "a" * 32
SUBNET = DhcpSubnet(
    l3_uuid=L3,
    server_ip="10.9.0.254",
    server_mac="0e:dc:00:00:00:01",
    prefix_len=16,
    network_cidr="10.9.0.0/16",
    gateway="10.9.255.254",
    mtu=lab.MTU,
)
LARGE = 32 << 20
ECHO_PORT, SINK_PORT = 5003, 5001


@dataclass
class World:
    """`shell`: into the guest."""

    here: Host
    there: Host
    shell: tiny.Shell

    def index(self) -> int:
        """Of the tap."""
        link = self.here.world.kernel.mirror.tables.by_name(TAP)
        assert link is not None
        return link.index

    def dropped(self, reason: DropReason) -> int:
        """Packets dropped at the tap."""
        drops = self.here.hooks.counters.drops()
        return sum(one.count.packets for one in drops if (one.port, one.reason) == (self.index(), reason))

    def counters(self) -> PortCounters:
        """Of the tap."""
        found = self.here.hooks.counters.port(self.index())
        assert found is not None
        return found

    def vm(self, number: int) -> str:
        """The namespace of a namespace VM."""
        return lab.vm(self.here if number == NEAR else self.there, number)

    def connect(self, number: int, port: int) -> socket.socket:
        """A TCP connection from a namespace VM to the guest."""
        return enter.in_namespace(self.vm(number), lambda: socket.create_connection((ADDRESS, port), 5))


def port(*, filter_: Filter | None = None) -> tuple[str, AnyObject]:
    """The guest's port."""
    key, plain = lab.external(GUEST, TAP)[1]
    assert isinstance(plain, Port)
    binding = DhcpBinding(l3_uuid=L3, ip=ADDRESS, hostname="guest", default=True)
    return key, replace(plain, dhcp=binding, filter=filter_)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two hosts, a namespace VM on each, and the guest: it boots after the host was told of its port."""
    directory = tmp_path_factory.mktemp("tap")
    with lab.hosts(directory, 2) as [here, there]:
        for number, host in ((NEAR, here), (FAR, there)):
            floods = [lab.flood(other) for other in (here, there)]
            assert host.give(lab.network(host), *floods, *lab.machine(number)).failed == {}
            lab.address(host, number)
        instance = lab.external(GUEST, TAP)[0]
        report = here.give(instance, port(), (f"dhcp/{L3}", SUBNET))
        assert "waiting for interface tap7" in str(report.failed[lab.machine_keys(GUEST)[1]].error)
        try:
            with tiny.guest(directory / "guest", here.netns, TAP, MAC) as shell:
                here.settle()
                assert here.agent.failed() == {}
                made = World(here, there, shell)
                shell.run("ip link set eth0 up && udhcpc -i eth0 -O mtu -q -n -t 10 -T 1 -s /etc/udhcpc.sh")
                shell.run("echo hello > /www/index.html; httpd -p 80 -h /www")
                shell.run(f"(nc -ll -p {ECHO_PORT} -e cat >/dev/null 2>&1 &)")
                yield made
        finally:
            here.give(gone=(*lab.machine_keys(GUEST), f"dhcp/{L3}"))


def test_it_has_its_address_from_the_hosts_responder(world: World) -> None:
    shown = world.shell.run("ip -4 addr show eth0; ip route; cat /tmp/lease")
    assert f"inet {ADDRESS}/16" in shown
    assert f"default via {SUBNET.gateway}" in shown
    assert f"server {SUBNET.server_ip}" in shown
    assert f"mtu {lab.MTU}" in shown


@pytest.mark.parametrize("number", [NEAR, FAR])
def test_it_reaches_vms_and_they_reach_it(world: World, number: int) -> None:
    world.shell.run(f"ping -c 2 -W 3 10.9.0.{number}")
    assert ping(world.vm(number), ADDRESS)
    assert http(world, number)


def http(world: World, number: int) -> bool:
    """Whether the guest's web server answers a namespace VM."""
    with world.connect(number, 80) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return b"hello" in connection.makefile("rb").read()


@contextlib.contextmanager
def _dropping(world: World, reason: DropReason) -> Iterator[None]:
    """Something is dropped at the tap for this reason."""
    before = world.dropped(reason)
    yield
    eventually(f"{reason.name} is a reason", lambda: world.dropped(reason) > before)


def _stream(world: World, number: int) -> socket.socket:
    """A TCP socket in a namespace VM."""
    return enter.in_namespace(world.vm(number), lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))


def group(world: World, *ports: int, egress: bool = True) -> None:
    """Let in these TCP ports only."""
    filter_ = Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT" if egress else "DROP")
    rules = tuple(rule(number, ports=((one, one),)) for number, one in enumerate(ports, 1))
    members = SecurityGroup(uuid=GROUP, number=1, rules=rules)
    assert world.here.give((f"group/{GROUP}", members), port(filter_=filter_)).failed == {}


def test_a_security_group_opens_and_closes(world: World) -> None:
    group(world, 81)
    with _dropping(world, R.INGRESS), _stream(world, FAR) as attempt:
        attempt.setblocking(False)
        attempt.connect_ex((ADDRESS, 80))
    world.shell.run(f"ping -c 1 -W 3 10.9.0.{NEAR}")
    group(world, 80)
    assert http(world, FAR)
    with world.connect(NEAR, 80) as connection:
        # What is no longer allowed ends, established or not.
        group(world, 81)
        with _dropping(world, R.REVOKED):
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    group(world, egress=False)
    with _dropping(world, R.EGRESS):
        assert "100% packet loss" in world.shell.ask(f"ping -c 1 -W 1 10.9.0.{NEAR}")
    assert world.here.give(port()).failed == {}
    assert http(world, NEAR)


def ether(**fields: Any) -> Packet:
    """Of a frame that the guest sends to the VM on its host."""
    return Ether(**{"src": MAC, "dst": lab.mac(NEAR), **fields})


R = DropReason
UDP_TO_VM = IP(src=ADDRESS, dst="10.9.0.1") / UDP(sport=1000, dport=2000) / Raw(b"payload!")
DROPPED: dict[str, tuple[DropReason, Packet]] = {
    "another's MAC": (R.SOURCE_MAC, ether(src="fa:99:99:99:99:99") / UDP_TO_VM),
    "another's address": (R.SOURCE_ADDRESS, ether() / IP(src="10.9.0.2", dst="10.9.0.1") / UDP() / Raw(b"payload!")),
    "another's IPv6 address": (R.SOURCE_ADDRESS, ether() / IPv6(src=link_local(lab.mac(2)), dst="ff02::1") / UDP()),
    "ARP for the gateway": (
        R.ARP_IDENTITY,
        ether(dst="ff:ff:ff:ff:ff:ff") / ARP(op=2, hwsrc=MAC, psrc=SUBNET.gateway, pdst="10.9.0.1"),
    ),
    "a DHCP reply": (
        R.DHCP_REPLY,
        ether() / IP(src=ADDRESS, dst="10.9.0.1") / UDP(sport=67, dport=68) / Raw(bytes(300)),
    ),
    "a router advertisement": (
        R.ROUTER_ADVERTISEMENT,
        ether(dst="33:33:00:00:00:01") / IPv6(src=link_local(MAC), dst="ff02::1", hlim=255) / ICMPv6ND_RA(),
    ),
    "signalling": (R.SIGNALLING, ether() / IP(src=ADDRESS, dst="10.9.0.1", proto=253) / Raw(b"anything")),
    "a tagged frame": (R.TAGGED, ether() / Dot1Q(vlan=5) / UDP_TO_VM),
}


def send(world: World, frame: Packet) -> None:
    """Put a frame on the wire inside the guest."""
    world.shell.run(f"send-frame $(cat /sys/class/net/eth0/ifindex) {bytes(frame).hex()}")


@pytest.mark.parametrize("what", DROPPED)
def test_what_it_must_not_send_is_dropped_at_its_tap(world: World, what: str) -> None:
    reason, frame = DROPPED[what]
    with _dropping(world, reason):
        send(world, frame)


def test_a_frame_of_its_own_arrives(world: World) -> None:
    """Else the test above would say little."""
    with enter.in_namespace(world.vm(NEAR), lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sink:
        sink.bind(("10.9.0.1", 2000))
        sink.settimeout(10)
        send(world, ether() / UDP_TO_VM)
        assert sink.recv(100) == b"payload!"


def test_it_cannot_take_another_address_or_mac(world: World) -> None:
    """With its own kernel's means, not with made-up frames."""
    world.shell.run("ip addr add 10.9.9.9/16 dev eth0")
    with _dropping(world, R.ARP_IDENTITY):
        assert "Received 0 response" in world.shell.ask("arping -c 1 -w 1 -I eth0 -s 10.9.9.9 10.9.0.1")
    world.shell.run("ip addr del 10.9.9.9/16 dev eth0")
    assert "Received 1 response" in world.shell.run("arping -c 1 -w 5 -I eth0 10.9.0.1")
    world.shell.run("ip link set eth0 down && ip link set eth0 address fa:99:99:99:99:99 && ip link set eth0 up")
    with _dropping(world, R.ARP_IDENTITY):
        world.shell.ask("arping -c 1 -w 1 -I eth0 10.9.0.1")
    world.shell.run(f"ip link set eth0 down && ip link set eth0 address {MAC} && ip link set eth0 up")
    world.shell.run(f"ip route replace default via {SUBNET.gateway}")
    assert "Received 1 response" in world.shell.run("arping -c 1 -w 5 -I eth0 10.9.0.1")


def test_a_connection_survives_the_agent(world: World) -> None:
    group(world, ECHO_PORT)
    with world.connect(FAR, ECHO_PORT) as connection:

        def talk(words: bytes) -> None:
            connection.sendall(words)
            assert connection.recv(100) == words

        attached = sh(f"tc -n {world.here.netns} filter show dev {TAP} ingress")
        talk(b"before")
        world.here.stop()
        talk(b"without")
        world.here.start()
        world.here.settle()
        assert world.here.agent.reconciler.drifted == 0
        assert sh(f"tc -n {world.here.netns} filter show dev {TAP} ingress") == attached
        talk(b"after")
    assert world.here.give(port()).failed == {}


@pytest.mark.parametrize("number", [NEAR, FAR])
def test_large_transfers_pass_whole_segments_not_yet_cut_included(world: World, number: int) -> None:
    """Both ways, with what virtio-net offloads: checksums not yet computed, segments larger than the MTU."""
    group(world, SINK_PORT)
    data = os.urandom(LARGE)
    digest = hashlib.md5(data).hexdigest()
    before = world.counters()
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(world.shell.run, f"nc -l -p {SINK_PORT} > /tmp/large; md5sum /tmp/large", 120)
        with _patiently(world, number) as connection:
            connection.settimeout(100)
            connection.sendall(data)
        assert received.result().split()[0] == digest
    after = world.counters()
    packets = after.received_packets - before.received_packets
    assert (after.received_bytes - before.received_bytes) / packets > lab.MTU

    with enter.in_namespace(world.vm(number), lambda: socket.create_server((f"10.9.0.{number}", 5002))) as server:
        found = hashlib.md5()
        taker = threading.Thread(target=_take, args=(server, found.update))
        taker.start()
        world.shell.run(f"nc 10.9.0.{number} 5002 < /tmp/large", 120)
        taker.join(20)
    # How much the guest gathers into one segment depends on how fast it runs.
    assert found.hexdigest() == digest
    assert world.here.give(port()).failed == {}


def _patiently(world: World, number: int) -> socket.socket:
    """A connection to the guest's sink, which may take a moment to listen."""
    found: list[socket.socket] = []

    def attempt() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            found.append(world.connect(number, SINK_PORT))
        return bool(found)

    eventually("the guest listens", attempt)
    return found[0]


def _take(server: socket.socket, consume: Callable[[bytes], object]) -> None:
    server.settimeout(100)
    connection, _ = server.accept()
    with connection:
        while piece := connection.recv(1 << 16):
            consume(piece)
