"""VMs move from host to host with real packets: nothing is lost beyond the pause, and nothing is left behind."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import eventually, free_port, free_prefix, in_namespace, kill, lab
from tests.support.pings import Pings
from tests.support.shortened import PACKETS_OF_OTHERS, Vpc
from tests.support.sockets import connects, echo, refused, udp_socket
from tests.support.world import differences

pytestmark = pytest.mark.netns

PAUSE_MOST = 1_000
"""Pings at one a millisecond."""


@pytest.fixture(scope="module")
def vpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    """Each test leaves the VMs where it found them."""
    directory: Path = tmp_path_factory.mktemp("migration")
    with lab(directory, free_prefix(), free_port()) as made:
        yield Vpc(made)


def host_of(vpc: Vpc, name: str) -> str:
    return str(vpc.vms[name]["hostUuid"])


def move(vpc: Vpc, name: str, host: str | None = None) -> dict[str, Any]:
    """MigrateVm; the VM as the answer has it."""
    params = {"hostUuid": host} if host else {}
    vpc.vms[name] = vpc.api.put(f"/vm-instances/{vpc.vms[name]['uuid']}/actions", "migrateVm", **params)
    return vpc.vms[name]


@contextmanager
def one_pause(vpc: Vpc, one: str, other: str) -> Iterator[None]:
    """A thousand pings a second while the `with` lasts: what is lost is one run of them."""
    pings = Pings(vpc.namespace(one), vpc.ip(other))
    try:
        yield
    finally:
        lost = pings.stop()
    print(f"{one} to {other}: {pings.sent} sent, lost {lost}")
    assert len(lost) <= 1, lost
    assert sum(map(len, lost)) < PAUSE_MOST


def test_back_and_forth_through_the_router(vpc: Vpc) -> None:
    vpc.set("disable")
    before, other = vpc.vms["d1"], host_of(vpc, "w1")
    for host in (other, before["hostUuid"]):
        with one_pause(vpc, "w1", "d1"), one_pause(vpc, "d2", "d1"):
            time.sleep(0.3)
            after = move(vpc, "d1", host)
            time.sleep(1)
        assert after["state"] == "Running"
        assert after["hostUuid"] == host
        assert after["vmNics"][0]["mac"] == before["vmNics"][0]["mac"]
        assert after["vmNics"][0]["ip"] == before["vmNics"][0]["ip"]
    assert differences(vpc.lab, vpc.api) == []
    vpc.set("enable")


def test_a_short_pair(vpc: Vpc) -> None:
    """To the vrouter's host, which nobody's shortcut leads to: senders hear of it by MOVED alone."""
    home = host_of(vpc, "d1")
    router_host = vpc.lab.status["hosts"][vpc.router_host]["uuid"]
    for host in (router_host, home):
        vpc.becomes_short("w1", "d1")
        with one_pause(vpc, "w1", "d1"):
            time.sleep(0.3)
            move(vpc, "d1", host)
            # Its former host keeps the network for a while, though nothing of it is there any more.
            assert differences(vpc.lab, vpc.api) == []
            time.sleep(1)
        vpc.becomes_short("w1", "d1")
    assert differences(vpc.lab, vpc.api) == []


def test_groups_hold(vpc: Vpc) -> None:
    """What may come in may, on both hosts and from the first packet on; what may not may not."""
    api, nic = vpc.api, vpc.vms["d1"]["vmNics"][0]["uuid"]
    group = api.post("/security-groups", name="db")["uuid"]
    rule = {"type": "Ingress", "protocol": "TCP", "startPort": 7000, "endPort": 7000, "allowedCidr": "0.0.0.0/0"}
    api.post(f"/security-groups/{group}/rules", rules=[rule])
    api.post(f"/security-groups/{group}/vm-instances/nics", vmNicUuids=[nic])
    home = host_of(vpc, "d1")
    for host in (host_of(vpc, "w1"), home):
        move(vpc, "d1", host)
        with echo(vpc.namespace("d1"), 7000, 7001):
            assert connects(vpc.namespace("w1"), vpc.ip("d1"), 7000)
            assert refused(vpc.namespace("w1"), vpc.ip("d1"), 7001)
    api.delete(f"/security-groups/{group}")
    assert differences(vpc.lab, vpc.api) == []


def test_connections_go_along(vpc: Vpc) -> None:
    """`d1` has asked; the answer may still come in, though nobody may begin anything with it."""
    api, nic = vpc.api, vpc.vms["d1"]["vmNics"][0]["uuid"]
    group = api.post("/security-groups", name="closed")["uuid"]
    api.post(f"/security-groups/{group}/vm-instances/nics", vmNicUuids=[nic])
    home = host_of(vpc, "d1")
    with udp_socket(vpc.namespace("w1"), 5000) as peer, udp_socket(vpc.namespace("w1"), 5001) as stranger:
        with udp_socket(vpc.namespace("d1"), 6000) as before:
            before.sendto(b"question", (vpc.ip("w1"), 5000))
            assert peer.recv(64) == b"question"
            assert _hears(before, peer, vpc.ip("d1"))
            assert not _hears(before, stranger, vpc.ip("d1"))
        for host in (host_of(vpc, "w1"), home):
            move(vpc, "d1", host)
            with udp_socket(vpc.namespace("d1"), 6000) as after:
                assert _hears(after, peer, vpc.ip("d1"))
                assert not _hears(after, stranger, vpc.ip("d1"))
    api.delete(f"/security-groups/{group}")


def _hears(listener: socket.socket, speaker: socket.socket, address: str) -> bool:
    speaker.sendto(b"answer", (address, 6000))
    listener.settimeout(1.0)
    try:
        return listener.recv(64) == b"answer"
    except TimeoutError:
        return False


def test_the_host_crashes_and_the_vm_is_made_anew_elsewhere(vpc: Vpc) -> None:
    """With the same addresses; no one relays, and the host's own agent says nothing."""
    vpc.becomes_short("w1", "d1")
    api, nic, host = vpc.api, vpc.vms["d1"]["vmNics"][0], host_of(vpc, "d1")
    number = [host["uuid"] for host in vpc.lab.status["hosts"]].index(host)
    crashed = vpc.lab.status["hosts"][number]
    agent = vpc.process(f"host-{number + 1}")
    pings = Pings(vpc.namespace("w1"), vpc.ip("d1"))
    kill(agent)
    _set_underlay(crashed, "down")
    began, before = time.monotonic(), vpc.seen_by_router()
    while vpc.seen_by_router() - before < PACKETS_OF_OTHERS + 500:
        assert time.monotonic() - began < 3.0 + 0.5, (
            "half a second of packets goes to the vrouter after three seconds"
        )
    pings.stop()
    eventually("the server knows", lambda: api.one("/hosts", f"uuid={host}")["status"] == "Connected", timeout=60)
    vpc.cloud.remove_vm(vpc.vms["d1"]["uuid"])
    l3 = nic["l3NetworkUuid"]
    tags = (f"staticIp::{l3}::{nic['ip']}", f"customMac::{l3}::{nic['mac']}")
    vpc.vms["d1"] = vpc.cloud.vm("d1", "db", host=host_of(vpc, "w1"), tags=tags)
    eventually("d1 is reached", lambda: "" if " 0% packet loss" in vpc.ping("w1", "d1", 5) else "no")
    vpc.becomes_short("w1", "d1")
    _set_underlay(crashed, "up")
    vpc.lab.restart()
    eventually("the world is as it must be", lambda: differences(vpc.lab, api))
    assert " 0% packet loss" in vpc.ping("w1", "d1", 50)


def _set_underlay(host: dict[str, Any], state: str) -> None:
    in_namespace(host["namespace"], "ip", "link", "set", host["underlayInterface"], state)
