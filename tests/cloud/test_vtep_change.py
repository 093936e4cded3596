"""The address of a host's VTEP is changed by hand while VMs talk: every peer is put right."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.netns.agent_hosts import ping
from tests.support.lab import Lab, eventually, move_vtep
from tests.support.pings import Pings
from tests.support.scenario import Cloud
from tests.support.v1 import ApiFailure
from tests.support.world import differences

pytestmark = pytest.mark.netns

SILENCE_MOST = 2_000
"""Pings at one a millisecond, from the change of the address until all is well, also on a busy machine."""


@dataclass
class Vteps:
    """The hosts' VTEPs in the lab's pool, and a VM on each of two hosts in a network that the router has not."""

    lab: Lab
    cloud: Cloud
    vms: list[dict[str, Any]]

    @property
    def moving(self) -> str:
        """The host whose VTEP is changed: the second VM's."""
        return str(self.vms[1]["hostUuid"])

    def ips(self) -> dict[str, str]:
        """By host."""
        rows = self.cloud.api.query("/l2-networks/vteps", f"poolUuid={self.cloud.pool}")
        return {row["hostUuid"]: row["vtepIp"] for row in rows}

    def move(self, old: str, new: str) -> None:
        """What an administrator types on the host."""
        move_vtep(self.lab.host_namespaces[self.moving], old, new)

    def reconnect(self) -> dict[str, Any]:
        """ReconnectHost, from beginning to end."""
        return self.cloud.api.put(f"/hosts/{self.moving}/actions", "reconnectHost")

    def namespace(self, number: int) -> str:
        return self.lab.vm_namespace(self.vms[number])


@pytest.fixture
def vteps(running_lab: Lab, cloud: Cloud) -> Iterator[Vteps]:
    hosts = list(running_lab.host_namespaces)
    vms = [cloud.vm(f"vtep-{number}", "twin", host=host) for number, host in enumerate(hosts[:2])]
    try:
        yield Vteps(running_lab, cloud, vms)
    finally:
        for vm in vms:
            cloud.remove_vm(vm["uuid"])


@contextmanager
def silence(vteps: Vteps, source: int, target: int) -> Iterator[None]:
    """Pings from one VM to the other while the `with` lasts: what is lost is one short run of them."""
    address = vteps.vms[target]["vmNics"][0]["ip"]
    eventually("they talk", lambda: not ping(vteps.namespace(source), address))
    pings = Pings(vteps.namespace(source), address)
    try:
        yield
        time.sleep(0.3)
    finally:
        lost = pings.stop()
    print(f"{source} to {target}: {pings.sent} sent, lost {lost}")
    assert pings.sent - lost[-1].stop > 100 if lost else True, "it is over"
    assert sum(map(len, lost)) < SILENCE_MOST


def test_the_address_of_a_vtep_changes(vteps: Vteps) -> None:
    """There and back; one VM only sends, the other only answers, so nobody learns by chance."""
    old = vteps.ips()[vteps.moving]
    new = f"{old.rpartition('.')[0]}.222"
    for before, after in ((old, new), (new, old)):
        with silence(vteps, 0, 1):
            time.sleep(0.2)
            vteps.move(before, after)
            host = vteps.reconnect()
        assert host["status"] == "Connected"
        assert vteps.ips()[vteps.moving] == after
        eventually("the world equals the database", lambda: differences(vteps.lab, vteps.cloud.api))


def test_an_address_that_is_somebody_elses(vteps: Vteps) -> None:
    """The reconnect fails with the reason; with its own address again the host is as it was."""
    before = vteps.ips()
    old, taken = before[vteps.moving], before[next(host for host in before if host != vteps.moving)]
    vteps.move(old, taken)
    try:
        with pytest.raises(ApiFailure, match=f"address {taken}, which is the VTEP of"):
            vteps.reconnect()
    finally:
        vteps.move(taken, old)
    assert vteps.reconnect()["status"] == "Connected"
    assert vteps.ips() == before
    eventually("the world equals the database", lambda: differences(vteps.lab, vteps.cloud.api))
