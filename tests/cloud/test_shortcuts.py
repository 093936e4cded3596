"""Distributed routing with real packets: flows leave the router, and nothing is lost whatever dies."""

import copy
import os
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from landbridge.drivers import children, enter
from landbridge.lab.probe import Probe, Stream
from tests.support.lab import Lab, eventually, free_port, free_prefix, in_namespace, kill, lab
from tests.support.scenario import Cloud, build
from tests.support.sockets import connect, echo, talks

pytestmark = pytest.mark.netns

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


@pytest.fixture(scope="module")
def vpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    """In a lab of its own: things die here."""
    directory: Path = tmp_path_factory.mktemp("shortcuts")
    with lab(directory, free_prefix(), free_port()) as made:
        yield Vpc(made)


@pytest.mark.parametrize("other", ["d1", "d2"], ids=["two hosts", "one host"])
def test_a_pair_leaves_the_router(vpc: Vpc, other: str) -> None:
    vpc.becomes_short("w1", other)
    shown = vpc.connections()
    for one, two in (("w1", other), (other, "w1")):
        pair = shown[f"{vpc.ip(one)}-{vpc.ip(two)}"]
        assert pair["state"] == "ZSNP_DST_SUCC"
        assert (pair["srcHostUuid"], pair["dstHostUuid"]) == (vpc.vms[one]["hostUuid"], vpc.vms[two]["hostUuid"])
        assert pair["packets"] > 0
    with echo(vpc.namespace(other), 7000), connect(vpc.namespace("w1"), vpc.ip(other), 7000) as connection:
        before = vpc.seen_by_router()
        assert all(talks(connection) for _ in range(200))
        assert vpc.seen_by_router() - before < PACKETS_OF_OTHERS
    with vpc.nothing_lost("w1", other):
        before = vpc.seen_by_router()
        time.sleep(1)
        assert vpc.seen_by_router() - before < PACKETS_OF_OTHERS


