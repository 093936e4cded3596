"""What a shortcut saves: the same two machines through the router, past it, and on one bridge.

Hosts are namespaces on this machine; the router is on a third host, so that its path crosses the underlay twice,
and once more on the receiver's host.  Shortcuts are put in by hand in both directions.  Each round measures the
variants there and back; every figure is the median of the rounds, every ratio the median of the rounds' ratios,
with the interval in which it lies with 95 %.  CPU per packet is that of the whole machine for a flood of 32-byte
UDP packets, sender and receiver included.  TCP is one stream whose 1400-byte segments are single packets from end
to end: nothing is left to be cut later (GSO off at the sender), and nothing is put together on the way (GRO off at
the tunnels).  Bulk is the same with both, in pieces of up to 64 KiB, where the way costs little beside copying.
With security groups: 50 rules at both ports, the last one matches and names a remote group of 50,000 members.
"""

import dataclasses
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import structlog
from msgspec.structs import replace

from landbridge.core.shortcut import Shortcut, ShortcutKey
from landbridge.model.node import Filter, GroupMember, SecurityGroup
from tests.bench import port_cost, traffic
from tests.bench.paired import Paired
from tests.bench.report import Report
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import sh
from tests.netns.routed import A, B, World, ip, vm, world

ROUNDS = 9
SECONDS = 0.6
PINGS = 3000
MSS = "1400"
ENTRIES = 10_000
TWO_MAC = "0e:5c:00:00:00:02"
"""Of host two."""


