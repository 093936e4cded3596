"""Port forwarding rules: their ports, whose they may be, what the vrouter is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.vip import VIP, VipPorts
from landbridge.model.documents.vm import VM_NIC
from landbridge.model.router_node import PortForward
from landbridge.services.port_forwarding.document import PortForwardingRule
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def create(cloud: NatCloud, vip: str, port: int, nic: str | None = None, **params: Any) -> Any:
    """A new port forwarding rule."""
    wanted = {"name": "rule", "vipUuid": vip, "vipPortStart": port, "protocolType": "TCP"}
    return cloud.call("CreatePortForwardingRule", **(wanted | ({"vmNicUuid": nic} if nic else {}) | params))


def forwards(cloud: NatCloud) -> list[tuple[Any, ...]]:
    found = [rule for rule in cloud.of_router("forward/").values() if isinstance(rule, PortForward)]
    return sorted((r.protocol, r.first, r.last, r.guest_ip, r.guest_first, r.allowed or "") for r in found)


@pytest.mark.parametrize(
    ("params", "ports"),
    [
        ({}, (80, 80, 80, 80)),
        ({"vipPortEnd": 89}, (80, 89, 80, 89)),
        ({"privatePortStart": 8080}, (80, 80, 8080, 8080)),
        ({"vipPortEnd": 89, "privatePortStart": 8080}, (80, 89, 8080, 8089)),
        ({"vipPortEnd": 89, "privatePortStart": 8080, "privatePortEnd": 8089}, (80, 89, 8080, 8089)),
    ],
)
def test_ports_that_are_not_given(cloud: NatCloud, params: Any, ports: tuple[int, ...]) -> None:
    rule = create(cloud, cloud.vip(), 80, cloud.guest(), **params)
    fields = ("vipPortStart", "vipPortEnd", "privatePortStart", "privatePortEnd")
    assert tuple(rule[field] for field in fields) == ports
    assert forwards(cloud) == [("TCP", ports[0], ports[1], "10.1.0.3", ports[2], "")]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"vipPortEnd": 79}, "end before they begin"),
        ({"vipPortEnd": 89, "privatePortStart": 8080, "privatePortEnd": 8088}, "as many of either"),
        ({"privatePortStart": 8089, "privatePortEnd": 8080}, "end before they begin"),
        ({"vipPortEnd": 89, "privatePortStart": 65530}, "go beyond 65535"),
        ({"allowedCidr": "192.0.2.1"}, "is not an IPv4 CIDR"),
        ({"allowedCidr": "192.0.2.0/33"}, "is not an IPv4 CIDR"),
        ({"allowedCidr": "fd00::/64"}, "is not an IPv4 CIDR"),
    ],
)
def test_ports_that_do_not_fit(cloud: NatCloud, params: Any, words: str) -> None:
    unused = cloud.vip()
    with cloud.refused("SYS.1007", words):
        create(cloud, unused, 80, **params)


def test_attached_and_detached(cloud: NatCloud) -> None:
    rule, nic = create(cloud, cloud.vip(), 80), cloud.guest()
    assert forwards(cloud) == []
    with cloud.refused("SYS.1006", "attached to no NIC"):
        cloud.call("DetachPortForwardingRule", uuid=rule["uuid"])
    answer = cloud.call("AttachPortForwardingRule", ruleUuid=rule["uuid"], vmNicUuid=nic)
    assert (answer["guestIp"], answer["vmNicUuid"]) == ("10.1.0.3", nic)
    with cloud.refused("SYS.1006", "already"):
        cloud.call("AttachPortForwardingRule", ruleUuid=rule["uuid"], vmNicUuid=nic)
    outcome = cloud.begin("DetachPortForwardingRule", uuid=rule["uuid"])
    assert outcome.wait
    assert "guestIp" not in cloud.finish(outcome)
    assert forwards(cloud) == []


def test_disabled_it_carries_nothing(cloud: NatCloud) -> None:
    rule = create(cloud, cloud.vip(), 80, cloud.guest())
    cloud.call("ChangePortForwardingRuleState", uuid=rule["uuid"], stateEvent="disable")
    assert forwards(cloud) == []
    cloud.call("ChangePortForwardingRuleState", uuid=rule["uuid"], stateEvent="enable")
    assert len(forwards(cloud)) == 1
    other = create(cloud, cloud.vip(), 80)
    cloud.call("ChangePortForwardingRuleState", uuid=other["uuid"], stateEvent="disable")
    nic = cloud.guest()
    with cloud.refused("SYS.1006", "enable it"):
        cloud.call("AttachPortForwardingRule", ruleUuid=other["uuid"], vmNicUuid=nic)


def test_deleted_its_ports_are_free(cloud: NatCloud) -> None:
    vip = cloud.vip()
    rule = create(cloud, vip, 80, cloud.guest(), vipPortEnd=90)
    cloud.call("DeletePortForwardingRule", uuid=rule["uuid"])
    assert cloud.all(VipPorts) == []
    assert "useFor" not in cloud.shown(vip)
    create(cloud, vip, 85)
    cloud.call("DeletePortForwardingRule", uuid=rule["uuid"])


def test_it_goes_with_its_vip(cloud: NatCloud) -> None:
    vip, other, nic = cloud.vip(), cloud.vip(), cloud.guest()
    create(cloud, vip, 80, nic)
    create(cloud, vip, 81)
    stays = create(cloud, other, 80, cloud.guest())
    cloud.call("DeleteVip", uuid=vip)
    assert [rule.uuid for rule in cloud.all(PortForwardingRule)] == [stays["uuid"]]
    assert [ports.vip_uuid for ports in cloud.all(VipPorts)] == [other]
    assert len(forwards(cloud)) == 1


def test_what_leads_to_all_of_a_nic_is_listed_to_others(cloud: NatCloud) -> None:
    """An EIP goes around a rule that is not for everybody."""
    nic, vip = cloud.guest(), cloud.vip()
    create(cloud, cloud.vip(), 80, nic, allowedCidr="192.0.2.0/24")
    with cloud.refused("SYS.1006", "allowedCidr[192.0.2.0/24]", "go around"):
        cloud.eip(vip, nic)


def test_found_from_its_vip_and_its_nic(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    create(cloud, vip, 80, nic)
    create(cloud, cloud.vip(), 81)
    assert [row["uuid"] for row in cloud.ask(VIP, "portForwarding.vipPortStart=80")] == [vip]
    assert [row["uuid"] for row in cloud.ask(VM_NIC, "portForwarding.vipPortStart=80")] == [nic]


def test_listed_by_vrouter(cloud: NatCloud) -> None:
    assert cloud.route is not None
    rule = create(cloud, cloud.vip(), 80, cloud.guest())
    create(cloud, cloud.vip(), 80)
    listed = cloud.call("GetVpcAttachedPortForwardingRules", uuid=cloud.route["uuid"])
    assert [row["uuid"] for row in listed] == [rule["uuid"]]


def test_two_vips_for_one_vm(cloud: NatCloud) -> None:
    """By whichever of its NICs."""
    vm = cloud.vm(cloud.web, cloud.db)
    one, two = (nic["uuid"] for nic in vm["vmNics"])
    vip = cloud.vip()
    create(cloud, vip, 80, one)
    create(cloud, vip, 81, two)
    unused = cloud.vip()
    with cloud.refused("SYS.1006", "of another VIP"):
        create(cloud, unused, 80, two)


def test_the_same_ports_of_a_vm(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    create(cloud, vip, 80, nic, privatePortStart=8080)
    create(cloud, vip, 81, nic, privatePortStart=8080)
    with cloud.refused("SYS.1006", "not for everybody"):
        create(cloud, vip, 82, nic, privatePortStart=8080, allowedCidr="192.0.2.0/24")
    create(cloud, vip, 83, nic, privatePortStart=9090, allowedCidr="192.0.2.7/24")
    with cloud.refused("SYS.1006", "not for everybody"):
        create(cloud, vip, 84, nic, vipPortEnd=85, privatePortStart=9089)
    create(cloud, vip, 83, nic, privatePortStart=9090, protocolType="UDP")
    assert [rule for rule in forwards(cloud) if rule[-1]] == [("TCP", 83, 83, "10.1.0.3", 9090, "192.0.2.0/24")]


def test_not_for_everybody_beside_an_eip(cloud: NatCloud) -> None:
    nic, vip = cloud.guest(), cloud.vip()
    cloud.eip(cloud.vip(), nic)
    create(cloud, vip, 80, nic)
    with cloud.refused("SYS.1006", "goes around"):
        create(cloud, vip, 81, nic, allowedCidr="192.0.2.0/24")
    closed = create(cloud, vip, 82, allowedCidr="192.0.2.0/24")
    with cloud.refused("SYS.1006", "goes around"):
        cloud.call("AttachPortForwardingRule", ruleUuid=closed["uuid"], vmNicUuid=nic)


def test_nics_that_it_cannot_lead_to(cloud: NatCloud) -> None:
    vip = cloud.vip()
    both = cloud.vm(cloud.web, cloud.public)
    with cloud.refused("SYS.1007", "reached there without it"):
        create(cloud, vip, 80, both["vmNics"][0]["uuid"])
    plain = cloud.subnet("10.9.0.0/24", "plain", vpc=True)
    nic = cloud.guest(plain)
    with cloud.refused("SYS.1006", "network service PortForwarding"):
        create(cloud, vip, 80, nic)


def test_the_vm_is_gone(cloud: NatCloud) -> None:
    vm = cloud.vm(cloud.web)
    rule = create(cloud, cloud.vip(), 80, vm["vmNics"][0]["uuid"])
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    cloud.call("ExpungeVmInstance", uuid=vm["uuid"])
    assert cloud.get(PortForwardingRule, rule["uuid"]).vm_nic_uuid is None
    assert forwards(cloud) == []
    cloud.call("AttachPortForwardingRule", ruleUuid=rule["uuid"], vmNicUuid=cloud.guest())


def test_candidates(cloud: NatCloud) -> None:
    rule = create(cloud, cloud.vip(), 80)
    fits = cloud.guest()
    other_vip = cloud.guest()
    create(cloud, cloud.vip(), 80, other_vip)
    found = {row["uuid"] for row in cloud.call("GetPortForwardingAttachableVmNics", ruleUuid=rule["uuid"])}
    assert found == {fits}
    cloud.call("AttachPortForwardingRule", ruleUuid=rule["uuid"], vmNicUuid=fits)
    assert cloud.call("GetPortForwardingAttachableVmNics", ruleUuid=rule["uuid"]) == []


def test_names(cloud: NatCloud) -> None:
    rule = create(cloud, cloud.vip(), 80)
    changed = cloud.call("UpdatePortForwardingRule", uuid=rule["uuid"], name="n", description="d")
    assert (changed["name"], changed["description"]) == ("n", "d")
