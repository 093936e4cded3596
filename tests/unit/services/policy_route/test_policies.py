"""Policy routes: what rules, sets and tables may say, whose they are, what a vrouter is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.vm import VmInstance
from landbridge.model.router_node import PolicyRoutes, PolicyRule, PolicyTable, StaticRoute
from landbridge.services.policy_route.document import RULE_SET, TABLE, PolicyRouteRule, PolicyRouteTable
from tests.unit.services.natkit import NatCloud, opened
from tests.unit.services.route_table.test_tables import refused

HOP = "203.0.113.99"


class Site:
    """A vrouter with subnets `web` and `db`, a rule set and a table."""

    def __init__(self, cloud: NatCloud) -> None:
        self.cloud = cloud
        assert cloud.route is not None
        self.router = cloud.route["uuid"]
        self.set = self.make_set()
        self.table = self.make_table(10)

    def make_set(self, router: str = "", **params: Any) -> str:
        wanted = {"name": "rules", "vRouterUuid": router or self.router, **params}
        return str(self.cloud.call("CreatePolicyRouteRuleSet", **wanted)["uuid"])

    def make_table(self, number: int, router: str = "") -> str:
        wanted = {"vRouterUuid": router or self.router, "number": number}
        return str(self.cloud.call("CreatePolicyRouteTable", **wanted)["uuid"])

    def rule(self, number: int = 1001, **params: Any) -> Any:
        wanted = {"ruleSetUuid": self.set, "tableUuid": self.table, "ruleNumber": number, **params}
        return self.cloud.call("CreatePolicyRouteRule", **wanted)

    def entry(self, destination: str = "0.0.0.0/0", hop: str = HOP, **params: Any) -> Any:
        wanted = {"tableUuid": self.table, "destinationCidr": destination, "nextHopIp": hop, **params}
        return self.cloud.call("CreatePolicyRouteTableRouteEntry", **wanted)

    def attach(self, l3: str = "", rule_set: str = "") -> None:
        self.cloud.call("AttachPolicyRouteRuleSetToL3", l3Uuid=l3 or self.cloud.web, ruleSetUuid=rule_set or self.set)

    def detach(self, l3: str = "") -> None:
        self.cloud.call("DetachPolicyRouteRuleSetFromL3", l3Uuid=l3 or self.cloud.web, ruleSetUuid=self.set)

    def nic(self, l3: str) -> str:
        """The vrouter's NIC on a network."""
        return next(nic.uuid for nic in self.cloud.nics({"uuid": self.router}) if nic.l3_network_uuid == l3)

    def told(self) -> PolicyRoutes | None:
        host = self.cloud.get(VmInstance, self.router).host_uuid
        found = self.cloud.objects(host).get(f"policies/{self.router}") if host else None
        assert found is None or isinstance(found, PolicyRoutes)
        return found


@pytest.fixture
def site() -> Iterator[Site]:
    with opened() as cloud:
        yield Site(cloud)
        cloud.check_compiled()


def test_what_a_vrouter_is_told(site: Site) -> None:
    """Rules of the networks that a set is attached to, the smallest number first, and the tables that they need."""
    rule = site.rule(1002, sourceIp="10.1.0.9", destPort="80,8000-8999", protocol="tcp")
    site.rule(1001, destIp="192.0.2.0/24")
    site.entry()
    site.make_table(11)
    assert site.told() is None
    site.attach()
    web, db = site.nic(site.cloud.web), site.nic(site.cloud.db)
    general = PolicyRule(1001, web, 10, destination="192.0.2.0/24")
    special = PolicyRule(
        1002, web, 10, source="10.1.0.9/32", protocol="tcp", destination_ports=((80, 80), (8000, 8999))
    )
    tables = (PolicyTable(10, (StaticRoute("0.0.0.0/0", HOP, 1),)),)
    assert site.told() == PolicyRoutes(rules=(general, special), tables=tables)
    site.attach(site.cloud.db)
    told = site.told()
    assert told is not None
    assert {(one.number, one.nic_uuid) for one in told.rules} == {
        (number, nic) for number in (1001, 1002) for nic in (web, db)
    }
    site.detach(site.cloud.db)
    site.cloud.call("DeletePolicyRouteRule", uuid=rule["uuid"])
    assert site.told() == PolicyRoutes(rules=(general,), tables=tables)
    site.detach()
    assert site.told() is None


