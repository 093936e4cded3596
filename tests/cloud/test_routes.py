"""Two VPCs joined by routes over a second public network, and a black hole that keeps one's databases to itself.

w1 (applications) ── shop's vrouter ── joint ── front's vrouter ── f1 (web servers)
d1 (databases)    ──┘        └── Internet ──┘
"""

import contextlib
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from landbridge.drivers import enter
from tests.support.lab import Lab, eventually, in_namespace
from tests.support.scenario import Cloud
from tests.support.sockets import connect, connects, echo, refused, talks
from tests.support.v1 import ApiFailure
from tests.support.world import differences

pytestmark = pytest.mark.netns

JOINT, FRONT, SHOP, DATABASES = "198.18.0.0/24", "10.30.1.0/24", "10.10.0.0/16", "10.10.2.0/24"
PORT = 7000


class Sites:
    """Both VPCs, with a route table each."""

    def __init__(self, cloud: Cloud, made: Lab) -> None:
        self.cloud, self.lab, self.api = cloud, made, cloud.api
        hosts = [host["uuid"] for host in made.status["hosts"]]
        self._joint()
        cloud.subnet("front", FRONT)
        front = self.api.post("/vpc/virtual-routers", name="front", virtualRouterOfferingUuid=cloud.offering)
        self.routers = {"shop": cloud.router, "front": front["uuid"]}
        for router, networks in (("shop", ("joint",)), ("front", ("front", "joint"))):
            for network in networks:
                self.api.post(f"/vm-instances/{self.routers[router]}/l3-networks/{cloud.l3[network]}")
            # Both sides are to see who it is.
            path = f"/vpc/virtual-routers/{self.routers[router]}/networkservicestate"
            self.api.post(path, networkService="SNAT", state="disable", l3NetworkUuid=cloud.l3["joint"])
        self.vms = {
            name: cloud.vm(name, subnet, host=hosts[host])
            for name, subnet, host in (("w1", "web", 0), ("d1", "db", 1), ("f1", "front", 2))
        }
        for name in self.vms:
            eventually(f"{name} has its address", lambda name=name: self._unconfigured(name))
        self.tables = {name: self._table(name) for name in self.routers}

    def remove(self) -> None:
        """All of it."""
        for vm in self.vms.values():
            self.cloud.remove_vm(vm["uuid"])
        for table in self.tables.values():
            self.api.delete(f"/vrouter-route-tables/{table}", deleteMode="Enforcing")
        self.api.delete(f"/vm-instances/{self.routers['front']}")
        self.api.delete(f"/vm-instances/nics/{self._leg('shop')['uuid']}")
        for name in ("joint", "front"):
            self.api.delete(f"/l3-networks/{self.cloud.l3.pop(name)}")
            self.api.delete(f"/l2-networks/{self.cloud.l2.pop(name)}")
        eventually("nothing is left of it", lambda: differences(self.lab, self.api))

    def ip(self, name: str) -> str:
        """A VM's address."""
        return str(self.vms[name]["vmNics"][0]["ip"])

    def namespace(self, name: str) -> str:
        """Where a VM lives."""
        return self.lab.vm_namespace(self.vms[name])

    def router_namespace(self, name: str) -> str:
        """Where a vrouter lives."""
        uuid = self.routers[name]
        host = self.api.one("/vpc/virtual-routers", f"uuid={uuid}")["hostUuid"]
        number = next(at for at, one in enumerate(self.lab.status["hosts"], 1) if one["uuid"] == host)
        return f"{self.lab.prefix}-h{number}-vr-{uuid[:12]}"

    def address(self, router: str) -> str:
        """A vrouter's in the joint network."""
        return str(self._leg(router)["ip"])

    def interface(self, router: str) -> str:
        """Its name inside the vrouter."""
        return f"eth{self._leg(router)['deviceId']}"

    def add(self, router: str, destination: str, target: str | None = None) -> str:
        """An entry of a vrouter's table; no target: a black hole."""
        more: dict[str, Any] = {"target": target} if target else {"type": "UserBlackHole"}
        path = f"/vrouter-route-tables/{self.tables[router]}/route-entries"
        return str(self.api.post(path, destination=destination, **more)["uuid"])

    def drop(self, router: str, entry: str) -> None:
        """Without an entry."""
        self.api.delete(f"/vrouter-route-tables/{self.tables[router]}/route-entries/{entry}")

    def rows(self, router: str) -> list[dict[str, Any]]:
        """What the vrouter says of its routes."""
        answer = self.api.call("GET", f"/vrouter-route-tables/vrouter/{self.routers[router]}")
        return list(answer["inventories"])

    def pings(self, name: str, target: str) -> bool:
        """Whether two of two come back."""
        command = ("ping", "-c", "2", "-i", "0.1", "-W", "1", target)
        return " 0% packet loss" in in_namespace(self.namespace(name), *command, check=False)

    def unreached(self, name: str, other: str) -> str:
        """What both vrouters have, unless one VM connects to the other."""
        if connects(self.namespace(name), self.ip(other), PORT):
            return ""
        commands = (
            ("ip", "route", "show", "table", "all"),
            ("ip", "rule"),
            ("ip", "neigh"),
            ("nft", "list", "ruleset"),
        )
        spaces = [self.router_namespace(router) for router in self.routers]
        return "\n".join(in_namespace(space, *command) for space in spaces for command in commands)

    def _leg(self, router: str) -> dict[str, Any]:
        nics: list[dict[str, Any]] = self.api.one("/vpc/virtual-routers", f"uuid={self.routers[router]}")["vmNics"]
        return next(nic for nic in nics if nic["l3NetworkUuid"] == self.cloud.l3["joint"])

    def _joint(self) -> None:
        """A public network that is no more than a VXLAN network: nothing is behind its gateway."""
        l2 = self.api.post("/l2-networks/vxlan", name="joint", poolUuid=self.cloud.pool)["uuid"]
        l3 = self.api.post("/l3-networks", name="joint", l2NetworkUuid=l2, category="Public")["uuid"]
        self.api.post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name="joint", networkCidr=JOINT)
        self.cloud.l2["joint"], self.cloud.l3["joint"] = l2, l3

    def _table(self, router: str) -> str:
        table = self.api.post("/vrouter-route-tables", name=router)["uuid"]
        self.api.post(f"/vrouter-route-tables/{table}/attach", virtualRouterVmUuid=self.routers[router])
        return str(table)

    def _unconfigured(self, name: str) -> str:
        shown = in_namespace(self.namespace(name), "ip", "route")
        return "" if "default" in shown else f"{name} has {shown!r}"


