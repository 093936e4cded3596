"""Routes and physical networks that cannot be, over HTTP: ZStack's codes, what is in the way, and nothing changed."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.public_site import Refusal, Site, code

FAR, NEIGHBOUR = "10.20.0.0/16", "203.0.113.200"
PATHS = (
    "/vrouter-route-tables",
    "/policy-routes/rulesets",
    "/policy-routes/tables",
    "/l2-networks",
    "/l2-networks/vteps",
    "/l2-networks/vxlan-pool",
    "/l2-networks/vxlan-pool/vni-range",
    "/vm-instances/appliances",
    "/vips",
)
"""What may not change."""


class Physical(Site):
    """The site with a route table on its vrouter, a pool that is attached, and others that are not."""

    def __init__(self, server: Server, api: Client, directory: Any) -> None:
        super().__init__(server, api, directory)
        self.tables = {name: self.post("/vrouter-route-tables", name=name)["uuid"] for name in ("table", "other")}
        attach = f"/vrouter-route-tables/{self.tables['table']}/attach"
        self.post(attach, virtualRouterVmUuid=self.vrouter)
        entries = f"/vrouter-route-tables/{self.tables['table']}/route-entries"
        self.post(entries, destination=FAR, target=NEIGHBOUR)
        other = f"/vrouter-route-tables/{self.tables['other']}/route-entries"
        self.post(other, destination="10.1.0.64/26", target=NEIGHBOUR)
        self.pools = {name: self._pool(name) for name in ("same", "apart", "beyond")}
        self.vlan = self._vlan(7)
        self.post(f"/l2-networks/{self.vlan}/clusters/{self.cluster}")
        self.post(f"/l2-networks/vxlan-pool/{self.pools['same']}/vni-ranges", name="r", startVni=150, endVni=300)
        remote = {"clusterUuid": self.cluster, "remoteVtepIp": "10.0.0.77"}
        self.post(f"/l2-networks/{self.pool}/clusters/{self.cluster}/remote-vtep-ip", **remote)
        tag = self.tag("beyond", "10.0.0.0/25")
        self.post(f"/l2-networks/{self.pools['beyond']}/clusters/{self.cluster}", systemTags=[tag])
        rules = self.post("/policy-routes/rulesets", name="rules", vRouterUuid=self.vrouter)["uuid"]
        numbered = self.post("/policy-routes/tables", vRouterUuid=self.vrouter, number=10)["uuid"]
        self.policy = {"ruleSetUuid": rules, "tableUuid": numbered}
        self.post("/policy-routes/rules", ruleNumber=1001, **self.policy)

    def _pool(self, name: str) -> str:
        return str(self.post("/l2-networks/vxlan-pool", name=name, zoneUuid=self.zone)["uuid"])

    def _vlan(self, number: int) -> str:
        params = {"zoneUuid": self.zone, "physicalInterface": "eth0", "vlan": number}
        return str(self.post("/l2-networks/vlan", name=f"vlan{number}", **params)["uuid"])

    def tag(self, pool: str, cidr: str) -> str:
        """Where a pool's VTEPs are."""
        return f"l2NetworkUuid::{self.pools[pool]}::clusterUuid::{self.cluster}::cidr::{{{cidr}}}"

    def seen(self) -> list[list[dict[str, Any]]]:
        """Everything that may not change."""
        return [sorted(self.query(path), key=str) for path in PATHS]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Physical]:
    directory = tmp_path_factory.mktemp("refused")
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        made = Physical(server, api.login(), directory)
        yield made
        made.close()
    server.stop()


def refused(site: Physical, expected: str, words: str, wanted: tuple[Any, ...]) -> None:
    """With this code and these words, and all is as before.  `wanted`: method, path, body."""
    before = site.seen()
    assert all(before), "there is something of each"
    outcome = site.tried(*wanted)
    assert code(outcome) == expected, outcome
    assert isinstance(outcome, Refusal)
    assert words in outcome.details
    assert site.seen() == before


