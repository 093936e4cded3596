"""Two networks with a router between them, on two hosts; shortcuts past it are put in by hand.

host one: VM 1 in A, VM 3 in B        host two: VM 2 in B, the router (machine 9) in both

A benchmark may have the router on a host of its own.
"""

import contextlib
import dataclasses
import itertools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from msgspec.structs import replace

from landbridge.core.shortcut import Shortcut, ShortcutKey
from landbridge.drivers import enter
from landbridge.drivers.clocks import boot_clock
from landbridge.drivers.counters import Count
from landbridge.model.node import AnyObject, FloodPeer, Port, VxlanNetwork
from landbridge.render import net
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh

A_DAY = 24 * 3600 * 10**9
ETH_P_ALL = 3
PATIENCE = 3.0
"""Seconds until a frame is taken for lost."""
ROUTER = 9
HOST_MAC = "0e:5c:00:00:00:01"
"""Of host one."""


@dataclass(frozen=True, slots=True)
class Net:
    """One of the two networks; `leg`: of the router in it."""

    l2: str
    net_id: int
    vni: int
    cidr: str
    cidr6: str
    router_mac: str
    router_ip: str
    router_ip6: str
    leg: str

    @property
    def device(self) -> str:
        """The network's VXLAN device."""
        return net.vxlan_name(self.net_id)


_A4, _A6, _B4, _B6 = "10.9.0.", "fd00:9::", "10.10.0.", "fd00:a::"
A = Net(lab.L2, lab.NET_ID, lab.VNI, f"{_A4}0/24", f"{_A6}/64", "0e:52:00:00:00:0a", f"{_A4}254", f"{_A6}254", "eth0")
B = Net(
    "2" * 32,
    A.net_id + 1,
    A.vni + 1,
    f"{_B4}0/24",
    f"{_B6}/64",
    "0e:52:00:00:00:0b",
    f"{_B4}254",
    f"{_B6}254",
    "eth1",
)


def ip(number: int, family: int = 4) -> str:
    """Address of a VM."""
    first = {(True, 4): _A4, (True, 6): _A6, (False, 4): _B4, (False, 6): _B6}[number == 1, family]
    return f"{first}{number}"


def networks(host: Host, peers: list[Host]) -> Iterator[tuple[str, AnyObject]]:
    """Both networks, on every host."""
    for each in (A, B):
        yield (
            f"l2/{each.l2}",
            VxlanNetwork(
                l2_uuid=each.l2, net_id=each.net_id, vni=each.vni, vtep_ip=host.vtep, port=8472, mtu=lab.MTU
            ),
        )
        for peer in peers:
            yield f"flood/{each.l2}/{peer.tag}", FloodPeer(l2_uuid=each.l2, vtep_ip=peer.vtep)


def vm(number: int, where: Net, **values: object) -> list[tuple[str, AnyObject]]:
    """A VM in a network."""
    instance, (key, port) = lab.machine(number)
    assert isinstance(port, Port)
    port = replace(port, l2_uuid=where.l2, net_id=where.net_id, addresses=(ip(number), ip(number, 6)))
    return [instance, (key, replace(port, **values))]


def router(number: int = ROUTER, networks: tuple[Net, ...] = (A, B)) -> list[tuple[str, AnyObject]]:
    """A router: a namespace with a leg in each network."""
    instance, (_, port) = lab.machine(number)
    assert isinstance(port, Port)
    legs = [
        replace(
            port,
            nic_uuid=lab.nic_uuid(number + 256 * device),
            l2_uuid=each.l2,
            net_id=each.net_id,
            ifname=f"vnic{number}.{device}",
            device_id=device,
            mac=each.router_mac,
            addresses=(each.router_ip,),
            role="router",
        )
        for device, each in enumerate(networks)
    ]
    return [instance, *((f"port/{leg.nic_uuid}", leg) for leg in legs)]


