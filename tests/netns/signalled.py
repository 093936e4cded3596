"""`routed.World` with distributed routing: a peer at each host, the vrouter's own agent in its namespace.

And a stranger: a namespace on the underlay that is no host, and may send as whoever it likes.
"""

import contextlib
import dataclasses
import re
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from landbridge.agent.routers import RouterSupervisor
from landbridge.agent.shortcuts import HostShortcuts
from landbridge.core.shortcut import SIGNALLING
from landbridge.drivers import bpf_object, enter, namespaces
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import (
    AnyObject,
    FloodPeer,
    HostSettings,
    Port,
    ShortcutPolicy,
    ShortcutRouter,
    ShortcutSubnet,
    VxlanNetwork,
    ZsnpKey,
)
from landbridge.model.router_node import RouterLeg
from landbridge.transports.control import call
from landbridge.zsnp import frames
from landbridge.zsnp.entry import Entry
from tests.netns import agent_hosts as lab
from tests.netns import routed
from tests.netns.agent_hosts import Host, sh
from tests.netns.routed import ROUTER, A, B, Net, World
from tests.support.lab import eventually


@dataclass(frozen=True, slots=True)
class Vpc:
    """`number` and `key` of its vrouter on the wire; `machine`: the vrouter's number in the tests."""

    number: int
    uuid: str
    key: ZsnpKey
    networks: tuple[Net, Net]
    machine: int


OURS = Vpc(7, "7" * 32, ZsnpKey(id=1, secret="00112233445566778899aabbccddeeff"), (A, B), ROUTER)
TWINS = (
    dataclasses.replace(A, l2="3" * 32, net_id=A.net_id + 7, vni=A.vni + 7),
    dataclasses.replace(B, l2="4" * 32, net_id=B.net_id + 7, vni=B.vni + 7),
)
OTHER = Vpc(8, "8" * 32, ZsnpKey(id=2, secret="ffeeddccbbaa99887766554433221100"), TWINS, ROUTER + 10)
"""Another VPC on the same hosts, with the same addresses and MACs."""
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

    def stop(self, host: Host) -> None:
        """It ends; what is in force stays so."""
        self.shortcuts[host.tag].stop()

    def peer(self, host: Host) -> Any:
        """Its sans-I/O core."""
        return self.shortcuts[host.tag]._peer

    def start_router(
        self,
        vpc: Vpc = OURS,
        mtus: tuple[int, int] = (lab.MTU, lab.MTU),
        more: Mapping[str, AnyObject] | None = None,
    ) -> None:
        """A vrouter's agent, told what it is (again); returns when no host acts by what was before."""
        run = RouterSupervisor(
            self.directory, self.supervisor, [bpf_object.find_object(Path(lab._OBJECTS.name), "router")]
        )
        where, objects = lab.vm(self.world.two, vpc.machine), dict(_router_objects(vpc, mtus)) | dict(more or {})
        # In a guest that QEMU translates its start takes longer than a host waits at once.
        eventually("the vrouter's agent serves", lambda: str(run.update(vpc.uuid, where, objects) or ""), timeout=90)

    def of_router(self, vpc: Vpc = OURS) -> dict[str, Any]:
        """What its agent shows: pairs, refused."""
        return dict(call(self.directory / "routers" / vpc.uuid / "control.sock", {"op": "shortcuts"}))

    def give(self, host: Host, *objects: tuple[str, AnyObject], gone: tuple[str, ...] = ()) -> None:
        """The server says so to a host; its peer hears of it, too."""
        assert host.give(*objects, gone=gone).failed == {}
        host.inside(lambda: self.shortcuts[host.tag].update(host.agent.known))

    def add_twins(self) -> None:
        """The other VPC's machines: 11 and 12 are to it what 1 and 2 are to ours."""
        one, two = self.hosts
        self.give(one, *routed.vm(11, TWINS[0], mac=lab.mac(1), addresses=(routed.ip(1),)))
        self.give(two, *routed.vm(12, TWINS[1], mac=lab.mac(2), addresses=(routed.ip(2),)))
        self.give(two, *routed.router(OTHER.machine, TWINS))
        for host, number, here in ((one, 11, A), (two, 12, B)):
            where = lab.vm(host, number)
            sh(f"ip -n {where} addr add {routed.ip(number - 10)}/24 dev eth0")
            sh(f"ip -n {where} route add default via {here.router_ip}")
        sh(f"nsenter --net=/run/netns/{lab.vm(two, OTHER.machine)} sysctl -qw net.ipv4.ip_forward=1")
        self.start_router(OTHER)

    def set_underlay_mtu(self, mtu: int, *hosts: Host) -> None:
        """Of the switch's ports to these hosts, who do not know."""
        for host in hosts:
            sh(f"ip -n {self.switch} link set p{host.tag} mtu {mtu}")

    def set_mtus(self, a: int, b: int, underlay: int) -> None:
        """Of both networks, with all that is in them; and an underlay that carries them."""
        mtus = {A.l2: a, B.l2: b}
        sh(f"ip -n {self.switch} link set br0 mtu {underlay}")
        self.set_underlay_mtu(underlay, *self.hosts)
        for host in self.hosts:
            sh(f"ip -n {host.netns} link set u0 mtu {underlay}")
            resized = {
                key: replace(value, mtu=mtus[value.l2_uuid])
                for (_, key), value in host.agent.state.objects().items()
                if isinstance(value, VxlanNetwork | Port) and value.l2_uuid in mtus
            }
            self.give(host, *resized.items())
            host.settle()
        for number, mtu in ((1, a), (2, b), (3, b)):
            sh(f"ip -n {self.world.namespace(number)} link set eth0 mtu {mtu}")
        self.start_router(mtus=(a, b))

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
        """What a message could change: shortcuts as peers and kernels have them, without what time changes."""
        found: list[Any] = []
        for host in self.hosts:
            look = self.shortcuts[host.tag].look()
            found.append({entry.key: (entry.path, entry.target) for entry in look.entries if entry.in_force})
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
    if frame[23] == SIGNALLING:
        return True
    inner = frame[14 + _TUNNEL_BYTES :]
    tunnel = frame[23] == socket.IPPROTO_UDP and frame[36:38] == TUNNEL_PORT.to_bytes(2, "big")
    return tunnel and inner[12:14] == b"\x08\x00" and inner[23] == SIGNALLING


