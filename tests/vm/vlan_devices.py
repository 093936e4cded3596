"""Run in a guest: our VLANs beside, and against, VLAN devices of the kernel, which this machine's has not."""

from collections.abc import Iterator

import pytest

from landbridge.drivers import namespaces
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, ping, sh
from tests.netns.test_vlan import _L2, BLUE, RED, machine, network

pytestmark = pytest.mark.vm

OWN = 300
"""A VLAN that the host itself has."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VM 1 in RED, and a machine on its wire that has RED and OWN as VLAN devices."""
    with lab.hosts(tmp_path_factory.mktemp("hosts"), 1) as (made,):
        switch, peer = f"{made.tag[:-1]}-sw", f"{made.tag[:-1]}-peer"
        namespaces.create(peer)
        try:
            sh(f"ip -n {switch} link add pp mtu 1600 type veth peer name u0 mtu 1600 netns {peer}")
            sh(f"ip -n {switch} link set pp master br0 up && ip -n {peer} link set u0 up")
            for netns, vlan, address in (
                (peer, RED, "10.9.0.9"),
                (peer, OWN, "10.30.0.9"),
                (made.netns, OWN, "10.30.0.1"),
            ):
                sh(f"ip -n {netns} link add link u0 name u0.{vlan} type vlan id {vlan}")
                sh(f"ip -n {netns} addr add {address}/16 dev u0.{vlan} && ip -n {netns} link set u0.{vlan} up")
            assert made.give(network(RED), *machine(1, RED)).failed == {}
            lab.address(made, 1)
            yield made
        finally:
            namespaces.delete(peer)


def test_a_vlan_device_of_the_kernel_is_the_other_end(host: Host) -> None:
    peer = f"{host.tag[:-1]}-peer"
    assert ping(lab.vm(host, 1), "10.9.0.9")
    assert ping(peer, "10.9.0.1")


def test_vlans_of_the_hosts_own_go_on(host: Host) -> None:
    assert ping(host.netns, "10.30.0.9")


def test_a_vlan_that_the_host_has_itself_is_refused(host: Host) -> None:
    report = host.give(network(BLUE, vlan=OWN))
    assert f"this host's interface u0.{OWN} is in that VLAN" in str(report.failed[f"l2/{_L2[BLUE]}"].error)
    assert ping(host.netns, "10.30.0.9")
    assert host.give(network(BLUE)).failed == {}