def run() -> Report:
    """Measure on two hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("shortcut_cost", "Shortcuts past the router", about)
    with tempfile.TemporaryDirectory() as directory:
        tool = traffic.build(Path(directory))
        for name, third_host in (("three", True), ("two", False)):
            place = Path(directory) / name
            place.mkdir()
            with world(place, third_host=third_host) as made:
                paths = _Paths(made, tool)
                if third_host:
                    paths.measure(report)
                    paths.many(report)
                else:
                    paths.beside_the_router(report)
    return report


class _Paths:
    """VM 1 (A, host one) to VM 2 (B, host two) and to VM 3 (B, host one); the bridge: VM 3 to VM 2."""

    def __init__(self, made: World, tool: Path) -> None:
        self._world, self._tool = made, tool
        self._paired = Paired()
        self._given = False

    def measure(self, report: Report) -> None:
        """All variants, with the router on a host of its own."""
        self._run(
            report,
            {
                "router": (self._router, 1, 2),
                "short": (self._short, 1, 2),
                "bridge": (self._router, 3, 2),
                "short, groups": (partial(self._short, groups=True), 1, 2),
                "router, one host": (self._router, 1, 3),
                "short, one host": (self._short, 1, 3),
            },
        )
        for what, text, one, other, goal in (
            ("tcp", "TCP throughput, short over router", "short", "router", "≥ 1.5×"),
            ("bulk", "bulk throughput, short over router", "short", "router", ""),
            ("cost", "CPU per packet, short over router", "short", "router", "≤ 0.65×"),
            ("rtt", "round trip, short over router", "short", "router", "< 1×"),
            ("tcp", "TCP throughput, short with groups over bridge without", "short, groups", "bridge", "≥ 0.97×"),
            ("bulk", "bulk throughput, short with groups over bridge without", "short, groups", "bridge", ""),
            ("rtt", "round trip, short with groups over bridge without", "short, groups", "bridge", "≤ 1.05×"),
            ("tcp", "one host: TCP throughput, short over router", "short, one host", "router, one host", "≥ 2×"),
            ("bulk", "one host: bulk throughput, short over router", "short, one host", "router, one host", ""),
            ("cost", "one host: CPU per packet, short over router", "short, one host", "router, one host", "≤ 0.5×"),
        ):
            report.add(text, self._paired.ratio(what, one, other), goal)

    def beside_the_router(self, report: Report) -> None:
        """The same pair with the router on the receiver's host: its path crosses the underlay once."""
        near, short = "router on the receiver's host", "short, beside it"
        self._run(report, {near: (self._router, 1, 2), short: (self._short, 1, 2)})
        for what, text in (
            ("tcp", "TCP throughput"),
            ("bulk", "bulk throughput"),
            ("cost", "CPU per packet"),
            ("rtt", "round trip"),
        ):
            report.add(f"{text}, short over {near}", self._paired.ratio(what, short, near))

    def many(self, report: Report) -> None:
        """The same pair beside 10,000 other entries."""
        self._short()
        key, entry = self._world.short(2)
        table = self._world.one.hooks.shortcuts
        others = {
            dataclasses.replace(key, destination=f"10.77.{number >> 8}.{number & 255}"): entry
            for number in range(ENTRIES)
        }

        def beside(*, more: bool) -> dict[str, float]:
            table.put(others) if more else table.delete(others)
            return {"cost": traffic.cpu_per_packet(self._tool, *self._ends(1, 2), SECONDS)}

        self._paired.measure(ROUNDS, {"few": partial(beside, more=False), "many": partial(beside, more=True)})
        ratio = self._paired.ratio("cost", "many", "few")
        report.add(f"CPU per packet with {ENTRIES:,} more entries, over without", ratio, "no change")

    def _run(self, report: Report, variants: dict[str, tuple[Callable[[], None], int, int]]) -> None:
        self._paired.measure(ROUNDS, {name: partial(self._one, *variant) for name, variant in variants.items()})
        for name in variants:
            cost, tcp, bulk, rtt = (self._paired.figure(name, what) for what in ("cost", "tcp", "bulk", "rtt"))
            figures = f"{cost:.0f} ns, {tcp / 1e9:.2f} Gbit/s, {bulk / 1e9:.2f} Gbit/s, {rtt:.0f} µs"
            report.add(f"{name}: CPU per packet, TCP throughput, bulk, round trip", figures)

    def _one(self, prepare: Callable[[], None], source: int, target: int) -> dict[str, float]:
        prepare()
        here, there, address = self._ends(source, target)
        assert lab.ping(here, address)
        with self._single_packets(here):
            tcp = traffic.tcp_throughput(here, there, address, 1, "-M", MSS)
        return {
            "cost": traffic.cpu_per_packet(self._tool, here, there, address, SECONDS),
            "tcp": tcp,
            "bulk": traffic.tcp_throughput(here, there, address, 1, "-M", MSS),
            "rtt": traffic.round_trip(here, address, PINGS),
        }

    @contextmanager
    def _single_packets(self, sender: str) -> Iterator[None]:
        """No segments in one piece, neither as they are sent nor as they come out of a tunnel."""
        hosts = {host.netns for host in (self._world.one, self._world.two, self._world.routing)}
        tunnels = [(host, net.device, "gro") for host in hosts for net in (A, B)]
        features = [(sender, "eth0", "tso"), (sender, "eth0", "gso"), *tunnels]
        try:
            for namespace, device, feature in features:
                _set_feature(namespace, device, feature, "off")
            yield
        finally:
            for namespace, device, feature in reversed(features):
                _set_feature(namespace, device, feature, "on")

    def _ends(self, source: int, target: int) -> tuple[str, str, str]:
        return self._world.namespace(source), self._world.namespace(target), ip(target)

    def _router(self) -> None:
        self._groups(on=False)
        for host in (self._world.one, self._world.two):
            host.hooks.shortcuts.delete(host.hooks.shortcuts.read())

    def _short(self, *, groups: bool = False) -> None:
        self._router()
        for number in (2, 3):
            self._world.put(number)
        self._world.one.hooks.shortcuts.put_routers({A.net_id: A.router_mac, B.net_id: B.router_mac})
        self._world.two.hooks.shortcuts.put_routers({A.net_id: A.router_mac, B.net_id: B.router_mac})
        key, back = self._back()
        entry = f"{back.destination_mac} dev {A.device} dst {back.vtep} self dynamic extern_learn"
        sh(f"bridge -n {self._world.two.netns} fdb replace {entry}")
        self._world.two.hooks.shortcuts.put({key: back})
        local_key, local = self._back()
        link = self._world.one.world.kernel.mirror.tables.by_name(lab.ifname(1))
        assert link is not None
        own = dataclasses.replace(local, ifindex=link.index, local=True, source_mac=A.router_mac)
        self._world.one.hooks.shortcuts.put({local_key: own})
        self._groups(on=groups)

    def _back(self) -> tuple[ShortcutKey, Shortcut]:
        """From B to VM 1, as host two has it."""
        _, there = self._world.short(2)
        link = self._world.two.world.kernel.mirror.tables.by_name(A.device)
        assert link is not None
        made = dataclasses.replace(
            there,
            ifindex=link.index,
            prefix=ip_network(B.cidr),
            destination_mac=lab.mac(1),
            source_mac=TWO_MAC,
            router_ip=B.router_ip,
            egress_net_id=A.net_id,
            vni=A.vni,
            router_mac=A.router_mac,
            vtep=self._world.one.vtep,
        )
        return ShortcutKey(B.net_id, B.router_mac, ip(1)), made

    def _groups(self, *, on: bool) -> None:
        group = port_cost.GROUP
        if on and not self._given:
            own = [("member/g/own", GroupMember(group=2, domain=0, addresses=(ip(1), ip(2))))]
            objects = [(f"group/{group}", SecurityGroup(uuid=group, number=1, rules=port_cost.rules()))]
            for host in (self._world.one, self._world.two):
                assert host.give(*objects, *own, *map(port_cost.member, range(1, port_cost.MEMBERS))).failed == {}
            self._given = True
        filter_ = Filter(groups=(group,), ingress="DROP", egress="DROP") if on else None
        for number, where, host in ((1, A, self._world.one), (2, B, self._world.two)):
            key, port = vm(number, where)[1]
            assert host.give((key, replace(port, filter=filter_))).failed == {}


def _set_feature(namespace: str, device: str, feature: str, value: str) -> None:
    sh(f"nsenter --net=/run/netns/{namespace} ethtool -K {device} {feature} {value}")
