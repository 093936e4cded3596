"""Security groups from creation to deletion: every check with its code, and what is left behind."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.security_group import (
    GROUP_L3_REF,
    NIC_GROUP_REF,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SecurityGroup,
    SecurityGroupL3NetworkRef,
    SecurityGroupRule,
    VmNicSecurityPolicy,
)
from landbridge.model.documents.vm import VM_NIC
from landbridge.model.errors import ApiError
from landbridge.model.node import SecurityRule
from landbridge.services.security_group import actions_group
from tests.unit.services.groupkit import SSH, Groups, opened


@pytest.fixture
def cloud() -> Iterator[Groups]:
    with opened() as cloud:
        yield cloud


def test_a_new_group_lets_its_members_talk(cloud: Groups) -> None:
    made = cloud.call("CreateSecurityGroup", name="web", description="front", ipVersion=6)
    assert (made["name"], made["description"], made["state"], made["ipVersion"]) == ("web", "front", "Enabled", 6)
    assert made["attachedL3NetworkUuids"] == []
    shown = [
        (r["type"], r["ipVersion"], r["protocol"], r["action"], r["priority"], r["description"], r["state"])
        for r in made["rules"]
    ]
    assert sorted(shown) == [
        (direction, version, "ALL", "ACCEPT", 0, "default rule", "Enabled")
        for direction in ("Egress", "Ingress")
        for version in (4, 6)
    ]
    assert {r["remoteSecurityGroupUuid"] for r in made["rules"]} == {made["uuid"]}
    assert {(r["startPort"], r["endPort"], r["allowedCidr"]) for r in made["rules"]} == {
        (-1, -1, "0.0.0.0/0"),
        (-1, -1, "::/0"),
    }
    assert cloud.call("CreateSecurityGroup", name="v4")["ipVersion"] == 4


def test_numbers_are_unique_and_internal(cloud: Groups) -> None:
    uuids = [cloud.group(), cloud.group()]
    assert len({cloud.get(SecurityGroup, uuid).number for uuid in uuids}) == 2
    rules = cloud.all(SecurityGroupRule)
    assert len({rule.number for rule in rules}) == len(rules) == 8
    (row,) = cloud.ask(SECURITY_GROUP, f"uuid={uuids[0]}")
    assert not {"number", "revision"} & row.keys()
    assert "number" not in row["rules"][0]


def test_names_change(cloud: Groups) -> None:
    group = cloud.group()
    row = cloud.call("UpdateSecurityGroup", uuid=group, name="other", description="why")
    assert (row["name"], row["description"]) == ("other", "why")
    assert cloud.call("UpdateSecurityGroup", uuid=group)["name"] == "other"


def test_a_disabled_group_has_no_rules_and_its_nics_their_policies(cloud: Groups) -> None:
    group, nic = cloud.group(), cloud.machine(cloud.net())
    cloud.add(group, SSH)
    cloud.enter(group, nic.uuid)
    assert len(cloud.sent(group).rules) == 5
    assert cloud.call("ChangeSecurityGroupState", uuid=group, stateEvent="disable")["state"] == "Disabled"
    assert cloud.sent(group).rules == ()
    filter_ = cloud.port(nic.uuid).filter
    assert filter_ is not None
    assert (filter_.groups, filter_.ingress) == ((group,), "DROP")
    cloud.call("ChangeSecurityGroupState", uuid=group, stateEvent="enable")
    assert len(cloud.sent(group).rules) == 5
    cloud.check_compiled()


def test_deleting_leaves_nothing(cloud: Groups) -> None:
    l3 = cloud.net()
    nic = cloud.machine(l3)
    group, other = cloud.group(), cloud.group("other")
    cloud.call("AttachSecurityGroupToL3Network", securityGroupUuid=group, l3NetworkUuid=l3)
    cloud.add(other, SSH, remoteSecurityGroupUuids=[group])
    cloud.add(other, SSH | {"dstPortRange": "80"})
    cloud.enter(group, nic.uuid)
    cloud.enter(other, nic.uuid)
    cloud.call("DeleteSecurityGroup", uuid=group)
    assert cloud.groups_of(nic.uuid) == [other]
    assert [(rule.dst_port_range, rule.priority) for rule in cloud.rules(other)] == [("80", 1)]
    assert {rule.security_group_uuid for rule in cloud.all(SecurityGroupRule)} == {other}
    assert cloud.all(SecurityGroupL3NetworkRef) == []
    cloud.call("DeleteSecurityGroup", uuid=other)
    assert cloud.port(nic.uuid).filter is None
    assert cloud.all(VmNicSecurityPolicy) == []
    assert not [key for key in cloud.objects(cloud.hosts[0]) if key.startswith(("group/", "member/"))]
    cloud.call("DeleteSecurityGroup", uuid=other)
    cloud.check_compiled()


def test_attachment_to_networks(cloud: Groups) -> None:
    group, l3, bare = cloud.group(), cloud.net(), cloud.subnet("10.2.0.0/24", "bare")
    where = {"securityGroupUuid": group, "l3NetworkUuid": l3}
    assert cloud.call("AttachSecurityGroupToL3Network", **where)["attachedL3NetworkUuids"] == [l3]
    assert [row["uuid"] for row in cloud.ask(SECURITY_GROUP, "l3Network.name=net")] == [group]
    with cloud.refused("SYS.1006", "already"):
        cloud.call("AttachSecurityGroupToL3Network", **where)
    with cloud.refused("SYS.1007", "does not have the network service SecurityGroup"):
        cloud.call("AttachSecurityGroupToL3Network", securityGroupUuid=group, l3NetworkUuid=bare)
    assert cloud.call("DetachSecurityGroupFromL3Network", **where)["attachedL3NetworkUuids"] == []
    with cloud.refused("SYS.1006", "is not attached"):
        cloud.call("DetachSecurityGroupFromL3Network", **where)


def test_a_network_goes_with_its_attachments(cloud: Groups) -> None:
    group, l3 = cloud.group(), cloud.net()
    cloud.call("AttachSecurityGroupToL3Network", securityGroupUuid=group, l3NetworkUuid=l3)
    cloud.call("DeleteL3Network", uuid=l3)
    assert cloud.all(SecurityGroupL3NetworkRef) == []


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"name": None}, "SYS.1007", "mandatory"),
        ({"name": "x" * 256}, "SYS.1007", "too long"),
        ({"ipVersion": 5}, "SYS.1007", "valid values are [4, 6]"),
    ],
)
def test_refusals(cloud: Groups, change: dict[str, object], code: str, words: str) -> None:
    with cloud.refused(code, words):
        cloud.call("CreateSecurityGroup", **{"name": "g", **change})


@pytest.mark.parametrize(
    "name",
    [
        "UpdateSecurityGroup",
        "ChangeSecurityGroupState",
    ],
)
def test_an_absent_group_is_not_found(cloud: Groups, name: str) -> None:
    with cloud.refused("SYS.1003", "SecurityGroupVO"):
        cloud.call(name, uuid=cloud.zone, stateEvent="enable")


def test_queries_reach_from_groups_to_nics_and_back(cloud: Groups) -> None:
    group, nic = cloud.group("web"), cloud.machine(cloud.net())
    cloud.enter(group, nic.uuid)
    assert [row["uuid"] for row in cloud.ask(SECURITY_GROUP, f"vmNic.ip={nic.ip}")] == [group]
    assert [row["vmNicUuid"] for row in cloud.ask(NIC_GROUP_REF, "securityGroup.name=web")] == [nic.uuid]
    assert [row["priority"] for row in cloud.ask(NIC_GROUP_REF, f"vmNic.ip={nic.ip}")] == [1]
    assert [row["uuid"] for row in cloud.ask(VM_NIC, "securityGroup.name=web")] == [nic.uuid]
    assert len(cloud.ask(SECURITY_GROUP_RULE, "securityGroup.name=web", "type=Ingress")) == 2
    assert cloud.ask(GROUP_L3_REF) == []


def test_numbers_run_out(cloud: Groups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions_group, "MOST_NUMBER", 1)
    cloud.group()
    with cloud.refused("SYS.1006", "delete one first"):
        cloud.group()


def test_a_change_that_no_host_confirms_is_stored_and_said(cloud: Groups) -> None:
    group, nic = cloud.group(), cloud.machine(cloud.net())
    cloud.enter(group, nic.uuid)
    outcome = cloud.begin("AddSecurityGroupRule", securityGroupUuid=group, rules=[SSH])
    assert outcome.everywhere
    error = cloud.fail(outcome)
    assert isinstance(error, ApiError)
    assert (error.code, error.cause is not None) == ("SYS.1006", True)
    assert "is stored" in error.details
    assert len(cloud.rules(group)) == 1


def test_default_rules_come_first(cloud: Groups) -> None:
    group, nic = cloud.group(), cloud.machine(cloud.net())
    cloud.enter(group, nic.uuid)
    cloud.add(group, SSH, SSH | {"type": "Egress", "dstPortRange": "53,1000-1010,1005-1020", "action": "DROP"})
    rules = cloud.sent(group).rules
    assert [(r.direction, r.family, r.group is None) for r in rules] == [
        ("Ingress", 4, False),
        ("Ingress", 6, False),
        ("Ingress", 4, True),
        ("Egress", 4, False),
        ("Egress", 6, False),
        ("Egress", 4, True),
    ]
    number = cloud.get(SecurityGroup, group).number
    assert {r.group for r in rules} == {number, None}
    stored = cloud.rules(group, "Egress")[0]
    assert rules[-1] == SecurityRule(
        uuid=stored.uuid,
        number=stored.number,
        direction="Egress",
        family=4,
        protocol="TCP",
        action="DROP",
        ports=((53, 53), (1000, 1020)),
    )
