"""Two hundred VM creates at once: no address, MAC or number is given twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.lab import Lab, eventually
from tests.support.scenario import Cloud
from tests.support.world import differences, stray_claims

pytestmark = pytest.mark.netns

COUNT = 200


def test_two_hundred_creates_at_once(running_lab: Lab, cloud: Cloud) -> None:
    cloud.subnet("crowd", "10.77.0.0/22", vpc=False)

    def create(index: int) -> dict[str, Any]:
        client = running_lab.client()
        try:
            return Cloud(client, cloud.zone, cloud.cluster, cloud.pool, cloud.l3).vm(f"crowd-{index}", "crowd")
        finally:
            client.close()

    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(create, range(COUNT)))
    try:
        nics = [vm["vmNics"][0] for vm in made]
        for field in ("ip", "mac", "internalName"):
            again = [value for value, times in Counter(nic[field] for nic in nics).items() if times > 1]
            assert again == [], f"{field} given twice"
        eventually("the world equals the database", lambda: differences(running_lab, cloud.api), timeout=60)
    finally:
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda vm: _remove(running_lab, cloud, vm["uuid"]), made))
    eventually("nothing is left", lambda: differences(running_lab, cloud.api), timeout=60)
    assert stray_claims(running_lab.database) == []


def _remove(lab: Lab, cloud: Cloud, uuid: str) -> None:
    client = lab.client()
    try:
        Cloud(client, cloud.zone, cloud.cluster).remove_vm(uuid)
    finally:
        client.close()
