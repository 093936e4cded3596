"""Who is asked about rules, and how the answers are added up."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Answered, Asked, Caller
from landbridge.model.documents.security_group import SecurityGroupRule
from landbridge.model.questions.ports import AskRuleCounts, RuleCounts, RuleCountsList
from tests.unit.services.groupkit import Groups, opened

ACTION = "GetSecurityGroupRuleCounters"


@pytest.fixture
def cloud() -> Iterator[Groups]:
    with opened(3) as cloud:
        yield cloud


def asked(cloud: Groups, **params: Any) -> Asked:
    outcome = cloud.begin(ACTION, **params)
    assert outcome.asked is not None
    return outcome.asked


def test_every_host_with_nics_in_the_group_is_asked_and_the_counts_are_added(cloud: Groups) -> None:
    net, group, other = cloud.net(), cloud.group("one"), cloud.group("other")
    ssh, web = cloud.rule(group), cloud.rule(group, dstPortRange="80")
    cloud.enter(group, *(cloud.machine(net, host, f"vm-{host}").uuid for host in (0, 1, 1)))
    cloud.enter(other, cloud.machine(net, 2).uuid)
    found = asked(cloud, securityGroupUuid=group)
    rules = {rule.uuid: rule for rule in cloud.all(SecurityGroupRule, security_group_uuid=group)}
    assert [ask.node for ask in found.asks] == sorted(cloud.hosts[:2])
    [question] = {ask.question for ask in found.asks}
    assert isinstance(question, AskRuleCounts)
    assert set(question.rules) == {rule.number for rule in rules.values()}
    assert found.partial
    number = rules[ssh].number
    answers = [
        Answered(ask.node, ask.question, RuleCountsList(rules=(RuleCounts(rule=number, accepted_packets=2), stray)))
        for ask in found.asks
        for stray in [RuleCounts(rule=10**6, dropped_packets=1)]
    ]
    rows = {row["ruleUuid"]: row for row in found.merge(answers)["inventories"]}
    assert rows.keys() == rules.keys()
    assert rows[ssh]["acceptedPackets"] == 4
    assert rows[web]["acceptedPackets"] == rows[web]["droppedBytes"] == 0
    assert (rows[web]["type"], rows[web]["priority"]) == ("Ingress", 2)


def test_rules_of_several_groups(cloud: Groups) -> None:
    one, other = cloud.group("one"), cloud.group("other")
    rules = [cloud.rule(one), cloud.rule(other)]
    found = asked(cloud, ruleUuids=rules)
    assert found.asks == (), "no NIC is in them"
    assert {row["ruleUuid"] for row in found.merge([])["inventories"]} == set(rules)
    only = asked(cloud, ruleUuids=rules, securityGroupUuid=one)
    assert [row["ruleUuid"] for row in only.merge([])["inventories"]] == rules[:1]


def test_an_account_sees_its_own_groups_only(cloud: Groups) -> None:
    net, group = cloud.net(), cloud.group()
    rule = cloud.rule(group)
    cloud.enter(group, cloud.machine(net).uuid)
    tenant = Caller(account_uuid="e" * 32, user_uuid="e" * 32, is_admin=False)
    for named in ({"ruleUuids": [rule]}, {"securityGroupUuid": group}):
        with cloud.refused("SYS.1003"):
            cloud.begin(ACTION, caller=tenant, **named)


def test_something_must_be_named(cloud: Groups) -> None:
    with cloud.refused("SYS.1007", "give one"):
        cloud.begin(ACTION)
