"""DHCP with real clients in real namespaces, against the responder as a process of its own."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from landbridge.agent.dhcp import DhcpService
from landbridge.drivers import children
from landbridge.drivers.enter import in_namespace
from landbridge.drivers.instances.netns import NetnsInstances
from landbridge.drivers.supervise import Supervisor
from landbridge.services.dhcp import frames, message
from landbridge.services.dhcp import options as opt
from landbridge.services.dhcp.table import mac_bytes
from landbridge.transports.control import call
from tests.netns.guest_fixtures import SUBNET, Machines, eventually, machines, make_vm, memory_kib, sh

pytestmark = pytest.mark.netns


@dataclass
class World:
    machines: Machines
    host: str
    run_dir: Path
    supervisor: Supervisor
    dhcp: DhcpService
    instances: NetnsInstances


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with machines() as made:
        host = made.add("host")
        supervisor = Supervisor()
        dhcp = DhcpService(tmp_path, supervisor, host)
        made_world = World(made, host, tmp_path, supervisor, dhcp, NetnsInstances(made.tag, tmp_path))
        try:
            yield made_world
        finally:
            for vm in made_world.instances.read():
                made_world.instances.stop(vm)
            # A test may have put a successor in the place of these two.
            made_world.dhcp.remove()
            made_world.supervisor.close()


def test_vm_is_bound_with_all_options(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 10)
    world.dhcp.update([port], [SUBNET])
    began = time.monotonic()
    world.instances.start(instance, [port])
    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))
    print(f"start to bound: {(time.monotonic() - began) * 1000:.0f} ms")

    lease = world.instances.lease(instance.vm_uuid, 0)
    assert lease["ip"] == "10.1.0.10"
    assert lease["mask"] == "24"
    assert lease["router"] == "10.1.0.1"
    assert lease["dns"] == "10.1.0.1 9.9.9.9"
    assert lease["mtu"] == "1450"
    assert lease["hostname"] == "vm-10"
    assert lease["domain"] == "example.test"
    assert lease["lease"] == "3600"
    assert lease["serverid"] == "10.1.0.2"
    netns = world.instances.namespace(instance.vm_uuid)
    assert "10.1.0.10/24 brd 10.1.0.255" in sh(f"ip -n {netns} -4 addr show eth0")
    assert "mtu 1450" in sh(f"ip -n {netns} link show eth0")
    routes = sh(f"ip -n {netns} route")
    assert "default via 10.1.0.1" in routes
    assert "172.16.0.0/12 via 10.1.0.254" in routes
    inside = sh(f"ip netns exec {netns} cat /etc/resolv.conf /etc/hostname")
    assert inside.splitlines() == ["search example.test", "nameserver 10.1.0.1", "nameserver 9.9.9.9", "vm-10"]


def test_leaves_nothing(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 11)
    world.dhcp.update([port], [SUBNET])
    world.instances.start(instance, [port])
    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))
    netns = world.instances.namespace(instance.vm_uuid)
    sh(f"ip netns exec {netns} sleep 1000 >/dev/null 2>&1 & sleep 0.1")
    pid = children.running_pid(world.run_dir / "vms" / instance.vm_uuid / "eth0")
    assert pid is not None
    assert world.instances.read() == {instance.vm_uuid: 1}

    world.instances.stop(instance.vm_uuid)

    assert not Path(f"/proc/{pid}").exists()
    assert sh(f"ip netns pids {netns}") == ""
    assert not (Path("/etc/netns") / netns).exists()
    assert not (world.run_dir / "vms" / instance.vm_uuid).exists()
    assert world.instances.read() == {}
    world.instances.stop(instance.vm_uuid)


def test_restarted_driver_adopts(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 12)
    world.dhcp.update([port], [SUBNET])
    world.instances.start(instance, [port])
    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))
    client = world.run_dir / "vms" / instance.vm_uuid / "eth0"
    pid = children.running_pid(client)

    successor = NetnsInstances(world.machines.tag, world.run_dir)
    assert successor.read() == {instance.vm_uuid: 1}
    successor.plug(instance, port)
    assert children.running_pid(client) == pid

    assert pid is not None
    sh(f"kill -9 {pid}")
    eventually("the death is seen", lambda: successor.read() == {instance.vm_uuid: -1})


def test_renews_with_everything_of_ours_dead_but_the_responder(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 13)
    world.dhcp.update([port], [SUBNET])
    world.instances.start(instance, [port])
    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))
    netns = world.instances.namespace(instance.vm_uuid)
    world.supervisor.close()
    pid = children.running_pid(world.run_dir / "vms" / instance.vm_uuid / "eth0")

    sh(f"kill -USR1 {pid}")

    eventually("renewed", lambda: world.instances.lease(instance.vm_uuid, 0).get("event") == "renew")
    neighbours = sh(f"ip -n {netns} neigh show 10.1.0.2")
    assert SUBNET.server_mac in neighbours
    world.supervisor = Supervisor()
    world.dhcp = DhcpService(world.run_dir, world.supervisor, world.host)
    assert [(lease.state, lease.last_message) for lease in world.dhcp.leases()] == [("Bound", "ack")]


def test_responder_killed_answers_again_from_its_journal(world: World) -> None:
    instance, port = make_vm(world.machines, world.host, 14)
    world.dhcp.update([port], [SUBNET])
    directory = world.run_dir / "dhcp"
    before = children.running_pid(directory)
    sh(f"kill -9 {before}")
    eventually("a new responder", lambda: children.running_pid(directory) not in (None, before))

    world.instances.start(instance, [port])

    eventually("bound", lambda: world.instances.lease(instance.vm_uuid, 0))
    successor_pid = children.running_pid(directory)
    supervisor = Supervisor()
    try:
        DhcpService(world.run_dir, supervisor, world.host).update([port], [SUBNET])
        assert children.running_pid(directory) == successor_pid
    finally:
        supervisor.close()


class RawClient:
    """Sends frames as a VM would and shows what comes back."""

    def __init__(self, netns: str, mac: str) -> None:
        self._mac = mac_bytes(mac)
        self._socket = in_namespace(netns, self._open)

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        opened.bind(("eth0", 3))
        opened.settimeout(1)
        return opened

    def exchange(
        self, options: dict[int, bytes], *, ciaddr: str = "0.0.0.0", dst: str = "255.255.255.255", flags: int = 0
    ) -> tuple[bytes, message.Message] | None:
        """The destination MAC and the message of the answer."""
        request = message.Message(
            op=message.BOOTREQUEST,
            xid=77,
            chaddr=self._mac,
            flags=flags,
            ciaddr=opt.address(ciaddr),
            options=options,
        )
        frame = bytearray(
            frames.dhcp_frame(self._mac, opt.address(ciaddr), b"\xff" * 6, opt.address(dst), message.encode(request))
        )
        frame[34:38] = (68).to_bytes(2) + (67).to_bytes(2)
        self._socket.send(frame)
        try:
            while True:
                reply = self._socket.recv(4096)
                if reply[12:14] == b"\x08\x00" and reply[34:38] == (67).to_bytes(2) + (68).to_bytes(2):
                    return reply[:6], message.decode(reply[42:])
        except TimeoutError:
            return None

    def close(self) -> None:
        self._socket.close()


def test_every_request_state(world: World) -> None:
    _, port = make_vm(world.machines, world.host, 20)
    netns = world.machines.made[-1]
    sh(f"ip -n {netns} link set eth0 up")
    world.dhcp.update([port], [SUBNET])
    client = RawClient(netns, port.mac)
    own, server, other = (opt.address(text) for text in ("10.1.0.20", "10.1.0.2", "10.1.0.99"))
    request = {opt.MESSAGE_TYPE: bytes((message.REQUEST,))}
    try:
        offered = client.exchange({opt.MESSAGE_TYPE: bytes((message.DISCOVER,))})
        assert offered is not None
        assert (offered[1].type, offered[1].yiaddr) == (message.OFFER, own)
        assert offered[0] == mac_bytes(port.mac)

        # SELECTING, with the broadcast flag; then for a server that is not us
        selecting = {**request, opt.SERVER_ID: server, opt.REQUESTED_ADDRESS: own}
        acked = client.exchange(selecting, flags=message.BROADCAST_FLAG)
        assert acked is not None
        assert (acked[0], acked[1].type) == (b"\xff" * 6, message.ACK)
        assert client.exchange({**selecting, opt.SERVER_ID: other}) is None

        # INIT-REBOOT with the right and with a wrong address
        rebooted = client.exchange({**request, opt.REQUESTED_ADDRESS: own})
        assert rebooted is not None
        assert rebooted[1].type == message.ACK
        refused = client.exchange({**request, opt.REQUESTED_ADDRESS: other})
        assert refused is not None
        assert (refused[0], refused[1].type, refused[1].yiaddr) == (b"\xff" * 6, message.NAK, message.ZERO)

        # RENEWING (unicast) and REBINDING (broadcast)
        for destination in ("10.1.0.2", "255.255.255.255"):
            renewed = client.exchange(request, ciaddr="10.1.0.20", dst=destination)
            assert renewed is not None
            assert (renewed[1].type, renewed[1].ciaddr) == (message.ACK, own)
    finally:
        client.close()


def test_an_interface_that_is_no_vm_port_hears_nothing(world: World) -> None:
    _, port = make_vm(world.machines, world.host, 21)
    world.dhcp.update([port], [SUBNET])
    _, stranger = make_vm(world.machines, world.host, 22)
    netns = world.machines.made[-1]
    sh(f"ip -n {netns} link set eth0 up")
    client = RawClient(netns, stranger.mac)
    try:
        assert client.exchange({opt.MESSAGE_TYPE: bytes((message.DISCOVER,))}) is None
    finally:
        client.close()
    shown = call(world.run_dir / "dhcp" / "control.sock", {"op": "show"})
    assert shown["counters"] == {"ignored: not a VM port": 1}


def test_many_vms_at_once(world: World) -> None:
    """Thirty VMs start together; measures time to bound and the responder's memory."""
    vms = [make_vm(world.machines, world.host, number) for number in range(100, 130)]
    world.dhcp.update([port for _, port in vms], [SUBNET])
    began = time.monotonic()
    for instance, port in vms:
        world.instances.start(instance, [port])
    started = time.monotonic()
    eventually(
        "all bound", lambda: all(world.instances.lease(instance.vm_uuid, 0) for instance, _ in vms), seconds=30
    )
    pid = children.running_pid(world.run_dir / "dhcp")
    assert pid is not None
    each = 1000 / len(vms)
    print(
        f"{len(vms)} VMs: {(started - began) * each:.1f} ms each to start,"
        f" {(time.monotonic() - began) * each:.1f} ms each to bound, responder {memory_kib(pid)} KiB"
    )
    assert len({lease.ip for lease in world.dhcp.leases()}) == len(vms)
