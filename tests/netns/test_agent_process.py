"""The agent as a process: kill -9, restart, drift, facts, refresh, metrics."""

import datetime
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from landbridge.drivers import children, enter, rtnl
from landbridge.drivers.netlink import Netlink
from landbridge.model.drops import DropReason
from landbridge.model.facts import HostFacts
from landbridge.model.node import AnyObject, DhcpBinding, DhcpSubnet, Port
from landbridge.model.nodelink import AnswerMessage, AskMessage, RefreshMessage, Report, ScopeDelta, StateMessage
from landbridge.model.questions.base import Question
from landbridge.model.questions.dhcp import AskDhcpLeases, DhcpLeaseList
from landbridge.model.questions.ports import AskDrops, AskPortCounts, DroppedPackets, PortCountsList
from landbridge.model.questions.router import AskRouter
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, sh
from tests.netns.test_agent import events

pytestmark = pytest.mark.netns

L3 = "2" * 32
SUBNET = DhcpSubnet(
    l3_uuid=L3,
    server_ip="10.9.255.254",
    server_mac="0e:dc:00:00:00:1a",
    prefix_len=16,
    network_cidr="10.9.0.0/16",
    gateway="10.9.255.1",
    mtu=lab.MTU,
)


def eventually(what: str, condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


class Agent:
    """The process on one host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.directory = host.directory / "agent"
        identity = self.directory / "identity"
        identity.mkdir(parents=True)
        for name in ("key.pem", "authority.pem"):
            (identity / name).touch()
        (identity / "certificate.pem").write_bytes(certificate("agent"))
        (identity / "url").write_text(f"https://{host.vtep}:8443\n")
        (self.directory / "messages.jsonl").touch()
        self.revision = 0
        self.asked = 0
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        module = [sys.executable, "-m", "tests.netns.agent_process", str(self.directory), self.host.tag]
        return ["nsenter", f"--net=/run/netns/{self.host.netns}", *module]

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)

    def say(self, message: StateMessage | RefreshMessage | AskMessage) -> None:
        with (self.directory / "messages.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(message) + b"\n")

    def give(self, *objects: tuple[str, AnyObject], gone: tuple[str, ...] = ()) -> None:
        """Say it and wait until it is in force."""
        self.revision += 1
        delta = ScopeDelta(revision=self.revision, full=False, put=dict(objects), gone=gone)
        self.say(StateMessage(scopes={"host:x": delta}))
        wanted = {"host:x": self.revision}
        eventually("the revision is in force", lambda: any(r.applied == wanted for r in self.reports()), 30)

    def reports(self) -> list[Report]:
        path = self.directory / "reports.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [msgspec.json.decode(line, type=Report) for line in lines]

    def ask(self, question: Question) -> AnswerMessage:
        """Ask and wait for the answer."""
        self.asked += 1
        raw = msgspec.Raw(msgspec.json.encode(question))
        self.say(AskMessage(uuid=str(self.asked), question=raw, seconds=30))
        path = self.directory / "answers.jsonl"
        found: dict[str, AnswerMessage] = {}

        def answered() -> bool:
            lines = path.read_bytes().splitlines() if path.exists() else []
            found.update((one.uuid, one) for one in (msgspec.json.decode(line, type=AnswerMessage) for line in lines))
            return str(self.asked) in found

        eventually("the question is answered", answered)
        return found[str(self.asked)]

    def facts(self) -> HostFacts:
        return [report.facts for report in self.reports() if report.facts is not None][-1]


def certificate(common_name: str) -> bytes:
    """One that nobody verifies: the agent only reads its own name in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def with_dhcp(number: int) -> list[tuple[str, AnyObject]]:
    """A machine that gets its address by DHCP."""
    machine, (key, port) = lab.machine(number)
    assert isinstance(port, Port)
    binding = DhcpBinding(l3_uuid=L3, ip=port.addresses[0], hostname=f"vm-{number}", default=True)
    return [machine, (key, msgspec.structs.replace(port, dhcp=binding))]


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """An agent that has just made two VMs."""
    with lab.hosts(tmp_path, 1, start=False) as [host]:
        made = Agent(host)
        made.start()
        try:
            made.give(lab.network(host), (f"dhcp/{L3}", SUBNET), *with_dhcp(1), *with_dhcp(2))
            yield made
        finally:
            if made.process is not None and made.process.poll() is not None:
                made.start()
            # Whatever happened, what runs on the host ends.
            keys = (*lab.machine_keys(1), *lab.machine_keys(2), f"l2/{lab.L2}", f"dhcp/{L3}")
            made.give(gone=keys)
            assert made.terminate() == 0
            print((made.directory / "log").read_text())
            assert children.running_pid(made.directory / "run" / "dhcp") is None


def has_address(agent: Agent, number: int) -> bool:
    namespace = lab.vm(agent.host, number)
    return f"10.9.0.{number}/16" in sh(f"ip -n {namespace} -4 addr show dev eth0")


def test_vms_get_their_addresses_and_a_killed_agent_harms_nothing(agent: Agent) -> None:
    for number in (1, 2):
        eventually(f"VM {number} has its address", lambda number=number: has_address(agent, number))  # type: ignore[misc]
    time.sleep(1.1)  # the kernel tells of new carriers up to a second late
    one = lab.vm(agent.host, 1)
    assert lab.ping(one, "10.9.0.2")
    listener = enter.in_namespace(agent.host.netns, lambda: Netlink(0x1 | 0x4 | 0x8 | 0x10 | 0x40))
    probe = subprocess.Popen(
        ["nsenter", f"--net=/run/netns/{one}", "ping", "-q", "-i", "0.001", "-w", "4", "10.9.0.2"],
        stdout=subprocess.PIPE,
        text=True,
    )
    for _ in range(2):
        time.sleep(0.3)
        agent.kill()
        count = len(agent.reports())
        agent.start()
        eventually("it reports again", lambda count=count: len(agent.reports()) > count + 1)  # type: ignore[misc]
    output, _ = probe.communicate()
    assert " 0% packet loss" in output
    assert events(listener) <= {rtnl.RTM_NEWNEIGH, rtnl.RTM_DELNEIGH}
    listener.close()
    assert agent.reports()[-1].failed == {}
    metrics = sh(f"nsenter --net=/run/netns/{agent.host.netns} curl -s http://127.0.0.1:9199/metrics")
    assert "landbridge_agent_drift_total 0.0" in metrics
    assert "landbridge_agent_connected 1.0" in metrics
    assert 'landbridge_dropped_packets_total{reason="dhcp_request"}' in metrics
    assert "# TYPE landbridge_vrouter_agent_up gauge" in metrics


def test_drift_is_repaired_within_seconds(agent: Agent) -> None:
    netns = agent.host.netns
    sh(f"ip -n {netns} link set vnic1.0 nomaster down")
    eventually("the port is back", lambda: "master lb1a" in sh(f"ip -n {netns} link show up dev vnic1.0"), 2)
    sh(f"ip -n {netns} link del lb1a")
    eventually("the bridge is back", lambda: "lb1a" in sh(f"ip -n {netns} -br link"), 2)
    eventually("with its ports", lambda: sh(f"ip -n {netns} link").count("master lb1a") == 3, 2)
    eventually("and they work", lambda: has_address(agent, 1) and lab.ping(lab.vm(agent.host, 2), "10.9.0.1"))


def test_facts_follow_the_host(agent: Agent) -> None:
    netns = agent.host.netns
    facts = agent.facts()
    assert facts.management_ip == agent.host.vtep
    [interface] = facts.interfaces
    assert interface.name == "u0"
    assert interface.addresses == (f"{agent.host.vtep}/24",)
    assert interface.mtu == 1600
    sh(f"ip -n {netns} addr add 10.44.0.1/24 dev u0")
    eventually("the address is told", lambda: "10.44.0.1/24" in agent.facts().interfaces[0].addresses, 2)
    sh(f"ip -n {netns} link add extra type bridge")
    eventually("the interface is told", lambda: [i.name for i in agent.facts().interfaces] == ["u0", "extra"], 2)
    agent.say(RefreshMessage(token="once"))
    eventually("it answers", lambda: any(report.refresh_token == "once" for report in agent.reports()), 2)
    assert agent.reports()[-1].facts is not None


def test_only_one_agent_runs_on_a_state_directory(agent: Agent) -> None:
    done = subprocess.run(agent.command(), capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode != 0
    assert "another agent runs on" in done.stderr


def test_it_is_asked(agent: Agent) -> None:
    def bound() -> bool:
        answer = agent.ask(AskDhcpLeases(l3_uuid=L3))
        assert answer.error is None
        leases = msgspec.json.decode(answer.value, type=DhcpLeaseList).leases
        return {(lease.hostname, lease.state) for lease in leases} == {("vm-1", "Bound"), ("vm-2", "Bound")}

    eventually("both VMs are bound", bound)
    elsewhere = agent.ask(AskDhcpLeases(l3_uuid="f" * 32))
    assert msgspec.json.decode(elsewhere.value, type=DhcpLeaseList).leases == ()
    assert "no answer on" in (agent.ask(AskRouter(router_uuid="f" * 32)).error or "")


def spoofed(last: int) -> bytes:
    """A frame that VM 1 may not send."""
    return bytes(Ether(src=f"fa:99:99:99:99:{last:02x}", dst=lab.mac(2)) / IP(src="10.9.0.1", dst="10.9.0.2") / UDP())


def drops(agent: Agent, number: int, cursor: str = "", wait: float = 10.0) -> DroppedPackets:
    """What is being dropped at a machine's port."""
    answer = agent.ask(AskDrops(nic_uuids=(lab.nic_uuid(number),), cursor=cursor, wait_seconds=wait))
    assert answer.error is None
    return msgspec.json.decode(answer.value, type=DroppedPackets)


def spoofings(told: DroppedPackets) -> list[bytes]:
    """Source MACs: VM 1's DHCP client goes on speaking, too."""
    return [drop.head[6:12] for drop in told.drops if drop.reason == DropReason.SOURCE_MAC]


def test_drops_are_told_to_several_watchers_and_those_of_others_to_none(agent: Agent) -> None:
    cursors = [drops(agent, number, wait=0).cursor for number in (1, 1, 2)]
    began = time.time()
    for last in range(3):
        ports.send(agent.host, 1, spoofed(last))
    for cursor in cursors[:2]:
        told = drops(agent, 1, cursor)
        assert [mac[5] for mac in spoofings(told)] == [0, 1, 2]
        assert told.lost == 0
        one = next(drop for drop in told.drops if drop.reason == DropReason.SOURCE_MAC)
        assert (one.nic_uuid, one.rule, one.egress, one.length) == (lab.nic_uuid(1), 0, True, len(spoofed(0)))
        assert one.head == spoofed(0)
        assert began - 1 < one.time < time.time() + 1
    assert spoofings(drops(agent, 2, cursors[2], wait=0)) == []
    agent.kill()
    agent.start()
    again = drops(agent, 1, cursors[0], wait=0)
    assert spoofings(again) == [], "another life: it begins with what is dropped from now on"
    ports.send(agent.host, 1, spoofed(9))
    assert [mac[5] for mac in spoofings(drops(agent, 1, again.cursor))] == [9]


def test_a_flood_is_told_in_part_and_counted_whole(agent: Agent) -> None:
    """And the agent goes on with its work meanwhile."""
    cursor = drops(agent, 1, wait=0).cursor
    flood = 20_000

    def send() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            for number in range(flood):
                raw.send(spoofed(7) if number % 100 == 0 else frame)

    frame = spoofed(8)
    sending = threading.Thread(target=enter.in_namespace, args=(lab.vm(agent.host, 1), send))
    sending.start()
    agent.give(*with_dhcp(3))
    agent.give(gone=lab.machine_keys(3))
    sending.join()
    seen = lost = 0
    while True:
        told = drops(agent, 1, cursor, wait=0.5)
        cursor = told.cursor
        seen += len(told.drops)
        lost += told.lost
        if not told.drops and not told.lost:
            break
    ports.send(agent.host, 1, Ether(src=lab.mac(1), dst=lab.mac(2)) / IP(src="10.9.0.1", dst="10.9.0.2") / UDP())
    answer = agent.ask(AskPortCounts(nic_uuids=(lab.nic_uuid(1), "f" * 32)))
    [counts] = msgspec.json.decode(answer.value, type=PortCountsList).ports
    assert counts.nic_uuid == lab.nic_uuid(1)
    assert counts.sent_packets >= 1
    dropped = {drop.reason: drop.packets for drop in counts.drops}
    assert dropped[DropReason.SOURCE_MAC] == flood
    assert lost > 0
    assert flood <= seen + lost <= sum(dropped.values())
    metrics = sh(f"nsenter --net=/run/netns/{agent.host.netns} curl -s http://127.0.0.1:9199/metrics")
    nic = f'nic="{lab.nic_uuid(1)}"'
    assert f'landbridge_port_dropped_packets_total{{{nic},reason="source_mac"}} {float(flood)}' in metrics
    [sent] = re.findall(rf'^landbridge_port_packets_total{{direction="sent",{nic}}} (.*)$', metrics, re.MULTILINE)
    assert float(sent) >= counts.sent_packets
    assert f'vm="{lab.vm_uuid(1)}",vm_name="vm-1"' in metrics
