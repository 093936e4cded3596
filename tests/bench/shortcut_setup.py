"""How long until a pair that is worth it has its shortcut: one alone, a hundred and a thousand at once.

Two hosts and a vrouter (namespaces on this machine) with the product's own agents, without a server; the first
packet of a pair is worth a shortcut. Each pair has a destination address of its own, or another sender's network.
Measured at the vrouter's leg: from a pair's first packet to the last one that still came by. Senders send to each
destination in turn; what is measured is coarser than it is by their pause, which is given. CPU: of the vrouter's
agent and of the threads of both hosts' agents, per shortcut.
"""

import contextlib
import itertools
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import structlog
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
from tests.bench.report import Report, median, percentile
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh

ROUTER = 9
ROUTER_UUID = "9" * 32
KEYS = (ZsnpKey(id=1, secret="ab" * 16),)
SENDERS = 2
ADDRESSES = 500
"""Of the receiver; a kernel keeps 1,024 neighbours (net.ipv4.neigh.default.gc_thresh3)."""
LEASE = 60
_ETH_P_ALL = 3
"""Only sockets for all protocols are shown what goes out (packet(7))."""


def run() -> Report:
    """Measure on two hosts of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("shortcut_setup", "Setting up shortcuts", about)
    with tempfile.TemporaryDirectory() as directory, _cloud(Path(directory)) as cloud:
        alone = []
        for destination in range(20):
            alone += cloud.measure([(0, destination)], pause=0.001, seconds=0.4)
        _say(report, "one pair", alone, 1, "p50 < 20 ms, p99 < 100 ms")
        hundred = [(0, destination) for destination in range(100, 200)]
        _say(report, "100 pairs at once", cloud.measure(hundred, 0.01, 2.0), 10, "p99 < 250 ms")
        cloud.restart()
        spent = cloud.cpu_seconds()
        thousand = list(itertools.product(range(SENDERS), range(ADDRESSES)))
        _say(report, "1,000 pairs at once", cloud.measure(thousand, 0.1, 6.0), 100, "p99 < 2 s")
        report.add("CPU per shortcut, all agents", f"{(cloud.cpu_seconds() - spent) / len(thousand) * 1000:.2f} ms")
        spent, began = cloud.cpu_seconds(), time.monotonic()
        with cloud.sending(thousand, 1.0):
            time.sleep(20)
        share = (cloud.cpu_seconds() - spent) / (time.monotonic() - began)
        report.add("CPU of all agents with 1,000 active pairs", f"{share * 100:.1f} % of a core", "5 %")
    return report


def _say(report: Report, what: str, times: Sequence[float], pause: int, goal: str) -> None:
    p50, p99 = median(times) * 1000, percentile(times, 0.99) * 1000
    report.add(f"{what}, sent each {pause} ms: p50, p99", f"{p50:.0f} ms, {p99:.0f} ms", goal)


class _Cloud:
    """Networks 1 and 2 with a sender each on host one; network 3 with the receiver on host two, and the router."""

    def __init__(self, hosts: list[Host], directory: Path) -> None:
        self.hosts, self._directory = hosts, directory
        self._shortcuts = [host.inside(partial(HostShortcuts, host.hooks, host.directory / "zsnp")) for host in hosts]
        for number, host in enumerate(hosts):
            host.agent._before_pass = self._shortcuts[number].update
            assert host.give(*_networks(host, hosts), *_machines(number)).failed == {}
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

    def cpu_seconds(self) -> float:
        """Spent so far by all that signals."""
        tasks = [f"{os.getpid()}/task/{shortcuts._thread.native_id}" for shortcuts in self._shortcuts]
        return sum(_cpu_seconds(task) for task in (str(self._agent.pid), *tasks))

    def measure(self, pairs: Sequence[tuple[int, int]], pause: float, seconds: float) -> list[float]:
        """Seconds from first to last packet at the router, of each pair."""
        seen: dict[tuple[bytes, bytes], list[float]] = {}
        where = lab.vm(self.hosts[1], ROUTER)
        listener = enter.in_namespace(where, _listen)
        ended = threading.Event()

        def watch() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    packet, address = listener.recvfrom(64)
                    if address[2] == socket.PACKET_OUTGOING and packet[9] == socket.IPPROTO_UDP:
                        seen.setdefault((packet[12:16], packet[16:20]), []).append(time.monotonic())

        watcher = threading.Thread(target=watch)
        watcher.start()
        with self.sending(pairs, pause):
            time.sleep(seconds)
        ended.set()
        watcher.join()
        listener.close()
        late = [pair for pair, times in seen.items() if times[-1] - times[0] > seconds - 2 * pause]
        assert len(seen) == len(pairs), f"{len(seen)} of {len(pairs)} pairs came by the router"
        assert not late, f"{len(late)} pairs have no shortcut"
        return [times[-1] - times[0] for times in seen.values()]

    @contextlib.contextmanager
    def sending(self, pairs: Sequence[tuple[int, int]], pause: float) -> Iterator[None]:
        """A packet to each destination, again and again."""
        ended = threading.Event()
        senders = [enter.in_namespace(lab.vm(self.hosts[0], number + 1), _sender) for number in range(SENDERS)]

        def send() -> None:
            due = time.monotonic()
            while not ended.is_set():
                for number, destination in pairs:
                    with contextlib.suppress(OSError):
                        senders[number].sendto(b"x" * 32, (_destination(destination), 7777))
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
        (directory / "state.json").write_bytes(msgspec.json.encode(_routing()))
        (directory / "control.sock").unlink(missing_ok=True)
        program = bpf_object.find_object(self._directory, "router")
        command = ["nsenter", f"--net=/run/netns/{lab.vm(self.hosts[1], ROUTER)}", sys.executable, "-m"]
        agent = subprocess.Popen([*command, "landbridge.vrouter.main", str(directory), str(program)])
        deadline = time.monotonic() + 15
        while not (directory / "control.sock").exists():
            assert time.monotonic() < deadline, "the vrouter's agent does not start"
            time.sleep(0.05)
        return agent


@contextlib.contextmanager
def _cloud(directory: Path) -> Iterator[_Cloud]:
    place = directory / "hosts"
    place.mkdir()
    with lab.hosts(place, 2) as hosts:
        made = _Cloud(hosts, directory)
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


def _machines(host: int) -> Iterator[tuple[str, AnyObject]]:
    for number in (1, 2) if host == 0 else (3,):
        instance, (key, port) = lab.machine(number)
        assert isinstance(port, Port)
        addresses: tuple[str, ...] = (f"10.{number}.0.2",)
        if number == 3:
            addresses += tuple(_destination(address) for address in range(ADDRESSES))
        yield instance
        yield key, replace(port, l2_uuid=_l2(number), net_id=number, addresses=addresses, guarded=False)
    if host == 1:
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


def _routing() -> dict[str, AnyObject]:
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
        router=7, keys=KEYS, subnets=tuple(subnets), packets=1, bytes=1 << 40, window_seconds=1, lease_seconds=LEASE
    )
    return found


def _listen() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
    made.bind(("eth3", _ETH_P_ALL))
    made.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    made.settimeout(0.1)
    return made


def _sender() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _cpu_seconds(task: str) -> float:
    fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
