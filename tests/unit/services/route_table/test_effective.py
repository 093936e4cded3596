"""What users are shown of the routes in force: who is asked, and how the answer becomes rows."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Answered
from landbridge.model.documents.vm import VmInstance
from landbridge.model.questions.router import AskRoutes, KernelHop, KernelRoute, KernelRoutes
from tests.unit.services.natkit import opened
from tests.unit.services.route_table.test_tables import FAR, NEIGHBOUR, Site

KERNEL = KernelRoutes(
    routes=(
        KernelRoute("0.0.0.0/0", 0, 76, False, (KernelHop("203.0.113.1", "eth1", False),)),
        KernelRoute("10.1.0.0/24", 0, 2, False, (KernelHop(None, "eth2", False),)),
        KernelRoute(FAR, 128, 76, False, (KernelHop(NEIGHBOUR, "eth1", False),)),
        KernelRoute(FAR, 200, 76, True, ()),
    ),
    down=(),
)


@pytest.fixture
def site() -> Iterator[Site]:
    with opened() as cloud:
        yield Site(cloud)


def answered(site: Site) -> Any:
    outcome = site.cloud.begin("GetVRouterRouteTable", virtualRouterVmUuid=site.router)
    assert outcome.asked is not None
    [ask] = outcome.asked.asks
    assert (ask.node, ask.question) == (
        site.cloud.get(VmInstance, site.router).host_uuid,
        AskRoutes(router_uuid=site.router),
    )
    return outcome.asked.merge([Answered(ask.node, ask.question, KERNEL)])


def test_rows(site: Site) -> None:
    static, hole = site.add(FAR, description="the office"), site.hole(FAR, distance=200)
    waiting = site.add("10.30.0.0/16", "192.0.2.1")
    site.attach()
    default, connected, first, second, third = answered(site)["inventories"]
    assert (default["type"], default["target"], default["origin"]) == ("ZStack", "203.0.113.1", "service")
    assert (connected["type"], connected["distance"], connected["interface"]) == ("DirectConnect", 0, "eth2")
    assert first == {
        "uuid": static["uuid"],
        "routeTableUuid": site.table,
        "type": "UserStatic",
        "destination": FAR,
        "target": NEIGHBOUR,
        "distance": 128,
        "description": "the office",
        "interface": "eth1",
        "origin": "static",
        "inForce": True,
        "status": "InForce",
    }
    assert (second["uuid"], second["inForce"], second["status"]) == (hole["uuid"], False, "Shadowed")
    assert "distance 128: via 203.0.113.99" in second["reason"]
    assert (third["uuid"], third["status"]) == (waiting["uuid"], "NextHopUnreachable")


def test_a_vrouter_that_does_not_run(site: Site) -> None:
    """Nobody is asked."""
    entry = site.add(FAR)
    site.attach()
    site.cloud.call("StopVmInstance", uuid=site.router)
    [row] = site.cloud.call("GetVRouterRouteTable", virtualRouterVmUuid=site.router)
    assert (row["uuid"], row["status"]) == (entry["uuid"], "RouterAbsent")
    assert "Stopped" in row["reason"]
    found = site.cloud.call("ExplainVRouterRouteTable", virtualRouterVmUuid=site.router, destination="10.20.9.9")
    assert found["carriedBy"] == found["otherwise"] == []
