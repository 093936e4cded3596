"""Security groups through the API, with real connections between VMs on three hosts and two subnets.

The picture: group `servers` opens ports 80 to 443 to group `clients`, and port 22 to group `admins`.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.cloud.test_traffic import configured
from tests.support.lab import Lab, eventually
from tests.support.scenario import Cloud
from tests.support.sockets import DENIED_SECONDS, connect, connects, echo, refused, talks
from tests.support.world import differences, stray_claims

pytestmark = pytest.mark.netns


class Picture:
    """The VMs and the groups by name."""

    def __init__(self, lab: Lab, cloud: Cloud) -> None:
        self.lab, self.cloud, self.api = lab, cloud, cloud.api
        self.vms: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, str] = {}

    def vm(self, name: str, subnet: str, host: int, **more: Any) -> None:
        """A VM on the n-th host."""
        self.vms[name] = self.cloud.vm(name, subnet, host=self.lab.status["hosts"][host]["uuid"], **more)

    def ip(self, name: str) -> str:
        """Its address."""
        return str(self.vms[name]["vmNics"][0]["ip"])

    def nic(self, name: str) -> str:
        """Its NIC."""
        return str(self.vms[name]["vmNics"][0]["uuid"])

    def namespace(self, name: str) -> str:
        """Where it lives."""
        return self.lab.vm_namespace(self.vms[name])

    def group(self, name: str) -> str:
        """A new group."""
        self.groups[name] = str(self.api.post("/security-groups", name=name)["uuid"])
        return self.groups[name]

    def rules(self, group: str, *rules: dict[str, Any]) -> list[str]:
        """New rules; returns their uuids."""
        path = f"/security-groups/{self.groups[group]}/rules"
        before = {rule["uuid"] for rule in self.api.query("/security-groups/rules")}
        self.api.post(path, rules=list(rules))
        made = self.api.query("/security-groups/rules", f"securityGroupUuid={self.groups[group]}")
        return [rule["uuid"] for rule in made if rule["uuid"] not in before]

    def join(self, group: str, *names: str) -> None:
        """VMs become members."""
        path = f"/security-groups/{self.groups[group]}/vm-instances/nics"
        self.api.post(path, vmNicUuids=[self.nic(name) for name in names])

    def leave(self, group: str, name: str) -> None:
        """A VM is no longer one."""
        self.api.delete(f"/security-groups/{self.groups[group]}/vm-instances/nics?vmNicUuids={self.nic(name)}")

    def reaches(self, one: str, other: str, port: int) -> bool:
        """Whether a connection is made."""
        return connects(self.namespace(one), self.ip(other), port)

    def is_refused(self, one: str, other: str, port: int) -> bool:
        """Whether none is."""
        return refused(self.namespace(one), self.ip(other), port)


def ingress(protocol: str, ports: str, **more: Any) -> dict[str, Any]:
    """A rule that lets something in."""
    return {"type": "Ingress", "protocol": protocol, "dstPortRange": ports, **more}


@pytest.fixture(scope="module")
def picture(running_lab: Lab, cloud: Cloud) -> Iterator[Picture]:
    """Servers and clients spread over hosts and subnets; a twin network with a client's address."""
    made = Picture(running_lab, cloud)
    made.vm("server", "web", 0)
    made.vm("server-2", "db", 2)
    made.vm("client", "web", 1)
    made.vm("client-2", "db", 0)
    made.vm("admin", "db", 1)
    made.vm("stranger", "web", 2)
    tag = f"staticIp::{cloud.l3['twin']}::{made.ip('client')}"
    made.vm("twin-client", "twin", 1, systemTags=[tag])
    made.vm("twin-server", "twin", 0)
    for vm in made.vms.values():
        eventually(f"{vm['name']} has its address", lambda vm=vm: configured(running_lab, vm))
    for name in ("servers", "clients", "admins"):
        made.group(name)
    made.rules(
        "servers",
        ingress("TCP", "80-443", remoteSecurityGroupUuid=made.groups["clients"]),
        ingress("TCP", "22", remoteSecurityGroupUuid=made.groups["admins"]),
    )
    made.join("clients", "client", "client-2")
    made.join("admins", "admin")
    servers = ("server", "server-2", "twin-server")
    with ExitStack() as stack:
        for name in servers:
            stack.enter_context(echo(made.namespace(name), 22, 80, 443, 8080))
        assert all(made.reaches("stranger", name, 8080) for name in ("server", "server-2"))
        made.join("servers", *servers)
        yield made
    for group in made.groups.values():
        cloud.api.delete(f"/security-groups/{group}")
    for vm in made.vms.values():
        cloud.remove_vm(vm["uuid"])
    eventually("nothing is left of the VMs", lambda: differences(running_lab, cloud.api))
    eventually("nor of their claims", lambda: stray_claims(running_lab.database))


