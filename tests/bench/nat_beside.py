"""SNAT, EIPs and balancers beside the same written by hand.

Two vrouter namespaces of the same shape on this machine: one is ours, with its agent, a thousand other translations
and the balancers that it runs; in the other an administrator has typed nftables rules, the reverse path filter that
distributions set, and an HAProxy configuration that does the same: the same thread, checks, headers and TLS, in a
session of its own (the scheduler shares out processors among those).  Each round measures both there and back; ratios
are medians of the rounds' ratios, with the interval in which they lie with 95 %.  New connections are TCP, one at a
time, with a byte there and back; throughput is one stream of iperf3; requests come from wrk over 32 connections that
are kept, for answers of 2 bytes by an HAProxy behind it all.
"""

import logging
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import structlog
from msgspec.structs import replace

from landbridge.model.balancer_node import Tls
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
from tests.support.certificates import certificate

ROUNDS = 15
SECONDS, REQUEST_SECONDS = 0.6, 2
OTHERS = 1000
TCP_PORT, HTTP_PORT, HTTPS_PORT = 8081, 8080, 8443
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
    chain input {{
        type filter hook input priority filter; policy drop
        ct state established,related accept
        iifname {{ lo, eth1, eth2 }} accept
        tcp dport {{ {TCP_PORT}, {HTTP_PORT}, {HTTPS_PORT} }} accept
        icmp type echo-request accept
    }}
    chain forward {{
        type filter hook forward priority filter; policy drop
        ct state established,related accept
        iifname {{ eth1, eth2 }} accept
        ct status dnat accept
    }}
}}
"""
_SYSCTLS = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.conf.all.rp_filter=2",
    "net.ipv4.tcp_tw_reuse=1",
    "net.ipv4.ip_local_port_range='16384 65535'",
)
_HAPROXY = f"""
global
    maxconn 4000
    nbthread 1
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    balance roundrobin
    default-server check inter 1s
listen one
    mode tcp
    bind {OTHER_VIP}:{TCP_PORT}
    server a {A}:{TCP_PORT}
frontend web
    mode http
    bind {OTHER_VIP}:{HTTP_PORT}
    bind {OTHER_VIP}:{HTTPS_PORT} ssl crt CERTIFICATE alpn h2,http/1.1
    option http-keep-alive
    option forwardfor
    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
    http-request set-header X-Forwarded-Proto http if !{{ ssl_fc }}
    default_backend web
backend web
    mode http
    option http-keep-alive
    server a {A}:{HTTP_PORT}
"""
_SERVER = f"""
defaults
    mode http
    timeout client 60s
frontend one
    bind {A}:{HTTP_PORT}
    http-request return status 200 content-type text/plain string ok
"""


def run() -> Report:
    """On namespaces of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("nat_beside", "Services on VIPs beside hand-written ones", about)
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        base = Path(directory)
        tool = traffic.build(base)
        pem = certificate("bench.example")
        worlds = {}
        for name in ("ours", "by hand"):
            place = base / name.replace(" ", "-")
            place.mkdir()
            worlds[name] = stack.enter_context(router_world.world(place))
            inside = worlds[name].names["a"]
            stack.callback(_haproxy(inside, place / "server.cfg", _SERVER).terminate)
            stack.enter_context(traffic.answering(tool, inside, str(TCP_PORT)))
        assert worlds["ours"].update(_ours(pem)) == {}
        stack.callback(_by_hand(worlds["by hand"], base, pem).terminate)
        for world in worlds.values():
            eventually("it answers", lambda world=world: world.pings("internet", VIP))  # type: ignore[misc]  # bound at once
        for what, ends in (
            ("EIP, from outside", ("internet", "a", VIP)),
            ("EIP, to the outside", ("a", "internet", WEB)),
            ("SNAT", ("b", "internet", WEB)),
        ):
            _connections(report, what, worlds, ends, tool)
        _balanced_connections(report, worlds, tool)
        for what, url in (
            ("HTTP", f"http://{OTHER_VIP}:{HTTP_PORT}/"),
            ("HTTPS", f"https://{OTHER_VIP}:{HTTPS_PORT}/"),
        ):
            for kept, header in (("", ""), (", each in a connection of its own", "Connection: close")):
                _requests(report, f"balancer of {what}{kept}", worlds, url, header)
    return report