# ---- routes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "expected", "words"),
    [
        ({"target": "192.0.2.1"}, "SYS.1007", "it is in no network of vrouter[uuid:"),
        ({"target": "10.1.0.1"}, "SYS.1007", "it is the address of vrouter[uuid:"),
        ({"target": "10.1.0.255"}, "SYS.1007", "no machine's address in 10.1.0.0/24"),
        ({"destination": "10.1.0.0/24"}, "SYS.1007", "inside 10.1.0.0/24, the L3 network[uuid:"),
        ({"destination": "10.1.0.128/25"}, "SYS.1007", "inside 10.1.0.0/24, the L3 network[uuid:"),
        ({"destination": "203.0.113.9/32"}, "SYS.1007", "inside 203.0.113.0/24, the L3 network[uuid:"),
        ({"destination": "0.0.0.0/0"}, "SYS.1007", "move it with UpdateVirtualRouter"),
        ({"destination": "10.30.0.0/33"}, "SYS.1007", "not an IPv4 CIDR"),
        ({"destination": FAR}, "SYS.1006", "already: entry[uuid:"),
        ({"destination": FAR, "distance": 9}, "SYS.1006", "already: entry[uuid:"),
        ({"destination": FAR, "type": "UserBlackHole", "target": None}, "SYS.1006", "different distances"),
        *(({"distance": distance}, "SYS.1007", "distance") for distance in (-1, 0, 255)),
    ],
    ids=str,
)
def test_entries(site: Physical, entry: dict[str, Any], expected: str, words: str) -> None:
    path = f"/vrouter-route-tables/{site.tables['table']}/route-entries"
    params = {"destination": "10.30.0.0/16", "target": NEIGHBOUR} | entry
    refused(site, expected, words, ("POST", path, {"params": params}))


def test_a_table_in_use(site: Physical) -> None:
    """It cannot be deleted, nor another one be given to its vrouter, nor one whose routes are inside a subnet."""
    table, other = (f"/vrouter-route-tables/{site.tables[name]}" for name in ("table", "other"))
    refused(site, "SYS.1006", f"is in use by vrouter[uuid:{site.vrouter}", ("DELETE", table))
    attach = {"params": {"virtualRouterVmUuid": site.vrouter}}
    refused(site, "SYS.1006", site.tables["table"], ("POST", f"{other}/attach", attach))
    site.job("DELETE", f"{table}/detach/{site.vrouter}")
    refused(site, "SYS.1006", "10.1.0.64/26 is inside 10.1.0.0/24", ("POST", f"{other}/attach", attach))
    site.job("POST", f"{table}/attach", attach)


def test_a_network_that_routes_lead_to(site: Physical) -> None:
    """It cannot be attached to the vrouter whose routes would take some of it away."""
    late = site.subnet("late", "10.20.0.0/15")
    refused(
        site,
        "SYS.1006",
        f"destination {FAR} is inside 10.20.0.0/15",
        ("POST", f"/vm-instances/{site.vrouter}/l3-networks/{late}", {"params": {}}),
    )


def test_the_default_public_network_stays(site: Physical) -> None:
    [router] = site.query("/vm-instances/appliances", f"uuid={site.vrouter}")
    [nic] = [nic["uuid"] for nic in router["vmNics"] if nic["l3NetworkUuid"] == site.public]
    refused(site, "SYS.1006", f"NIC[uuid:{nic}", ("DELETE", f"/vm-instances/nics/{nic}"))


@pytest.mark.parametrize(
    ("params", "expected", "words"),
    [
        ({"ruleNumber": 1000}, "SYS.1007", "[1001, 2999]"),
        ({"ruleNumber": 3000}, "SYS.1007", "[1001, 2999]"),
        ({"ruleNumber": 1001}, "SYS.1006", "is in use by rule[uuid:"),
        ({"destPort": "80"}, "SYS.1007", "ports are those of tcp or udp"),
        ({"destPort": "0-80", "protocol": "tcp"}, "SYS.1007", "port 0"),
        ({"sourceIp": "web"}, "SYS.1007", "neither an IPv4 address nor a CIDR"),
        ({"protocol": "icmp"}, "SYS.1007", "protocol"),
    ],
    ids=str,
)
def test_policy_rules(site: Physical, params: dict[str, Any], expected: str, words: str) -> None:
    body = {"params": {"ruleNumber": 1002, **site.policy} | params}
    refused(site, expected, words, ("POST", "/policy-routes/rules", body))


@pytest.mark.parametrize(("number", "expected"), [(0, "SYS.1007"), (180, "SYS.1007"), (10, "SYS.1006")])
def test_policy_tables(site: Physical, number: int, expected: str) -> None:
    body = {"params": {"vRouterUuid": site.vrouter, "number": number}}
    refused(site, expected, str(number), ("POST", "/policy-routes/tables", body))


def test_a_policy_table_in_use(site: Physical) -> None:
    table = site.policy["tableUuid"]
    refused(site, "SYS.1006", "deleteMode Enforcing", ("DELETE", f"/policy-routes/tables/{table}"))


