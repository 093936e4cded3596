"""`routed.World` with distributed routing: a peer at each host, the vrouter's own agent in its namespace.

And a stranger: a namespace on the underlay that is no host, and may send as whoever it likes.
"""

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from landbridge.agent.routers import RouterSupervisor
from landbridge.agent.shortcuts import HostShortcuts
from landbridge.drivers import bpf_object, enter, namespaces
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import (
    AnyObject,
    HostSettings,
    RouterLeg,
    ShortcutPolicy,
    ShortcutRouter,
    ShortcutSubnet,
    VxlanNetwork,
    ZsnpKey,
)
from landbridge.transports.control import call
from landbridge.zsnp import frames
from landbridge.zsnp.entry import Entry
from tests.netns import agent_hosts as lab
from tests.netns import routed
from tests.netns.agent_hosts import Host, sh
from tests.netns.routed import ROUTER, A, B, World
from tests.support.lab import eventually

NUMBER, ROUTER_UUID = 7, "7" * 32
KEY = ZsnpKey(id=1, secret="00112233445566778899aabbccddeeff")
OTHER_NUMBER, OTHER_UUID = 8, "8" * 32
OTHER_KEY = ZsnpKey(id=2, secret="ffeeddccbbaa99887766554433221100")
"""Of another VPC, which has network C on both hosts."""
C_NET_ID, C_L2, C_VNI = A.net_id + 7, "3" * 32, A.vni + 7
VTEPS = f"{lab.UNDERLAY}.0/29"
OUTSIDE, UNUSED = f"{lab.UNDERLAY}.99", f"{lab.UNDERLAY}.5"
"""The stranger's own address; one where a VTEP may be, but none is."""
LEASE = 8
THRESHOLD = 5
TUNNEL_PORT = 8472
_VXLAN = struct.Struct(">B3xI")
_UDP = struct.Struct(">HHHH")
_TUNNEL_BYTES = 20 + 8 + 8
_ETH_P_ALL = 3


