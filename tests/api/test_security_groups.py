"""Security groups through the API: a picture of three groups, judged by what the hosts are sent; when jobs end."""

import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import pytest

from landbridge.core.view import Tx
from landbridge.model.documents.places import Host
from landbridge.model.facts import HostFacts, InterfaceFact
from landbridge.model.node import AnyObject, GroupMember, Port, SecurityGroup, SecurityRule
from landbridge.model.nodelink import ObjectStatus, Report
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server

V1 = "/zstack/v1"
HOSTS = [f"{number:08x}000040008000000000000000" for number in (1, 2, 3)]


class Cloud:
    """A server with three hosts that apply what they are sent when the test says so."""

    def __init__(self, server: Server, api: Client) -> None:
        self.server, self.api = server, api
        self.zone = self.post("/zones", name="zone")["uuid"]
        self.cluster = self.post("/clusters", name="c", zoneUuid=self.zone, hypervisorType="KVM")["uuid"]
        server.run(server.store.write(self._hosts))
        pool = self.post("/l2-networks/vxlan-pool", name="pool", zoneUuid=self.zone)["uuid"]
        self.post(f"/l2-networks/vxlan-pool/{pool}/vni-ranges", name="r", startVni=100, endVni=200)
        tag = f"l2NetworkUuid::{pool}::clusterUuid::{self.cluster}::cidr::{{10.0.0.0/24}}"
        self.post(f"/l2-networks/{pool}/clusters/{self.cluster}", systemTags=[tag])
        l2 = self.post("/l2-networks/vxlan", name="net", poolUuid=pool)["uuid"]
        self.l3 = self.post("/l3-networks", name="net", l2NetworkUuid=l2)["uuid"]
        self.post(f"/l3-networks/{self.l3}/ip-ranges/by-cidr", name="r", networkCidr="10.1.0.0/24")
        services = {"SecurityGroup": ["SecurityGroup"]}
        self.post(f"/l3-networks/{self.l3}/network-services", networkServices=services)

    def _hosts(self, tx: Tx) -> None:
        for number, uuid in enumerate(HOSTS, 1):
            address = f"10.0.0.{number}"
            interface = InterfaceFact(
                name="eth0", mac=f"02:00:00:00:00:0{number}", mtu=1600, up=True, addresses=(f"{address}/24",)
            )
            facts = HostFacts(
                hostname=f"h{number}",
                management_ip=address,
                interfaces=(interface,),
                cpu_num=4,
                memory_bytes=1 << 34,
                kernel="6.1",
            )
            host = Host(
                uuid=uuid,
                name=f"h{number}",
                zone_uuid=self.zone,
                cluster_uuid=self.cluster,
                management_ip=address,
                number=number,
                status="Connected",
                facts=facts,
            )
            tx.put(host)

    def begin(self, method: str, path: str, body: Any = None) -> str:
        """Submit a job: its location."""
        reply = self.api.request(method, V1 + path, json=body)
        assert reply.status_code == 202, reply.text
        location: str = reply.json()["location"]
        return location

    def report(self, *hosts: int, **failed: str) -> None:
        """Hosts have applied all that there is for them."""
        for host in hosts:
            scopes = self.server.run(self.server.store.node_delta(HOSTS[host], {})).scopes
            applied = {scope: delta.revision for scope, delta in scopes.items()}
            errors = {key: ObjectStatus(error=error) for key, error in failed.items()}
            self.server.run(self.server.jobs.on_report(HOSTS[host], Report(applied=applied, failed=errors)))

    def ended(self, location: str) -> httpx.Response | None:
        """The job's answer, or None while it runs."""
        reply = self.api.get(location)
        return None if reply.status_code == 202 else reply

    def end(self, location: str, within: float = 5.0) -> httpx.Response:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            reply = self.api.get(location, headers={"Prefer": "wait=1"})
            if reply.status_code != 202:
                return reply
        raise AssertionError("the job does not end")

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """A job that all hosts apply at once."""
        location = self.begin(method, path, body)
        self.report(0, 1, 2)
        reply = self.end(location)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(self, path: str, *, systemTags: list[str] | None = None, **params: Any) -> Any:
        body = {"params": params, **({"systemTags": systemTags} if systemTags else {})}
        return self.do("POST", path, body).get("inventory")

    def vm(self, name: str, host: int) -> str:
        """A running VM on a host: its NIC."""
        params: dict[str, Any] = {"name": name, "l3NetworkUuids": [self.l3], "cpuNum": 1, "memorySize": 1 << 26}
        vm = self.post("/vm-instances", **params, hostUuid=HOSTS[host])
        assert vm["state"] == "Running"
        return str(vm["vmNics"][0]["uuid"])

    def group(self, name: str) -> str:
        return str(self.post("/security-groups", name=name)["uuid"])

    def enter(self, group: str, nic: str) -> None:
        self.post(f"/security-groups/{group}/vm-instances/nics", vmNicUuids=[nic])

    def exit(self, group: str, nic: str) -> None:
        self.do("DELETE", f"/security-groups/{group}/vm-instances/nics?vmNicUuids={nic}")

    def open(self, group: str, to: str, ports: str, **rule: Any) -> Any:
        """Members of `to` may reach ports of members of `group`."""
        wanted = {"type": "Ingress", "protocol": "TCP", "dstPortRange": ports, **rule}
        return self.post(f"/security-groups/{group}/rules", rules=[wanted], remoteSecurityGroupUuids=[to])

    def objects(self, host: int) -> dict[str, AnyObject]:
        """What a host is sent, by key."""
        message = self.server.run(self.server.store.node_delta(HOSTS[host], {}))
        return {key: value for delta in message.scopes.values() for key, value in delta.put.items()}

    def admits(self, nic: str, host: int, source: str, port: int) -> bool:
        """Whether the NIC's port lets in a new TCP connection, by what its host knows and nothing else."""
        objects = self.objects(host)
        mine = objects[f"port/{nic}"]
        assert isinstance(mine, Port)
        if mine.filter is None:
            return True
        known = [value for value in objects.values() if isinstance(value, GroupMember)]
        inside = {one.group for one in known if one.domain == mine.domain and source in one.addresses}
        for uuid in mine.filter.groups:
            group = objects[f"group/{uuid}"]
            assert isinstance(group, SecurityGroup)
            for rule in group.rules:
                if rule.direction == "Ingress" and matches(rule, inside, source, port):
                    return rule.action == "ACCEPT"
        return mine.filter.ingress == "ACCEPT"