@pytest.fixture(scope="module")
def sites(cloud: Cloud, running_lab: Lab) -> Iterator[Sites]:
    made = Sites(cloud, running_lab)
    yield made
    made.remove()


@contextlib.contextmanager
def joined(sites: Sites) -> Iterator[None]:
    """Each VPC has a route to the other."""
    entries = {
        "shop": sites.add("shop", FRONT, sites.address("front")),
        "front": sites.add("front", SHOP, sites.address("shop")),
    }
    try:
        yield
    finally:
        for router, entry in entries.items():
            sites.drop(router, entry)


@contextlib.contextmanager
def leaked(sites: Sites) -> Iterator[list[str]]:
    """Destinations among the databases of packets that come to the shop over the joint network."""

    def listen() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        made.bind((sites.interface("shop"), 0x0800))
        made.settimeout(0.3)
        return made

    found: list[str] = []
    with enter.in_namespace(sites.router_namespace("shop"), listen) as sniffer:
        yield found
        with contextlib.suppress(TimeoutError):
            while True:
                packet, sender = sniffer.recvfrom(64)
                target = IPv4Address(packet[16:20])
                if sender[2] != socket.PACKET_OUTGOING and target in IPv4Network(DATABASES):
                    found.append(str(target))


def test_routes_join_two_vpcs(sites: Sites) -> None:
    with echo(sites.namespace("w1"), PORT), echo(sites.namespace("f1"), PORT):
        assert refused(sites.namespace("f1"), sites.ip("w1"), PORT)
        with joined(sites):
            eventually("f1 reaches w1", lambda: sites.unreached("f1", "w1"))
            assert connects(sites.namespace("w1"), sites.ip("f1"), PORT)
            with connect(sites.namespace("f1"), sites.ip("w1"), PORT) as made:
                seen = in_namespace(sites.namespace("w1"), "ss", "-tnH", "state", "established")
                assert f"{sites.ip('f1')}:{made.getsockname()[1]}" in seen, "nobody translates"
        assert refused(sites.namespace("f1"), sites.ip("w1"), PORT)


def test_a_black_hole_keeps_the_databases_in(sites: Sites) -> None:
    """Reached by nobody outside, probed by nobody: nothing for them even comes to their VPC."""
    f1, d1 = sites.namespace("f1"), sites.namespace("d1")
    with joined(sites), echo(d1, PORT), echo(sites.namespace("w1"), PORT):
        with leaked(sites) as before:
            assert connects(f1, sites.ip("d1"), PORT)
        assert before, "so the others are looked for where they would be seen"
        with connect(f1, sites.ip("d1"), PORT) as old:
            assert talks(old)
            hole = sites.add("front", DATABASES)
            try:
                with leaked(sites) as found:
                    assert not talks(old, 1)
                    assert refused(f1, sites.ip("d1"), PORT)
                    assert not sites.pings("f1", sites.ip("d1"))
                    assert not sites.pings("f1", "10.10.2.1"), "nor their gateway"
                    assert not sites.pings("f1", "10.10.2.200"), "nor an address that nobody has"
                assert found == []
                assert not sites.pings("d1", sites.ip("f1")), "no answer comes to them"
                assert connects(f1, sites.ip("w1"), PORT)
                assert connects(sites.namespace("w1"), sites.ip("d1"), PORT), "in their own VPC they serve"
                internet = f"{sites.lab.prefix}-internet"
                own = sites.api.one("/vips", "name=vip-for-router")
                in_namespace(internet, "ip", "route", "add", DATABASES, "via", own["ip"])
                try:
                    assert refused(internet, sites.ip("d1"), PORT)
                finally:
                    in_namespace(internet, "ip", "route", "del", DATABASES)
            finally:
                sites.drop("front", hole)
        assert connects(f1, sites.ip("d1"), PORT)