def _ours(pem: str) -> dict[str, AnyObject]:
    one = replace(PLAIN, vip_ip=OTHER_VIP, port=TCP_PORT, instance_port=TCP_PORT, members=PLAIN.members[:1])
    web = replace(one, port=HTTP_PORT, instance_port=HTTP_PORT, http_mode="http-keep-alive", protocol="http")
    listeners = (
        one,
        replace(web, listener_uuid="6" * 32),
        replace(web, listener_uuid="7" * 32, protocol="https", port=HTTPS_PORT, tls=Tls(certificates=(pem,))),
    )
    others: dict[str, AnyObject] = {
        f"forward/{port}": PortForward(
            vip_ip=OTHER_VIP, protocol="TCP", first=port, last=port, guest_ip=A, guest_first=port
        )
        for port in range(20_000, 20_000 + OTHERS)
    }
    return objects() | eip(VIP, A) | balanced(*listeners) | others


def _by_hand(world: World, base: Path, pem: str) -> subprocess.Popen[bytes]:
    """What an administrator types; the HAProxy that this starts."""
    router = world.names["router"]
    for device, address in ((0, PUBLIC_IP), (0, VIP), (0, OTHER_VIP), (1, "10.1.0.1"), (2, "10.2.0.1")):
        prefix = 32 if address in (VIP, OTHER_VIP) else 24
        sh(f"ip -n {router} addr add {address}/{prefix} dev eth{device} && ip -n {router} link set eth{device} up")
    for setting in _SYSCTLS:
        world.on("router", f"sysctl -qw {setting}")
    subprocess.run(traffic.inside(router, "nft", "-f", "-"), input=_BY_HAND, text=True, check=True)
    (base / "by-hand.pem").write_text(pem)
    return _haproxy(router, base / "haproxy.cfg", _HAPROXY.replace("CERTIFICATE", str(base / "by-hand.pem")))


def _haproxy(namespace: str, path: Path, config: str) -> subprocess.Popen[bytes]:
    path.write_text(config)
    # In a session of its own, as services are.
    command = traffic.inside(namespace, "haproxy", "-db", "-f", path)
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)


def _connections(report: Report, what: str, worlds: dict[str, World], ends: tuple[str, str, str], tool: Path) -> None:
    def measured(world: World) -> dict[str, float]:
        source, target, address = world.names[ends[0]], world.names[ends[1]], ends[2]
        return {
            "new": traffic.connections_per_second(tool, source, target, address, SECONDS),
            "tcp": traffic.tcp_throughput(source, target, address, 1),
        }

    _compare(report, what, worlds, measured, {"new": ("new connections", "/s"), "tcp": ("throughput", "")})


def _balanced_connections(report: Report, worlds: dict[str, World], tool: Path) -> None:
    def measured(world: World) -> dict[str, float]:
        client = world.names["internet"]
        return {"new": traffic.asked_per_second(tool, client, OTHER_VIP, str(TCP_PORT), SECONDS)}

    _compare(report, "balancer of TCP", worlds, measured, {"new": ("new connections", "/s")})


def _requests(report: Report, what: str, worlds: dict[str, World], url: str, header: str) -> None:
    def measured(world: World) -> dict[str, float]:
        return {"requests": traffic.requests_per_second(world.names["internet"], url, REQUEST_SECONDS, header)}

    _compare(report, what, worlds, measured, {"requests": ("requests", "/s")})


def _compare(
    report: Report,
    what: str,
    worlds: dict[str, World],
    measured: Callable[[World], dict[str, float]],
    figures: Mapping[str, tuple[str, str]],
) -> None:
    """`figures`: what `measured` returns, by what people call it and its unit ("": the ratio says enough)."""
    paired = Paired()
    paired.measure(ROUNDS, {name: partial(measured, world) for name, world in worlds.items()})
    for key, (words, unit) in figures.items():
        if unit:
            for name in worlds:
                report.add(f"{what}, {name}: {words}", f"{paired.figure(name, key):.0f}{unit}")
        report.add(f"{what}: {words}, ours over by hand", paired.ratio(key, "ours", "by hand"), "≥ 0.97×")
