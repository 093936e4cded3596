"""The part of `port_cost_ovn` that runs in the guest: four pairs side by side, measured in turn.

    python -m tests.bench.ovn_guest TRAFFIC PACKAGE…

Prints a line per measurement: FIGURES, which pair, nanoseconds per packet, bits per second, connections per second.
"""

import logging
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import structlog

from landbridge.model.node import SecurityGroup
from tests.bench import port_cost, traffic
from tests.bench.ovn import Chassis, Ovn
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host

FIGURES = "GUEST-FIGURES"
ROUNDS = 7
FLOOD_SECONDS, SECONDS = 2, 1
_WARM_SECONDS = 0.2
OUTSIDER = 200 << 8 | 1
"""A machine that is not in the remote group."""


@dataclass(frozen=True)
class Pair:
    """Two machines: from a namespace to an address, in another namespace."""

    source: str
    target: str
    address: str

    def works(self) -> bool:
        """Whether a ping is answered."""
        return lab.ping(self.source, self.address)


def _ours(hosts: list[Host]) -> dict[str, Pair]:
    """Machines 1 and 2 without groups, 3 and 4 with; the outsider without."""
    floods = [lab.flood(host) for host in hosts]
    members = [port_cost.member(number) for number in range(1, port_cost.MEMBERS + 1)]
    group = SecurityGroup(uuid=port_cost.GROUP, number=1, rules=port_cost.rules())
    for number, host in enumerate(hosts, 1):
        host.start()
        filtered = lab.machine(number + 2)[0], ports.change(number + 2, filter=port_cost.FILTER)
        own = (*lab.machine(number), *filtered, *(lab.machine(OUTSIDER) if number == 1 else ()))
        assert host.give(lab.network(host), *floods, (f"group/{port_cost.GROUP}", group), *members, *own).failed == {}
        lab.address(host, number)
        lab.address(host, number + 2)
    lab.address(hosts[0], OUTSIDER)
    pairs = {
        name: Pair(lab.vm(hosts[0], first), lab.vm(hosts[1], first + 1), _address(first + 1))
        for name, first in (("ours", 1), ("ours-filtered", 3))
    }
    outsider = lab.vm(hosts[0], OUTSIDER)
    assert lab.ping(outsider, pairs["ours"].address)
    assert not lab.ping(outsider, pairs["ours-filtered"].address)
    return pairs


def _ovn(hosts: list[Host], packages: list[Path], directory: Path) -> dict[str, Pair]:
    """Machines 5 and 6 on a logical switch without ACLs; 7, 8 and the outsider on one where 7 and 8 have them."""
    chassis = [Chassis(host.netns, host.vtep) for host in hosts]
    ovn = Ovn(packages, directory, chassis)

    def plug(switch: str, number: int, where: Chassis) -> str:
        name = f"ovn{number}"
        ovn.plug(where, switch, name, mac=lab.mac(number), address=f"{_address(number)}/16", mtu=lab.MTU)
        return name

    pairs = {}
    for name, first in (("ovn", 5), ("ovn-filtered", 7)):
        ovn.nbctl("ls-add", name)
        source, target = (plug(name, number, where) for number, where in enumerate(chassis, first))
        pairs[name] = Pair(source, target, _address(first + 1))
    filtered = pairs["ovn-filtered"].address
    outsider = plug("ovn-filtered", OUTSIDER, chassis[0])
    ovn.settle()
    assert lab.ping(outsider, filtered)
    ovn.address_set("members", [_address(number) for number in range(1, port_cost.MEMBERS + 1)])
    ovn.nbctl("pg-add", "filtered", "ovn7", "ovn8")
    closed = ", ".join(str(port_cost.FIRST_PORT + number) for number in range(1, port_cost.RULES))
    for direction, port, peer in (("to-lport", "outport", "src"), ("from-lport", "inport", "dst")):
        own = f"{port} == @filtered && ip"
        member = f"{port} == @filtered && ip4.{peer} == $members"
        ovn.nbctl("acl-add", "filtered", direction, "1002", f"{member} && tcp.dst == {{{closed}}}", "allow-related")
        ovn.nbctl("acl-add", "filtered", direction, "1001", member, "allow-related")
        ovn.nbctl("acl-add", "filtered", direction, "1000", own, "drop")
    ovn.settle()
    assert not lab.ping(outsider, filtered)
    return pairs


def _address(number: int) -> str:
    """Of a machine; the first of them are members of the remote group."""
    return f"10.9.{number >> 8}.{number & 255}"


def _measure(pairs: dict[str, Pair], tool: Path) -> None:
    names = list(pairs)
    for number in range(ROUNDS):
        first = number % len(names)
        # Who is measured first changes from round to round.
        for name in names[first:] + names[:first]:
            pair = pairs[name]
            assert pair.works()
            ends = (pair.source, pair.target, pair.address)
            # Open vSwitch has to be asked once about each kind of packet; that is not what is measured.
            traffic.cpu_per_packet(tool, *ends, _WARM_SECONDS)
            cost = traffic.cpu_per_packet(tool, *ends, FLOOD_SECONDS)
            tcp = traffic.tcp_throughput(*ends, SECONDS)
            new = traffic.connections_per_second(tool, *ends, SECONDS)
            print(FIGURES, name, cost, tcp, new, flush=True)


def main(tool: Path, packages: list[Path]) -> None:
    """Measure on hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        for name in ("hosts", "ovn"):
            (base / name).mkdir()
        with lab.hosts(base / "hosts", 4, start=False) as hosts:
            _measure(_ours(hosts[:2]) | _ovn(hosts[2:], packages, base / "ovn"), tool)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]])
