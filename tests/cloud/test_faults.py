"""kill -9 of server, agents and vrouter-agents at any moment of any operation.

A seeded sequence of operations and kills; after each kill everything is started again, and the
world must equal the database.  `LANDBRIDGE_KILLS` and `LANDBRIDGE_SEED` set number and seed.
"""

import contextlib
import http.client
import os
import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.support.lab import Lab, eventually, kill
from tests.support.scenario import Cloud
from tests.support.v1 import V1, ApiFailure
from tests.support.world import differences, stray_claims

pytestmark = pytest.mark.netns

KILLS = int(os.environ.get("LANDBRIDGE_KILLS", "20"))
SEED = int(os.environ.get("LANDBRIDGE_SEED", str(random.SystemRandom().randrange(1 << 32))))

Operation = Callable[[Cloud, random.Random], None]


def create_vm(cloud: Cloud, chance: random.Random) -> None:
    """A new VM on one or two subnets."""
    subnets = chance.choice([("web",), ("db",), ("web", "db")])
    cloud.vm(f"fault-{chance.randrange(1 << 30)}", *subnets)


def destroy_vm(cloud: Cloud, chance: random.Random) -> None:
    """One VM less."""
    vms = cloud.api.query("/vm-instances", "name~=fault-%")
    if vms:
        cloud.remove_vm(chance.choice(vms)["uuid"])


def stop_and_start(cloud: Cloud, chance: random.Random) -> None:
    """Stop a VM, start it again."""
    vms = cloud.api.query("/vm-instances", "name~=fault-%", "state=Running")
    if vms:
        path = f"/vm-instances/{chance.choice(vms)['uuid']}/actions"
        cloud.api.put(path, "stopVmInstance")
        cloud.api.put(path, "startVmInstance")


def reattach_subnet(cloud: Cloud, chance: random.Random) -> None:
    """Make a subnet, attach it to the vrouter, detach it, delete it."""
    name = f"extra{chance.randrange(1 << 30)}"
    l3 = cloud.subnet(name, f"10.{chance.randrange(100, 200)}.{chance.randrange(256)}.0/24")
    cloud.attach(name)
    router = cloud.api.one("/vpc/virtual-routers", f"uuid={cloud.router}")
    nic = next(nic for nic in router["vmNics"] if nic["l3NetworkUuid"] == l3)
    cloud.api.delete(f"/vm-instances/nics/{nic['uuid']}")
    cloud.api.delete(f"/l3-networks/{l3}")
    cloud.api.delete(f"/l2-networks/{cloud.l2[name]}")


def toggle_snat(cloud: Cloud, chance: random.Random) -> None:
    """Switch source NAT off and on."""
    for state in ("disable", "enable"):
        cloud.api.post(f"/vpc/virtual-routers/{cloud.router}/networkservicestate", networkService="SNAT", state=state)


OPERATIONS: tuple[Operation, ...] = (create_vm, create_vm, destroy_vm, stop_and_start, reattach_subnet, toggle_snat)


def test_seeded_kills(running_lab: Lab, cloud: Cloud) -> None:
    print(f"seed {SEED}, {KILLS} kills")
    chance = random.Random(SEED)
    for round_number in range(KILLS):
        operation = chance.choice(OPERATIONS)
        victim = chance.choice(running_lab.processes())
        delay = chance.choice([0.0, 0.005, 0.02, 0.05, 0.1, 0.3]) * chance.random()
        worker = threading.Thread(target=_attempt, args=(running_lab, cloud, operation, chance.randrange(1 << 32)))
        worker.start()
        time.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            kill(victim["pid"])
        time.sleep(0.05)
        running_lab.restart()
        worker.join(120)
        assert not worker.is_alive(), f"round {round_number}: {operation.__name__} hangs"
        what = f"seed {SEED} round {round_number}: {operation.__name__}, {victim['name']} killed"
        eventually(what, lambda: _complaints(running_lab), timeout=60, pause=0.3)
    _empty(running_lab, cloud)


def _attempt(lab: Lab, cloud: Cloud, operation: Operation, seed: int) -> None:
    """An operation that may fail in any way an unlucky user sees; its effects are judged elsewhere."""
    client = V1(lab.url, timeout=60)
    client.session = cloud.api.session
    own = Cloud(client, cloud.zone, cloud.cluster, cloud.pool, dict(cloud.l3), dict(cloud.l2), cloud.router)
    with contextlib.suppress(
        ApiFailure, OSError, http.client.HTTPException, TimeoutError, AssertionError, StopIteration
    ):
        operation(own, random.Random(seed))
    client.close()


def _complaints(lab: Lab) -> list[str]:
    try:
        client = lab.client()
    except (OSError, http.client.HTTPException) as error:
        return [f"the API does not answer: {error}"]
    try:
        away = [host["name"] for host in client.query("/hosts") if host["status"] != "Connected"]
        found = [f"{name} is not connected" for name in away] or differences(lab, client)
        return found or stray_claims(lab.database)
    finally:
        client.close()


def _empty(lab: Lab, cloud: Cloud) -> None:
    client = lab.client()
    own = Cloud(client, cloud.zone, cloud.cluster)
    for vm in client.query("/vm-instances", "name~=fault-%"):
        own.remove_vm(vm["uuid"])
    client.close()
    eventually("nothing is left", lambda: _complaints(lab), timeout=60)