# ---- physical networks ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [-1, 0, 4095, 70000, None])
def test_vlan_ids_out_of_range(site: Physical, number: Any) -> None:
    params = {"name": "v", "zoneUuid": site.zone, "physicalInterface": "eth0", "vlan": number}
    refused(site, "SYS.1007", "vlan", ("POST", "/l2-networks/vlan", {"params": params}))
    change = {"changeL2NetworkVlanId": {"vlan": number}}
    if number is not None:  # it makes a network without a VLAN of it
        refused(site, "SYS.1007", "vlan", ("PUT", f"/l2-networks/{site.vlan}/actions", change))


@pytest.mark.parametrize(
    ("remote", "expected", "words"),
    [
        ("10.0.0.1", "SYS.1007", "10.0.0.1"),
        ("10.0.0.77", "SYS.1006", "10.0.0.77"),
        ("10.0.0.0.1", "SYS.1007", "IPv4"),
        ("fd00::1", "SYS.1007", "IPv4"),
    ],
)
def test_remote_vteps(site: Physical, remote: str, expected: str, words: str) -> None:
    """One that is a host's of ours; twice; no address."""
    path = f"/l2-networks/{site.pool}/clusters/{site.cluster}/remote-vtep-ip"
    params = {"clusterUuid": site.cluster, "remoteVtepIp": remote}
    refused(site, expected, words, ("POST", path, {"params": params}))


def test_a_remote_vtep_of_a_pool_that_is_not_attached(site: Physical) -> None:
    path = f"/l2-networks/{site.pools['apart']}/clusters/{site.cluster}/remote-vtep-ip"
    body = {"params": {"clusterUuid": site.cluster, "remoteVtepIp": "10.0.0.78"}}
    refused(site, "SYS.1003", "attach it first", ("POST", path, body))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (200, 300, "overlaps range[uuid:"),
        (100, 200, "overlaps range[uuid:"),
        (120, 130, "overlaps range[uuid:"),
        (1, 5000, "overlaps range[uuid:"),
        (301, 300, "30"),
        (-1, 5, "startVni"),
        (5, 16777215, "endVni"),
    ],
)
def test_vni_ranges(site: Physical, first: int, last: int, words: str) -> None:
    """Beside what the pool has, 100 to 200."""
    body = {"params": {"name": "r", "startVni": first, "endVni": last}}
    refused(site, "SYS.1007", words, ("POST", f"/l2-networks/vxlan-pool/{site.pool}/vni-ranges", body))


def test_vni_ranges_of_two_pools_of_a_cluster(site: Physical) -> None:
    """On one underlay they may not overlap, whichever comes later; on two they may."""
    same = f"/l2-networks/{site.pools['same']}/clusters/{site.cluster}"
    attach = {"params": {}, "systemTags": [site.tag("same", "10.0.0.0/24")]}
    refused(site, "SYS.1007", f"of VXLAN pool[uuid:{site.pool}, name:pool]", ("POST", same, attach))
    apart = f"/l2-networks/{site.pools['apart']}/clusters/{site.cluster}"
    site.job("POST", apart, {"params": {}, "systemTags": [site.tag("apart", "10.0.0.0/24")]})
    ranges = {"params": {"name": "r", "startVni": 200, "endVni": 200}}
    path = f"/l2-networks/vxlan-pool/{site.pools['apart']}/vni-ranges"
    refused(site, "SYS.1007", f"of VXLAN pool[uuid:{site.pool}, name:pool]", ("POST", path, ranges))
    site.job("DELETE", apart)
    beyond = f"/l2-networks/vxlan-pool/{site.pools['beyond']}/vni-ranges"
    made = site.job("POST", beyond, ranges)["inventory"]
    assert (made["startVni"], made["endVni"]) == (200, 200)


def test_a_vni_that_no_range_has(site: Physical) -> None:
    body = {"params": {"name": "n", "poolUuid": site.pool, "vni": 201}}
    refused(site, "L2.1001", "vni[201] is in no VNI range", ("POST", "/l2-networks/vxlan", body))


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([], "needs the system tag"),
        (["l2NetworkUuid::{pool}::clusterUuid::{cluster}::cidr::10.0.0.0/24"], "no system tag of"),
        (["l2NetworkUuid::{pool}::clusterUuid::{cluster}::cidr::{{10.0.0.0/40}}"], "is not an IPv4 CIDR"),
    ],
)
def test_where_the_vteps_of_a_pool_are(site: Physical, tags: list[str], words: str) -> None:
    pool = site.pools["apart"]
    body = {"params": {}, "systemTags": [tag.format(pool=pool, cluster=site.cluster) for tag in tags]}
    refused(site, "SYS.1007", words, ("POST", f"/l2-networks/{pool}/clusters/{site.cluster}", body))
