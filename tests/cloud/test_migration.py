"""VMs move from host to host with real packets: nothing is lost beyond the pause, and nothing is left behind."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.test_shortcuts import Vpc
from tests.support.lab import free_port, free_prefix, lab
from tests.support.pings import Pings
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
            time.sleep(1)
        vpc.becomes_short("w1", "d1")
    assert differences(vpc.lab, vpc.api) == []
