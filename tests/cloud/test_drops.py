"""Drops and counters as users see them: real packets, the API, `landbridge drops --follow`."""

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from landbridge.drivers import enter
from tests.cloud.test_asking import name_of, pid_of
from tests.cloud.test_traffic import configured, ip
from tests.support.lab import LANDBRIDGE, Lab, eventually, kill
from tests.support.scenario import Cloud
from tests.support.sockets import connects, echo, refused
from tests.support.v1 import ApiFailure

pytestmark = pytest.mark.netns

SECONDS = 20.0
"""What a machine that is busy may take; usually it is a fraction of one."""
SHOWN = ("INGRESS", "SOURCE_MAC", "ARP_IDENTITY")
"""DHCP goes on beside."""

Row = dict[str, Any]


class Follower:
    """`landbridge drops --follow`, line by line."""

    def __init__(self, lab: Lab, vm: str, *arguments: str) -> None:
        environment = os.environ | {"LANDBRIDGE_URL": lab.url, "LANDBRIDGE_SESSION": lab.client().session or ""}
        self.process = subprocess.Popen(
            [LANDBRIDGE, "drops", "--vm", vm, "--follow", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.said: queue.Queue[str] = queue.Queue()
        self._threads = [
            threading.Thread(target=self._pump, args=pipe)
            for pipe in ((self.process.stdout, self.lines), (self.process.stderr, self.said))
        ]
        for thread in self._threads:
            thread.start()

    def row(self) -> Row:
        """The next drop."""
        while True:
            row: Row = json.loads(self.lines.get(timeout=SECONDS))
            if row["reason"] in SHOWN:
                return row

    def says(self, words: str) -> None:
        """Wait for a line on stderr."""
        while words not in self.said.get(timeout=SECONDS):
            pass

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(SECONDS)
        for thread in self._threads:
            thread.join()
        return status

    @staticmethod
    def _pump(pipe: Any, into: "queue.Queue[str]") -> None:
        for line in pipe:
            into.put(line)


@contextlib.contextmanager
def following(lab: Lab, vm: str, *arguments: str) -> Iterator[Follower]:
    """From when the VM is watched."""
    follower = Follower(lab, vm, *arguments)
    try:
        follower.says("watching")
        yield follower
    finally:
        if follower.process.poll() is None:
            follower.interrupt()


class Place:
    """Two VMs on two hosts; a rule that drops port 22 at `guarded`, and its policy everything but port 80."""

    def __init__(self, lab: Lab, cloud: Cloud) -> None:
        self.lab, self.api = lab, cloud.api
        hosts = [host["uuid"] for host in lab.status["hosts"]]
        self.guarded = cloud.vm("guarded", "web", host=hosts[0])
        self.stranger = cloud.vm("stranger-2", "web", host=hosts[1])
        for vm in (self.guarded, self.stranger):
            eventually(f"{vm['name']} has its address", lambda vm=vm: configured(lab, vm))
        self.group = str(self.api.post("/security-groups", name="guarded")["uuid"])
        self.open, self.closed = (self._rule("80", "ACCEPT"), self._rule("22", "DROP"))
        path = f"/security-groups/{self.group}/vm-instances/nics"
        self.api.post(path, vmNicUuids=[self.guarded["vmNics"][0]["uuid"]])

    def _rule(self, port: str, action: str) -> str:
        rule = {"type": "Ingress", "protocol": "TCP", "dstPortRange": port, "action": action}
        self.api.post(f"/security-groups/{self.group}/rules", rules=[rule])
        wanted = (f"securityGroupUuid={self.group}", f"dstPortRange={port}")
        return str(self.api.one("/security-groups/rules", *wanted)["uuid"])

    def namespace(self, vm: Row) -> str:
        return self.lab.vm_namespace(vm)

    def knock(self, port: int) -> None:
        """The stranger tries to connect to the guarded one."""
        assert refused(self.namespace(self.stranger), ip(self.guarded), port)

    def send(self, vm: Row, frame: Packet) -> None:
        """Put a frame on the wire inside a VM."""

        def do() -> None:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                raw.bind(("eth0", 0))
                raw.send(bytes(frame))

        enter.in_namespace(self.namespace(vm), do)


@pytest.fixture(scope="module")
def place(running_lab: Lab, cloud: Cloud) -> Iterator[Place]:
    made = Place(running_lab, cloud)
    yield made
    cloud.api.delete(f"/security-groups/{made.group}")
    for vm in (made.guarded, made.stranger):
        cloud.remove_vm(vm["uuid"])


def test_a_follower_sees_what_security_groups_drop_and_whose_rule_it_was(running_lab: Lab, place: Place) -> None:
    with following(running_lab, "guarded", "-o", "json") as follower:
        knocking = threading.Thread(target=place.knock, args=(22,))
        knocking.start()
        row = follower.row()
        print(f"shown {1000 * time.time() - row['timestamp']:.0f} ms after it was dropped")
        knocking.join()
        assert (row["reason"], row["direction"], row["ruleUuid"]) == ("INGRESS", "Ingress", place.closed)
        assert (row["sourceIp"], row["destinationIp"], row["destinationPort"]) == (
            ip(place.stranger),
            ip(place.guarded),
            22,
        )
        assert row["vmNicUuid"] == place.guarded["vmNics"][0]["uuid"]
        place.knock(8080)
        while (row := follower.row()).get("destinationPort") == 22:
            pass  # TCP tries again
        assert row["destinationPort"] == 8080
        assert row["decidedBy"] == "Policy"
        assert "ruleUuid" not in row
        assert follower.interrupt() == 0


def test_spoofing_is_shown_to_its_own_vm_alone(running_lab: Lab, place: Place) -> None:
    other = "fa:99:99:99:99:99"
    spoofed = Ether(src=other, dst=place.guarded["vmNics"][0]["mac"]) / IP(src=ip(place.stranger)) / UDP()
    claim = Ether(src=place.stranger["vmNics"][0]["mac"], dst="ff:ff:ff:ff:ff:ff")
    claim /= ARP(op=2, hwsrc=claim.src, psrc="10.10.1.1", pdst="10.10.1.1")
    own_follower = following(running_lab, "stranger-2", "-o", "json")
    with own_follower as own, following(running_lab, "guarded", "-o", "json") as others:
        place.send(place.stranger, spoofed)
        place.send(place.stranger, claim)
        rows = [own.row(), own.row()]
        assert [(row["reason"], row["direction"]) for row in rows] == [
            ("SOURCE_MAC", "Egress"),
            ("ARP_IDENTITY", "Egress"),
        ]
        assert rows[0]["summary"].startswith(other)
        assert rows[1]["summary"].endswith(f"{claim.src} claims 10.10.1.1")
        place.knock(22)
        assert others.row()["reason"] == "INGRESS", "the first that the other VM's follower is shown"


def test_it_goes_on_when_the_agent_was_away(running_lab: Lab, place: Place) -> None:
    with following(running_lab, "guarded", "-o", "json", "--nic", ip(place.guarded)) as follower:
        kill(pid_of(running_lab, name_of(running_lab, place.guarded["hostUuid"])))
        follower.says("waiting: ")
        running_lab.restart()
        follower.says("watching")
        place.knock(22)
        assert follower.row()["ruleUuid"] == place.closed


def test_the_table_is_for_people(running_lab: Lab, place: Place) -> None:
    with following(running_lab, "guarded") as follower:
        place.knock(22)
        while "INGRESS" not in (line := follower.lines.get(timeout=SECONDS)):
            pass
        assert f"> {ip(place.guarded)}:22 [S]  INGRESS: " in line
        assert line.rstrip().endswith(f"(rule {place.closed})")


def test_counters_of_nics_and_rules(place: Place) -> None:
    nic = place.guarded["vmNics"][0]["uuid"]

    def nic_row() -> Row:
        [row] = place.api.query("/vm-instances/nics/counters", vmInstanceUuid=place.guarded["uuid"])
        return row

    def rule_rows() -> dict[str, Row]:
        rows = place.api.query("/security-groups/rules/counters", securityGroupUuid=place.group)
        return {row["ruleUuid"]: row for row in rows}

    before, rules = nic_row(), rule_rows()
    with echo(place.namespace(place.guarded), 80):
        assert connects(place.namespace(place.stranger), ip(place.guarded), 80)
    place.knock(22)
    after = nic_row()
    assert after["vmNicUuid"] == nic
    assert after["receivedPackets"] > before["receivedPackets"]
    assert after["droppedPackets"] > before["droppedPackets"]
    by_rule = {drop.get("ruleUuid"): drop["packets"] for drop in after["drops"] if drop["reason"] == "INGRESS"}
    now = rule_rows()
    assert by_rule[place.closed] == now[place.closed]["droppedPackets"] > rules[place.closed]["droppedPackets"]
    assert now[place.open]["acceptedPackets"] == rules[place.open]["acceptedPackets"] + 1
    assert now[place.open]["droppedPackets"] == 0
    assert place.closed in {drop.get("ruleUuid") for drop in after["drops"]}


def test_a_call_without_a_cursor_begins_and_one_with_it_goes_on(place: Place) -> None:
    where = {"vmNicUuid": place.guarded["vmNics"][0]["uuid"]}
    answer = place.api.call("GET", "/vm-instances/nics/drops?vmNicUuid=" + where["vmNicUuid"])
    place.knock(22)
    path = f"/vm-instances/nics/drops?vmNicUuid={where['vmNicUuid']}&wait=20&cursor={answer['cursor']}"
    more = place.api.call("GET", path)
    assert {row["ruleUuid"] for row in more["inventories"] if row["reason"] == "INGRESS"} == {place.closed}
    with pytest.raises(ApiFailure) as caught:
        place.api.call("GET", "/vm-instances/nics/drops?vmNicUuid=" + "0" * 32)
    assert caught.value.code == "SYS.1003"
