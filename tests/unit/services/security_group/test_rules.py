"""Rules of security groups: what may be said, in which words, in which order."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landbridge.model.documents.security_group import SecurityGroupRule
from landbridge.services.security_group import actions_rule, order
from tests.unit.services.groupkit import SSH, Groups, opened

ABSENT = "f" * 32


@pytest.fixture
def cloud() -> Iterator[Groups]:
    with opened(0) as cloud:
        yield cloud


@pytest.fixture
def group(cloud: Groups) -> str:
    return cloud.group()


def said(rule: SecurityGroupRule) -> dict[str, Any]:
    """What a client reads, fields that say nothing left out."""
    return {
        "src": rule.src_ip_range,
        "dst": rule.dst_ip_range,
        "ports": rule.dst_port_range,
        "cidr": rule.allowed_cidr,
        "start": rule.start_port,
        "end": rule.end_port,
    }


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        (
            {"startPort": 22, "endPort": 80},
            {"ports": "22-80", "start": 22, "end": 80, "cidr": "0.0.0.0/0"},
        ),
        ({"startPort": 22, "endPort": 22}, {"ports": "22", "start": 22, "end": 22, "cidr": "0.0.0.0/0"}),
        ({"startPort": 22}, {"ports": "22", "start": 22, "end": 22, "cidr": "0.0.0.0/0"}),
        ({"startPort": "22", "endPort": "80"}, {"ports": "22-80", "start": 22, "end": 80, "cidr": "0.0.0.0/0"}),
        (
            {"startPort": 22, "allowedCidr": "10.0.0.0/8"},
            {"ports": "22", "start": 22, "end": 22, "src": "10.0.0.0/8", "cidr": "10.0.0.0/8"},
        ),
        (
            {"startPort": 22, "allowedCidr": "0.0.0.0/0"},
            {"ports": "22", "start": 22, "end": 22, "cidr": "0.0.0.0/0"},
        ),
        (
            {"type": "Egress", "startPort": 22, "allowedCidr": "10.0.0.0/8"},
            {"ports": "22", "start": 22, "end": 22, "dst": "10.0.0.0/8", "cidr": "10.0.0.0/8"},
        ),
        (
            {"dstPortRange": "22,80", "srcIpRange": "10.0.0.1,10.0.0.2"},
            {"ports": "22,80", "start": -1, "end": -1, "src": "10.0.0.1,10.0.0.2"},
        ),
        (
            {"ipVersion": 6, "dstPortRange": "22", "allowedCidr": "::/0", "srcIpRange": ""},
            {"ports": "22", "start": 22, "end": 22, "cidr": "::/0"},
        ),
        ({"protocol": "ALL", "startPort": -1, "endPort": -1}, {"start": -1, "end": -1, "cidr": "0.0.0.0/0"}),
        ({"protocol": "ICMP"}, {"start": -1, "end": -1, "cidr": "0.0.0.0/0"}),
    ],
)
def test_old_and_new_words_say_the_same(
    cloud: Groups, group: str, rule: dict[str, Any], stored: dict[str, Any]
) -> None:
    cloud.add(group, {"type": "Ingress", "protocol": "TCP", **rule})
    (made,) = cloud.rules(group, rule.get("type", "Ingress"))
    assert {name: value for name, value in said(made).items() if value is not None} == stored
    assert (made.action, made.state, made.description) == ("ACCEPT", "Enabled", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": None}, "type is missing"),
        ({"type": "Both"}, "type is 'Both'"),
        ({"protocol": None}, "protocol is missing"),
        ({"protocol": "SCTP"}, "[ALL, TCP, UDP, ICMP]"),
        ({"action": "REJECT"}, "[ACCEPT, DROP]"),
    ],
)
def test_words_that_no_rule_has(cloud: Groups, group: str, change: dict[str, Any], words: str) -> None:
    with cloud.refused("SYS.1007", words):
        cloud.add(group, SSH | change)


BAD = [
    ({"ipVersion": 5}, "SG.1004", "[4, 6]"),
    ({"dstIpRange": "10.0.0.1"}, "SG.1004", "means nothing in an Ingress rule: use srcIpRange"),
    ({"type": "Egress", "srcIpRange": "10.0.0.1"}, "SG.1004", "means nothing in an Egress rule: use dstIpRange"),
    ({"srcIpRange": "10.0.0.1", "dstIpRange": "10.0.0.1"}, "SG.1003", "exclude each other"),
    ({"srcIpRange": "10.0.0.1", "allowedCidr": "10.0.0.0/8"}, "SG.1003", "use srcIpRange"),
    ({"srcIpRange": "10.0.0.1", "remoteSecurityGroupUuid": "{group}"}, "SG.1003", "make two rules"),
    ({"allowedCidr": "10.0.0.0/8", "remoteSecurityGroupUuid": "{group}"}, "SG.1003", "make two rules"),
    ({"protocol": "ALL"}, "SG.1004", "dstPortRange[22] means nothing with protocol ALL"),
    ({"protocol": "ICMP"}, "SG.1004", "dstPortRange[22] means nothing with protocol ICMP"),
    ({"protocol": "ICMP", "dstPortRange": None, "startPort": 8}, "SG.1005", "mean nothing with protocol ICMP"),
    ({"dstPortRange": None}, "SG.1005", "protocol TCP needs dstPortRange"),
    ({"protocol": "UDP", "dstPortRange": ""}, "SG.1005", "protocol UDP needs dstPortRange"),
    ({"startPort": 22, "endPort": 80}, "SG.1003", "use dstPortRange"),
    ({"dstPortRange": None, "startPort": 80, "endPort": 22}, "SG.1005", "no range of ports"),
    ({"dstPortRange": None, "startPort": 80, "endPort": 65536}, "SG.1005", "no range of ports"),
    ({"dstPortRange": None, "endPort": 80}, "SG.1005", "no range of ports"),
    ({"dstPortRange": "80-22"}, "SG.1005", "ends before it starts"),
    ({"dstPortRange": "22,22"}, "SG.1005", "twice"),
    ({"dstPortRange": "1,2,3,4,5,6,7,8,9,10,11"}, "SG.1005", "at most 10"),
    ({"dstPortRange": "ssh"}, "SG.1005", "dstPortRange: [ssh]"),
    ({"srcIpRange": "10.0.0.1,10.0.0.1"}, "SG.1006", "twice"),
    ({"srcIpRange": "10.0.0.9-10.0.0.1"}, "SG.1006", "ends before it starts"),
    ({"srcIpRange": "::1"}, "SG.1006", "not an IPv4 address"),
    ({"srcIpRange": ",".join(f"10.0.0.{n}" for n in range(11))}, "SG.1006", "at most 10"),
    ({"ipVersion": 6, "srcIpRange": "::1-::5,::9"}, "SG.1006", "must stand alone"),
    ({"ipVersion": 6, "srcIpRange": "10.0.0.1"}, "SG.1006", "not an IPv6 address"),
    ({"ipVersion": 6, "allowedCidr": "0.0.0.0/0"}, "SG.1006", "not an IPv6"),
    ({"srcIpRange": "10.0.0.1" + "0" * 1024}, "SG.1006", "longer than 1024"),
    ({"remoteSecurityGroupUuid": ABSENT}, "SG.1001", "not found"),
]


@pytest.mark.parametrize(("change", "code", "words"), BAD)
def test_what_is_no_rule(cloud: Groups, group: str, change: dict[str, Any], code: str, words: str) -> None:
    rule = {name: value for name, value in {**SSH, **change}.items() if value is not None}
    if rule.get("remoteSecurityGroupUuid") == "{group}":
        rule["remoteSecurityGroupUuid"] = group
    with cloud.refused("SYS.1007", words):
        cloud.add(group, rule)
    answer = cloud.call("ValidateSecurityGroupRule", securityGroupUuid=group, **rule)
    assert (answer["available"], answer["code"]) == (False, code)
    assert words in answer["reason"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (["TCP"], "not an object"),
        ({**SSH, "dstPortRange": 22}, "dstPortRange"),
        ({**SSH, "ipVersion": "six"}, "ipVersion"),
        ({**SSH, "state": "On"}, "[Enabled, Disabled]"),
        ({**SSH, "description": "x" * 256}, "255"),
        (None, "cannot contain null"),
    ],
)
def test_what_is_not_even_an_object_of_rule_fields(cloud: Groups, group: str, rule: Any, words: str) -> None:
    with cloud.refused("SYS.1007", words):
        cloud.add(group, rule)


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"rules": []}, "SYS.1007", "empty list"),
        ({"rules": [SSH] * 2001}, "SYS.1007", "more than 2000"),
        ({"rules": [SSH, SSH]}, "SYS.1007", "there twice"),
        ({"rules": [SSH], "priority": 0}, "SYS.1007", "default rules"),
        ({"rules": [SSH], "priority": 2}, "SYS.1007", "has 0 Ingress rules, so it can be 1 to 1"),
        ({"rules": [SSH], "securityGroupUuid": ABSENT}, "SYS.1003", "SecurityGroupVO"),
        ({"rules": [SSH], "remoteSecurityGroupUuids": [ABSENT]}, "SYS.1003", "SecurityGroupVO"),
        ({"rules": [SSH], "remoteSecurityGroupUuids": []}, "SYS.1007", "empty list"),
    ],
)
def test_refusals_of_adding(cloud: Groups, group: str, params: dict[str, Any], code: str, words: str) -> None:
    with cloud.refused(code, words):
        cloud.call("AddSecurityGroupRule", **{"securityGroupUuid": group, **params})


def test_each_rule_for_each_group(cloud: Groups, group: str) -> None:
    others = [cloud.group("one"), cloud.group("two")]
    cloud.add(group, SSH, SSH | {"dstPortRange": "80"}, remoteSecurityGroupUuids=others)
    assert [(r.remote_security_group_uuid, r.dst_port_range) for r in cloud.rules(group)] == [
        (others[0], "22"),
        (others[0], "80"),
        (others[1], "22"),
        (others[1], "80"),
    ]
    with cloud.refused("SYS.1007", "twice"):
        cloud.add(group, SSH | {"dstPortRange": "1"}, remoteSecurityGroupUuids=[others[0], others[0]])
    with cloud.refused("SYS.1007", "use one of the two"):
        cloud.add(
            group, SSH | {"remoteSecurityGroupUuid": others[0], "dstPortRange": "1"}, remoteSecurityGroupUuids=others
        )


def test_duplicates_are_those_that_mean_the_same(cloud: Groups, group: str) -> None:
    cloud.add(group, SSH | {"dstPortRange": "80,22", "srcIpRange": "10.0.0.0/24"})
    for same in (
        {"dstPortRange": "22,80", "srcIpRange": "10.0.0.0-10.0.0.255"},
        {"dstPortRange": "22,80,80-80", "srcIpRange": "10.0.0.0/25,10.0.0.128/25", "description": "another"},
    ):
        with cloud.refused("SYS.1007", "says the same"):
            cloud.add(group, SSH | same)
        answer = cloud.call(
            "ValidateSecurityGroupRule",
            securityGroupUuid=group,
            **SSH | {name: value for name, value in same.items() if name != "description"},
        )
        assert (answer["available"], answer["code"]) == (False, "SG.1002")
    cloud.add(group, SSH | {"dstPortRange": "22,80", "srcIpRange": "10.0.0.0/24", "action": "DROP"})
    with cloud.refused("SYS.1007", "says the same"):
        cloud.add(group, {"type": "Ingress", "protocol": "ALL", "remoteSecurityGroupUuid": group})


def test_validation_stores_nothing(cloud: Groups, group: str) -> None:
    before = cloud.everything()
    answer = cloud.call("ValidateSecurityGroupRule", securityGroupUuid=group, **SSH)
    assert (answer["available"], answer["code"]) == (True, "SG.2000")
    answer = cloud.call("ValidateSecurityGroupRule", securityGroupUuid=ABSENT, **SSH)
    assert (answer["available"], answer["code"]) == (False, "SG.1001")
    assert cloud.everything() == before


def test_rules_are_inserted_and_close_up(cloud: Groups, group: str) -> None:
    def ports(direction: str = "Ingress") -> list[str | None]:
        rules = cloud.rules(group, direction)
        assert [rule.priority for rule in rules] == list(range(1, len(rules) + 1))
        return [rule.dst_port_range for rule in rules]

    out = SSH | {"type": "Egress"}
    cloud.add(group, SSH | {"dstPortRange": "1"}, SSH | {"dstPortRange": "2"}, out)
    cloud.add(group, SSH | {"dstPortRange": "3"}, SSH | {"dstPortRange": "4"}, priority=2)
    cloud.add(group, SSH | {"dstPortRange": "5"}, priority=-1)
    cloud.add(group, SSH | {"dstPortRange": "6"}, priority=6)
    assert ports() == ["1", "3", "4", "2", "5", "6"]
    assert ports("Egress") == ["22"]
    with cloud.refused("SYS.1007", "has 6 Ingress rules, so it can be 1 to 7"):
        cloud.add(group, SSH, priority=8)
    with cloud.refused("SYS.1007", "has 1 Egress rules"):
        cloud.add(group, SSH | {"dstPortRange": "7"}, out | {"dstPortRange": "7"}, priority=4)
    rules = cloud.rules(group)
    cloud.call("DeleteSecurityGroupRule", ruleUuids=[rules[1].uuid, rules[4].uuid, ABSENT, rules[1].uuid])
    assert ports() == ["1", "4", "2", "6"]
    assert cloud.call("DeleteSecurityGroupRule", ruleUuids=[rules[1].uuid]) == {"schema": {}}


def test_default_rules_and_rules_of_two_groups_are_not_deleted(cloud: Groups, group: str) -> None:
    mine, other = cloud.rule(group), cloud.rule(cloud.group("other"))
    default = next(rule for rule in cloud.all(SecurityGroupRule, security_group_uuid=group) if not rule.priority)
    with cloud.refused("SYS.1007", "several security groups"):
        cloud.call("DeleteSecurityGroupRule", ruleUuids=[mine, other])
    with cloud.refused("SYS.1007", "default rule", "disable it"):
        cloud.call("DeleteSecurityGroupRule", ruleUuids=[mine, default.uuid])


def test_the_number_of_rules_is_limited(cloud: Groups, group: str) -> None:
    cloud.call("UpdateGlobalConfig", category="securityGroup", name="rules.num.limit", value="2")
    cloud.add(group, SSH, SSH | {"dstPortRange": "80"}, SSH | {"type": "Egress"})
    with cloud.refused("SYS.1007", "would have 3 Ingress rules, at most 2"):
        cloud.add(group, SSH | {"dstPortRange": "443"})
    with cloud.refused("SYS.1007", "[1, 200]"):
        cloud.call("UpdateGlobalConfig", category="securityGroup", name="rules.num.limit", value="201")


def test_numbers_run_out(cloud: Groups, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "MOST_NUMBER", 4)
    with cloud.refused("SYS.1006", "delete one first"):
        cloud.add(group, SSH)


def test_a_rule_changes(cloud: Groups, group: str) -> None:
    uuid, number = cloud.rule(group), cloud.rules(group)[0].number

    def change(**fields: Any) -> SecurityGroupRule:
        cloud.call("ChangeSecurityGroupRule", uuid=uuid, **fields)
        return cloud.get(SecurityGroupRule, uuid)

    assert change(description="why", action="DROP", state="Disabled").description == "why"
    rule = change(protocol="UDP", srcIpRange="10.0.0.0/8", dstPortRange="53")
    assert (rule.protocol, rule.src_ip_range, rule.dst_port_range, rule.action) == ("UDP", "10.0.0.0/8", "53", "DROP")
    assert (rule.allowed_cidr, rule.start_port, rule.state, rule.description) == ("10.0.0.0/8", 53, "Disabled", "why")
    rule = change(remoteSecurityGroupUuid=group)
    assert (rule.src_ip_range, rule.remote_security_group_uuid, rule.allowed_cidr) == (None, group, "0.0.0.0/0")
    rule = change(srcIpRange="10.0.0.1")
    assert (rule.src_ip_range, rule.remote_security_group_uuid, rule.allowed_cidr) == ("10.0.0.1", None, None)
    rule = change(srcIpRange="", description="")
    assert (rule.src_ip_range, rule.description) == (None, None)
    rule = change(protocol="ICMP")
    assert (rule.dst_port_range, rule.start_port) == (None, -1)
    assert (rule.number, rule.priority) == (number, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dstIpRange": "10.0.0.1"}, "use srcIpRange"),
        ({"srcIpRange": "10.0.0.1", "remoteSecurityGroupUuid": "{group}"}, "make two rules"),
        ({"remoteSecurityGroupUuid": ABSENT}, "not found"),
        ({"dstPortRange": ""}, "needs dstPortRange"),
        ({"dstPortRange": "x"}, "dstPortRange"),
        ({"protocol": "ALL", "dstPortRange": "22"}, "means nothing with protocol ALL"),
        ({"protocol": "GRE"}, "valid values"),
        ({"action": ""}, "valid values"),
        ({"priority": 0}, "default rules"),
        ({"priority": 3}, "can be 1 to 2"),
        ({"dstPortRange": "80"}, "says the same"),
    ],
)
def test_refusals_of_changing(cloud: Groups, group: str, change: dict[str, Any], words: str) -> None:
    uuid = cloud.rule(group)
    cloud.rule(group, dstPortRange="80")
    params = {name: group if value == "{group}" else value for name, value in change.items()}
    with cloud.refused("SYS.1007", words):
        cloud.call("ChangeSecurityGroupRule", uuid=uuid, **params)


def test_icmp_has_no_ports_to_go_back_to(cloud: Groups, group: str) -> None:
    cloud.add(group, {"type": "Ingress", "protocol": "ICMP"})
    (rule,) = cloud.rules(group)
    with cloud.refused("SYS.1007", "needs dstPortRange"):
        cloud.call("ChangeSecurityGroupRule", uuid=rule.uuid, protocol="TCP")
    with cloud.refused("SYS.1003", "SecurityGroupRuleVO"):
        cloud.call("ChangeSecurityGroupRule", uuid=ABSENT, protocol="TCP")


def test_of_a_default_rule_only_description_and_state_change(cloud: Groups, group: str) -> None:
    default = cloud.all(SecurityGroupRule, security_group_uuid=group)[0]
    for change in ({"action": "DROP"}, {"priority": 1}, {"srcIpRange": "10.0.0.1"}, {"remoteSecurityGroupUuid": ""}):
        with cloud.refused("SYS.1007", "only its description and its state"):
            cloud.call("ChangeSecurityGroupRule", uuid=default.uuid, **change)
    cloud.call("ChangeSecurityGroupRule", uuid=default.uuid, description="mine", state="Disabled")
    rule = cloud.get(SecurityGroupRule, default.uuid)
    assert (rule.description, rule.state, rule.priority) == ("mine", "Disabled", 0)
    assert rule.remote_security_group_uuid == group


def test_states_of_several_rules(cloud: Groups, group: str) -> None:
    one, two = cloud.rule(group), cloud.rule(group, dstPortRange="80")
    params = {"securityGroupUuid": group, "ruleUuids": [one, two]}
    cloud.call("ChangeSecurityGroupRuleState", **params, state="Disabled")
    assert [rule.state for rule in cloud.rules(group)] == ["Disabled"] * 2
    cloud.call("ChangeSecurityGroupRuleState", **params, state="Disabled")
    cloud.call("ChangeSecurityGroupRuleState", **params, state="Enabled")
    assert [rule.state for rule in cloud.rules(group)] == ["Enabled"] * 2
    stranger = cloud.rule(cloud.group("other"))
    for wrong in (stranger, ABSENT):
        with cloud.refused("SYS.1007", "is none of"):
            cloud.call("ChangeSecurityGroupRuleState", **params | {"ruleUuids": [one, wrong]}, state="Disabled")
    with cloud.refused("SYS.1007", "valid values"):
        cloud.call("ChangeSecurityGroupRuleState", **params, state="Off")


def test_a_new_order(cloud: Groups, group: str) -> None:
    uuids = [cloud.rule(group, dstPortRange=str(port)) for port in (1, 2, 3)]
    params = {"securityGroupUuid": group, "type": "Ingress"}

    def order(*places: tuple[str, int]) -> list[dict[str, Any]]:
        return [{"ruleUuid": uuid, "priority": priority} for uuid, priority in places]

    wanted = order((uuids[0], 3), (uuids[1], 1), (uuids[2], 2))
    cloud.call("UpdateSecurityGroupRulePriority", **params, rules=wanted)
    assert [rule.dst_port_range for rule in cloud.rules(group)] == ["2", "3", "1"]
    default = next(rule for rule in cloud.all(SecurityGroupRule, type="Ingress") if not rule.priority)
    for rules, words in (
        (order((uuids[0], 1), (uuids[1], 2)), "each of the 3"),
        (order((uuids[0], 1), (uuids[1], 2), (uuids[1], 3)), "each of the 3"),
        (order((uuids[0], 1), (uuids[1], 2), (uuids[2], 4)), "1 to 3"),
        (order((uuids[0], 1), (uuids[1], 2), (uuids[2], 2)), "1 to 3"),
        (order((uuids[0], 0), (uuids[1], 1), (uuids[2], 2)), "1 to 3"),
        (order((default.uuid, 1), (uuids[1], 2), (uuids[2], 3)), "that can be moved"),
        ([{"ruleUuid": uuids[0]}], "priority"),
        (["x"], "ruleUuid"),
        ([], "empty list"),
    ):
        with cloud.refused("SYS.1007", words):
            cloud.call("UpdateSecurityGroupRulePriority", **params, rules=rules)
    cloud.call("ChangeSecurityGroupRule", uuid=uuids[0], priority=1)
    assert [rule.dst_port_range for rule in cloud.rules(group)] == ["1", "2", "3"]
    cloud.call("ChangeSecurityGroupRule", uuid=uuids[0], priority=-1)
    assert [rule.dst_port_range for rule in cloud.rules(group)] == ["2", "3", "1"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "delete", "move"]), st.integers(0, 5), st.integers(-1, 6), st.booleans()),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_order_is_that_of_a_list(steps: list[tuple[str, int, int, bool]]) -> None:
    """Whatever is added, moved and deleted, each direction is a list whose places are the priorities."""
    with opened(0) as cloud:
        group = cloud.group()
        model: dict[str, list[str]] = {"Ingress": [], "Egress": []}
        for port, (what, which, priority, ingress) in enumerate(steps):
            direction = "Ingress" if ingress else "Egress"
            rules = model[direction]
            if what != "add" and not rules:
                continue
            chosen = rules[which % len(rules)] if what != "add" else ""
            if what != "delete" and not (priority < 0 or 1 <= priority <= len(rules) + (what == "add")):
                with cloud.refused("SYS.1007", "priority"):
                    _place(cloud, group, direction, port, priority, moved=chosen)
                continue
            if chosen:
                rules.remove(chosen)
            if what == "delete":
                cloud.call("DeleteSecurityGroupRule", ruleUuids=[chosen])
                continue
            uuid = _place(cloud, group, direction, port, priority, moved=chosen)
            rules.insert(len(rules) if priority < 0 else priority - 1, uuid)
        for direction, rules in model.items():
            found = cloud.rules(group, direction)
            assert [(rule.uuid, rule.priority) for rule in found] == [(uuid, n) for n, uuid in enumerate(rules, 1)]


def _place(cloud: Groups, group: str, direction: str, port: int, priority: int, *, moved: str) -> str:
    """Put a rule, or a new one with a port, at a priority; its uuid."""
    if moved:
        cloud.call("ChangeSecurityGroupRule", uuid=moved, priority=priority)
        return moved
    cloud.add(group, SSH | {"type": direction, "dstPortRange": str(port)}, priority=priority)
    return next(rule.uuid for rule in cloud.rules(group, direction) if rule.dst_port_range == str(port))


def test_the_most_at_once_counts_each_group(cloud: Groups, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    two = cloud.group("two")
    monkeypatch.setattr(actions_rule, "MOST_AT_ONCE", 3)
    with cloud.refused("SYS.1007", "more than 3"):
        cloud.add(group, SSH, SSH | {"dstPortRange": "80"}, remoteSecurityGroupUuids=[group, two])
