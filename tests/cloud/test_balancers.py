"""Load balancers through the API in a lab: the status of their servers is what the vrouter sees."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.lab import Lab, eventually
from tests.support.scenario import Cloud
from tests.support.sockets import connects, echo

pytestmark = pytest.mark.netns

PORT, INSIDE = 7000, 7001
QUICK = ("healthCheckInterval::1", "healthCheckTimeout::1", "healthyThreshold::1", "unhealthyThreshold::1")


@pytest.fixture
def vm(cloud: Cloud) -> Iterator[dict[str, Any]]:
    cloud.serve("web", "LoadBalancer")
    made = cloud.vm("server", "web")
    yield made
    cloud.remove_vm(made["uuid"])


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_server_dies_and_comes_back(running_lab: Lab, cloud: Cloud, vm: dict[str, Any], protocol: str) -> None:
    api, namespace = cloud.api, running_lab.vm_namespace(vm)
    vip = api.post("/vips", name="balanced", l3NetworkUuid=cloud.l3["public"])
    balancer = api.post("/load-balancers", name="lb", vipUuid=vip["uuid"])["uuid"]
    ports = {"loadBalancerPort": PORT, "instancePort": INSIDE, "protocol": protocol}
    listeners = f"/load-balancers/{balancer}/listeners"
    listener = api.post(listeners, tags=QUICK, name="listener", **ports)["uuid"]
    nics = [vm["vmNics"][0]["uuid"]]
    api.post(f"/load-balancers/listeners/{listener}/vm-instances/nics", vmNicUuids=nics)

    def fares(status: str) -> str:
        shown = api.one("/load-balancers/listeners", f"uuid={listener}")["vmNicRefs"][0]["status"]
        return "" if shown == status else shown

    eventually("nobody listens yet", lambda: fares("Inactive"))
    with echo(namespace, INSIDE) if protocol == "tcp" else echo(namespace, datagrams=(INSIDE,)):
        eventually("it is alive", lambda: fares("Active"))
        if protocol == "tcp":
            assert connects(f"{running_lab.prefix}-internet", vip["ip"], PORT)
    eventually("it is dead", lambda: fares("Inactive"))
    api.delete(f"/vips/{vip['uuid']}")
