"""What carries a packet, asked through the API while a policy rule is in force: what the vrouter's kernel answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.lab import Lab, in_namespace
from tests.support.scenario import Cloud

pytestmark = pytest.mark.netns

FAR, SOURCE, NEIGHBOUR = "192.0.2.9", "10.10.1.77", "10.10.2.99"


@dataclass
class Vrouter:
    """The cloud's, with a rule for TCP to ports 8080 to 8089 that comes from `web`."""

    lab: Lab
    cloud: Cloud

    def explain(self, **known: Any) -> dict[str, Any]:
        """What the API says of packets to FAR."""
        path = f"/vrouter-route-tables/vrouter/{self.cloud.router}/explanation"
        return self.cloud.api.call("GET", f"{path}?{urlencode({'destination': FAR} | known)}")

    def kernel(self, port: int) -> tuple[str, str]:
        """Next hop and interface for TCP from SOURCE to FAR, by the kernel."""
        router = self.cloud.api.one("/vm-instances/appliances", f"uuid={self.cloud.router}")
        number = list(self.lab.host_namespaces).index(router["hostUuid"]) + 1
        namespace = f"{self.lab.prefix}-h{number}-vr-{self.cloud.router[:12]}"
        came = next(nic["deviceId"] for nic in router["vmNics"] if nic["l3NetworkUuid"] == self.cloud.l3["web"])
        about = ("from", SOURCE, "iif", f"eth{came}", "ipproto", "tcp", "sport", "9", "dport", str(port))
        [route] = json.loads(in_namespace(namespace, "ip", "-j", "route", "get", FAR, *about))
        return route["gateway"], route["dev"]


@pytest.fixture
def vrouter(running_lab: Lab, cloud: Cloud) -> Iterator[Vrouter]:
    api, router = cloud.api, cloud.router
    table = api.post("/policy-routes/tables", vRouterUuid=router, number=10)["uuid"]
    rules = api.post("/policy-routes/rulesets", name="rules", vRouterUuid=router)["uuid"]
    api.post("/policy-routes/routes", tableUuid=table, destinationCidr="192.0.2.0/24", nextHopIp=NEIGHBOUR)
    rule: dict[str, Any] = {"ruleSetUuid": rules, "tableUuid": table, "ruleNumber": 1001}
    api.post("/policy-routes/rules", protocol="tcp", destPort="8080-8089", **rule)
    api.post(f"/policy-routes/rulesets/{rules}/l3networks/{cloud.l3['web']}")
    try:
        yield Vrouter(running_lab, cloud)
    finally:
        api.delete(f"/policy-routes/ruleSets/{rules}", deleteMode="Enforcing")
        api.delete(f"/policy-routes/tables/{table}", deleteMode="Enforcing")


def test_as_the_kernel_answers(vrouter: Vrouter) -> None:
    web = vrouter.cloud.l3["web"]
    shown = vrouter.explain()
    [row], [exception] = shown["carriedBy"], shown["exceptions"]
    assert (row["target"], row["origin"]) == (vrouter.lab.status["public"]["gateway"], "service")
    assert (exception["ruleNumber"], exception["l3NetworkUuid"], exception["destPort"]) == (1001, web, "8080-8089")
    for port, taken in ((8085, exception["carriedBy"][0]), (8090, row)):
        shown = vrouter.explain(source=SOURCE, protocol="tcp", sourcePort=9, port=port)
        assert (shown["carriedBy"], shown["exceptions"], "refused" in shown) == ([taken], [], False)
        assert vrouter.kernel(port) == (taken["target"], taken["interface"])
        assert ("policyRule" in shown) == (taken is not row)
    assert taken["target"] != exception["carriedBy"][0]["target"] == NEIGHBOUR