def test_users_see_the_gateway_as_ever(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    trace = in_namespace(vpc.namespace("w1"), "traceroute", "-n", "-q", "1", "-w", "1", vpc.ip("d1"))
    assert [line.split()[1] for line in trace.splitlines()[1:]] == ["10.10.1.1", vpc.ip("d1")]
    report = in_namespace(vpc.namespace("w1"), "ping", "-c", "2", "-i", "0.1", "10.10.1.1")
    assert " 0% packet loss" in report
    neighbours = in_namespace(vpc.namespace("d1"), "ip", "neigh", "show", "10.10.2.1")
    in_namespace(vpc.namespace("d1"), "ping", "-c", "1", "-W", "1", "10.10.2.1")
    assert "0e:52:" in neighbours


def test_a_connection_moves_to_the_short_path_and_back(vpc: Vpc) -> None:
    vpc.set("disable")
    with echo(vpc.namespace("d1"), 7001), connect(vpc.namespace("w1"), vpc.ip("d1"), 7001) as connection:
        for event in ("enable", "disable", "enable"):
            vpc.set(event)
            for _ in range(300):
                assert talks(connection)
                time.sleep(0.002)
    vpc.becomes_short("w1", "d1")


def test_off_is_off_when_the_job_ends(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        time.sleep(0.5)
        vpc.set("disable")
        vpc.comes_by_router("w1", "d1")
        assert vpc.connections() == {}
        vpc.set("enable")
        time.sleep(1)
    vpc.becomes_short("w1", "d1")


def test_new_pairs_without_server_and_nodelink(vpc: Vpc) -> None:
    server = vpc.process("server")
    vpc.set("disable")
    vpc.set("enable")
    os.kill(server, signal.SIGSTOP)
    try:
        vpc.becomes_short("w1", "d1")
        vpc.becomes_short("w2", "d2")
    finally:
        os.kill(server, signal.SIGCONT)


def test_the_routers_agent_is_killed(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        time.sleep(0.5)
        killed = vpc.router_agent()
        kill(killed)
        time.sleep(2 * LEASE)
    assert vpc.router_agent() != killed
    vpc.becomes_short("w1", "d1")


def test_the_routers_agent_is_held_down_for_longer_than_a_lease(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    agent = vpc.router_agent()
    with vpc.nothing_lost():
        os.kill(agent, signal.SIGSTOP)
        try:
            time.sleep(2 * LEASE)
            vpc.comes_by_router("w1", "d1")
        finally:
            os.kill(agent, signal.SIGCONT)
        time.sleep(1)
    vpc.becomes_short("w1", "d1")


def test_a_hosts_agent_is_killed(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        time.sleep(0.5)
        kill(vpc.agent_of("w1"))
        time.sleep(1)
        vpc.lab.restart()
        time.sleep(LEASE)
    vpc.becomes_short("w1", "d1")


def test_the_router_is_destroyed_and_pairs_go_on(vpc: Vpc) -> None:
    """Its host's agent is stopped, so that nobody makes it anew; nothing is deleted by the API."""
    vpc.becomes_short("w1", "d1")
    agent, namespace = vpc.process(f"host-{vpc.router_host + 1}"), vpc.router_namespace
    with vpc.nothing_lost():
        os.kill(agent, signal.SIGSTOP)
        try:
            kill(vpc.router_agent())
            in_namespace(namespace, "ip", "link", "del", "eth2")
            in_namespace(namespace, "ip", "link", "del", "eth3")
            time.sleep(3 * LEASE)
        finally:
            os.kill(agent, signal.SIGCONT)
        time.sleep(1)
    eventually("the router is back", lambda: "" if "10.10.1.1" in in_namespace(namespace, "ip", "addr") else "no")
    vpc.becomes_short("w1", "d1")


def test_a_change_ends_when_every_host_has_taken_its_shortcuts_back(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        for state in ("disable", "enable"):
            vpc.change_service(state)
    vpc.becomes_short("w1", "d1")


def test_a_change_waits_for_the_lease_of_a_host_that_does_not_answer(vpc: Vpc) -> None:
    """Its agent is stopped: no REVOKE is heeded, no withdrawal, and the packets go by what is in its kernel."""
    vpc.becomes_short("w1", "d1")
    agent = vpc.agent_of("w1")
    os.kill(agent, signal.SIGSTOP)
    try:
        assert vpc.is_short("w1", "d1")
        vpc.change_service("disable")
        before = vpc.seen_by_router()
        vpc.ping("w1", "d1", 100, "-i", "0.002")
        assert vpc.seen_by_router() - before >= 100
    finally:
        os.kill(agent, signal.SIGCONT)
        vpc.change_service("enable")
    vpc.becomes_short("w1", "d1")


def test_a_black_hole_made_by_hand_is_heeded_at_once(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    in_namespace(vpc.router_namespace, "ip", "route", "add", "blackhole", f"{vpc.ip('d1')}/32")
    try:
        eventually(
            "nothing gets there", lambda: "" if "100% packet loss" in vpc.ping("w1", "d1", 5) else "it does", 3
        )
        assert "100% packet loss" in vpc.ping("w1", "d1", 50)
        pair = vpc.connections()[f"{vpc.ip('w1')}-{vpc.ip('d1')}"]
        assert pair["state"] != "ZSNP_DST_SUCC"
    finally:
        in_namespace(vpc.router_namespace, "ip", "route", "del", "blackhole", f"{vpc.ip('d1')}/32")
    vpc.becomes_short("w1", "d1")


def test_an_address_moves_to_another_machine(vpc: Vpc) -> None:
    """As VRRP in guests does it, or somebody by hand: announced by a gratuitous ARP."""
    vpc.becomes_short("w1", "d1")
    uuid = vpc.vms["d2"]["uuid"]
    vpc.api.put(f"/vm-instances/{uuid}/actions", "setVmCleanTraffic", enable=False)
    address, taker = vpc.ip("d1"), vpc.namespace("d2")
    try:
        with echo(taker, 7100):
            in_namespace(taker, "ip", "addr", "add", f"{address}/24", "dev", "eth0")
            announce(taker, address)
            eventually("the new owner is reached", lambda: "" if vpc.connects(address, 7100) else "it is not", 5)
    finally:
        in_namespace(taker, "ip", "addr", "del", f"{address}/24", "dev", "eth0", check=False)
        eventually("the old owner has it again", lambda: vpc.taken_back("d1"))
        vpc.api.put(f"/vm-instances/{uuid}/actions", "setVmCleanTraffic", enable=True)
    vpc.becomes_short("w1", "d1")


@pytest.fixture
def other(vpc: Vpc) -> Iterator[Vpc]:
    """A second vrouter with subnets and VMs of its own, on the same hosts; destroyed by the test or after it."""
    made = copy.copy(vpc)
    made.cloud = replace(vpc.cloud, l3=dict(vpc.cloud.l3), l2=dict(vpc.cloud.l2))
    router = vpc.api.post("/vpc/virtual-routers", name="router-2", virtualRouterOfferingUuid=vpc.cloud.offering)
    made.cloud.router = router["uuid"]
    made.router_namespace = f"{vpc.lab.prefix}-h{vpc.host_number(router)}-vr-{router['uuid'][:12]}"
    for name, cidr in (("web-2", "10.20.1.0/24"), ("db-2", "10.20.2.0/24")):
        made.cloud.subnet(name, cidr)
        made.cloud.attach(name)
    made.vms = {
        "w1": made.cloud.vm("w1-2", "web-2", host=vpc.vms["w1"]["hostUuid"]),
        "d1": made.cloud.vm("d1-2", "db-2", host=vpc.vms["d1"]["hostUuid"]),
    }
    for name in made.vms:
        eventually(f"{name} has its address", lambda name=name: made._unconfigured(name))
    made.set("enable")
    yield made
    for vm in made.vms.values():
        made.cloud.remove_vm(vm["uuid"])
    made.api.delete(f"/vm-instances/{made.cloud.router}")
    for name in ("web-2", "db-2"):
        made.api.delete(f"/l3-networks/{made.cloud.l3[name]}")
        made.api.delete(f"/l2-networks/{made.cloud.l2[name]}")


def test_another_routers_shortcuts_stay(vpc: Vpc, other: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    other.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        other.set("disable")
        assert other.connections() == {}
        assert vpc.is_short("w1", "d1")
        other.set("enable")
    other.becomes_short("w1", "d1")


def test_a_router_that_is_deleted_takes_its_shortcuts_along(vpc: Vpc, other: Vpc) -> None:
    """Unlike one that crashed: nothing is held for it."""
    vpc.becomes_short("w1", "d1")
    other.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        other.api.delete(f"/vm-instances/{other.cloud.router}")
        time.sleep(1)
        assert " 100% packet loss" in other.ping("w1", "d1", 50)
