"""Questions to real agents: what they answer, and what a user hears when one cannot."""

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.lab import Lab, eventually, kill
from tests.support.scenario import Cloud
from tests.support.v1 import ApiFailure

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def vms(cloud: Cloud, running_lab: Lab) -> Iterator[dict[str, dict[str, Any]]]:
    """A VM on each host, in one subnet."""
    hosts = [host["uuid"] for host in running_lab.status["hosts"]]
    made = {host: cloud.vm(f"asked-{number}", "web", host=host) for number, host in enumerate(hosts)}
    yield made
    for vm in made.values():
        cloud.remove_vm(vm["uuid"])


def leases(cloud: Cloud, **params: str) -> list[dict[str, Any]]:
    return cloud.api.query("/dhcp/leases", **params)


def test_leases_of_every_host(cloud: Cloud, vms: dict[str, dict[str, Any]]) -> None:
    expected = {(vm["vmNics"][0]["ip"], vm["vmNics"][0]["mac"], host, "Bound", "ack") for host, vm in vms.items()}

    def missing() -> object:
        seen = {
            (row["ip"], row["mac"], row["hostUuid"], row["state"], row["lastMessage"])
            for row in leases(cloud, l3NetworkUuid=cloud.l3["web"])
        }
        return expected - seen

    eventually("every VM's lease is shown", missing)
    for host, vm in vms.items():
        (row,) = leases(cloud, vmInstanceUuid=vm["uuid"])
        assert row["hostUuid"] == host
        assert vm["uuid"] in {row["vmInstanceUuid"] for row in leases(cloud, hostUuid=host)}


def test_inside_a_vrouter(cloud: Cloud) -> None:
    seen = cloud.api.call("GET", f"/vpc/virtual-routers/{cloud.router}/runtime")
    assert {"0.0.0.0/0", "10.10.1.0/24"} <= {route["destination"] for route in seen["routes"]}
    assert "table inet" in seen["nftables"]
    assert seen["failed"] == {}


def pid_of(running_lab: Lab, name: str) -> int:
    """The process of the server, or of the agent of the host of that name."""
    return next(int(row["pid"]) for row in running_lab.processes() if row["name"] == name)


def name_of(running_lab: Lab, host: str) -> str:
    return next(str(row["name"]) for row in running_lab.status["hosts"] if row["uuid"] == host)


def test_an_agent_that_hangs_is_named(cloud: Cloud, running_lab: Lab, vms: dict[str, dict[str, Any]]) -> None:
    host = next(iter(vms))
    pid = pid_of(running_lab, name_of(running_lab, host))
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(ApiFailure) as caught:
            leases(cloud, hostUuid=host)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert caught.value.code == "SYS.1001"
    assert host in caught.value.details
    assert leases(cloud, hostUuid=host)


@pytest.mark.parametrize("victim", ["agent", "server"])
def test_killed_while_asked(cloud: Cloud, running_lab: Lab, vms: dict[str, dict[str, Any]], victim: str) -> None:
    """Whoever is killed while questions fly: each is answered or refused, and afterwards all is as before."""
    host = next(iter(vms))
    stop = threading.Event()
    outcomes: list[str] = []

    def ask() -> None:
        api = running_lab.client()
        while not stop.is_set():
            try:
                api.query("/dhcp/leases", hostUuid=host)
                outcomes.append("answered")
            except ApiFailure as failure:
                outcomes.append(failure.code)
            except OSError:
                outcomes.append("server away")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        eventually("questions are answered", lambda: "" if outcomes.count("answered") > 3 else f"only {outcomes}")
        kill(pid_of(running_lab, name_of(running_lab, host) if victim == "agent" else "server"))
        running_lab.restart()
        since = len(outcomes)
        eventually("and again", lambda: "" if "answered" in outcomes[since:] else f"only {outcomes[since:]}")
    finally:
        stop.set()
        asking.join()
    assert set(outcomes) <= {"answered", "HOST.1010", "SYS.1001", "server away"}
