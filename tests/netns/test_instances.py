"""The netns instance driver and what it stands on: children that are found again, and kept running."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.agent.dhcp import DhcpService
from landbridge.drivers import children, processes
from landbridge.drivers.children import Child
from landbridge.drivers.instances.netns import NetnsInstances
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import DhcpBinding
from tests.netns.guest_fixtures import SUBNET, Machines, eventually, machines, make_vm, sh

pytestmark = pytest.mark.netns

SECOND = replace(SUBNET, l3_uuid="5" * 32, server_ip="10.5.0.2", network_cidr="10.5.0.0/24", gateway="10.5.0.1")


@dataclass
class World:
    machines: Machines
    host: str
    run_dir: Path
    dhcp: DhcpService
    instances: NetnsInstances


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with machines() as made:
        host = made.add("host")
        supervisor = Supervisor()
        dhcp = DhcpService(tmp_path, supervisor, host)
        instances = NetnsInstances(made.tag, tmp_path)
        try:
            yield World(made, host, tmp_path, dhcp, instances)
        finally:
            for vm in instances.read():
                instances.stop(vm)
            dhcp.remove()
            supervisor.close()


def test_second_nic_comes_and_goes(world: World) -> None:
    instance, first = make_vm(world.machines, world.host, 30)
    netns = world.instances.namespace(instance.vm_uuid)
    second = replace(
        first,
        nic_uuid="second",
        ifname="vnic30.1",
        device_id=1,
        mac="fa:00:00:00:99:01",
        addresses=("10.5.0.30",),
        dhcp=DhcpBinding(l3_uuid=SECOND.l3_uuid, ip="10.5.0.30", hostname="vm-30", default=False),
    )
    world.dhcp.update([first, second], [SUBNET, SECOND])
    world.instances.start(instance, [first])
    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))

    world.machines.link(world.host, "vnic30.1", netns, "eth1", second.mac)
    sh(f"ip -n {world.host} link set vnic30.1 up")
    world.instances.plug(instance, second)
    eventually("the second is bound", lambda: world.instances.lease(instance.vm_uuid, 1))
    routes = sh(f"ip -n {netns} route")
    assert routes.count("default via") == 1
    assert "172.16.0.0/12 via 10.1.0.254 dev eth0" in routes
    assert "172.16.0.0/12 via 10.1.0.254 dev eth1 proto dhcp metric 1" in routes
    assert "10.5.0.0/24 dev eth1" in routes
    assert world.instances.lease(instance.vm_uuid, 1)["router"] == ""
    resolv = (Path("/etc/netns") / netns / "resolv.conf").read_text()
    assert resolv.count("nameserver") == 4

    world.instances.unplug(instance, second)
    assert world.instances.lease(instance.vm_uuid, 1) == {}
    assert (Path("/etc/netns") / netns / "resolv.conf").read_text().count("nameserver") == 2
    assert world.instances.read() == {instance.vm_uuid: 1}


def test_a_new_boot_starts_afresh(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 31)
    world.dhcp.update([port], [SUBNET])
    world.instances.start(instance, [port])
    client = world.run_dir / "vms" / instance.vm_uuid / "eth0"
    before = children.running_pid(client)
    world.instances.start(replace(instance, boot=2), [port])
    assert world.instances.read() == {instance.vm_uuid: 2}
    assert children.running_pid(client) not in (None, before)
    assert not Path(f"/proc/{before}").exists()


def test_a_namespace_made_anew_is_not_the_vm(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 32)
    world.instances.start(instance, [port])
    netns = world.instances.namespace(instance.vm_uuid)
    sh(f"ip netns del {netns} && ip netns add {netns}")
    assert world.instances.read() == {instance.vm_uuid: -1}
    bystander = subprocess.Popen(["ip", "netns", "exec", netns, "sleep", "100"])
    try:
        time.sleep(0.1)
        world.instances.stop(instance.vm_uuid)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_without_a_namespace_it_does_not_start(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 33)
    missing = replace(instance, vm_uuid="6" * 32)
    with pytest.raises(FileNotFoundError, match="there is no namespace"):
        world.instances.start(missing, [port])
    assert world.instances.read() == {}


def test_a_port_without_dhcp_is_up_with_no_client(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 34)
    world.instances.start(instance, [replace(port, dhcp=None)])
    netns = world.instances.namespace(instance.vm_uuid)
    assert "UP" in sh(f"ip -n {netns} -br link show eth0")
    assert sh(f"ip netns pids {netns}") == ""
    assert sh(f"ip -n {netns} -6 addr show dev eth0") == ""


def test_a_changed_lease_is_applied_at_renewal(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 35)
    world.dhcp.update([port], [SUBNET])
    world.instances.start(instance, [port])
    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))
    netns = world.instances.namespace(instance.vm_uuid)
    changed = replace(SUBNET, routes=(("192.168.0.0/16", "10.1.0.253"),), mtu=1400)
    world.dhcp.update([port], [changed])
    pid = children.running_pid(world.run_dir / "vms" / instance.vm_uuid / "eth0")
    sh(f"kill -USR1 {pid}")
    eventually("renewed", lambda: "mtu 1400" in sh(f"ip -n {netns} link show eth0"))
    eventually("new route", lambda: "192.168.0.0/16 via 10.1.0.253" in sh(f"ip -n {netns} route"))
    assert "172.16.0.0/12" not in sh(f"ip -n {netns} route")
    assert "10.1.0.35/24" in sh(f"ip -n {netns} addr")


def sleeper(directory: Path, revision: str = "") -> Child:
    return Child((sys.executable, "-c", "import time; time.sleep(1000)"), directory, revision=revision)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor()
    yield made
    made.close()


def test_supervisor_restarts_what_dies(supervisor: Supervisor, tmp_path: Path) -> None:
    child = sleeper(tmp_path / "c")
    assert supervisor.ensure(child)
    assert not supervisor.ensure(child)
    pid = children.running_pid(child.directory)
    sh(f"kill -9 {pid}")
    eventually("a successor", lambda: children.running_pid(child.directory) not in (None, pid))
    supervisor.remove(child.directory)
    assert not children.runs(child.directory)


def test_supervisor_backs_off(supervisor: Supervisor, tmp_path: Path) -> None:
    child = Child(("/bin/sh", "-c", "echo started"), tmp_path / "c")
    supervisor.ensure(child)
    time.sleep(1.2)
    starts = (child.directory / "log").read_text().count("started")
    assert 2 <= starts <= 5
    supervisor.remove(child.directory)


def test_successor_adopts_and_a_changed_child_is_replaced(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "c")
    first = Supervisor()
    first.ensure(child)
    pid = children.running_pid(child.directory)
    first.close()
    second = Supervisor()
    try:
        assert not second.ensure(child)
        assert children.running_pid(child.directory) == pid
        assert second.ensure(sleeper(tmp_path / "c", revision="2"))
        assert children.running_pid(child.directory) != pid
    finally:
        second.remove(child.directory)
        second.close()


def test_killed_between_start_and_record_is_still_found(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "c")
    process = children.launch(child)
    record = (child.directory / "process.json").read_text()
    without_pid = record[: record.index('"process"')] + '"process":null}'
    (child.directory / "process.json").write_text(without_pid)
    adopted = children.adopt(child)
    assert adopted is not None
    assert adopted.record == process.record
    adopted.close()
    children.stop(child.directory)
    assert not process.alive()
    process.close()


def test_a_child_that_died_unwatched_is_reaped(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "c")
    process = children.launch(child)
    process.signal(signal.SIGKILL)
    assert process.wait(5)
    assert not children.runs(child.directory)
    assert not Path(f"/proc/{process.record.pid}").exists()
    process.close()


def test_a_reused_pid_is_not_ours(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "c")
    process = children.launch(child)
    other = processes.ProcessRecord(process.record.pid, process.record.start - 1, process.record.boot_id)
    assert processes.adopt(other) is None
    assert processes.adopt(replace(process.record, boot_id="another boot")) is None
    process.stop()
    assert processes.adopt(process.record) is None
