"""A cloud from a file and back: `landbridge apply` and `export` against a server with simulated hosts."""

import contextlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from click.testing import CliRunner, Result

from landbridge.cli.main import main
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.simulated import Simulated

MANIFEST = """
l2-vxlan-network-pool:
  - {name: pool, zone: zone, remoteVteps: [{cluster: c, vtepIp: 10.0.0.77}]}
l2-no-vlan-network:
  - {name: outside, zone: zone, physicalInterface: eth0, clusters: [c]}
l2-vlan-network:
  - {name: dmz, zone: zone, physicalInterface: eth0, vlan: 7, clusters: [c]}
l2-vxlan-network:
  - {name: web, pool: pool, vni: 150}
  - {name: db, pool: pool}
l3-network:
  - {name: outside, l2Network: outside, category: Public}
  - name: web
    l2Network: web
    type: L3VpcNetwork
    description: the front
    dns: [9.9.9.9]
    reservedIpRanges: [{startIp: 10.1.0.200, endIp: 10.1.0.220}, {startIp: 10.1.0.240, endIp: 10.1.0.240}]
    networkServices: &services
      {DHCP: Flat, SNAT: vrouter, DNS: vrouter, Eip: vrouter, PortForwarding: vrouter, LoadBalancer: vrouter,
       SecurityGroup: SecurityGroup}
  - {name: db, l2Network: db, type: L3VpcNetwork, networkServices: *services}
ip-range:
  - {name: outside, l3Network: outside, networkCidr: 203.0.113.0/24}
  - {name: web, l3Network: web, networkCidr: 10.1.0.0/24}
  - {name: db, l3Network: db, networkCidr: 10.2.0.0/24}
virtual-router-offering:
  - {name: small, zone: zone, managementNetwork: outside, image: netns, cpuNum: 1, memorySize: 268435456}
vpc-vrouter:
  - {name: r, virtualRouterOffering: small, l3Networks: [web, db]}
route-table:
  - name: out
    vpcVRouters: [r]
    routeEntries:
      - {destination: 192.168.0.0/16, target: 203.0.113.99, distance: 10}
      - {destination: 10.99.0.0/16, type: UserBlackHole}
vm-instance:
  - {name: w1, l3Networks: [web], cpuNum: 1, memorySize: 67108864}
  - {name: d1, l3Networks: [db], cpuNum: 1, memorySize: 67108864}
security-group:
  - name: web
    l3Networks: [web]
    vmNics: [w1/web]
    rules:
      - {type: Ingress, protocol: TCP, dstPortRange: '80,443'}
      - {type: Ingress, protocol: ICMP}
  - name: db
    l3Networks: [db]
    vmNics: [d1/db]
    rules:
      - {type: Ingress, protocol: TCP, dstPortRange: '5432', remoteSecurityGroup: web}
vip:
  - {name: shop, l3Network: outside, requiredIp: 203.0.113.80}
  - {name: admin, l3Network: outside}
eip:
  - {name: admin, vip: admin, vmNic: d1/db}
port-forwarding-rule:
  - {name: ssh, vip: shop, vmNic: w1/web, protocolType: TCP, vipPortStart: 2222, privatePortStart: 22}
load-balancer:
  - {name: shop, vip: shop}
load-balancer-server-group:
  - {name: shop, loadBalancer: shop, vmNics: {w1/web: 100}}
load-balancer-listener:
  - {name: http, loadBalancer: shop, protocol: http, loadBalancerPort: 80, instancePort: 8080, vmNics: [d1/db],
     serverGroups: [shop], systemTags: ['balancerAlgorithm::leastconn']}
"""


@contextlib.contextmanager
def simulated(directory: Path) -> Iterator[Simulated]:
    """A server with two hosts in a cluster, and a VXLAN pool."""
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        made = Simulated(server, api.login(), directory, 2)
        yield made
        made.close()
    server.stop()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    logging_as_before = structlog.get_config()
    # The server logs in this process, where the command line prints.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with simulated(tmp_path_factory.mktemp("cloud")) as made:
        yield made
    structlog.configure(**logging_as_before)