OPEN = [
    ("client", "server", 80),
    ("client", "server-2", 443),
    ("client-2", "server", 443),
    ("client-2", "server-2", 80),
    ("admin", "server", 22),
    ("admin", "server-2", 22),
    ("server", "server-2", 8080),
]
CLOSED = [
    ("client", "server", 22),
    ("client-2", "server-2", 8080),
    ("admin", "server", 80),
    ("admin", "server-2", 443),
    ("stranger", "server", 80),
    ("stranger", "server-2", 22),
]


@pytest.mark.parametrize(("one", "other", "port"), OPEN)
def test_what_the_groups_open(picture: Picture, one: str, other: str, port: int) -> None:
    assert picture.reaches(one, other, port)


@pytest.mark.parametrize(("one", "other", "port"), CLOSED)
def test_what_they_do_not(picture: Picture, one: str, other: str, port: int) -> None:
    assert picture.is_refused(one, other, port)


def test_an_address_of_another_network_is_another_machine(picture: Picture) -> None:
    """It is the address of a client, but it is in no group."""
    assert picture.ip("twin-client") == picture.ip("client")
    assert picture.is_refused("twin-client", "twin-server", 80)


def test_who_joins_gets_in_at_once_and_who_leaves_is_out_at_once(picture: Picture) -> None:
    """At once: when the call has ended."""
    for _ in range(3):
        assert picture.is_refused("stranger", "server", 80)
        picture.join("clients", "stranger")
        with connect(picture.namespace("stranger"), picture.ip("server"), 80) as made:
            assert talks(made)
            picture.leave("clients", "stranger")
            assert not talks(made, DENIED_SECONDS)
            # It can go on as a member, too, within the time that TCP gives it.
            picture.join("clients", "stranger")
            assert talks(made, 20)
            picture.leave("clients", "stranger")


def test_rules_change_while_connections_last(picture: Picture) -> None:
    with connect(picture.namespace("client"), picture.ip("server"), 443) as made:
        assert talks(made)
        [drop] = picture.rules("servers", ingress("TCP", "443", action="DROP") | {"priority": 1})
        assert talks(made), "a later rule does not come before the one that lets it in"
        path = f"/security-groups/rules/{drop}/actions"
        picture.api.put(path, "changeSecurityGroupRule", priority=1)
        assert not talks(made, DENIED_SECONDS)
        assert picture.is_refused("client", "server", 443)
        assert picture.reaches("client", "server", 80)
        states = f"/security-groups/{picture.groups['servers']}/rules/state/actions"
        picture.api.put(states, "changeSecurityGroupRuleState", ruleUuids=[drop], state="Disabled")
        assert picture.reaches("client", "server", 443)
        picture.api.delete(f"/security-groups/rules?ruleUuids={drop}")
        assert picture.reaches("client", "server", 443)


def test_egress_is_closed_by_the_policy_and_opened_by_rules(picture: Picture) -> None:
    path = f"/security-groups/nics/{picture.nic('client')}/security-policy/actions"
    picture.api.put(path, "changeVmNicSecurityPolicy", egressPolicy="DENY")
    assert picture.is_refused("client", "server", 80)
    picture.rules(
        "clients",
        {"type": "Egress", "protocol": "TCP", "dstPortRange": "80", "dstIpRange": f"{picture.ip('server')}/32"},
    )
    assert picture.reaches("client", "server", 80)
    assert picture.is_refused("client", "server-2", 80)
    picture.api.put(path, "changeVmNicSecurityPolicy", egressPolicy="ALLOW")
    assert picture.reaches("client", "server-2", 80)


def test_a_vm_that_moves_takes_its_groups_along(picture: Picture) -> None:
    """Stopped here, started there: the same rules, and it is a member for others."""
    vm = picture.vms["client-2"]
    path = f"/vm-instances/{vm['uuid']}/actions"
    picture.api.put(path, "stopVmInstance")
    host = picture.lab.status["hosts"][1]["uuid"]
    picture.api.put(path, "startVmInstance", hostUuid=host)
    picture.vms["client-2"] = moved = picture.api.one("/vm-instances", f"uuid={vm['uuid']}")
    assert moved["hostUuid"] == host
    eventually("it has its address", lambda: configured(picture.lab, moved))
    assert picture.reaches("client-2", "server", 80)
    assert picture.is_refused("client-2", "server", 22)


def test_the_last_group_gone_opens_the_port(picture: Picture) -> None:
    picture.leave("servers", "server-2")
    assert picture.reaches("stranger", "server-2", 8080)
    picture.join("servers", "server-2")
    assert picture.is_refused("stranger", "server-2", 8080)
