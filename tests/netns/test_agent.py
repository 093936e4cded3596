"""The host agent against the real kernel: two hosts joined by an underlay."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.drivers import enter, rtnl
from landbridge.drivers.hooks import NoHooks
from landbridge.drivers.netlink import Netlink, messages
from landbridge.model.node import Instance
from landbridge.model.nodelink import StateMessage
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, ping, sh

pytestmark = pytest.mark.netns


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Host]]:
    """Two hosts without anything."""
    with lab.hosts(tmp_path) as made:
        yield made


@pytest.fixture
def connected(pair: list[Host]) -> list[Host]:
    """A VM on each host, 1 and 2, in one VXLAN network."""
    for number, host in enumerate(pair, start=1):
        floods = [lab.flood(other) for other in pair]
        report = host.give(lab.network(host), *floods, *lab.machine(number))
        assert report.failed == {}
        assert report.applied == {"host:x": 1}
        lab.address(host, number)
    return pair


def links(host: Host) -> str:
    """Names of the links of a host, those of the underlay left out."""
    lines = sh(f"ip -n {host.netns} -br link").splitlines()
    return " ".join(
        sorted(line.split()[0].split("@")[0] for line in lines if line.split()[0][:2] not in ("lo", "u0"))
    )


def test_two_vms_reach_each_other_over_vxlan(connected: list[Host]) -> None:
    one, two = connected
    assert ping(lab.vm(one, 1), "10.9.0.2")
    assert ping(lab.vm(two, 2), "10.9.0.1")
    # Its own VTEP is not in the flood list.
    assert f"dst {two.vtep}" in sh(f"bridge -n {one.netns} fdb show dev vx1a")
    assert f"dst {one.vtep}" not in sh(f"bridge -n {one.netns} fdb show dev vx1a")


def test_the_host_itself_is_not_reachable_for_tenants(connected: list[Host]) -> None:
    one, _ = connected
    assert not ping(lab.vm(one, 1), one.vtep)
    sh(f"ip -n {lab.vm(one, 1)} route add {one.vtep}/32 dev eth0")
    assert not ping(lab.vm(one, 1), one.vtep)
    addresses = sh(f"ip -n {one.netns} addr show dev lb1a") + sh(f"ip -n {one.netns} addr show dev vx1a")
    assert "inet" not in addresses


def test_removal_leaves_nothing(connected: list[Host]) -> None:
    one, _ = connected
    keys = (*lab.machine_keys(1), f"l2/{lab.L2}", *(f"flood/{lab.L2}/{host.tag}" for host in connected))
    before = one.agent.reconciler.operations
    report = one.give(gone=keys)
    assert report.failed == {}
    assert links(one) == ""
    assert one.agent.reconciler.operations > before
    assert list(one.hooks._maps["ports"].items()) == []
    assert not Path(f"/run/netns/{lab.vm(one, 1)}").exists()
    assert {key[0] for key in one.agent.reconciler.actual} == {"firewall", "sysctl", "tracking"}
    assert list(one.hooks._maps["sources"].items()) == []


def test_a_new_agent_changes_nothing(connected: list[Host]) -> None:
    one, _ = connected
    held = sh(f"tc -n {one.netns} filter show dev vnic1.0 ingress")
    one.stop()
    time.sleep(1.1)  # the kernel tells of new carriers up to a second late
    listener = enter.in_namespace(one.netns, lambda: Netlink(0x1 | 0x4 | 0x8 | 0x10 | 0x40))
    probe = subprocess.Popen(
        ["nsenter", f"--net=/run/netns/{lab.vm(one, 1)}", "ping", "-q", "-i", "0.001", "-w", "1", "10.9.0.2"],
        stdout=subprocess.PIPE,
        text=True,
    )
    one.start()
    report = one.step()
    assert report is not None
    assert report.applied == {"host:x": 1}
    assert report.failed == {}
    one.step(StateMessage(), reread=True)
    output, _ = probe.communicate()
    assert " 0% packet loss" in output
    assert one.agent.reconciler.operations == 0
    # Stations that the bridge learns from the ping are not ours.
    assert events(listener) <= {rtnl.RTM_NEWNEIGH, rtnl.RTM_DELNEIGH}
    listener.close()
    assert sh(f"tc -n {one.netns} filter show dev vnic1.0 ingress") == held


def events(listener: Netlink) -> set[int]:
    """Types of the events that are waiting."""
    found: set[int] = set()
    listener.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            found.update(kind for kind, *_ in messages(listener.socket.recv(1 << 16)))
    return found


def test_nothing_is_deleted_before_the_first_complete_state(connected: list[Host]) -> None:
    one, _ = connected
    one.stop()
    one.start()
    one.give(gone=lab.machine_keys(1), complete=False)
    assert "vnic1.0" in links(one)
    one.step(StateMessage(complete=True))
    assert "vnic1.0" not in links(one)


@pytest.mark.parametrize(
    "damage",
    [
        "ip -n {host} link set vnic1.0 nomaster",
        "ip -n {host} link set vnic1.0 down",
        "ip -n {host} link del vnic1.0",
        "ip -n {host} link set lb1a down",
        "ip -n {host} link del lb1a",
        "ip -n {host} link del vx1a",
        "ip -n {host} link set vx1a nomaster",
        "bridge -n {host} fdb del 00:00:00:00:00:00 dev vx1a dst {peer}",
        "bridge -n {host} fdb del {mac} dev vnic1.0 master",
        "bridge -n {host} link set dev vnic1.0 learning on flood on",
        "tc -n {host} qdisc del dev vnic1.0 clsact",
        "tc -n {host} filter del dev vnic1.0 egress",
        "ip -n {host} link set vnic1.0 mtu 1400",
    ],
)
def test_drift_is_seen_by_its_event_and_repaired(connected: list[Host], damage: str) -> None:
    one, two = connected
    before = one.world.kernel.read()
    sh(damage.format(host=one.netns, peer=two.vtep, mac=lab.mac(1)))
    one.settle()
    assert one.world.kernel.read().keys() == before.keys()
    assert one.world.kernel.read() == before
    assert one.agent.reconciler.drifted > 0
    if "del vnic1.0" in damage:
        lab.address(one, 1)
    assert ping(lab.vm(one, 1), "10.9.0.2")


def test_what_makes_no_event_is_found_by_reading(connected: list[Host]) -> None:
    one, _ = connected
    index = one.world.kernel.mirror.tables.by_name("vnic1.0")
    assert index is not None
    one.hooks._maps["ports"].delete(index.index.to_bytes(4, "little"))
    sh(f"ip netns del {lab.vm(one, 1)}")
    one.step(reread=True)
    one.settle()
    lab.address(one, 1)
    assert ping(lab.vm(one, 1), "10.9.0.2")


def test_a_port_is_closed_until_its_programs_are_in_force(pair: list[Host], monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = pair
    hooks = one.hooks
    attach = hooks.attach

    def broken(index: int) -> list[object]:
        link = one.world.kernel.mirror.tables.links[index]
        return [] if link.name != "vnic1.0" else [rtnl.replace_filter(index, rtnl.TC_INGRESS, 0, "nothing")]

    monkeypatch.setattr(hooks, "attach", lambda index: broken(index) or attach(index))
    report = one.give(lab.network(one), *lab.machine(1), *lab.machine(2))
    assert set(report.failed) == set(lab.machine_keys(1))
    assert "cannot attach the eBPF programs to vnic1.0" in str(report.failed[f"port/{lab.nic_uuid(1)}"].error)
    link = sh(f"ip -n {one.netns} link show vnic1.0")
    assert "master" not in link
    assert ",UP" not in link
    assert "master lb1a" in sh(f"ip -n {one.netns} link show vnic2.0")
    monkeypatch.undo()
    done = one.inside(lambda: one.agent.step(retry=True))
    assert done is not None
    assert done.failed == {}
    assert "master lb1a" in sh(f"ip -n {one.netns} link show vnic1.0")


def test_without_ebpf_no_port_is_opened_and_everybody_is_told(
    pair: list[Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    monkeypatch.setattr(one.world.kernel, "hooks", NoHooks("eBPF does not work on this host"))
    report = one.give(lab.network(one), *lab.machine(1))
    assert report.failed[f"port/{lab.nic_uuid(1)}"].error == ("cannot admit vnic1.0: eBPF does not work on this host")
    assert "state DOWN" in sh(f"ip -n {one.netns} link show vnic1.0")


def test_somebody_elses_interface_is_left_alone(pair: list[Host]) -> None:
    one, _ = pair
    sh(f"ip -n {one.netns} link add vnic1.0 type bridge")
    report = one.give(lab.network(one), *lab.machine(1))
    assert "not ours" in str(report.failed[f"port/{lab.nic_uuid(1)}"].error)
    assert "alias" not in sh(f"ip -n {one.netns} link show vnic1.0")


def test_a_vni_that_is_in_use_is_a_clear_error(pair: list[Host]) -> None:
    one, _ = pair
    sh(f"ip -n {one.netns} link add other type vxlan id {lab.VNI} dstport 8472 local {one.vtep}")
    report = one.give(lab.network(one))
    assert f"VNI {lab.VNI} on UDP port 8472" in str(report.failed[f"l2/{lab.L2}"].error)


def test_the_vtep_moves_without_a_new_device(connected: list[Host]) -> None:
    one, two = connected
    index = one.world.kernel.mirror.tables.by_name("vx1a")
    assert index is not None
    sh(f"ip -n {one.netns} addr add 192.168.233.77/24 dev u0")
    one.vtep = "192.168.233.77"
    one.give(lab.network(one))
    two.give(lab.flood(one))
    moved = one.world.kernel.mirror.tables.by_name("vx1a")
    assert moved is not None
    assert moved.index == index.index
    assert "local 192.168.233.77" in sh(f"ip -n {one.netns} -d link show vx1a")
    assert ping(lab.vm(two, 2), "10.9.0.1")


def test_a_flat_network_takes_the_addresses_of_its_interface_and_gives_them_back(pair: list[Host]) -> None:
    """A TCP connection of the host itself survives both ways."""
    one, two = pair
    sh(f"ip -n {one.netns} route add 10.77.0.0/16 via {two.vtep} dev u0 metric 7")
    sh(f"ip -n {one.netns} addr add 10.66.0.1/24 dev u0")
    server = enter.in_namespace(two.netns, lambda: socket.create_server((two.vtep, 7777)))
    client = enter.in_namespace(one.netns, lambda: socket.create_connection((two.vtep, 7777), 3))
    peer, _ = server.accept()
    addresses = sh(f"ip -n {one.netns} -4 -o addr show dev u0")

    def talk() -> None:
        for sender, receiver in ((client, peer), (peer, client)):
            receiver.settimeout(1)
            sender.sendall(b"hello")
            assert receiver.recv(5) == b"hello"

    talk()
    report = one.give(lab.flat_network("u0"), *lab.machine(1), ports.change(1, addresses=("192.168.233.99",)))
    assert report.failed == {}
    talk()
    assert sh(f"ip -n {one.netns} -4 -o addr show dev u0") == ""
    moved = sh(f"ip -n {one.netns} -4 -o addr show dev lb1a")
    assert f"{one.vtep}/24" in moved
    assert "10.66.0.1/24" in moved
    assert f"10.77.0.0/16 via {two.vtep} dev lb1a metric 7" in sh(f"ip -n {one.netns} route")
    assert ping(one.netns, two.vtep)

    # The VM is on the physical network.
    sh(f"ip -n {lab.vm(one, 1)} addr add 192.168.233.99/24 dev eth0")
    assert ping(lab.vm(one, 1), two.vtep)

    # A new agent finds it as it is.
    one.stop()
    one.start()
    one.step(StateMessage())
    assert one.agent.reconciler.operations == 0

    assert one.give(gone=(f"l2/{lab.L2}", *lab.machine_keys(1))).failed == {}
    talk()
    assert sh(f"ip -n {one.netns} -4 -o addr show dev u0").split() == addresses.split()
    assert f"10.77.0.0/16 via {two.vtep} dev u0 metric 7" in sh(f"ip -n {one.netns} route")
    assert links(one) == ""
    for end in (client, peer, server):
        end.close()


def test_an_absent_physical_interface_is_a_clear_error(pair: list[Host]) -> None:
    report = pair[0].give(lab.flat_network("eth9"))
    assert "there is no interface eth9 on this host" in str(report.failed[f"l2/{lab.L2}"].error)


def test_a_vm_that_stops_and_starts(connected: list[Host]) -> None:
    one, _ = connected
    one.give(*lab.machine(1, boot=2))
    assert one.world.machines.instances.read() == {lab.vm_uuid(1): 2}
    (key, instance), _ = lab.machine(1)
    assert isinstance(instance, Instance)
    one.give((key, replace(instance, running=False)))
    assert "vnic1.0" not in links(one)
    assert one.world.machines.instances.read() == {}


def test_one_more_port_costs_the_same_at_300(pair: list[Host]) -> None:
    """No dump, no look at the others: the number of requests is that of one port."""
    one, _ = pair
    one.give(lab.network(one))
    spent = []
    for count in (10, 300):
        have = sum(key[0] == "interface" for key in one.agent.reconciler.actual)
        bulk = [entry for number in range(have + 1, count + 1) for entry in lab.machine(number)]
        assert one.give(*bulk).failed == {}
        times = []
        for number in range(1000, 1005):
            began = time.process_time()  # what others do on this machine does not count
            assert one.give(*lab.machine(number)).failed == {}
            times.append(time.process_time() - began)
        one.give(gone=tuple(key for number in range(1000, 1005) for key in lab.machine_keys(number)))
        spent.append(sorted(times)[2])
    print(f"ms per VM with one port: {spent[0] * 1e3:.1f} at 10, {spent[1] * 1e3:.1f} at 300")
    assert spent[1] < 4 * spent[0] + 0.01
