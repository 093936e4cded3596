"""VMs move from host to host with real packets: nothing is lost beyond the pause, and nothing is left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.test_shortcuts import Vpc
from tests.support.lab import free_port, free_prefix, in_namespace, lab
from tests.support.pings import Pings
from tests.support.v1 import ApiFailure
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


def test_a_pair_through_the_router(vpc: Vpc) -> None:
    import time
    vpc.set("disable")
    before = vpc.vms["d1"]
    with one_pause(vpc, "w1", "d1"):
        time.sleep(0.5)
        began = time.monotonic()
        after = move(vpc, "d1", host_of(vpc, "w1"))
        print("moved in", time.monotonic() - began)
        time.sleep(1)
    print(in_namespace(vpc.namespace("d1"), "ip", "addr"))
    with one_pause(vpc, "w1", "d1"):
        time.sleep(0.5)
        move(vpc, "d1", before["hostUuid"])
        time.sleep(1)
    print(differences(vpc.lab, vpc.api))
