"""SNAT, EIPs and balancers beside the same written by hand.

Two vrouter namespaces of the same shape on this machine: one is ours, with its agent, a thousand other translations
and the balancer that it runs; in the other an administrator has typed nftables rules and an HAProxy configuration for
this one purpose.  Each round measures both there and back; ratios are medians of the rounds' ratios, with the
interval in which they lie with 95 %.  New connections are TCP, one at a time, with a byte there and back; throughput
is one stream of iperf3.
"""

import logging
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import structlog
from msgspec.structs import replace

from landbridge.model.node import AnyObject
from landbridge.model.router_node import PortForward
from tests.bench import traffic
from tests.bench.paired import Paired
from tests.bench.report import Report
from tests.netns import router_world
from tests.netns.balanced import PLAIN, balanced
from tests.netns.guest_fixtures import eventually, sh
from tests.netns.router_world import PUBLIC_IP, WEB, World, objects
from tests.netns.test_router_nat import OTHER_VIP, VIP, A, eip

ROUNDS = 9
SECONDS = 0.6
OTHERS = 1000
BALANCED = int(traffic.PORT)
_BY_HAND = f"""
table ip nat {{
    chain pre {{
        type nat hook prerouting priority dstnat
        ip daddr {VIP} dnat to {A}
    }}
    chain post {{
        type nat hook postrouting priority srcnat
        ip saddr {A} oifname eth0 snat to {VIP}
        ip saddr {{ 10.1.0.0/24, 10.2.0.0/24 }} oifname eth0 snat to {PUBLIC_IP}
    }}
}}
table ip filter {{
    chain forward {{
        type filter hook forward priority filter; policy drop
        ct state established,related accept
        iifname {{ eth1, eth2 }} accept
        ct status dnat accept
    }}
}}
"""
_HAPROXY = f"""
global
    maxconn 4000
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen one
    bind {OTHER_VIP}:{BALANCED}
    balance roundrobin
    server a {A}:{BALANCED}
"""


def run() -> Report:
    """On namespaces of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("nat_beside", "Services on VIPs beside hand-written ones", about)
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        base = Path(directory)
        tool = traffic.build(base)
        worlds = {}
        for name in ("ours", "by hand"):
            place = base / name.replace(" ", "-")
            place.mkdir()
            worlds[name] = stack.enter_context(router_world.world(place))
        assert worlds["ours"].update(_ours()) == {}
        stack.callback(_by_hand(worlds["by hand"], base).terminate)
        for world in worlds.values():
            eventually("it answers", lambda world=world: world.pings("internet", VIP))  # type: ignore[misc]  # bound at once
        for what, ends in (
            ("EIP, from outside", ("internet", "a", VIP)),
            ("EIP, to the outside", ("a", "internet", WEB)),
            ("SNAT", ("b", "internet", WEB)),
            ("balancer of TCP", ("internet", "a", OTHER_VIP)),
        ):
            _compare(report, what, worlds, ends, tool)
    return report


def _ours() -> dict[str, AnyObject]:
    one = replace(PLAIN, vip_ip=OTHER_VIP, port=BALANCED, instance_port=BALANCED, members=PLAIN.members[:1])
    others: dict[str, AnyObject] = {
        f"forward/{port}": PortForward(
            vip_ip=OTHER_VIP, protocol="TCP", first=port, last=port, guest_ip=A, guest_first=port
        )
        for port in range(20_000, 20_000 + OTHERS)
    }
    return objects() | eip(VIP, A) | balanced(one) | others


def _by_hand(world: World, base: Path) -> subprocess.Popen[bytes]:
    """What an administrator types; the HAProxy that this starts."""
    router = world.names["router"]
    for device, address in ((0, PUBLIC_IP), (0, VIP), (0, OTHER_VIP), (1, "10.1.0.1"), (2, "10.2.0.1")):
        prefix = 32 if address in (VIP, OTHER_VIP) else 24
        sh(f"ip -n {router} addr add {address}/{prefix} dev eth{device} && ip -n {router} link set eth{device} up")
    world.on("router", "sysctl -qw net.ipv4.ip_forward=1")
    subprocess.run(traffic.inside(router, "nft", "-f", "-"), input=_BY_HAND, text=True, check=True)
    config = base / "haproxy.cfg"
    config.write_text(_HAPROXY)
    return subprocess.Popen(traffic.inside(router, "haproxy", "-db", "-f", config), stderr=subprocess.DEVNULL)


def _compare(report: Report, what: str, worlds: dict[str, World], ends: tuple[str, str, str], tool: Path) -> None:
    def measured(world: World) -> dict[str, float]:
        source, target, address = world.names[ends[0]], world.names[ends[1]], ends[2]
        new = {"new": traffic.connections_per_second(tool, source, target, address, SECONDS)}
        # A balancer's health checks would be clients of iperf3, which has one at a time.
        return new if address == OTHER_VIP else {**new, "tcp": traffic.tcp_throughput(source, target, address, 1)}

    paired = Paired()
    variants: dict[str, Callable[[], dict[str, float]]] = {
        name: partial(measured, world) for name, world in worlds.items()
    }
    paired.measure(ROUNDS, variants)
    goal = "≥ 0.97×"
    for name in worlds:
        report.add(f"{what}, {name}: new connections", f"{paired.figure(name, 'new'):.0f}/s")
    report.add(f"{what}: new connections, ours over by hand", paired.ratio("new", "ours", "by hand"), goal)
    if ends[2] != OTHER_VIP:
        report.add(f"{what}: throughput, ours over by hand", paired.ratio("tcp", "ours", "by hand"), goal)
