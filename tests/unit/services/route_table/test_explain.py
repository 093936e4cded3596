"""Which route carries what, as users are shown it: with what is known of packets, and with what is not."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Answered
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.questions.router import AskRoutes, KernelHop, KernelRoute, KernelRoutes, KernelRule
from landbridge.model.router_node import interface_of
from tests.unit.services.natkit import opened
from tests.unit.services.route_table.test_tables import FAR, NEIGHBOUR, Site, refused

EXPLAIN = "ExplainVRouterRouteTable"
DEFAULT = KernelRoute("0.0.0.0/0", 0, 76, False, (KernelHop("203.0.113.1", "eth0", False),))
ROUTES = (
    DEFAULT,
    KernelRoute("10.1.0.0/24", 0, 2, False, (KernelHop(None, "eth2", False),)),
    KernelRoute(FAR, 128, 76, False, (KernelHop(NEIGHBOUR, "eth0", False),)),
    KernelRoute(FAR, 200, 76, True, ()),
)
TABLE = (KernelRoute("0.0.0.0/0", 1, 76, False, (KernelHop("203.0.113.98", "eth0", False),)),)


@pytest.fixture
def site() -> Iterator[Site]:
    with opened() as cloud:
        yield Site(cloud)


def explained(site: Site, *rules: KernelRule, own: tuple[str, ...] = (), **params: Any) -> Any:
    outcome = site.cloud.begin(EXPLAIN, virtualRouterVmUuid=site.router, **params)
    assert outcome.asked is not None
    [ask] = outcome.asked.asks
    assert (ask.node, ask.question) == (
        site.cloud.get(VmInstance, site.router).host_uuid,
        AskRoutes(router_uuid=site.router, policies=True),
    )
    kernel = KernelRoutes(routes=ROUTES, down=(), rules=rules, tables={10: TABLE}, own=own)
    return outcome.asked.merge([Answered(ask.node, ask.question, kernel)])


def leg(site: Site, network: str) -> VmNic:
    """The vrouter's NIC in a network."""
    nics = site.cloud.all(VmNic, vm_instance_uuid=site.router)
    return next(nic for nic in nics if (nic.ip or "").startswith(network))


def test_main_table(site: Site) -> None:
    site.add(FAR)
    site.hole(FAR, distance=200)
    site.attach()
    found = explained(site, destination="10.20.9.9")
    assert [row["target"] for row in found["carriedBy"]] == [NEIGHBOUR]
    assert [row["origin"] for row in found["otherwise"]] == ["black hole"]
    found = explained(site, destination="10.1.0.9")
    assert [[row["destination"] for row in found[name]] for name in ("carriedBy", "otherwise")] == [
        ["10.1.0.0/24"],
        ["0.0.0.0/0"],
    ]
    assert (found["exceptions"], "policyRule" in found) == ([], False)


def test_the_vrouter_itself(site: Site) -> None:
    found = explained(site, destination="10.1.0.1", own=("10.1.0.1",))
    assert [row["origin"] for row in found["carriedBy"]] == ["own"]
    assert [row["destination"] for row in found["otherwise"]] == ["10.1.0.0/24"]


def test_rules_that_take_a_part_and_one_that_takes_all(site: Site) -> None:
    nic = leg(site, "10.1.")
    came = interface_of(nic.device_id)
    rules = [
        KernelRule(1001, 10, came, "10.1.0.0/25", protocol="tcp", destination_ports=ports)
        for ports in ((443, 443), (80, 81))
    ]
    found = explained(site, *rules, destination="192.0.2.1")
    [row] = found["carriedBy"]
    assert (row["target"], "tableNumber" in row) == ("203.0.113.1", False)
    [exception] = found["exceptions"]
    [taken] = exception.pop("carriedBy")
    assert exception == {
        "ruleNumber": 1001,
        "tableNumber": 10,
        "interface": came,
        "l3NetworkUuid": nic.l3_network_uuid,
        "sourceIp": "10.1.0.0/25",
        "protocol": "tcp",
        "destPort": "80-81,443",
    }
    assert (taken["target"], taken["origin"], taken["tableNumber"]) == ("203.0.113.98", "policy", 10)
    known: dict[str, Any] = {"destination": "192.0.2.1", "protocol": "tcp", "port": 81}
    inside: dict[str, Any] = {"source": "10.1.0.9"}
    for where in (inside, inside | {"l3NetworkUuid": nic.l3_network_uuid}):
        found = explained(site, *rules, **known, **where)
        assert (found["policyRule"]["ruleNumber"], found["carriedBy"], found["exceptions"]) == (1001, [taken], [])
        assert [row["target"] for row in found["otherwise"]] == ["203.0.113.1"]
        assert "refused" not in found
    other = leg(site, "10.2.")
    public: Any = inside | {"l3NetworkUuid": leg(site, "203.0.113.").l3_network_uuid}
    for where in (inside | {"source": "10.1.0.200"}, inside | {"l3NetworkUuid": other.l3_network_uuid}, public):
        found = explained(site, *rules, **known, **where)
        assert ([row["target"] for row in found["carriedBy"]], found["exceptions"]) == (["203.0.113.1"], [])
        refused_by = f"answers to 10.1.0.9 would leave by {came}, not by {interface_of(other.device_id)}"
        assert found.get("refused", "").endswith(refused_by if other.l3_network_uuid in where.values() else "")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"destination": FAR}, "destination[10.20.0.0/16] is not an IPv4 address"),
        ({"destination": "10.1.0.9", "source": "web"}, "source[web] is not an IPv4 address"),
        ({"destination": "10.1.0.9", "protocol": "icmp", "port": 80}, "protocol[icmp] has no ports"),
        ({"destination": "10.1.0.9", "protocol": "sctp"}, "protocol"),
        ({"destination": "10.1.0.9", "port": 65536}, "port"),
    ],
)
def test_refused(site: Site, params: dict[str, Any], words: str) -> None:
    refused("SYS.1007", words, lambda: site.cloud.begin(EXPLAIN, virtualRouterVmUuid=site.router, **params))


def test_a_network_that_the_vrouter_is_not_on(site: Site) -> None:
    other = site.cloud.served("10.9.0.0/24", "other")
    params = {"virtualRouterVmUuid": site.router, "destination": "10.1.0.9", "l3NetworkUuid": other}
    refused("SYS.1007", "is not on l3NetworkUuid[", lambda: site.cloud.begin(EXPLAIN, **params))
