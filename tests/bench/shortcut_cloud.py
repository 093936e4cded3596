"""Three networks, their vrouter and the product's own agents, without a server: what benchmarks of shortcuts run on.

Networks 1 and 2 have a sender each on the first host; network 3 has the receiver, with `ADDRESSES` addresses, on
the second.  The vrouter is on the last host.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from msgspec.structs import replace

from landbridge.agent.shortcuts import HostShortcuts
from landbridge.drivers import bpf_object, enter
from landbridge.model.node import (
    AnyObject,
    FloodPeer,
    Port,
    ShortcutPolicy,
    ShortcutRouter,
    ShortcutSubnet,
    VxlanNetwork,
    ZsnpKey,
)
from landbridge.model.router_node import RouterLeg
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh

ROUTER = 9
ROUTER_UUID = "9" * 32
KEYS = (ZsnpKey(id=1, secret="ab" * 16),)
SENDERS = 2
ADDRESSES = 500
"""Of the receiver; a kernel keeps 1,024 neighbours (net.ipv4.neigh.default.gc_thresh3)."""
LEASE = 60
PORT = 7777


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is worth a shortcut: so many packets, or bytes, within a window of seconds."""

    packets: int
    bytes: int
    window: int


class Cloud:
    """See above."""

    def __init__(self, hosts: list[Host], directory: Path, threshold: Threshold) -> None:
        self.hosts, self._directory, self._threshold = hosts, directory, threshold
        self._shortcuts = [host.inside(partial(HostShortcuts, host.hooks, host.directory / "zsnp")) for host in hosts]
        for number, host in enumerate(hosts):
            host.agent._before_pass = self._shortcuts[number].update
            machines = _machines(number, has_router=host is hosts[-1])
            assert host.give(*_networks(host, hosts), *machines).failed == {}
            host.inside(self._shortcuts[number].start)
        for number in (1, 2):
            where = lab.vm(hosts[0], number)
            _address(where, number)
        where = lab.vm(hosts[1], 3)
        _address(where, 3)
        for address in range(ADDRESSES):
            sh(f"ip -n {where} addr add {_destination(address)}/32 dev eth0")
        self._agent = self._start_router_agent()

    def close(self) -> None:
        """End everything."""
        self._agent.kill()
        self._agent.wait()
        for shortcuts in self._shortcuts:
            shortcuts.stop()

    def restart(self) -> None:
        """Forget what is known: the vrouter's keys are withdrawn and given again."""
        keys = tuple(key for key, _ in _credentials())
        for host in self.hosts:
            host.give(gone=keys)
            host.give(*_credentials())
        self._agent.kill()
        self._agent.wait()
        self._agent = self._start_router_agent()

    def shortened(self) -> int:
        """Bytes that the senders' host has sent past the vrouter so far."""
        return self._shortcuts[0].totals().get(ROUTER_UUID, (0, 0))[1]

    def cpu_seconds(self) -> float:
        """Spent so far by all that signals."""
        tasks = [f"{os.getpid()}/task/{shortcuts._thread.native_id}" for shortcuts in self._shortcuts]
        return sum(_cpu_seconds(task) for task in (str(self._agent.pid), *tasks))

    @contextlib.contextmanager
    def sending(self, pairs: Sequence[tuple[int, int]], pause: float, size: int = 32) -> Iterator[None]:
        """A packet with `size` bytes to each destination, again and again."""
        payload = b"x" * size
        ended = threading.Event()
        senders = [enter.in_namespace(lab.vm(self.hosts[0], number + 1), _sender) for number in range(SENDERS)]

        def send() -> None:
            due = time.monotonic()
            while not ended.is_set():
                for number, destination in pairs:
                    with contextlib.suppress(OSError):
                        senders[number].sendto(payload, (_destination(destination), PORT))
                due += pause
                time.sleep(max(0.0, due - time.monotonic()))

        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            for sender in senders:
                sender.close()

    def _start_router_agent(self) -> "subprocess.Popen[bytes]":
        directory = self._directory / ROUTER_UUID
        directory.mkdir(exist_ok=True)
        (directory / "state.json").write_bytes(msgspec.json.encode(_routing(self._threshold)))
        (directory / "control.sock").unlink(missing_ok=True)
        program = bpf_object.find_object(self._directory, "router")
        command = ["nsenter", f"--net=/run/netns/{lab.vm(self.hosts[-1], ROUTER)}", sys.executable, "-m"]
        agent = subprocess.Popen([*command, "landbridge.vrouter.main", str(directory), str(program)])
        deadline = time.monotonic() + 15
        while not (directory / "control.sock").exists():
            assert time.monotonic() < deadline, "the vrouter's agent does not start"
            time.sleep(0.05)
        return agent


