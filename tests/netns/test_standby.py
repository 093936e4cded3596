"""Ports on standby are closed, and whoever comes from elsewhere is announced when its port is opened."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from landbridge.drivers import enter
from landbridge.drivers.announcer import OFFSETS
from landbridge.drivers.arp_frames import here_is_mac
from landbridge.model.node import Filter, PortConnections, SecurityGroup
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host
from tests.support.lab import eventually

pytestmark = pytest.mark.netns

VM, OTHER = 1, 2
GROUP = "a" * 32
ETH_P_RARP = 0x8035
CLOSED = Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Host, Host]]:
    """Both have the network; on the second one a VM listens."""
    (tmp_path / "hosts").mkdir()
    with lab.hosts(tmp_path / "hosts") as [one, two]:
        for host in (one, two):
            assert host.give(lab.network(host), lab.flood(one), lab.flood(two)).failed == {}
        assert two.give(*lab.machine(OTHER)).failed == {}
        yield one, two


def listener(host: Host) -> socket.socket:
    """Hears reverse ARP as a VM of the host."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_RARP))
        made.bind(("eth0", ETH_P_RARP))
        made.settimeout(2 * OFFSETS[-1])
        return made

    return enter.in_namespace(lab.vm(host, OTHER), make)


def outgoing(number: int) -> Ether:
    return Ether(src=lab.mac(number), dst=lab.mac(OTHER)) / IP(src="10.9.0.1", dst="10.9.0.2") / UDP(sport=5, dport=6)


def incoming(number: int) -> Ether:
    return Ether(src=lab.mac(OTHER), dst=lab.mac(number)) / IP(src="10.9.0.2", dst="10.9.0.1") / UDP(sport=6, dport=5)


def test_closed_on_standby_and_announced_when_it_is_opened(pair: tuple[Host, Host]) -> None:
    one, two = pair
    vm, _ = lab.machine(VM)
    assert one.give(vm, ports.change(VM, standby=True, announced=True)).failed == {}
    assert not ports.passes(one, VM, outgoing(VM), egress=True)
    assert not ports.passes(one, VM, incoming(VM), egress=False)
    assert one.world.kernel.mirror.tables.by_name(lab.ifname(VM)).master == 0  # type: ignore[union-attr]  # it is there
    with listener(two) as heard:
        assert one.give(ports.change(VM, announced=True)).failed == {}
        frames = [heard.recv(128) for _ in OFFSETS]
    assert frames == [here_is_mac(lab.mac(VM))] * len(OFFSETS)
    assert f"dst {one.vtep} " in lab.sh(f"bridge -n {two.netns} fdb show dev vx{lab.NET_ID:x} | grep {lab.mac(VM)}")
    assert ports.passes(one, VM, outgoing(VM), egress=True)
    assert ports.passes(one, VM, incoming(VM), egress=False)
    assert one.give(ports.change(VM, standby=True)).failed == {}
    assert not ports.passes(one, VM, incoming(VM), egress=False)
    before = one.agent.reconciler.operations
    one.step(reread=True)
    assert one.agent.reconciler.operations == before


def test_who_has_an_address_that_another_one_had_is_known_at_once(pair: tuple[Host, Host]) -> None:
    """Nobody asks: what neighbours have learned of the one before is replaced, not used until it is proved wrong."""
    one, two = pair
    neighbour = f"ip -n {lab.vm(two, OTHER)} neigh"
    lab.sh(f"{neighbour} add 10.9.0.1 lladdr fa:00:00:00:99:99 dev eth0 nud stale")
    assert one.give(*lab.machine(VM)).failed == {}
    eventually(
        "the neighbour is told", lambda: "" if lab.mac(VM) in lab.sh(f"{neighbour} show 10.9.0.1") else "not yet"
    )
    assert "STALE" in lab.sh(f"{neighbour} show 10.9.0.1"), "it was told, it did not ask"


def test_connections_come_along(pair: tuple[Host, Host]) -> None:
    one, two = pair
    vm, _ = lab.machine(VM)
    group = (f"group/{GROUP}", SecurityGroup(uuid=GROUP, number=1))
    assert one.give(vm, group, ports.change(VM, filter=CLOSED)).failed == {}
    assert two.give(vm, group, ports.change(VM, filter=CLOSED, standby=True)).failed == {}
    assert not ports.passes(one, VM, incoming(VM), egress=False)
    assert ports.passes(one, VM, outgoing(VM), egress=True)
    report = one.give(ports.change(VM, filter=CLOSED, standby=True))
    data = report.carried[lab.nic_uuid(VM)]
    value = PortConnections(nic_uuid=lab.nic_uuid(VM), ifname=lab.ifname(VM), data=data)
    assert two.give((f"connections/{value.nic_uuid}", value), ports.change(VM, filter=CLOSED)).failed == {}
    assert ports.passes(two, VM, incoming(VM), egress=False)
    assert two.give(gone=(f"connections/{value.nic_uuid}",)).failed == {}
    assert ports.passes(two, VM, incoming(VM), egress=False)
    stranger = incoming(VM)
    stranger[UDP].sport = 7
    assert not ports.passes(two, VM, stranger, egress=False)


def test_connections_that_cannot_be_read_are_an_error(pair: tuple[Host, Host]) -> None:
    one, _ = pair
    vm, _ = lab.machine(VM)
    group = (f"group/{GROUP}", SecurityGroup(uuid=GROUP, number=1))
    assert one.give(vm, group, ports.change(VM, filter=CLOSED, standby=True)).failed == {}
    value = PortConnections(nic_uuid=lab.nic_uuid(VM), ifname=lab.ifname(VM), data=b"\xff")
    failed = one.give((f"connections/{value.nic_uuid}", value), ports.change(VM, filter=CLOSED)).failed
    assert "version ff" in (failed[f"connections/{value.nic_uuid}"].error or "")
