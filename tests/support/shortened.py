"""A VPC whose vrouter has distributed routing on, in a lab: pairs of VMs, and what comes by the vrouter."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from landbridge.drivers import children, enter
from landbridge.lab.probe import Probe, Stream
from tests.support.lab import Lab, eventually, in_namespace
from tests.support.scenario import Cloud, build
from tests.support.sockets import connect, talks

LEASE = 6
THRESHOLD = 5
PACKETS_OF_OTHERS = 60
"""What a router's legs may see in a second besides the flow: ARP, signalling, DHCP."""


def udp(namespace: str, address: str = "0.0.0.0") -> socket.socket:
    """A bound UDP socket in a namespace."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address, 0))
        return made

    return enter.in_namespace(namespace, make)


def announce(namespace: str, address: str) -> None:
    """A gratuitous ARP request from a VM: it has the address now (RFC 5227 section 3)."""

    def send() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
            out.bind(("eth0", 0))
            mac = out.getsockname()[4]
            ip = socket.inet_aton(address)
            body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, ip, bytes(6), ip)
            out.send(b"\xff" * 6 + mac + struct.pack("!H", 0x0806) + body)

    enter.in_namespace(namespace, send)


def ip_sniffer() -> socket.socket:
    """What the interfaces of this namespace receive, from the IP header on; TimeoutError when nothing comes."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    made.settimeout(5)
    return made


class Vpc:
    """A vrouter on one host; VMs `w1` and `d2` on another, `d1` and `w2` on the third."""

    def __init__(self, made: Lab) -> None:
        self.lab = made
        self.cloud: Cloud = build(made)
        self.api = self.cloud.api
        hosts = [host["uuid"] for host in made.status["hosts"]]
        self.router_host = hosts.index(self.api.one("/vpc/virtual-routers", f"uuid={self.cloud.router}")["hostUuid"])
        others = [host for host in range(len(hosts)) if host != self.router_host]
        self.router_namespace = f"{made.prefix}-h{self.router_host + 1}-vr-{self.cloud.router[:12]}"
        self.vms: dict[str, dict[str, Any]] = {}
        for name, subnet, host in (("w1", "web", 0), ("d2", "db", 0), ("d1", "db", 1), ("w2", "web", 1)):
            self.vms[name] = self.cloud.vm(name, subnet, host=hosts[others[host]])
        for name in self.vms:
            eventually(f"{name} has its address", lambda name=name: self._unconfigured(name))
        for setting, value in (("packets", THRESHOLD), ("leaseSeconds", LEASE)):
            path = f"/global-configurations/vpc/distributedRouting.{setting}/actions"
            self.api.put(path, "updateGlobalConfig", value=str(value))
        self.set("enable")

    def set(self, event: str) -> None:
        """Switch distributed routing on or off; ends when it is so."""
        self.api.post(f"/vpc/virtual-routers/{self.cloud.router}/distributed-routing", stateEvent=event)

    def ip(self, name: str) -> str:
        """A VM's address."""
        return str(self.vms[name]["vmNics"][0]["ip"])

    def namespace(self, name: str) -> str:
        """Where a VM lives."""
        return self.lab.vm_namespace(self.vms[name])

    def ping(self, one: str, other: str, count: int = 10, *more: str) -> str:
        """Enough packets to be worth a shortcut, and their report."""
        command = ("ping", "-c", str(count), "-i", "0.02", "-W", "1", *more, self.ip(other))
        return in_namespace(self.namespace(one), *command, check=False)

    def seen_by_router(self) -> int:
        """Packets that its legs have received."""
        lines = in_namespace(self.router_namespace, "cat", "/proc/net/dev").splitlines()
        return sum(int(line.split()[2]) for line in lines if line.strip().startswith("eth"))

    def is_short(self, one: str, other: str) -> bool:
        """Whether 300 packets there and back pass the router by."""
        before = self.seen_by_router()
        report = self.ping(one, other, 150, "-i", "0.002")
        assert " 0% packet loss" in report, report
        return self.seen_by_router() - before < PACKETS_OF_OTHERS

    def comes_by_router(self, one: str, other: str) -> None:
        """Wait until a packet of each direction has been seen there."""
        ends = socket.inet_aton(self.ip(one)), socket.inet_aton(self.ip(other))
        missing = {ends, ends[::-1]}
        with enter.in_namespace(self.router_namespace, ip_sniffer) as sniffer:
            while missing:
                packet = sniffer.recv(64)
                missing.discard((packet[12:16], packet[16:20]))

    def becomes_short(self, one: str, other: str) -> None:
        """Wait until it is."""
        eventually(f"{one} and {other} do without the router", lambda: not self.is_short(one, other), timeout=30)

    def connections(self) -> dict[str, dict[str, Any]]:
        """As the API shows them."""
        answer = self.api.call("GET", f"/vpc/virtual-routers/{self.cloud.router}/tracked-connections")
        return dict(answer["inventories"])

    def change_service(self, state: str) -> None:
        """Something that changes the vrouter's rules; ends when it is in force everywhere."""
        path = f"/vpc/virtual-routers/{self.cloud.router}/networkservicestate"
        self.api.post(path, networkService="SNAT", state=state)

    def connects(self, address: str, port: int) -> bool:
        """Whether `w1` gets an answer there."""
        try:
            with connect(self.namespace("w1"), address, port, 0.5) as connection:
                return talks(connection)
        except OSError:
            return False

    def taken_back(self, name: str) -> str:
        """Announce a VM's own address, until the router has it so.

        Once is not always enough: what a neighbour says within a second (neigh/default/locktime) is not heeded.
        """
        announce(self.namespace(name), self.ip(name))
        known = in_namespace(self.router_namespace, "ip", "neigh", "show", self.ip(name))
        return "" if self.vms[name]["vmNics"][0]["mac"] in known else known

    def process(self, name: str) -> int:
        """The pid of server, an agent or the vrouter-agent."""
        return int(next(one["pid"] for one in self.lab.processes() if one["name"] == name))

    def host_number(self, machine: dict[str, Any]) -> int:
        """Of the host that runs a VM or vrouter, from 1."""
        return next(i for i, host in enumerate(self.lab.status["hosts"], 1) if host["uuid"] == machine["hostUuid"])

    def agent_of(self, name: str) -> int:
        """The pid of the agent of a VM's host."""
        return self.process(f"host-{self.host_number(self.vms[name])}")

    def router_agent(self) -> int:
        """The pid of the vrouter's agent."""
        [directory] = self.lab.directory.rglob(f"routers/{self.cloud.router}")
        pid = children.running_pid(directory)
        assert pid is not None, "the vrouter's agent does not run"
        return pid

    @contextmanager
    def nothing_lost(self, one: str = "w1", other: str = "d1") -> Iterator[None]:
        """A thousand packets a second in both directions while the `with` lasts."""
        back = udp(self.namespace(other), self.ip(other))
        stream = Stream(f"{one} to {other}", udp(self.namespace(one)), back, back.getsockname())
        running = Probe([stream])
        try:
            yield
        finally:
            [result] = running.stop()
        assert result.lost == [], str(result)

    def _unconfigured(self, name: str) -> str:
        shown = in_namespace(self.namespace(name), "ip", "-4", "-o", "addr", "show", "dev", "eth0")
        return "" if f" {self.ip(name)}/" in shown else shown or "no address"