@dataclass
class Signalled:
    """`shortcuts`: by host, one and two."""

    world: World
    directory: Path
    supervisor: Supervisor
    shortcuts: dict[str, HostShortcuts] = field(default_factory=dict)
    stranger: str = ""

    @property
    def hosts(self) -> tuple[Host, Host]:
        """Both."""
        return self.world.one, self.world.two

    @property
    def switch(self) -> str:
        """The namespace of the underlay."""
        return f"{self.world.one.tag[:-1]}-sw"

    def start(self, host: Host) -> None:
        """The peer of a host starts."""
        made = self.shortcuts[host.tag] = host.inside(lambda: HostShortcuts(host.hooks, host.directory / "zsnp.sock"))
        host.inside(lambda: made.update(host.agent.known))
        host.inside(made.start)

    def peer(self, host: Host) -> Any:
        """Its sans-I/O core."""
        return self.shortcuts[host.tag]._peer

    def start_router(self, **policy: Any) -> None:
        """The vrouter's agent, told what it is (again)."""
        run = RouterSupervisor(
            self.directory, self.supervisor, bpf_object.find_object(Path(lab._OBJECTS.name), "router")
        )
        assert run.update(ROUTER_UUID, self.world.namespace(ROUTER), dict(_router_objects(**policy))) == {}

    def of_router(self) -> dict[str, Any]:
        """What its agent shows: pairs, refused."""
        return dict(call(self.directory / "routers" / ROUTER_UUID / "control.sock", {"op": "shortcuts"}))

    # ---- what is counted ------------------------------------------------------------------

    def refused(self, host: Host) -> dict[str, int]:
        """Messages that a host's peer has turned away, by reason."""
        return self.shortcuts[host.tag].look().refused

    def counted(self, host: Host) -> int:
        """Messages turned away at a host, by whomever."""
        at_ports = sum(drop.count.packets for drop in host.hooks.counters.drops() if drop.reason.name == "SIGNALLING")
        return sum(self.refused(host).values()) + sum(self.at_stack(host).values()) + at_ports

    def at_stack(self, host: Host) -> dict[str, int]:
        """Messages that the host's nftables have dropped, by reason."""
        return _nft_drops(host.netns)

    def counted_by_router(self) -> int:
        """Messages turned away in the vrouter."""
        refused: dict[str, int] = self.of_router()["refused"]
        return sum(refused.values()) + counted_by_nft(self.world.namespace(ROUTER))

    def state(self) -> Any:
        """What a message could change: entries and the kernel's shortcuts, without what time changes."""
        found: list[Any] = []
        for host in self.hosts:
            look = self.shortcuts[host.tag].look()
            found.append({entry.key: (entry.state, entry.path, entry.target) for entry in look.entries if entry.path})
            found.append((look.ended, set(host.hooks.shortcuts.read()), host.hooks.shortcuts.routers()))
        return found

    # ---- traffic --------------------------------------------------------------------------

    def talk(self, one: int, other: int, count: int = 20) -> None:
        """Enough packets to be worth a shortcut."""
        assert lab.ping(self.world.namespace(one), routed.ip(other), count)

    def is_short(self, one: int, other: int) -> bool:
        """Whether packets from one to the other pass the router by."""
        host = self.world.host(one)
        before = self._short(host, other)
        self.talk(one, other, 3)
        return self._short(host, other) - before >= 3

    def become_short(self, one: int, other: int, timeout: float = 20.0) -> None:
        """Talk until it is so, both ways."""

        def complaint() -> str:
            self.talk(one, other)
            return "" if self.is_short(one, other) and self.is_short(other, one) else self._why(one, other)

        eventually(f"{one} and {other} do without the router", complaint, timeout=timeout)

    def _short(self, host: Host, other: int) -> int:
        counts = host.hooks.shortcuts.traffic()
        return sum(count.packets for key, count in counts.items() if key.destination == routed.ip(other))

    def _why(self, one: int, other: int) -> str:
        entries = [entry for host in self.hosts for entry in self.shortcuts[host.tag].look().entries]
        shown = [f"{entry.key.destination}: {entry.state} {entry.reason}" for entry in entries]
        return f"{shown}, {self.of_router()}, {[self.refused(host) for host in self.hosts]}"

    def entry(self, host: Host, destination: int) -> Entry | None:
        """Its peer's, to a VM."""
        entries = self.shortcuts[host.tag].look().entries
        return next((entry for entry in entries if entry.key.destination == routed.ip(destination)), None)

    def age(self, host: Host) -> int:
        """Of a host's only shortcut, milliseconds since it was asked for; 0: it has none."""
        look = self.shortcuts[host.tag].look()
        return max((look.at.mono - entry.hinted for entry in look.entries if entry.in_force), default=0)

    # ---- the stranger ---------------------------------------------------------------------

    def send(self, packets: Iterable[bytes]) -> int:
        """From the stranger, whole IPv4 packets, whatever they say; how many."""
        count = 0
        with self.raw() as raw:
            for packet in packets:
                raw.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
                count += 1
        return count

    def raw(self) -> socket.socket:
        """A socket of the stranger's that sends whole packets."""
        return enter.in_namespace(
            self.stranger, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        )

    @contextlib.contextmanager
    def recording(self, host: Host) -> Iterator[list[bytes]]:
        """The IP packets with signalling, plain or in tunnels, that go to a host while the `with` lasts."""

        def listen() -> socket.socket:
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
            made.bind((f"p{host.tag}", _ETH_P_ALL))
            made.settimeout(0.1)
            return made

        found: list[bytes] = []
        ended = threading.Event()

        def take(sniffer: socket.socket) -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    frame, sender = sniffer.recvfrom(65535)
                    if sender[2] == socket.PACKET_OUTGOING and is_signalling(frame):
                        found.append(frame[frames.ETHERNET_BYTES :])

        with enter.in_namespace(self.switch, listen) as sniffer, ThreadPoolExecutor(1) as reader:
            taking = reader.submit(take, sniffer)
            try:
                yield found
            finally:
                ended.set()
                taking.result()


def is_signalling(frame: bytes) -> bool:
    """Whether a frame of the underlay is a message, or has one inside."""
    if frame[12:14] != b"\x08\x00":
        return False
    if frame[23] == frames.PROTOCOL:
        return True
    inner = frame[14 + _TUNNEL_BYTES :]
    tunnel = frame[23] == socket.IPPROTO_UDP and frame[36:38] == TUNNEL_PORT.to_bytes(2, "big")
    return tunnel and inner[12:14] == b"\x08\x00" and inner[23] == frames.PROTOCOL


def type_of(packet: bytes) -> int:
    """Of the message in a recorded packet."""
    tunnel = packet[9] == socket.IPPROTO_UDP
    return packet[_TUNNEL_BYTES + 14 + 20 + 5 if tunnel else 20 + 5]


def ip_packet(source: str, destination: str, payload: bytes, protocol: int = frames.PROTOCOL) -> bytes:
    """IPv4."""
    header = struct.pack(
        ">BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(payload),
        0,
        0x4000,
        64,
        protocol,
        0,
        socket.inet_aton(source),
        socket.inet_aton(destination),
    )
    return header + payload  # a raw socket fills the checksum in


