"""What security groups cost at the ports: the same path with and without, and by nftables in the bridge.

Two VMs in one subnet on two hosts (namespaces on this machine).  Variants: no security group; our groups in
eBPF at both ports (50 rules, of which the last one matches, naming a remote group of 50,000 members); the same
rules in nftables with connection tracking, on bridged packets.  Each round measures the variants there and
back; every figure is the median of the rounds, every ratio the median of the rounds' ratios, with the interval
in which it lies with 95 %.  CPU per packet is that of the whole machine for a flood of 32-byte UDP packets,
sender and receiver included.
"""

import logging
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import structlog

from landbridge.model.node import Filter, GroupMember, SecurityGroup, SecurityRule
from tests.bench import traffic
from tests.bench.paired import Paired
from tests.bench.report import Report, median
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, sh
from tests.unit.render.objects import rule

ROUNDS = 15
SECONDS = 0.6
MEMBERS = 50_000
RULES = 50
FIRST_PORT = 20_000
GROUP, MEMBER_GROUP = "a" * 32, 2
FILTER = Filter(groups=(GROUP,), ingress="DROP", egress="DROP")


def run() -> Report:
    """Measure on two hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report = Report("port_cost", "Security groups at the ports", " ".join((__doc__ or "").split("\n\n")[1].split()))
    with tempfile.TemporaryDirectory() as directory:
        tool = traffic.build(Path(directory))
        hosts_directory = Path(directory) / "hosts"
        hosts_directory.mkdir()
        with lab.hosts(hosts_directory, 2) as hosts:
            _set_up(hosts)
            _path(report, hosts, tool)
            _changes(report, hosts[0])
    return report


def rules() -> tuple[SecurityRule, ...]:
    """Of the group, for both directions: closed doors first, the open one last."""
    made = []
    for direction in ("Ingress", "Egress"):
        for number in range(1, RULES):
            made.append(rule(number, direction=direction, ports=((FIRST_PORT + number,) * 2,), group=MEMBER_GROUP))
        made.append(rule(RULES, direction=direction, protocol="ALL", group=MEMBER_GROUP))
    return tuple(made)


def member(number: int) -> tuple[str, GroupMember]:
    """One of the remote group; the first have the addresses of the VMs (10.9.0.1 …)."""
    address = f"10.{9 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
    return f"member/g/{number}", GroupMember(group=MEMBER_GROUP, domain=0, addresses=(address,))


def _set_up(hosts: list[Host]) -> None:
    floods = [lab.flood(host) for host in hosts]
    for number, host in enumerate(hosts, 1):
        assert host.give(lab.network(host), *floods, *lab.machine(number)).failed == {}
        lab.address(host, number)
        group = SecurityGroup(uuid=GROUP, number=1, rules=rules())
        assert host.give((f"group/{GROUP}", group), *map(member, range(1, MEMBERS + 1))).failed == {}
    assert lab.ping(lab.vm(hosts[0], 1), "10.9.0.2")


def _none(hosts: list[Host]) -> None:
    for number, host in enumerate(hosts, 1):
        sh(f"ip netns exec {host.netns} nft delete table inet bridged", check=False)
        sh(f"ip netns exec {host.netns} sysctl -qw net.bridge.bridge-nf-call-iptables=0")
        host.give(ports.change(number))


def _ours(hosts: list[Host]) -> None:
    _none(hosts)
    for number, host in enumerate(hosts, 1):
        assert host.give(ports.change(number, filter=FILTER)).failed == {}


def _nftables(hosts: list[Host]) -> None:
    _none(hosts)
    members = ", ".join(one.addresses[0] for _, one in map(member, range(1, MEMBERS + 1)))
    closed = "".join(
        f"ip {way} @members tcp dport {FIRST_PORT + number} accept\n"
        for way in ("saddr", "daddr")
        for number in range(1, RULES)
    )
    table = f"""
    table inet bridged {{
        set members {{ type ipv4_addr; elements = {{ {members} }}; }}
        chain forward {{
            type filter hook forward priority 0; policy drop;
            ct state established,related accept
            {closed}
            ip saddr @members accept
        }}
    }}
    """
    for host in hosts:
        command = ["ip", "netns", "exec", host.netns, "nft", "-f", "-"]
        subprocess.run(command, input=table, text=True, check=True)
        sh(f"ip netns exec {host.netns} sysctl -qw net.bridge.bridge-nf-call-iptables=1")


VARIANTS: dict[str, Callable[[list[Host]], None]] = {"none": _none, "eBPF": _ours, "nftables": _nftables}


def _path(report: Report, hosts: list[Host], tool: Path) -> None:
    one, two = lab.vm(hosts[0], 1), lab.vm(hosts[1], 2)
    measures: dict[str, Callable[[], float]] = {
        "cost": lambda: traffic.cpu_per_packet(tool, one, two, "10.9.0.2", SECONDS),
        "tcp": lambda: traffic.tcp_throughput(one, two, "10.9.0.2", 1),
        "new": lambda: traffic.connections_per_second(tool, one, two, "10.9.0.2", SECONDS),
    }

    def variant(prepare: Callable[[list[Host]], None]) -> Mapping[str, float]:
        prepare(hosts)
        assert lab.ping(one, "10.9.0.2")
        return {what: measure() for what, measure in measures.items()}

    paired = Paired()
    paired.measure(ROUNDS, {name: partial(variant, prepare) for name, prepare in VARIANTS.items()})
    _none(hosts)
    for name in VARIANTS:
        figures = {what: paired.figure(name, what) for what in measures}
        report.add(
            f"{name}: CPU per packet, TCP throughput, new connections",
            f"{figures['cost']:.0f} ns, {figures['tcp'] / 1e9:.2f} Gbit/s, {figures['new']:.0f}/s",
        )
    report.add("CPU per packet, eBPF over none", paired.ratio("cost", "eBPF", "none"), "≤ 1.05×")
    report.add("TCP throughput, eBPF over none", paired.ratio("tcp", "eBPF", "none"), "≥ 0.95×")
    report.add("new connections per second, eBPF over none", paired.ratio("new", "eBPF", "none"), "≥ 0.9×")
    report.add(
        "CPU per packet, nftables in the bridge over none", paired.ratio("cost", "nftables", "none"), "more than eBPF"
    )
    report.add(
        "TCP throughput, nftables in the bridge over none", paired.ratio("tcp", "nftables", "none"), "less than eBPF"
    )
    report.add(
        "new connections per second, nftables in the bridge over none", paired.ratio("new", "nftables", "none")
    )


def _changes(report: Report, host: Host) -> None:
    """Host work of a change: from the message of the server to its report, in process."""
    times = []
    for number in range(MEMBERS + 1, MEMBERS + 52):
        times.append(_timed(lambda number=number: host.give(member(number))))  # type: ignore[misc]  # a loop's value
        times.append(_timed(lambda number=number: host.give(gone=(f"member/g/{number}",))))  # type: ignore[misc]
    report.add(f"a member more or less in a group of {MEMBERS:,}", f"{median(times) * 1e3:.2f} ms", "5 ms")
    vms = [
        entry for number in range(100, 200) for entry in (lab.machine(number)[0], ports.change(number, filter=FILTER))
    ]
    assert host.give(*vms).failed == {}
    times = []
    for number in range(25):
        hundred = tuple(rule(n, ports=((1000 + n, 1000 + n + number),)) for n in range(1, 101))
        group = SecurityGroup(uuid=GROUP, number=1, rules=hundred)
        times.append(_timed(lambda group=group: host.give((f"group/{GROUP}", group))))  # type: ignore[misc]
    report.add("a rule changed in a group of 100 rules that 100 ports have", f"{median(times) * 1e3:.2f} ms", "10 ms")


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