def type_of(packet: bytes) -> int:
    """Of the message in a recorded packet."""
    tunnel = packet[9] == socket.IPPROTO_UDP
    return packet[_TUNNEL_BYTES + 14 + 20 + 5 if tunnel else 20 + 5]


def ip_packet(source: str, destination: str, payload: bytes, protocol: int = SIGNALLING) -> bytes:
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
    """What distributed routing wants at a host: both VPCs' networks, and their vrouters' keys."""
    yield "host", HostSettings(uuid=host.tag, name=host.tag, number=number)
    for vpc in (OURS, OTHER):
        for each in vpc.networks:
            network = VxlanNetwork(
                l2_uuid=each.l2,
                net_id=each.net_id,
                vni=each.vni,
                vtep_ip=host.vtep,
                port=TUNNEL_PORT,
                mtu=lab.MTU,
                vtep_cidrs=(VTEPS,),
            )
            yield f"l2/{each.l2}", network
            if vpc is OTHER:
                for last in (1, 2):
                    yield f"flood/{each.l2}/{last}", FloodPeer(l2_uuid=each.l2, vtep_ip=f"{lab.UNDERLAY}.{last}")
            keys = ShortcutRouter(
                router=vpc.number, router_uuid=vpc.uuid, l2_uuid=each.l2, net_id=each.net_id, keys=(vpc.key,)
            )
            yield f"shortcuts/{vpc.uuid}/{each.l2}", keys


def _router_objects(vpc: Vpc, mtus: tuple[int, int]) -> Iterator[tuple[str, AnyObject]]:
    subnets = []
    for device, (each, mtu) in enumerate(zip(vpc.networks, mtus, strict=True)):
        nic = f"nic{device}"
        leg = RouterLeg(
            nic_uuid=nic,
            l3_uuid=each.l2,
            device_id=device,
            mac=each.router_mac,
            role="guest",
            addresses=(f"{each.router_ip}/24",),
            mtu=mtu,
        )
        yield f"leg/{nic}", leg
        subnets.append(
            ShortcutSubnet(nic_uuid=nic, net_id=each.net_id, vni=each.vni, port=TUNNEL_PORT, cidr=each.cidr)
        )
    policy = ShortcutPolicy(
        router=vpc.number,
        keys=(vpc.key,),
        subnets=tuple(subnets),
        packets=THRESHOLD,
        bytes=1 << 40,
        window_seconds=1,
        lease_seconds=LEASE,
    )
    yield f"shortcuts/{vpc.uuid}", policy


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
        for vpc in (OURS, OTHER):
            stack.callback(RouterSupervisor(made.directory, supervisor).remove, vpc.uuid)
        made.start_router()
        for host in made.hosts:
            made.start(host)
            stack.callback(made.stop, host)
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
