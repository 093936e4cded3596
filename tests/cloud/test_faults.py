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
from dataclasses import replace
from typing import Any

import pytest

from tests.support.lab import Lab, eventually, kill
from tests.support.scenario import Cloud, add_pool
from tests.support.v1 import V1, ApiFailure
from tests.support.world import differences, stray_claims

pytestmark = pytest.mark.netns

MTU = 1450
KILLS = int(os.environ.get("LANDBRIDGE_KILLS", "20"))
SEED = int(os.environ.get("LANDBRIDGE_SEED", str(random.SystemRandom().randrange(1 << 32))))

Operation = Callable[[Cloud, random.Random], None]


def create_vm(cloud: Cloud, chance: random.Random) -> None:
    """A new VM on one or two subnets."""
    subnets = chance.choice([("web",), ("db",), ("web", "db")])
    cloud.vm(_name(chance), *subnets)


def destroy_vm(cloud: Cloud, chance: random.Random) -> None:
    """One VM less."""
    if vm := _some_vm(cloud, chance):
        cloud.remove_vm(vm["uuid"])


def stop_and_start(cloud: Cloud, chance: random.Random) -> None:
    """Stop a VM, start it again."""
    if vm := _some_vm(cloud, chance):
        for action in ("stopVmInstance", "startVmInstance"):
            cloud.api.put(f"/vm-instances/{vm['uuid']}/actions", action)


def reboot(cloud: Cloud, chance: random.Random) -> None:
    """Reboot a VM."""
    if vm := _some_vm(cloud, chance):
        cloud.api.put(f"/vm-instances/{vm['uuid']}/actions", "rebootVmInstance")


def change_address(cloud: Cloud, chance: random.Random) -> None:
    """Another address for a running VM."""
    if vm := _some_vm(cloud, chance):
        l3 = vm["vmNics"][0]["l3NetworkUuid"]
        ip = chance.choice(cloud.api.call("GET", f"/l3-networks/ip/free?l3NetworkUuid={l3}")["inventories"])["ip"]
        cloud.api.put(f"/vm-instances/{vm['uuid']}/actions", "setVmStaticIp", l3NetworkUuid=l3, ip=ip)


def change_nics(cloud: Cloud, chance: random.Random) -> None:
    """A second NIC comes and goes."""
    if vm := _some_vm(cloud, chance):
        l3 = cloud.l3["twin"]
        changed = cloud.api.post(f"/vm-instances/{vm['uuid']}/l3-networks/{l3}")
        nic = next(nic for nic in changed["vmNics"] if nic["l3NetworkUuid"] == l3)
        cloud.api.delete(f"/vm-instances/nics/{nic['uuid']}")


def reattach_subnet(cloud: Cloud, chance: random.Random) -> None:
    """Make a subnet, attach it to the vrouter, detach it, delete it."""
    name = _name(chance)
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


def change_resolver(cloud: Cloud, chance: random.Random) -> None:
    """The vrouter asks another name server for a while."""
    dns = f"198.51.100.{chance.randrange(1, 255)}"
    cloud.api.post(f"/vpc/virtual-routers/{cloud.router}/dns", dns=dns)
    cloud.api.delete(f"/vpc/virtual-routers/{cloud.router}/dns", dns=dns)


def life_of_a_router(cloud: Cloud, chance: random.Random) -> None:
    """A second vrouter, from creation to destruction."""
    name = _name(chance)
    router = cloud.api.post("/vpc/virtual-routers", name=name, virtualRouterOfferingUuid=cloud.offering)["uuid"]
    cloud.api.put(f"/vm-instances/{router}/actions", "rebootVmInstance")
    cloud.api.put(f"/vm-instances/appliances/virtual-routers/{router}/actions", "reconnectVirtualRouter")
    cloud.api.delete(f"/vm-instances/{router}")


def change_subnet(cloud: Cloud, chance: random.Random) -> None:
    """What DHCP tells of a subnet, and the MTU of its devices."""
    path = f"/l3-networks/{cloud.l3[chance.choice(['web', 'db', 'twin'])]}"
    prefix = f"192.0.2.{chance.randrange(256)}/32"
    cloud.api.post(f"{path}/mtu", mtu=chance.choice([1400, MTU]))
    cloud.api.post(f"{path}/hostroute", prefix=prefix, nexthop="10.10.1.9")
    cloud.api.delete(f"{path}/hostroute", prefix=prefix)