@contextlib.contextmanager
def cloud(directory: Path, threshold: Threshold, *, hosts: int = 2) -> Iterator[Cloud]:
    """With the vrouter on the receiver's host, or on a third one."""
    place = directory / "hosts"
    place.mkdir()
    with lab.hosts(place, hosts) as made_hosts:
        made = Cloud(made_hosts, directory, threshold)
        try:
            yield made
        finally:
            made.close()


def _address(where: str, network: int) -> None:
    sh(f"ip -n {where} addr add 10.{network}.0.2/16 dev eth0")
    sh(f"ip -n {where} route add default via 10.{network}.0.1")


def _destination(number: int) -> str:
    return f"10.3.{4 + (number >> 8)}.{number & 255}"


def _l2(number: int) -> str:
    return str(number) * 32


def _networks(host: Host, hosts: list[Host]) -> Iterator[tuple[str, AnyObject]]:
    for number in (1, 2, 3):
        yield (
            f"l2/{_l2(number)}",
            VxlanNetwork(
                l2_uuid=_l2(number),
                net_id=number,
                vni=number,
                vtep_ip=host.vtep,
                port=8472,
                mtu=lab.MTU,
                vtep_cidrs=(f"{lab.UNDERLAY}.0/24",),
            ),
        )
        for peer in hosts:
            yield f"flood/{_l2(number)}/{peer.tag}", FloodPeer(l2_uuid=_l2(number), vtep_ip=peer.vtep)
    yield from _credentials()


def _credentials() -> list[tuple[str, AnyObject]]:
    return [
        (
            f"shortcuts/{ROUTER_UUID}/{_l2(number)}",
            ShortcutRouter(router=7, router_uuid=ROUTER_UUID, l2_uuid=_l2(number), net_id=number, keys=KEYS),
        )
        for number in (1, 2, 3)
    ]


def _machines(host: int, *, has_router: bool) -> Iterator[tuple[str, AnyObject]]:
    for number in ((1, 2), (3,), ())[host]:
        instance, (key, port) = lab.machine(number)
        assert isinstance(port, Port)
        addresses: tuple[str, ...] = (f"10.{number}.0.2",)
        if number == 3:
            addresses += tuple(_destination(address) for address in range(ADDRESSES))
        yield instance
        yield key, replace(port, l2_uuid=_l2(number), net_id=number, addresses=addresses, guarded=False)
    if has_router:
        instance, (_, port) = lab.machine(ROUTER)
        assert isinstance(port, Port)
        yield instance
        for number in (1, 2, 3):
            yield (
                f"port/{lab.nic_uuid(ROUTER + 256 * number)}",
                replace(
                    port,
                    nic_uuid=lab.nic_uuid(ROUTER + 256 * number),
                    l2_uuid=_l2(number),
                    net_id=number,
                    ifname=f"vnic{ROUTER}.{number}",
                    device_id=number,
                    mac=_leg_mac(number),
                    addresses=(f"10.{number}.0.1",),
                    role="router",
                ),
            )


def _leg_mac(number: int) -> str:
    return f"0e:52:00:00:00:{number:02x}"


def _routing(threshold: Threshold) -> dict[str, AnyObject]:
    """What the vrouter's agent is told."""
    found: dict[str, AnyObject] = {}
    subnets = []
    for number in (1, 2, 3):
        nic = lab.nic_uuid(ROUTER + 256 * number)
        found[f"leg/{nic}"] = RouterLeg(
            nic_uuid=nic,
            l3_uuid=_l2(number),
            device_id=number,
            mac=_leg_mac(number),
            role="guest",
            addresses=(f"10.{number}.0.1/16",),
            mtu=lab.MTU,
        )
        subnets.append(ShortcutSubnet(nic_uuid=nic, net_id=number, vni=number, port=8472, cidr=f"10.{number}.0.0/16"))
    found[f"shortcuts/{ROUTER_UUID}"] = ShortcutPolicy(
        router=7,
        keys=KEYS,
        subnets=tuple(subnets),
        packets=threshold.packets,
        bytes=threshold.bytes,
        window_seconds=threshold.window,
        lease_seconds=LEASE,
    )
    return found


def _sender() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _cpu_seconds(task: str) -> float:
    fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
