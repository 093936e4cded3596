"""What security groups' rules have let pass and dropped, on all hosts together.  The hosts are asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from landbridge.core.api import P, Request, action
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.model.documents.security_group import (
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SecurityGroupRule,
    VmNicSecurityGroupRef,
)
from landbridge.model.errors import argerr
from landbridge.model.questions.ports import AskRuleCounts, RuleCounts, RuleCountsList

_COUNTS = ("accepted_packets", "accepted_bytes", "dropped_packets", "dropped_bytes")


class GetSecurityGroupRuleCounters(Request, kw_only=True):
    """What the rules of a group, or some rules, have let pass and dropped; asks every host with NICs in the groups.

    Accepted are the first packets of connections, and packets that belong to none, since the rule is on the host.
    """

    security_group_uuid: Annotated[str | None, P(help="all rules of this group", ref=SECURITY_GROUP.vo)] = None
    rule_uuids: Annotated[list[str] | None, P(help="these rules", ref=SECURITY_GROUP_RULE.vo)] = None


def get_counters(ctx: Context, req: GetSecurityGroupRuleCounters) -> Outcome:
    """A host that is away is named in `unanswered`, and the sums are without it."""
    tx = ctx.tx
    if req.security_group_uuid is None and req.rule_uuids is None:
        raise argerr("securityGroupUuid and ruleUuids cannot both be missing: give one")
    if req.rule_uuids is not None:
        rules = [tx.need(SecurityGroupRule, uuid) for uuid in dict.fromkeys(req.rule_uuids)]
        rules = [rule for rule in rules if req.security_group_uuid in (None, rule.security_group_uuid)]
    else:
        rules = tx.find(SecurityGroupRule, security_group_uuid=req.security_group_uuid)
    groups = {rule.security_group_uuid for rule in rules}
    hosts = {
        host
        for group in groups
        for host in tx.distinct(VmNicSecurityGroupRef, "host_uuid", security_group_uuid=group)
    }
    question = AskRuleCounts(rules=tuple(rule.number for rule in rules))
    return Outcome(
        asked=Asked(
            asks=tuple(Ask(host, question) for host in sorted(hosts) if host),
            merge=partial(_sums, tuple(rules)),
            partial=True,
        )
    )


def _sums(rules: Sequence[SecurityGroupRule], answers: Sequence[Answered]) -> Mapping[str, Any]:
    """Every rule, those that have done nothing as well; in the order of evaluation."""
    sums: dict[int, Counter[str]] = {rule.number: Counter() for rule in rules}
    for answer in answers:
        if isinstance(answer.value, RuleCountsList):
            for counts in answer.value.rules:
                if counts.rule in sums:
                    sums[counts.rule].update({name: getattr(counts, name) for name in _COUNTS})
    ordered = sorted(rules, key=lambda rule: (rule.security_group_uuid, rule.type, rule.priority, rule.uuid))
    return {"inventories": [_row(rule, RuleCounts(rule=rule.number, **sums[rule.number])) for rule in ordered]}


def _row(rule: SecurityGroupRule, counts: RuleCounts) -> dict[str, Any]:
    return {
        "ruleUuid": rule.uuid,
        "securityGroupUuid": rule.security_group_uuid,
        "type": rule.type,
        "priority": rule.priority,
        "action": rule.action,
        "acceptedPackets": counts.accepted_packets,
        "acceptedBytes": counts.accepted_bytes,
        "droppedPackets": counts.dropped_packets,
        "droppedBytes": counts.dropped_bytes,
    }


ACTIONS = (
    action("GetSecurityGroupRuleCounters", "GET", "/security-groups/rules/counters", get_counters,
           GetSecurityGroupRuleCounters, message="org.landbridge.APIGetSecurityGroupRuleCountersMsg",
           mode="sync", result="body", fields=(("inventories", "array"), ("unanswered", "array"))),
)  # fmt: skip