def reconnect_host(cloud: Cloud, chance: random.Random) -> None:
    """Have a host looked at anew."""
    host = chance.choice(cloud.api.query("/hosts"))["uuid"]
    cloud.api.put(f"/hosts/{host}/actions", "reconnectHost")


def life_of_a_pool(cloud: Cloud, chance: random.Random) -> None:
    """A second pool with a network and a VM in it, and all of it away again."""
    name, cidr = _name(chance), cloud.api.one("/l2-networks/vxlan-pool", f"uuid={cloud.pool}")["attachedCidrs"]
    start = chance.randrange(10_000, 1_000_000) * 10
    own = replace(cloud, l2={}, l3={}, router="")
    own.pool = add_pool(own, cidr[cloud.cluster], start, start + 9, name=name)
    l3 = own.subnet(name, "10.99.0.0/24", vpc=False)
    cloud.remove_vm(own.vm(name, name)["uuid"])
    cloud.api.delete(f"/l3-networks/{l3}")
    cloud.api.delete(f"/l2-networks/{own.pool}/clusters/{cloud.cluster}")
    cloud.api.delete(f"/l2-networks/{own.pool}")


OPERATIONS: tuple[Operation, ...] = (
    create_vm,
    create_vm,
    create_vm,
    destroy_vm,
    stop_and_start,
    reboot,
    change_address,
    change_nics,
    reattach_subnet,
    toggle_snat,
    change_resolver,
    life_of_a_router,
    change_subnet,
    reconnect_host,
    life_of_a_pool,
)


def test_seeded_kills(running_lab: Lab, cloud: Cloud) -> None:
    print(f"seed {SEED}, {KILLS} kills")
    chance = random.Random(SEED)
    for operation in dict.fromkeys(OPERATIONS):
        operation(cloud, chance)  # undisturbed they all succeed
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
    _restore(running_lab, cloud)


def _attempt(lab: Lab, cloud: Cloud, operation: Operation, seed: int) -> None:
    """An operation that may fail in any way an unlucky user sees; its effects are judged elsewhere."""
    client = V1(lab.url, timeout=60)
    client.session = cloud.api.session
    own = replace(cloud, api=client, l3=dict(cloud.l3), l2=dict(cloud.l2))
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


def _restore(lab: Lab, cloud: Cloud) -> None:
    """What the operations have left is removed, for the tests that come after."""
    own = replace(cloud, api=lab.client())
    for vm in own.api.query("/vm-instances", "name~=fault-%"):
        own.api.delete(f"/vm-instances/{vm['uuid']}")
        own.api.put(f"/vm-instances/{vm['uuid']}/actions", "expungeVmInstance") if vm["type"] == "UserVm" else None
    for nic in own.api.query("/vm-instances/nics", "l3Network.name~=fault-%"):
        own.api.delete(f"/vm-instances/nics/{nic['uuid']}")
    for kind in ("l3-networks", "l2-networks"):
        for network in own.api.query(f"/{kind}", "name~=fault-%"):
            own.api.delete(f"/{kind}/{network['uuid']}")
    for name in ("web", "db", "twin"):
        own.api.post(f"/l3-networks/{own.l3[name]}/mtu", mtu=MTU)
    own.api.post(f"/vpc/virtual-routers/{own.router}/networkservicestate", networkService="SNAT", state="enable")
    router = own.api.one("/vpc/virtual-routers", f"uuid={own.router}")
    for dns in router.get("dns", ()):
        own.api.delete(f"/vpc/virtual-routers/{own.router}/dns", dns=dns["dns"])
    own.api.close()
    eventually("nothing is left", lambda: _complaints(lab), timeout=60)


def _name(chance: random.Random) -> str:
    return f"fault-{chance.randrange(1 << 30)}"


def _some_vm(cloud: Cloud, chance: random.Random) -> dict[str, Any] | None:
    vms = cloud.api.query("/vm-instances", "name~=fault-%", "type=UserVm", "state=Running")
    return chance.choice(vms) if vms else None