def matches(rule: SecurityRule, inside: set[int], source: str, port: int) -> bool:
    """Whether a rule speaks of a TCP connection from an IPv4 address that is in some groups."""
    if rule.family != 4 or rule.protocol not in ("ALL", "TCP"):
        return False
    if rule.ports and not any(first <= port <= last for first, last in rule.ports):
        return False
    if rule.group is not None:
        return rule.group in inside
    at = IPv4Address(source)
    return not rule.ranges or any(IPv4Address(first) <= at <= IPv4Address(last) for first, last in rule.ranges)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    server = Server(f"sqlite:///{tmp_path / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        yield Cloud(server, api.login())
    server.stop()


def test_group_one_opens_some_ports_to_two_and_others_to_three(cloud: Cloud) -> None:
    one, two, three = (cloud.group(name) for name in ("one", "two", "three"))
    web, app, ops, new = (cloud.vm(name, host) for name, host in (("web", 0), ("app", 1), ("ops", 2), ("new", 1)))
    address = {row["uuid"]: row["ip"] for row in cloud.api.get(V1 + "/vm-instances/nics").json()["inventories"]}
    for group, nic in ((one, web), (two, app), (three, ops)):
        cloud.enter(group, nic)
    cloud.open(one, two, "80,443")
    cloud.open(one, three, "22,9000-9100")

    def opens(source: str) -> list[int]:
        return [port for port in (22, 80, 443, 5432, 9050) if cloud.admits(web, 0, address[source], port)]

    assert (opens(app), opens(ops), opens(new)) == ([80, 443], [22, 9050], [])
    cloud.enter(two, new)
    assert opens(new) == [80, 443]
    cloud.exit(two, new)
    assert opens(new) == []
    cloud.open(one, two, "443", action="DROP")
    assert opens(app) == [80, 443]
    rows = cloud.api.get(V1 + "/security-groups/rules", params=[("q", "action=DROP")]).json()["inventories"]
    path = f"/security-groups/rules/{rows[0]['uuid']}/actions"
    assert cloud.do("PUT", path, {"changeSecurityGroupRule": {"priority": 1}})["inventory"]["priority"] == 1
    assert opens(app) == [80]
    cloud.do("PUT", f"/security-groups/{one}/actions", {"changeSecurityGroupState": {"stateEvent": "disable"}})
    assert (opens(app), opens(ops)) == ([], [])
    cloud.do("DELETE", f"/security-groups/{one}?deleteMode=Permissive")
    assert opens(new) == [22, 80, 443, 5432, 9050]


def test_every_path_of_the_group(cloud: Cloud) -> None:
    """What the other test does not call, as ZStack's clients spell it."""
    group, nic = cloud.group("g"), cloud.vm("vm", 0)
    base = f"/security-groups/{group}"
    assert cloud.post(f"{base}/l3-networks/{cloud.l3}")["attachedL3NetworkUuids"] == [cloud.l3]
    assert cloud.do("DELETE", f"{base}/l3-networks/{cloud.l3}")["inventory"]["attachedL3NetworkUuids"] == []
    found = cloud.api.get(f"{V1}{base}/vm-instances/candidate-nics").json()["inventories"]
    assert [row["uuid"] for row in found] == [nic]
    params: dict[str, str | int] = {"type": "Ingress", "protocol": "TCP", "startPort": 22, "endPort": 80}
    assert cloud.api.get(f"{V1}{base}/rules/validation", params=params).json()["available"] is True
    rules = cloud.post(f"{base}/rules", rules=[params, params | {"endPort": 90}], priority=-1)["rules"]
    mine = [rule["uuid"] for rule in rules if rule["priority"]]
    body: dict[str, Any] = {"ruleUuids": mine, "state": "Disabled"}
    answer = cloud.do("PUT", f"{base}/rules/state/actions", {"changeSecurityGroupRuleState": body})
    assert {rule["state"] for rule in answer["inventory"]["rules"] if rule["priority"]} == {"Disabled"}
    order = [{"ruleUuid": uuid, "priority": number} for number, uuid in zip((2, 1), mine, strict=True)]
    body = {"type": "Ingress", "rules": order}
    answer = cloud.do("PUT", f"{base}/rules/priority/actions", {"updateSecurityGroupRulePriority": body})
    assert [rule["uuid"] for rule in answer["inventory"]["rules"] if rule["priority"]] == mine[::-1]
    listed = "&".join(f"ruleUuids={uuid}" for uuid in mine)
    assert len(cloud.do("DELETE", f"/security-groups/rules?{listed}")["inventory"]["rules"]) == 4
    refs = [{"securityGroupUuid": group, "priority": 1}]
    answer = cloud.do("PUT", f"/security-groups/nics/{nic}/actions", {"setVmNicSecurityGroup": {"refs": refs}})
    assert [row["vmNicUuid"] for row in answer["inventory"]] == [nic]
    policy = {"changeVmNicSecurityPolicy": {"egressPolicy": "DENY"}}
    answer = cloud.do("PUT", f"/security-groups/nics/{nic}/security-policy/actions", policy)
    assert answer["inventory"]["egressPolicy"] == "DENY"
    for path in ("/security-groups/vm-instances/nics", "/security-groups/nics/security-policy"):
        (row,) = cloud.api.get(V1 + path).json()["inventories"]
        assert row["vmNicUuid"] == nic
    pair = cloud.post(f"/vm-instances/nics/{nic}/allowed-address-pairs", ip="10.1.0.99")
    assert len(cloud.api.get(f"{V1}/vm-instances/nics/allowed-address-pairs").json()["inventories"]) == 1
    cloud.do("DELETE", f"/vm-instances/nics/allowed-address-pairs/{pair['uuid']}")
    vm = cloud.api.get(f"{V1}/vm-instances/nics/{nic}").json()["inventories"][0]["vmInstanceUuid"]
    cloud.do("PUT", f"/vm-instances/{vm}/actions", {"setVmCleanTraffic": {"enable": False}})
    port = cloud.objects(0)[f"port/{nic}"]
    assert isinstance(port, Port)
    assert not port.guarded
    name = cloud.do("PUT", f"{base}/actions", {"updateSecurityGroup": {"name": "h"}})["inventory"]["name"]
    assert name == "h"


@pytest.fixture
def shared(cloud: Cloud) -> str:
    """A group with a NIC on each host."""
    group = cloud.group("shared")
    for host in range(3):
        cloud.enter(group, cloud.vm(f"vm{host}", host))
    return group


RULE = {"params": {"rules": [{"type": "Ingress", "protocol": "TCP", "dstPortRange": "22"}]}}


def lose(cloud: Cloud, host: int, *, told: bool) -> None:
    """A host goes away; if not `told`, the server has missed the moment."""

    def gone(tx: Tx) -> None:
        found = tx.need(Host, HOSTS[host])
        found.status, found.disconnect_reason = "Disconnected", "unplugged"
        tx.put(found)

    cloud.server.run(cloud.server.store.write(gone))
    if told:
        cloud.server.run(cloud.server.jobs.on_disconnect(HOSTS[host]))


def test_a_rule_is_there_when_all_hosts_have_it(cloud: Cloud, shared: str) -> None:
    location = cloud.begin("POST", f"/security-groups/{shared}/rules", RULE)
    cloud.report(0, 1)
    assert cloud.ended(location) is None
    cloud.report(2)
    assert cloud.end(location).status_code == 200


@pytest.mark.parametrize("told", [True, False])
def test_a_host_that_goes_away_fails_nobody(cloud: Cloud, shared: str, told: bool) -> None:
    location = cloud.begin("POST", f"/security-groups/{shared}/rules", RULE)
    cloud.report(0, 1)
    lose(cloud, 2, told=told)
    assert cloud.end(location).status_code == 200
    location = cloud.begin("POST", f"/security-groups/{shared}/rules", {"params": {"rules": [
        {"type": "Egress", "protocol": "TCP", "dstPortRange": "22"}]}})  # fmt: skip
    cloud.report(0, 1)
    assert cloud.end(location).status_code == 200


def test_a_join_waits_for_its_own_host_and_for_the_others(cloud: Cloud, shared: str) -> None:
    nic = cloud.vm("more", 0)
    body = {"params": {"vmNicUuids": [nic]}}
    location = cloud.begin("POST", f"/security-groups/{shared}/vm-instances/nics", body)
    cloud.report(0, 1)
    assert cloud.ended(location) is None
    lose(cloud, 2, told=True)
    assert cloud.end(location).status_code == 200


def test_a_join_fails_with_its_own_host(cloud: Cloud, shared: str) -> None:
    nic = cloud.vm("more", 0)
    body = {"params": {"vmNicUuids": [nic]}}
    location = cloud.begin("POST", f"/security-groups/{shared}/vm-instances/nics", body)
    cloud.report(1, 2)
    lose(cloud, 0, told=True)
    error = cloud.end(location).json()["error"]
    assert (error["code"], error["cause"]["code"]) == ("SYS.1006", "HOST.1010")
    assert "is stored" in error["details"]


def test_a_ports_trouble_is_its_own_but_a_groups_is_the_calls(cloud: Cloud, shared: str) -> None:
    port = next(key for key in cloud.objects(1) if key.startswith("port/"))
    location = cloud.begin("POST", f"/security-groups/{shared}/rules", RULE)
    cloud.report(0, 2)
    cloud.report(1, **{port: "no such device"})
    assert cloud.end(location).status_code == 200
    location = cloud.begin("PUT", f"/security-groups/{shared}/actions",
                           {"changeSecurityGroupState": {"stateEvent": "disable"}})  # fmt: skip
    cloud.report(1, **{f"group/{shared}": "map is full"})
    error = cloud.end(location).json()["error"]
    assert error["code"] == "SYS.1006"
    assert "map is full" in error["cause"]["details"]