@dataclass(slots=True)
class World:
    """The hosts."""

    one: Host
    two: Host
    routing: Host
    """Where the router is."""

    def namespace(self, number: int) -> str:
        """Of a VM, or of the router."""
        return lab.vm(self.host(number), number)

    def host(self, number: int) -> Host:
        """Where a VM or the router is."""
        return {2: self.two, ROUTER: self.routing}.get(number, self.one)

    def short(self, number: int, family: int = 4, **values: object) -> tuple[ShortcutKey, Shortcut]:
        """The shortcut from A to VM 2, or to VM 3 on the same host."""
        local = number == 3
        link = self.one.world.kernel.mirror.tables.by_name(lab.ifname(number) if local else B.device)
        assert link is not None
        made = Shortcut(
            expires=boot_clock() + A_DAY,
            ifindex=link.index,
            prefix=ip_network(A.cidr if family == 4 else A.cidr6),
            mtu=lab.MTU,
            destination_mac=lab.mac(number),
            source_mac=B.router_mac if local else HOST_MAC,
            local=local,
            router=1,
            router_ip=A.router_ip,
            epoch=2**63,
            generation=2**40,
            egress_net_id=B.net_id,
            vni=B.vni,
            port=8472,
            router_mac=B.router_mac,
            vtep=self.host(number).vtep,
        )
        key = ShortcutKey(A.net_id, A.router_mac, ip(number, family))
        return key, dataclasses.replace(made, **values)  # type: ignore[arg-type]  # as passed by the tests

    def put(self, number: int, family: int = 4, **values: object) -> ShortcutKey:
        """Put a shortcut in force."""
        key, shortcut = self.short(number, family, **values)
        if not shortcut.local:
            entry = f"{shortcut.destination_mac} dev {B.device} dst {shortcut.vtep} self dynamic extern_learn"
            sh(f"bridge -n {self.one.netns} fdb replace {entry}")
        self.one.hooks.shortcuts.put({key: shortcut})
        return key

    def shortened(self, do: Callable[[], object]) -> Count:
        """What went over shortcuts during an action."""
        before = self._short()
        do()
        after = self._short()
        return Count(after.packets - before.packets, after.bytes - before.bytes)

    def _short(self) -> Count:
        counts = self.one.hooks.shortcuts.traffic().values()
        return Count(sum(count.packets for count in counts), sum(count.bytes for count in counts))

    def arriving(self, number: int, protocol: int, do: Callable[[], object], count: int = 1) -> list[bytes]:
        """Frames with an IP protocol that a VM gets from an action, as many as are expected (or fewer)."""

        def listen() -> socket.socket:
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            made.bind(("eth0", ETH_P_ALL))
            made.settimeout(PATIENCE)
            return made

        found: list[bytes] = []
        with enter.in_namespace(self.namespace(number), listen) as sniffer:
            do()
            with contextlib.suppress(TimeoutError):
                while len(found) < count:
                    frame, sender = sniffer.recvfrom(65535)
                    if sender[2] != socket.PACKET_OUTGOING and _protocol(frame) == protocol:
                        found.append(frame)
        return found


def _protocol(frame: bytes) -> int | None:
    ethertype = frame[12:14]
    return {b"\x08\x00": frame[23], b"\x86\xdd": frame[20]}.get(ethertype)


@contextlib.contextmanager
def world(
    directory: Path, *more: tuple[str, AnyObject], third_host: bool = False, **of_three: object
) -> Iterator[World]:
    """The hosts with everything on them, and the machines able to talk.

    more        node objects of host one
    third_host  for the router, which is on host two otherwise
    of_three    other values of VM 3's port
    """
    with lab.hosts(directory, 3 if third_host else 2) as hosts:
        one, two, routing = hosts[0], hosts[1], hosts[-1]
        made = World(one, two, routing)
        for host in hosts:
            assert host.give(*networks(host, hosts)).failed == {}
        assert one.give(*vm(1, A), *more, *vm(3, B, **of_three)).failed == {}
        assert two.give(*vm(2, B)).failed == {}
        assert routing.give(*router()).failed == {}
        for number in (1, 2, 3):
            where = made.namespace(number)
            _sysctl(where, "net.ipv6.conf.eth0.disable_ipv6=0")
            sh(f"ip -n {where} addr add {ip(number)}/24 dev eth0")
            sh(f"ip -n {where} addr add {ip(number, 6)}/64 dev eth0 nodad")
            here = A if number == 1 else B
            sh(f"ip -n {where} route add default via {here.router_ip}")
            sh(f"ip -n {where} route add default via {here.router_ip6}")
        inside = made.namespace(ROUTER)
        _sysctl(inside, *(f"net.ipv6.conf.{each.leg}.disable_ipv6=0" for each in (A, B)))
        _sysctl(inside, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for each in (A, B):
            sh(f"ip -n {inside} addr add {each.router_ip}/24 dev {each.leg}")
            sh(f"ip -n {inside} addr add {each.router_ip6}/64 dev {each.leg} nodad")
        for source, target in itertools.permutations((1, 2, 3), 2):
            for family in (4, 6):  # the router's own addresses of the links are being tried at first
                assert any(lab.ping(made.namespace(source), ip(target, family)) for _ in range(3))
        yield made


def _sysctl(namespace: str, *settings: str) -> None:
    sh(f"nsenter --net=/run/netns/{namespace} sysctl -qw {' '.join(settings)}")
