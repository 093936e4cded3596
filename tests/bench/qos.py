"""How exact bandwidth limits are: of a VIP at the vrouter, and of a VM's NIC at its port.

A machine outside and one behind an EIP, and two VMs on two hosts (namespaces on this machine); iperf3 sends TCP, or
UDP at a fifth more than the limit, for some seconds in the limited direction (of UDP at 1,000 Mbit/s as much as the
machine can send).  Given is what arrived, counted as the limit counts it (Ethernet frames), over the limit; not of
the first three seconds, in which a bucket is emptied that was full (of a second's worth at most).
"""

import json
import logging
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import structlog

from landbridge.model.node import AnyObject
from landbridge.model.router_node import Limit
from tests.bench import traffic
from tests.bench.report import Report
from tests.netns import agent_hosts as lab
from tests.netns import ports, router_world
from tests.netns.router_world import WEB, World, objects
from tests.netns.test_router_nat import VIP, A, eip

MBIT = 1_000_000
RATES = (1, 10, 100, 1000)
SECONDS, OMITTED = 15, 3
"""The first seconds, with full buckets and slow start, are not counted."""
UDP_PAYLOAD = 1350
_UDP_HEADERS = 14 + 20 + 8
_TCP_PAYLOAD, _TCP_HEADERS = 1398, 14 + 20 + 32
"""With an MTU of 1450 and timestamps."""
GOAL = "0.95× to 1.05×"


def run() -> Report:
    """On namespaces of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("qos", "Bandwidth limits", about)
    with tempfile.TemporaryDirectory() as directory:
        with router_world.world(Path(directory), programs=True) as world:
            _vip(report, world)
        hosts_directory = Path(directory) / "hosts"
        hosts_directory.mkdir()
        with lab.hosts(hosts_directory, 2) as hosts:
            _nic(report, hosts)
    return report


def _vip(report: Report, world: World) -> None:
    outside, inside = world.names["internet"], world.names["a"]
    for direction, ends in (("inbound", (outside, inside, VIP)), ("outbound", (inside, outside, WEB))):

        def limit(bits: int, direction: str = direction) -> None:
            value = Limit(number=1, nic_uuid="nic0", vip_ip=VIP, **{direction: bits})
            wanted: dict[str, AnyObject] = objects() | eip(VIP, A) | {"limit/1": value}
            assert world.update(wanted) == {}

        _levels(report, f"VIP, {direction}", limit, ends)


def _nic(report: Report, hosts: list[lab.Host]) -> None:
    floods = [lab.flood(host) for host in hosts]
    for number, host in enumerate(hosts, 1):
        assert host.give(lab.network(host), *floods, *lab.machine(number)).failed == {}
        lab.address(host, number)
    ends = (lab.vm(hosts[0], 1), lab.vm(hosts[1], 2), "10.9.0.2")
    assert lab.ping(ends[0], ends[2])
    for number, direction in ((2, "inbound"), (1, "outbound")):

        def limit(bits: int, number: int = number, direction: str = direction) -> None:
            assert hosts[number - 1].give(ports.change(number, **{direction: bits})).failed == {}

        _levels(report, f"NIC, {direction}", limit, ends)
        hosts[number - 1].give(ports.change(number))


def _levels(report: Report, what: str, limit: Callable[[int], None], ends: tuple[str, str, str]) -> None:
    for rate in RATES:
        limit(rate * MBIT)
        tcp = (
            traffic.tcp_throughput(*ends, SECONDS, "-O", str(OMITTED), "-l", "8K")
            * (_TCP_PAYLOAD + _TCP_HEADERS)
            / _TCP_PAYLOAD
        )
        udp = _udp(*ends, rate) * (UDP_PAYLOAD + _UDP_HEADERS) / UDP_PAYLOAD
        figures = f"{tcp / rate / MBIT:.3f}×, {udp / rate / MBIT:.3f}×"
        report.add(f"{what}, {rate:,} Mbit/s: TCP, UDP over the limit", figures, GOAL)


def _udp(source: str, target: str, address: str, rate: int) -> float:
    """Payload bits per second that arrive of a fifth more than the rate."""
    serve = traffic.inside(target, "iperf3", "-s", "-1", "-J", "-p", traffic.PORT)
    with traffic.running(*serve):
        options = [
            "-u",
            "-b",
            f"{rate * 1.2:.1f}M",
            "-l",
            str(UDP_PAYLOAD),
            "-t",
            str(SECONDS),
            "-O",
            str(OMITTED),
            "-J",
            "--get-server-output",
        ]
        command = traffic.inside(source, "iperf3", "-c", address, "-p", traffic.PORT, *options)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    # Not iperf3's sums: to what was lost they add what was lost in the seconds that are not counted.  Nor its lengths
    # of intervals, each of which is a second: the first one that counts may claim the one before, too.
    sums = [interval["sum"] for interval in json.loads(done.stdout)["server_output_json"]["intervals"]]
    counted = [float(one["bytes"]) for one in sums if not one["omitted"]][:SECONDS]
    return 8 * sum(counted) / len(counted)
