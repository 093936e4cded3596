"""The readiness gate: a port carries nothing of a tenant's before its groups and guards are in force."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from landbridge.drivers import enter
from landbridge.model.node import Filter, SecurityGroup
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host

pytestmark = pytest.mark.netns

GROUP = "a" * 32
CLOSED = Filter(groups=(GROUP,), ingress="DROP", egress="DROP")
EVERYBODY = "ff:ff:ff:ff:ff:ff"


@contextmanager
def hammer(host: Host, number: int) -> Iterator[list[int]]:
    """A VM that sends broadcasts as fast as it can; the list has how many."""
    packet = IP(src=f"10.9.0.{number}", dst="10.9.255.255") / UDP() / Raw(b"x")
    frame = bytes(Ether(src=lab.mac(number), dst=EVERYBODY) / packet)
    sent, ended = [0], threading.Event()

    def open_socket() -> socket.socket:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind(("eth0", 0))
        return raw

    raw = enter.in_namespace(lab.vm(host, number), open_socket)

    def run() -> None:
        while not ended.is_set():
            raw.send(frame)
            sent[0] += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield sent
    finally:
        ended.set()
        thread.join()
        raw.close()


def received(host: Host, number: int) -> int:
    """IP packets that have come to a machine since it was made, by its own count (announcements are not IP)."""

    def read() -> int:
        names, values = (line.split() for line in Path("/proc/thread-self/net/snmp").read_text().splitlines()[:2])
        return int(values[names.index("InReceives")])

    return enter.in_namespace(lab.vm(host, number), read)


def test_a_new_port_lets_nothing_in_before_its_rules_are_there(tmp_path: Path) -> None:
    """VMs with closed groups are made under a flood; one in no group shows that the flood arrives."""
    directory = tmp_path / "hosts"
    directory.mkdir()
    with lab.hosts(directory, 1) as [host]:
        assert host.give(lab.network(host), *lab.machine(1), *lab.machine(2)).failed == {}
        host.give((f"group/{GROUP}", SecurityGroup(uuid=GROUP, number=1)))
        with hammer(host, 1) as sent:
            for number in range(10, 30):
                vm, _ = lab.machine(number)
                before = sent[0]
                assert host.give(vm, ports.change(number, filter=CLOSED)).failed == {}
                while sent[0] < before + 200:
                    threading.Event().wait(0.001)
        assert received(host, 2) > 1000
        assert {number: received(host, number) for number in range(10, 30)} == dict.fromkeys(range(10, 30), 0)
        assert all(ports.drops(host, number)[ports.R.INGRESS, 0] > 0 for number in range(10, 30))
