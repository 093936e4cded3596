"""Route tables and their entries: what they may say, who has them, what a vrouter is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.route_table import ROUTE_ENTRY, ROUTE_TABLE, VRouterRouteEntry
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import ApiError
from landbridge.model.router_node import StaticRoute, StaticRoutes
from landbridge.services.route_table.rules import BUCKETS, bucket_of
from tests.unit.services.natkit import NatCloud, opened

NEIGHBOUR, OTHER = "203.0.113.99", "203.0.113.98"
FAR = "10.20.0.0/16"


class Site:
    """A vrouter with subnets 10.1.0.0/24 and 10.2.0.0/24 and the public network 203.0.113.0/24, and a table."""

    def __init__(self, cloud: NatCloud) -> None:
        self.cloud = cloud
        assert cloud.route is not None
        self.router = cloud.route["uuid"]
        self.table = self.make()

    def make(self) -> str:
        return str(self.cloud.call("CreateVRouterRouteTable", name="sites")["uuid"])

    def attach(self, table: str = "", router: str = "") -> Any:
        return self.cloud.call(
            "AttachVRouterRouteTableToVRouter",
            routeTableUuid=table or self.table,
            virtualRouterVmUuid=router or self.router,
        )

    def add(self, destination: str, target: str | None = NEIGHBOUR, **params: Any) -> Any:
        wanted = {"routeTableUuid": self.table, "destination": destination, **params}
        return self.cloud.call("AddVRouterRouteEntry", **(wanted | ({"target": target} if target else {})))

    def hole(self, destination: str, **params: Any) -> Any:
        return self.add(destination, None, type="UserBlackHole", **params)

    def told(self, router: dict[str, Any] | None = None) -> set[StaticRoute]:
        """The routes that a vrouter is told."""
        uuid = router["uuid"] if router else self.router
        host = self.cloud.get(VmInstance, uuid).host_uuid
        sent = self.cloud.objects(host).items() if host else ()
        mine = (value for key, value in sent if key.startswith(f"routes/{uuid}/"))
        return {route for value in mine if isinstance(value, StaticRoutes) for route in value.routes}


@pytest.fixture
def site() -> Iterator[Site]:
    with opened() as cloud:
        yield Site(cloud)
        cloud.check_compiled()


def refused(code: str, words: str, do: Any) -> None:
    with pytest.raises(ApiError) as caught:
        do()
    assert (caught.value.code, words in caught.value.details) == (code, True), caught.value


def test_entries_have_defaults_and_are_nested(site: Site) -> None:
    entry = site.add("10.20.3.7/16", description="the office")
    assert {name: entry[name] for name in ("type", "destination", "target", "distance", "description")} == {
        "type": "UserStatic",
        "destination": FAR,
        "target": NEIGHBOUR,
        "distance": 128,
        "description": "the office",
    }
    assert "bucket" not in entry
    site.hole("10.20.2.0/24", distance=1)
    site.attach()
    [table] = site.cloud.ask(ROUTE_TABLE, f"uuid={site.table}")
    assert [(row["type"], row.get("target")) for row in table["routeEntries"]] == [
        ("UserStatic", NEIGHBOUR),
        ("UserBlackHole", None),
    ]
    [ref] = table["attachedRouterRefs"]
    assert (ref["virtualRouterVmUuid"], ref["routeTableUuid"]) == (site.router, site.table)


def test_what_vrouters_are_told_follows(site: Site) -> None:
    """One table for two vrouters; an entry changes for both; each can be without it again."""
    cloud = site.cloud
    other = cloud.router(name="other", virtualRouterOfferingUuid=cloud.route["instanceOfferingUuid"])  # type: ignore[index]
    first = site.add(FAR)
    assert site.told() == set()
    site.attach()
    site.attach(router=other["uuid"])
    wanted = {StaticRoute(FAR, NEIGHBOUR, 128)}
    assert site.told() == site.told(other) == wanted
    site.hole("10.20.2.0/24")
    assert site.told() == site.told(other) == wanted | {StaticRoute("10.20.2.0/24", None, 128)}
    cloud.call("DeleteVRouterRouteEntry", routeTableUuid=site.table, uuid=first["uuid"])
    assert site.told() == site.told(other) == {StaticRoute("10.20.2.0/24", None, 128)}
    cloud.call("DetachVRouterRouteTableFromVRouter", routeTableUuid=site.table, virtualRouterVmUuid=site.router)
    assert (site.told(), len(site.told(other))) == (set(), 1)
    cloud.call("DeleteVRouterRouteTable", uuid=site.table, deleteMode="Enforcing")
    assert site.told(other) == set()
    assert cloud.all(VRouterRouteEntry) == []


def test_a_vrouter_that_goes_leaves_the_table(site: Site) -> None:
    site.add(FAR)
    site.attach()
    site.cloud.call("DestroyVmInstance", uuid=site.router)
    [table] = site.cloud.ask(ROUTE_TABLE, f"uuid={site.table}")
    assert table["attachedRouterRefs"] == []
    site.cloud.call("DeleteVRouterRouteTable", uuid=site.table)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"destination": "10.20.0.0"}, "not an IPv4 CIDR"),
        ({"destination": "fd00::/8"}, "not an IPv4 CIDR"),
        ({"destination": "0.0.0.0/0"}, "UpdateVirtualRouter"),
        ({"destination": "127.1.0.0/16"}, "nobody forwards"),
        ({"destination": "224.0.0.0/4"}, "nobody forwards"),
        ({"destination": "128.0.0.0/1"}, "nobody forwards"),
        ({"destination": FAR, "target": None}, "target is missing"),
        ({"destination": FAR, "target": "router"}, "not an IPv4 address"),
        ({"destination": FAR, "type": "UserBlackHole"}, "leads nowhere"),
        ({"destination": FAR, "type": "DirectConnect"}, "valid values are"),
        ({"destination": FAR, "distance": 0}, "outside [1, 254]"),
        ({"destination": FAR, "distance": 255}, "outside [1, 254]"),
        ({"destination": FAR, "target": "192.0.2.1"}, "in no network of vrouter"),
        ({"destination": FAR, "target": "10.1.0.1"}, "itself"),
        ({"destination": FAR, "target": "203.0.113.255"}, "no machine's address"),
        ({"destination": "10.1.0.0/24"}, "inside 10.1.0.0/24"),
        ({"destination": "10.1.0.128/25"}, "inside 10.1.0.0/24"),
        ({"destination": "203.0.113.7/32"}, "inside 203.0.113.0/24"),
    ],
)
def test_bad_entries(site: Site, params: dict[str, Any], words: str) -> None:
    site.attach()
    target = params.pop("target", NEIGHBOUR)
    refused("SYS.1007", words, lambda: site.add(params.pop("destination"), target, **params))
    assert site.cloud.all(VRouterRouteEntry) == []


def test_what_contains_a_connected_network_is_fine(site: Site) -> None:
    """The network itself is longer."""
    site.attach()
    site.hole("10.0.0.0/8")
    assert site.told() == {StaticRoute("10.0.0.0/8", None, 128)}


def test_twice_is_refused_and_several_next_hops_are_not(site: Site) -> None:
    first = site.add(FAR)
    refused("SYS.1006", first["uuid"], lambda: site.add("10.20.0.1/16", distance=7))
    site.add(FAR, OTHER)
    refused("SYS.1006", "different distances", lambda: site.hole(FAR))
    hole = site.hole(FAR, distance=200)
    refused("SYS.1006", hole["uuid"], lambda: site.hole(FAR, distance=201))
    site.cloud.call("DeleteVRouterRouteEntry", routeTableUuid=site.table, uuid=first["uuid"])
    site.add(FAR)


def test_a_vrouter_has_one_table(site: Site) -> None:
    second = site.make()
    site.attach()
    refused("SYS.1006", site.table, lambda: site.attach(second))
    detach = "DetachVRouterRouteTableFromVRouter"
    refused(
        "SYS.1006",
        "does not have",
        lambda: site.cloud.call(detach, routeTableUuid=second, virtualRouterVmUuid=site.router),
    )
    site.cloud.call(detach, routeTableUuid=site.table, virtualRouterVmUuid=site.router)
    site.attach(second)


def test_a_table_in_use_stays(site: Site) -> None:
    site.attach()
    refused("SYS.1006", site.router, lambda: site.cloud.call("DeleteVRouterRouteTable", uuid=site.table))


def test_tables_and_networks_that_do_not_go_together(site: Site) -> None:
    """Whichever comes later is refused."""
    cloud = site.cloud
    site.add("10.3.0.0/24", "10.1.0.9")
    far = cloud.far
    site.attach()
    refused("SYS.1006", "delete the entry", lambda: cloud.join(site.router, far))
    cloud.call("DetachVRouterRouteTableFromVRouter", routeTableUuid=site.table, virtualRouterVmUuid=site.router)
    assert site.router in [
        row["uuid"] for row in cloud.call("GetRouteTableVpcVRouterCandidate", tableUuid=site.table)
    ]
    cloud.join(site.router, far)
    refused("SYS.1006", "inside 10.3.0.0/24", site.attach)
    assert cloud.call("GetRouteTableVpcVRouterCandidate", tableUuid=site.table) == []
    assert [row["uuid"] for row in cloud.call("GetRouteTableVpcVRouterCandidate")] == [site.router]


def test_an_entry_of_another_table(site: Site) -> None:
    entry, second = site.add(FAR), site.make()
    delete = "DeleteVRouterRouteEntry"
    refused("SYS.1007", site.table, lambda: site.cloud.call(delete, routeTableUuid=second, uuid=entry["uuid"]))
    site.cloud.call(delete, routeTableUuid=site.table, uuid=entry["uuid"])
    site.cloud.call(delete, routeTableUuid=site.table, uuid=entry["uuid"])
    assert site.cloud.ask(ROUTE_ENTRY) == []


def test_names_change(site: Site) -> None:
    table = site.cloud.call("UpdateVRouterRouteTable", uuid=site.table, name="offices")
    assert table["name"] == "offices"
    refused("SYS.1007", "empty", lambda: site.cloud.call("UpdateVRouterRouteTable", uuid=site.table, name=""))


def test_buckets_are_about_equal() -> None:
    """Of networks one after the other, the usual case, too."""
    found = [bucket_of(f"10.{high}.{low}.0/24") for high in range(40) for low in range(250)]
    assert max(map(found.count, BUCKETS)) < 2 * len(found) / len(BUCKETS)