def test_shown_with_what_they_have(site: Site) -> None:
    site.rule(1005)
    site.rule(1003, protocol="udp", sourcePort="53")
    entry = site.entry("10.9.0.7/16", distance=7)
    site.attach()
    [shown] = site.cloud.call("GetPolicyRouteRuleSetFromVirtualRouter", vmInstanceUuid=site.router)
    assert shown == site.cloud.ask(RULE_SET, f"uuid={site.set}")[0]
    assert [(rule["ruleNumber"], rule["state"]) for rule in shown["rules"]] == [(1003, "enable"), (1005, "enable")]
    assert [ref["l3NetworkUuid"] for ref in shown["l3Refs"]] == [site.cloud.web]
    assert shown["type"] == "User"
    [table] = site.cloud.ask(TABLE, "tableNumber=10")
    assert [(row["uuid"], row["destinationCidr"], row["distance"]) for row in table["routes"]] == [
        (entry["uuid"], "10.9.0.0/16", 7)
    ]
    renamed = site.cloud.call("UpdatePolicyRouteRuleSet", uuid=site.set, name="mail", description="by the carrier")
    assert (renamed["name"], renamed["description"]) == ("mail", "by the carrier")


def test_what_goes_takes_its_own_along(site: Site) -> None:
    cloud = site.cloud
    site.rule()
    site.entry()
    site.attach()
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=site.nic(cloud.web))
    assert site.told() is None
    cloud.join(site.router, cloud.web)
    assert site.told() is None, "attached anew it is another place"
    site.attach()
    assert site.told() is not None
    cloud.call("DestroyVmInstance", uuid=site.router)
    assert [cloud.all(doc) for doc in (PolicyRouteRule, PolicyRouteTable)] == [[], []]


def test_in_use(site: Site) -> None:
    call, rule = site.cloud.call, site.rule()
    site.attach()
    refused("SYS.1006", site.cloud.web, lambda: call("DeletePolicyRouteRuleSet", uuid=site.set))
    refused("SYS.1006", rule["uuid"], lambda: call("DeletePolicyRouteTable", uuid=site.table))
    second = site.make_set()
    refused("SYS.1006", "detach that first", lambda: site.attach(rule_set=second))
    call("DeletePolicyRouteTable", uuid=site.table, deleteMode="Enforcing")
    assert site.cloud.all(PolicyRouteRule) == []
    call("DeletePolicyRouteRuleSet", uuid=site.set, deleteMode="Enforcing")
    site.attach(rule_set=second)


def test_twice(site: Site) -> None:
    rule, entry = site.rule(), site.entry()
    refused("SYS.1006", rule["uuid"], site.rule)
    refused("SYS.1006", entry["uuid"], lambda: site.entry(distance=3))
    refused("SYS.1006", site.table, lambda: site.make_table(10))
    site.cloud.call("DeletePolicyRouteTableRouteEntry", uuid=entry["uuid"])
    site.entry()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"number": 1000}, "outside [1001, 2999]"),
        ({"number": 3000}, "outside [1001, 2999]"),
        ({"destPort": "80"}, "protocol is missing"),
        ({"protocol": "icmp"}, "valid values are"),
        ({"protocol": "tcp", "destPort": "0-10"}, "cannot be part"),
        ({"protocol": "tcp", "destPort": "1-65535"}, "cannot be part"),
        ({"protocol": "tcp", "sourcePort": "90-80"}, "ends before it starts"),
        ({"sourceIp": "web"}, "neither an IPv4 address nor a CIDR"),
        ({"destIp": "fd00::/8"}, "neither an IPv4 address nor a CIDR"),
    ],
)
def test_bad_rules(site: Site, params: dict[str, Any], words: str) -> None:
    refused("SYS.1007", words, lambda: site.rule(**params))


def test_other_bad_input(site: Site) -> None:
    cloud = site.cloud
    assert cloud.route is not None
    other = cloud.router(name="other", virtualRouterOfferingUuid=cloud.route["instanceOfferingUuid"])["uuid"]
    table = site.make_table(10, other)
    refused("SYS.1007", other, lambda: site.rule(tableUuid=table))
    refused("SYS.1007", "attach that first", lambda: site.attach(cloud.far))
    refused("SYS.1006", "is not attached", site.detach)
    refused("SYS.1007", "outside [1, 179]", lambda: site.make_table(180))
    refused("SYS.1007", "outside [1, 100]", lambda: site.entry(distance=101))
    refused("SYS.1007", "in no network", lambda: site.entry(hop="192.0.2.1"))
    refused("SYS.1007", "not an IPv4 CIDR", lambda: site.entry("everything"))
    refused("SYS.1007", "answers always leave", lambda: site.make_set(type="EgressWhereComeFrom"))
