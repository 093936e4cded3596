"""A thousand EIPs and a thousand port forwards on one vrouter: set up, one more, and what the last one costs.

A vrouter with its agent, a machine that has all guest addresses, and an outside that has none of them (namespaces
on this machine).  Set up: from the message to the agent until all is in force, then a datagram and its answer
through every one of the 2,000.  Costs are of the whole machine per 32-byte datagram from outside, with the
connection known; the first and the thousandth are measured in turn, there and back, medians of the rounds' ratios.
New connections by TCP, one at a time, through the same two.
"""

import logging
import socket
import struct
import tempfile
import time
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

import structlog

from landbridge.drivers import neighbour_limits
from landbridge.drivers.enter import in_namespace
from landbridge.model.node import AnyObject
from landbridge.model.router_node import PortForward, RouterLeg, StaticNat, VipAddress
from tests.bench import traffic
from tests.bench.paired import Paired
from tests.bench.report import Report, median
from tests.netns import router_world
from tests.netns.guest_fixtures import sh
from tests.netns.router_world import World

COUNT = 1000
ROUNDS = 9
SECONDS = 0.6
MORE = 50
FIRST_PORT = 10_000
INSIDE = int(traffic.PORT)
OUTSIDE, PUBLIC, GATEWAY, SHARED = "198.18.255.254", "198.18.255.1", "10.64.255.1", "198.18.255.2"
_IP_PKTINFO = 8
_PKTINFO = struct.Struct("=I4s4s")


def run() -> Report:
    """On namespaces of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("nat_scale", "EIPs and port forwards by the thousand", about)
    with tempfile.TemporaryDirectory() as directory:
        tool = traffic.build(Path(directory))
        neighbour_limits.raise_limits()
        with router_world.world(Path(directory)) as world:
            _addresses(world)
            _set_up(report, world)
            _costs(report, world, tool)
    return report


def _legs() -> dict[str, AnyObject]:
    def leg(device: int, role: str, address: str) -> RouterLeg:
        return RouterLeg(
            nic_uuid=f"nic{device}",
            l3_uuid=f"l3-{device}",
            device_id=device,
            mac=f"fa:00:00:00:ff:0{device}",
            role=role,  # type: ignore[arg-type]  # literals
            addresses=(f"{address}/16",),
            mtu=1450,
        )

    return {"leg/nic0": leg(0, "public", PUBLIC), "leg/nic1": leg(1, "guest", GATEWAY)}


def _eip(number: int) -> dict[str, AnyObject]:
    vip, guest = _vip(number), _guest(number)
    nat = StaticNat(vip_ip=vip, guest_ip=guest, out_nic_uuid="nic0")
    return {f"vip/{number}": VipAddress(nic_uuid="nic0", ip=vip), f"eip/{number}": nat}


def _forward(number: int) -> dict[str, AnyObject]:
    port = FIRST_PORT + number
    rules = {
        f"forward/{protocol}-{number}": PortForward(
            vip_ip=SHARED,
            protocol=protocol,
            first=port,
            last=port,
            guest_ip=_guest(number),
            guest_first=INSIDE,
        )
        for protocol in (("UDP", "TCP") if number in (0, COUNT - 1) else ("UDP",))
    }
    return {"vip/shared": VipAddress(nic_uuid="nic0", ip=SHARED), **rules}


def _vip(number: int) -> str:
    return str(IPv4Address("198.18.0.10") + number)


def _guest(number: int) -> str:
    return str(IPv4Address("10.64.0.10") + number)


def _addresses(world: World) -> None:
    """The machine `a` is all guests; the Internet is beside the vrouter."""
    a, internet = world.names["a"], world.names["internet"]
    sh(f"ip -n {a} addr flush dev eth0 && ip -n {internet} addr flush dev eth0")
    sh(f"ip -n {internet} addr add {OUTSIDE}/16 dev eth0 && ip -n {a} addr add 10.64.255.2/16 dev eth0")
    lines = "\n".join(f"addr add {_guest(number)}/32 dev eth0" for number in range(COUNT + MORE))
    sh(f"echo '{lines}' | ip -n {a} -batch -")
    sh(f"ip -n {a} route replace default via {GATEWAY}")


def _set_up(report: Report, world: World) -> None:
    assert world.update(_legs()) == {}
    wanted = _legs()
    for number in range(COUNT):
        wanted |= _eip(number) | _forward(number)
    began = time.perf_counter()
    assert world.update(wanted) == {}
    report.add(f"{COUNT:,} EIPs and {COUNT:,} forwards set up", f"{time.perf_counter() - began:.2f} s", "2 s")
    report.add("of them carry a datagram there and its answer back", f"{_proved(world):,}", f"{2 * COUNT:,}")
    times = []
    for number in range(COUNT, COUNT + MORE):
        wanted |= _eip(number)
        began = time.perf_counter()
        assert world.update(wanted) == {}
        times.append(time.perf_counter() - began)
    report.add("one EIP more, message to answer", f"{median(times) * 1e3:.1f} ms", "20 ms")
    began = time.perf_counter()
    world.restart_agent()
    assert world.update(wanted) == {}
    report.add("agent killed, until a new one has looked at it all", f"{time.perf_counter() - began:.2f} s")


def _udp(namespace: str, address: tuple[str, int]) -> socket.socket:
    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        made.bind(address)
        made.settimeout(2)
        return made

    return in_namespace(namespace, make)


def _proved(world: World) -> int:
    """How many translations lead to their guest, and its answer back from where it was asked."""
    proved = 0
    targets = [(_vip(number), INSIDE, _guest(number)) for number in range(COUNT)]
    targets += [(SHARED, FIRST_PORT + number, _guest(number)) for number in range(COUNT)]
    with _udp(world.names["a"], ("", INSIDE)) as inside, _udp(world.names["internet"], (OUTSIDE, 0)) as outside:
        for vip, port, guest in targets:
            outside.sendto(guest.encode(), (vip, port))
            data, [(_, _, info)], _, sender = inside.recvmsg(64, 64)
            inside.sendmsg([data], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, sender)
            answer, source = outside.recvfrom(64)
            to = socket.inet_ntoa(_PKTINFO.unpack(info)[2])
            proved += (to, answer.decode(), source) == (guest, guest, (vip, port))
    return proved


def _costs(report: Report, world: World, tool: Path) -> None:
    outside, inside = world.names["internet"], world.names["a"]
    ends = {"first": _vip(0), "last": _vip(COUNT - 1)}

    def measured(address: str) -> dict[str, float]:
        return {
            "cost": traffic.cpu_per_packet(tool, outside, inside, address, SECONDS),
            "new": traffic.connections_per_second(tool, outside, inside, address, SECONDS),
        }

    paired = Paired()
    paired.measure(ROUNDS, {name: partial(measured, address) for name, address in ends.items()})
    for name in ends:
        cost, new = paired.figure(name, "cost"), paired.figure(name, "new")
        report.add(f"the {name} EIP: CPU per packet, new connections", f"{cost:.0f} ns, {new:.0f}/s")
    report.add("CPU per packet, the thousandth over the first", paired.ratio("cost", "last", "first"), "≤ 1.03×")
    report.add("new connections, the thousandth over the first", paired.ratio("new", "last", "first"), "≥ 0.97×")
