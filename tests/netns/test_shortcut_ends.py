"""Shortcuts end with what they lead to: another interface may get its number."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from landbridge.core.shortcut import ShortcutKey
from landbridge.drivers.clocks import boot_clock
from landbridge.render import net
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, sh
from tests.unit.core.shortcuts import some_shortcut

pytestmark = pytest.mark.netns

A_DAY = 24 * 3600 * 10**9
TO_IT = Ether(src=lab.mac(1), dst="0e:52:00:00:00:0a") / IP(src="10.9.0.1", dst="10.77.0.1") / UDP()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host with VMs 1 and 2."""
    directory = tmp_path / "host"
    directory.mkdir()
    with lab.hosts(directory, 1) as [made]:
        assert made.give(lab.network(made), *lab.machine(1), *lab.machine(2)).failed == {}
        yield made


def lead(host: Host, ifindex: int, destination: str = "10.77.0.1") -> ShortcutKey:
    """Put a shortcut to an interface."""
    key, shortcut = some_shortcut(ifindex=ifindex, expires=boot_clock() + A_DAY)
    key = dataclasses.replace(key, destination=destination)
    host.hooks.shortcuts.put({key: shortcut})
    return key


def test_nothing_leads_to_a_port_that_was_closed(host: Host) -> None:
    gone, stays = lead(host, ports.index(host, 2)), lead(host, ports.index(host, 1), "10.77.0.2")
    assert host.give(gone=lab.machine_keys(2)).failed == {}
    host.settle()
    assert host.hooks.shortcuts.read().keys() == {stays}
    assert gone not in host.hooks.shortcuts.traffic()
    assert ports.run(host, 1, TO_IT, egress=True).verdict == ports.OK


def test_nothing_leads_to_an_interface_that_somebody_removed(host: Host) -> None:
    """Its number may become another's."""
    lead(host, ports.index(host, 2))
    sh(f"ip -n {host.netns} link del {lab.ifname(2)}")
    host.settle()
    assert host.hooks.shortcuts.read() == {}


def test_nothing_leads_to_the_tunnels_of_a_network_that_left(host: Host) -> None:
    device = host.world.kernel.mirror.tables.by_name(net.vxlan_name(lab.NET_ID))
    assert device is not None
    lead(host, device.index)
    host.step()
    assert len(host.hooks.shortcuts.read()) == 1
    assert host.give(gone=(lab.network(host)[0], *lab.machine_keys(1), *lab.machine_keys(2))).failed == {}
    host.settle()
    assert host.hooks.shortcuts.read() == {}


def test_an_agent_that_starts_again_keeps_what_still_leads_somewhere(host: Host) -> None:
    stays, gone = lead(host, ports.index(host, 2)), lead(host, 0x7FFF, "10.77.0.2")
    assert host.hooks.shortcuts.read().keys() == {stays, gone}
    host.stop()
    host.start()
    host.step()
    assert host.hooks.shortcuts.read().keys() == {stays}
    assert ports.run(host, 1, TO_IT, egress=True).verdict == ports.REDIRECT