def test_a_policy_joins_what_it_is_about(sites: Sites) -> None:
    """Only applications, only to a port: the shop's own routes know nothing of the front."""
    api, shop = sites.api, sites.routers["shop"]
    back = sites.add("front", SHOP, sites.address("shop"))
    table = api.post("/policy-routes/tables", vRouterUuid=shop, number=10)["uuid"]
    hop = sites.address("front")
    api.post("/policy-routes/routes", tableUuid=table, destinationCidr=FRONT, nextHopIp=hop)
    rules = api.post("/policy-routes/rulesets", name="apps", vRouterUuid=shop)["uuid"]
    rule: dict[str, Any] = {"ruleNumber": 1001, "protocol": "tcp", "destPort": str(PORT)}
    api.post("/policy-routes/rules", ruleSetUuid=rules, tableUuid=table, **rule)
    try:
        with echo(sites.namespace("f1"), PORT, PORT + 1):
            assert refused(sites.namespace("w1"), sites.ip("f1"), PORT)
            api.post(f"/policy-routes/rulesets/{rules}/l3networks/{sites.cloud.l3['web']}")
            assert connects(sites.namespace("w1"), sites.ip("f1"), PORT)
            assert refused(sites.namespace("w1"), sites.ip("f1"), PORT + 1)
            assert refused(sites.namespace("d1"), sites.ip("f1"), PORT)
            with echo(sites.namespace("d1"), PORT):
                assert connects(sites.namespace("w1"), sites.ip("d1"), PORT), "to other subnets as ever"
            api.delete(f"/policy-routes/rulesets/{rules}/l3networks/{sites.cloud.l3['web']}")
            assert refused(sites.namespace("w1"), sites.ip("f1"), PORT)
    finally:
        api.delete(f"/policy-routes/ruleSets/{rules}", deleteMode="Enforcing")
        api.delete(f"/policy-routes/tables/{table}")
        sites.drop("front", back)


def test_what_is_in_force_is_seen(sites: Sites) -> None:
    with joined(sites):
        hole, waiting = sites.add("front", DATABASES), sites.add("front", "192.0.2.0/24", sites.ip("f1"))
        try:
            found = {row["uuid"]: row for row in sites.rows("front") if "uuid" in row}
            assert (found[hole]["origin"], found[hole]["inForce"]) == ("black hole", True)
            assert (found[waiting]["origin"], found[waiting]["inForce"]) == ("static", True)
            origins = {row["origin"] for row in sites.rows("front")}
            assert origins == {"connected", "service", "static", "black hole"}
            path = f"/vrouter-route-tables/vrouter/{sites.routers['front']}/explanation?destination={sites.ip('d1')}"
            answer = sites.api.call("GET", path)
            assert [row["uuid"] for row in answer["carriedBy"]] == [hole]
            assert [row["target"] for row in answer["otherwise"]] == [sites.address("shop")]
        finally:
            for entry in (hole, waiting):
                sites.drop("front", entry)


def test_a_network_that_routes_need_stays_or_they_wait(sites: Sites) -> None:
    """The default public network cannot be detached; what leads by another one says so when that has gone."""
    api, front = sites.api, sites.routers["front"]
    nics = api.one("/vpc/virtual-routers", f"uuid={front}")["vmNics"]
    default = next(nic for nic in nics if nic["l3NetworkUuid"] == sites.cloud.l3["public"])
    with pytest.raises(ApiFailure) as caught:
        api.delete(f"/vm-instances/nics/{default['uuid']}")
    assert caught.value.code == "SYS.1006"
    with joined(sites):
        api.delete(f"/vm-instances/nics/{sites._leg('front')['uuid']}")
        [row] = [row for row in sites.rows("front") if row["destination"] == SHOP]
        assert (row["inForce"], row["status"]) == (False, "NextHopUnreachable")
        api.post(f"/vm-instances/{front}/l3-networks/{sites.cloud.l3['joint']}")
        path = f"/vpc/virtual-routers/{front}/networkservicestate"
        api.post(path, networkService="SNAT", state="disable", l3NetworkUuid=sites.cloud.l3["joint"])
        [row] = [row for row in sites.rows("front") if row["destination"] == SHOP]
        assert row["inForce"]