@pytest.fixture
def command(cloud: Simulated, tmp_path: Path) -> "Command":
    return Command(cloud, tmp_path / "cloud.yaml")


class Command:
    """The command line, and the file that it is given."""

    def __init__(self, cloud: Simulated, path: Path) -> None:
        session = cloud.api.headers["Authorization"].removeprefix("OAuth ")
        self._environment = {"LANDBRIDGE_URL": cloud.server.url, "LANDBRIDGE_SESSION": session}
        self._path = path

    def run(self, *arguments: str) -> Result:
        """`landbridge ...`."""
        return CliRunner(env=self._environment).invoke(main, arguments)

    def apply(self, text: str, *options: str) -> Result:
        """`landbridge apply` of a text."""
        self._path.write_text(text)
        return self.run("apply", "-f", str(self._path), *options)

    def steps(self, text: str) -> list[str]:
        """What applying it would do."""
        shown = self.apply(text, "--dry-run", "--output", "json")
        assert shown.exit_code == 0, shown.output
        return [f"{one['what']} {one['noun']} {one['name']}" for one in json.loads(shown.stdout)["steps"]]


def changed(**places: Any) -> str:
    """The manifest with other entries: noun -> {name -> {key -> value}}; a value of None takes the key away."""
    document = yaml.safe_load(MANIFEST)
    for noun, names in places.items():
        for entry in document[noun.replace("_", "-")]:
            entry.update(names.get(entry["name"], {}))
    return yaml.safe_dump(document)


def test_apply_then_nothing_then_changes_then_export(command: Command, cloud: Simulated) -> None:
    first = command.steps(MANIFEST)
    assert first[:2] == ["join l2-vxlan-network-pool pool", "create l2-no-vlan-network outside"]
    assert len([one for one in first if one.startswith("create")]) == 24
    assert cloud.query("/vm-instances") == []  # a dry run does nothing
    done = command.apply(MANIFEST, "--yes")
    assert done.exit_code == 0, done.output
    assert command.steps(MANIFEST) == []
    (vip,) = cloud.query("/vips", "name=shop")
    assert (vip["ip"], sorted(vip["useFor"].split(","))) == ("203.0.113.80", ["LoadBalancer", "PortForwarding"])
    (eip,) = cloud.query("/eips")
    assert eip["guestIp"].startswith("10.2.0.")
    (web,) = cloud.query("/l3-networks", "name=web")
    assert [one["startIp"] for one in web["reservedIpRanges"]] == ["10.1.0.200", "10.1.0.240"]
    assert [one["vtepIp"] for one in cloud.query("/l2-networks/vxlan-pool")[0]["remoteVteps"]] == ["10.0.0.77"]
    exported = command.run("export")
    assert exported.exit_code == 0, exported.output
    assert command.steps(exported.stdout) == []
    entries = yaml.safe_load(exported.stdout)
    assert {"name": "r", "virtualRouterOffering": "small", "l3Networks": ["web", "db"]}.items() <= entries[
        "vpc-vrouter"
    ][0].items()
    assert [one["name"] for one in entries["load-balancer-server-group"]] == ["shop"]


def test_what_can_change_in_place_does(command: Command, cloud: Simulated) -> None:
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    other = changed(
        l2_vxlan_network_pool={"pool": {"remoteVteps": [{"cluster": "c", "vtepIp": "10.0.0.78"}]}},
        l3_network={
            "web": {
                "description": "the shop",
                "dns": ["1.1.1.1"],
                "reservedIpRanges": [{"startIp": "10.1.0.200", "endIp": "10.1.0.220"}],
            }
        },
        security_group={"web": {"rules": [{"type": "Ingress", "protocol": "TCP", "dstPortRange": "443"}]}},
        load_balancer_server_group={"shop": {"vmNics": {"w1/web": 50}}},
        route_table={"out": {"routeEntries": [{"destination": "10.99.0.0/16", "type": "UserBlackHole"}]}},
        eip={"admin": {"description": "d"}},
    )
    assert command.steps(other) == [
        "leave l2-vxlan-network-pool pool",
        "join l2-vxlan-network-pool pool",
        "change l3-network web",
        "leave l3-network web",
        "join l3-network web",
        "leave l3-network web",
        "leave route-table out",
        "leave security-group web",
        "join security-group web",
        "change eip admin",
        "leave load-balancer-server-group shop",
        "join load-balancer-server-group shop",
    ]
    assert command.apply(other, "--yes").exit_code == 0
    assert command.steps(other) == []
    (web,) = cloud.query("/l3-networks", "name=web")
    assert (web["description"], web["dns"]) == ("the shop", ["1.1.1.1"])
    assert [one["endIp"] for one in web["reservedIpRanges"]] == ["10.1.0.220"]
    assert [one["vtepIp"] for one in cloud.query("/l2-networks/vxlan-pool")[0]["remoteVteps"]] == ["10.0.0.78"]
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    assert command.steps(MANIFEST) == []