def tunnelled(source: str, destination: str, vni: int, frame: bytes) -> bytes:
    """A frame in VXLAN (RFC 7348), from one VTEP to another."""
    inner = _VXLAN.pack(8, vni << 8) + frame
    datagram = _UDP.pack(50000, TUNNEL_PORT, 8 + len(inner), 0) + inner
    return ip_packet(source, destination, datagram, socket.IPPROTO_UDP)


def counted_by_nft(namespace: str) -> int:
    """Messages that nftables have dropped there."""
    return sum(_nft_drops(namespace).values())


def _nft_drops(namespace: str) -> dict[str, int]:
    """Packets by the comment of the rule that drops signalling."""
    listing = sh(f"nsenter --net=/run/netns/{namespace} nft list table inet landbridge")
    found = re.findall(r'l4proto 253 .*counter packets (\d+) bytes \d+ drop(?: comment "([^"]*)")?', listing)
    return {comment: int(packets) for packets, comment in found}


def _host_objects(host: Host, number: int) -> Iterator[tuple[str, AnyObject]]:
    """What distributed routing wants at a host; network C of another VPC, with a vrouter of its own."""
    yield "host", HostSettings(uuid=host.tag, name=host.tag, number=number)
    for key, network in routed.networks(host, []):
        assert isinstance(network, VxlanNetwork)
        yield key, replace(network, vtep_cidrs=(VTEPS,))
        yield (
            f"shortcuts/{ROUTER_UUID}/{network.l2_uuid}",
            ShortcutRouter(
                router=NUMBER, router_uuid=ROUTER_UUID, l2_uuid=network.l2_uuid, net_id=network.net_id, keys=(KEY,)
            ),
        )
        other = replace(network, l2_uuid=C_L2, net_id=C_NET_ID, vni=C_VNI, vtep_cidrs=(VTEPS,))
    yield f"l2/{C_L2}", other
    yield (
        f"shortcuts/{OTHER_UUID}/{C_L2}",
        ShortcutRouter(router=OTHER_NUMBER, router_uuid=OTHER_UUID, l2_uuid=C_L2, net_id=C_NET_ID, keys=(OTHER_KEY,)),
    )


def _router_objects(**policy: Any) -> Iterator[tuple[str, AnyObject]]:
    subnets = []
    for device, each in enumerate((A, B)):
        nic = f"nic{device}"
        yield (
            f"leg/{nic}",
            RouterLeg(
                nic_uuid=nic,
                l3_uuid=each.l2,
                device_id=device,
                mac=each.router_mac,
                role="guest",
                addresses=(f"{each.router_ip}/24",),
                mtu=lab.MTU,
            ),
        )
        subnets.append(
            ShortcutSubnet(nic_uuid=nic, net_id=each.net_id, vni=each.vni, port=TUNNEL_PORT, cidr=each.cidr)
        )
    made = ShortcutPolicy(
        router=NUMBER,
        keys=(KEY,),
        subnets=tuple(subnets),
        packets=THRESHOLD,
        bytes=1 << 40,
        window_seconds=1,
        lease_seconds=LEASE,
    )
    yield f"shortcuts/{ROUTER_UUID}", replace(made, **policy)


@contextlib.contextmanager
def signalled(directory: Path) -> Iterator[Signalled]:
    """Everything runs, and nothing is short yet."""
    supervisor = Supervisor()
    for name in ("hosts", "run"):
        (directory / name).mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        stack.callback(supervisor.close)
        made = Signalled(stack.enter_context(routed.world(directory / "hosts")), directory / "run", supervisor)
        for number, host in enumerate(made.hosts, 1):
            assert host.give(*_host_objects(host, number)).failed == {}
        made.start_router()
        stack.callback(RouterSupervisor(made.directory, supervisor).remove, ROUTER_UUID)
        for host in made.hosts:
            made.start(host)
            stack.callback(made.shortcuts[host.tag].stop)
        made.stranger = f"{made.world.one.tag[:-1]}-x"
        namespaces.create(made.stranger)
        stack.callback(namespaces.delete, made.stranger)
        link = f"px{made.world.one.tag[:-1]}"
        sh(f"ip -n {made.switch} link add {link} mtu 1600 type veth peer name u0 mtu 1600 netns {made.stranger}")
        sh(f"ip -n {made.switch} link set {link} master br0 up")
        sh(f"ip -n {made.stranger} link set u0 up && ip -n {made.stranger} addr add {OUTSIDE}/24 dev u0")
        yield made


def now_ms() -> int:
    """Time of day, as messages have it."""
    return time.time_ns() // 1_000_000