def test_a_detached_eip_is_attached_again(command: Command, cloud: Simulated) -> None:
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    (eip,) = cloud.query("/eips")
    cloud.job("DELETE", f"/eips/{eip['uuid']}/vm-instances/nics")
    assert command.steps(MANIFEST) == ["change eip admin"]
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    assert cloud.query("/eips")[0]["vmNicUuid"] == eip["vmNicUuid"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "a manifest is a map"),
        ("castle: []", "castle: no such noun"),
        ("zone: {name: a}", "zone: must be a list"),
        ("zone: [{description: d}]", "each must have a name"),
        ("zone: [{name: a}, {name: a}]", "zone a: is there twice"),
        (
            "zone: [{name: a, colour: red}]",
            "zone a: has no colour: there are description, isDefault, name, systemTags",
        ),
        ("vip: [{name: a, l3Network: [b]}]", "vip a: l3Network must be a single value"),
        ("l3-network: [{name: a, l2Network: web, dns: 1.1.1.1}]", "dns must be a list"),
        ("security-group: [{name: a, rules: [{port: 1}]}]", "has a rule with port"),
        (
            "l2-vxlan-network-pool: [{name: a, zone: zone, remoteVteps: [{cluster: far, vtepIp: 10.0.0.7}]}]",
            "cluster far: there is none",
        ),
        ("route-table: [{name: a, routeEntries: [{via: b}]}]", "a: routeEntries has via: each may have destination"),
        ("vip: [{name: a, l3Network: nowhere}]", "l3-network nowhere: there is none"),
        ("vip: [{name: a}]", "vip a: lacks l3NetworkUuid"),
        ("{", "is no YAML"),
    ],
)
def test_faults_are_named_and_nothing_is_done(command: Command, cloud: Simulated, text: str, words: str) -> None:
    before = len(cloud.query("/vips"))
    refused = command.apply(text, "--yes")
    assert refused.exit_code == 1
    assert words in refused.output
    assert len(cloud.query("/vips")) == before


def test_what_cannot_change_in_place_is_said(command: Command) -> None:
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    refused = command.apply(changed(vip={"shop": {"requiredIp": "203.0.113.81"}}), "--yes")
    assert refused.exit_code == 1
    assert "vip shop: requiredIp is 203.0.113.80 and cannot become 203.0.113.81 in place" in refused.output


def test_a_refusal_names_the_step_and_the_rest_can_go_on(command: Command, cloud: Simulated) -> None:
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    more = MANIFEST.replace("eip:\n", "eip:\n  - {name: late, vip: late}\n  - {name: wrong, vip: shop}\n").replace(
        "vip:\n", "vip:\n  - {name: late, l3Network: outside}\n", 1
    )
    refused = command.apply(more, "--yes")
    assert refused.exit_code == 1
    assert "create eip wrong" in refused.output
    assert command.steps(more) == ["create eip wrong"]


def test_an_export_makes_the_same_cloud_elsewhere(command: Command, cloud: Simulated, tmp_path: Path) -> None:
    assert command.apply(MANIFEST, "--yes").exit_code == 0
    exported = command.run("export").stdout
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with simulated(elsewhere) as other:
        there = Command(other, elsewhere / "cloud.yaml")
        applied = there.apply(exported, "--yes")
        assert applied.exit_code == 0, applied.output
        assert yaml.safe_load(there.run("export").stdout) == yaml.safe_load(exported)
