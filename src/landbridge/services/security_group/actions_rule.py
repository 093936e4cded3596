"""Rules of security groups: added, changed, ordered, switched, deleted, checked without adding."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from landbridge.core.api import P, Request, action, query
from landbridge.core.membership import named
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.security_group import (
    DEFAULT_PRIORITY,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SecurityGroup,
    SecurityGroupRule,
)
from landbridge.model.errors import argerr
from landbridge.services.security_group.order import LAST, insert, position, ranked, remove, renumber, touch
from landbridge.services.security_group.rules import (
    ACTIONS as RULE_ACTIONS,
)
from landbridge.services.security_group.rules import (
    DIRECTIONS,
    DUPLICATE,
    LONGEST_DESCRIPTION,
    LONGEST_RANGE,
    NOT_THERE,
    PROTOCOLS,
    STATES,
    RuleInput,
    RuleRefused,
    checked,
    described,
    meaning,
    read,
)
from landbridge.services.security_group.settled import everywhere

_PACKAGE = "org.zstack.network.securitygroup"
_RULES = "/security-groups/{securityGroupUuid}/rules"
MOST_AT_ONCE = 2000
CHECK_OK = "SG.2000"


class AddSecurityGroupRule(Request, kw_only=True):
    """Add rules to a security group.

    A rule: {"type": "Ingress", "protocol": "TCP", "dstPortRange": "22,80", "srcIpRange": "10.0.0.0/8"}; further
    dstIpRange (Egress), remoteSecurityGroupUuid, action (ACCEPT or DROP), ipVersion (4 or 6), state, description.
    """

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo, nonempty=True)]
    rules: Annotated[list[Any], P(help="rules as JSON objects", nonempty=True)]
    remote_security_group_uuids: Annotated[
        list[str] | None, P(help="each rule once for each of these groups", ref=SECURITY_GROUP.vo, nonempty=True)
    ] = None
    priority: Annotated[int, P(help="where the rules go in their direction; -1: behind all others")] = LAST


class ChangeSecurityGroupRule(Request, kw_only=True):
    """Change a rule; an empty text takes a field away."""

    uuid: Annotated[str, P(help="the rule", ref=SECURITY_GROUP_RULE.vo, nonempty=True)]
    description: Annotated[str | None, P(max=LONGEST_DESCRIPTION)] = None
    remote_security_group_uuid: Annotated[str | None, P(help="the group on the other side")] = None
    action: Annotated[str | None, P(values=RULE_ACTIONS, nonempty=True)] = None
    state: Annotated[str | None, P(values=STATES, nonempty=True)] = None
    priority: Annotated[int | None, P(help="its new place; -1: behind all others")] = None
    protocol: Annotated[str | None, P(values=PROTOCOLS, nonempty=True)] = None
    src_ip_range: Annotated[str | None, P(help="for Ingress: where from", max=LONGEST_RANGE)] = None
    dst_ip_range: Annotated[str | None, P(help="for Egress: where to", max=LONGEST_RANGE)] = None
    dst_port_range: Annotated[str | None, P(help="such as 22,8000-8999", max=255)] = None


class ChangeSecurityGroupRuleState(Request, kw_only=True):
    """Enable or disable rules of a group."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo, nonempty=True)]
    rule_uuids: Annotated[list[str], P(help="the rules", nonempty=True)]
    state: Annotated[str, P(values=STATES)]


class UpdateSecurityGroupRulePriority(Request, kw_only=True):
    """Put all rules of a direction in a new order."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo, nonempty=True)]
    type: Annotated[str, P(help="which direction", values=DIRECTIONS, nonempty=True)]
    rules: Annotated[list[Any], P(help='for each rule {"ruleUuid": …, "priority": …}', nonempty=True)]


class DeleteSecurityGroupRule(Request, kw_only=True):
    """Delete rules of a group; those that are gone already are fine."""

    rule_uuids: Annotated[list[str], P(help="the rules", nonempty=True)]


class ValidateSecurityGroupRule(Request, kw_only=True):
    """Ask whether a rule could be added."""

    security_group_uuid: Annotated[str, P(help="the group", nonempty=True)]
    type: Annotated[str, P(values=DIRECTIONS, nonempty=True)]
    protocol: Annotated[str, P(values=PROTOCOLS, nonempty=True)]
    remote_security_group_uuid: Annotated[str | None, P(help="the group on the other side", nonempty=True)] = None
    ip_version: Annotated[int | None, P(help="4 or 6")] = None
    src_ip_range: Annotated[str | None, P(help="for Ingress: where from")] = None
    dst_ip_range: Annotated[str | None, P(help="for Egress: where to")] = None
    dst_port_range: Annotated[str | None, P(help="such as 22,8000-8999")] = None
    action: Annotated[str | None, P(values=RULE_ACTIONS, nonempty=True)] = None
    start_port: Annotated[int | None, P(help="older clients' form of ports")] = None
    end_port: Annotated[int | None, P(help="older clients' form of ports")] = None
    allowed_cidr: Annotated[str | None, P(help="older clients' form of addresses")] = None


class _Place(msgspec.Struct, kw_only=True, rename="camel"):
    rule_uuid: str
    priority: int


def add(ctx: Context, req: AddSecurityGroupRule) -> Outcome:
    """In force on every connected host when the job ends."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.security_group_uuid)
    if req.priority == DEFAULT_PRIORITY:
        raise argerr(f"priority {DEFAULT_PRIORITY} is that of the default rules: 1 is the first, {LAST} the last")
    if len(req.rules) * len(req.remote_security_group_uuids or ("",)) > MOST_AT_ONCE:
        raise argerr(f"these would be more than {MOST_AT_ONCE} rules at once")
    try:
        wanted = _product([read(raw) for raw in req.rules], req.remote_security_group_uuids)
        rules = [checked(one, tx.new_uuid(), group.uuid) for one in wanted]
        _refuse_absent(tx, rules)
        _refuse_duplicates(tx.find(SecurityGroupRule, security_group_uuid=group.uuid), rules)
    except RuleRefused as refusal:
        raise argerr(f"no rule can be added to {named(group)} so: {refusal.reason}") from None
    insert(tx, group, rules, req.priority)
    touch(tx, group)
    return everywhere(group)


def change(ctx: Context, req: ChangeSecurityGroupRule) -> Outcome:
    """A default rule has only its description and its state."""
    tx = ctx.tx
    rule = tx.need(SecurityGroupRule, req.uuid)
    group = tx.need(SecurityGroup, rule.security_group_uuid)
    given = {name: value for name in req.__struct_fields__ if (value := getattr(req, name)) is not None}
    if rule.priority == DEFAULT_PRIORITY and given.keys() - {"uuid", "description", "state"}:
        raise argerr(f"{_titled(rule)} is a default rule: only its description and its state can be changed")
    try:
        changed = checked(_merged(rule, given), rule.uuid, group.uuid)
        _refuse_absent(tx, [changed])
        others = tx.find(SecurityGroupRule, security_group_uuid=group.uuid, type=rule.type)
        _refuse_duplicates([other for other in others if other.uuid != rule.uuid], [changed])
    except RuleRefused as refusal:
        raise argerr(f"{_titled(rule)} cannot become so: {refusal.reason}") from None
    changed.number, changed.priority, changed.create_date = rule.number, rule.priority, rule.create_date
    tx.put(changed)
    if req.priority is not None:
        _move(ctx, changed, req.priority)
    touch(tx, group)
    return everywhere(group, inventory=(SECURITY_GROUP_RULE, rule.uuid))


def change_state(ctx: Context, req: ChangeSecurityGroupRuleState) -> Outcome:
    """Rules that are so already stay so."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.security_group_uuid)
    for uuid in req.rule_uuids:
        rule = tx.get(SecurityGroupRule, uuid)
        if rule is None or rule.security_group_uuid != group.uuid:
            raise argerr(f"rule[uuid:{uuid}] is none of {named(group)}")
        rule.state = req.state
        tx.put(rule)
    touch(tx, group)
    return everywhere(group)


def update_priority(ctx: Context, req: UpdateSecurityGroupRulePriority) -> Outcome:
    """Each rule of the direction once, each priority from 1 once."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.security_group_uuid)
    try:
        places = msgspec.convert(req.rules, list[_Place], strict=False)
    except msgspec.ValidationError as error:
        raise argerr(f'rules must be a list of {{"ruleUuid", "priority"}}: {error}') from None
    present = {rule.uuid: rule for rule in ranked(tx, group.uuid, req.type)}
    for place in places:
        if place.rule_uuid not in present:
            raise argerr(f"rule[uuid:{place.rule_uuid}] is no {req.type} rule of {named(group)} that can be moved")
    if sorted(place.rule_uuid for place in places) != sorted(present):
        raise argerr(f"rules must name each of the {len(present)} {req.type} rules of {named(group)} once")
    if sorted(place.priority for place in places) != list(range(1, len(present) + 1)):
        raise argerr(f"the priorities must be 1 to {len(present)}, each once")
    renumber(tx, [present[place.rule_uuid] for place in sorted(places, key=lambda place: place.priority)])
    touch(tx, group)
    return everywhere(group)


def delete(ctx: Context, req: DeleteSecurityGroupRule) -> Outcome:
    """The others close up."""
    tx = ctx.tx
    rules = [rule for uuid in dict.fromkeys(req.rule_uuids) if (rule := tx.get(SecurityGroupRule, uuid)) is not None]
    if not rules:
        return Outcome()
    if len({rule.security_group_uuid for rule in rules}) > 1:
        raise argerr("ruleUuids are of several security groups: delete the rules of one at a time")
    fixed = next((rule for rule in rules if rule.priority == DEFAULT_PRIORITY), None)
    if fixed is not None:
        raise argerr(f"{_titled(fixed)} is a default rule and stays: disable it (ChangeSecurityGroupRuleState)")
    group = tx.need(SecurityGroup, rules[0].security_group_uuid)
    remove(tx, group, rules)
    return everywhere(group)


def validate(ctx: Context, req: ValidateSecurityGroupRule) -> Outcome:
    """The codes say what is wrong; nothing is stored."""
    tx = ctx.tx
    wanted = RuleInput(**{name: getattr(req, name) for name in RuleInput.__struct_fields__ if hasattr(req, name)})
    try:
        if tx.get(SecurityGroup, req.security_group_uuid) is None:
            raise RuleRefused(NOT_THERE, f"security group[uuid:{req.security_group_uuid}] not found")
        rule = checked(wanted, "", req.security_group_uuid)
        _refuse_absent(tx, [rule])
        _refuse_duplicates(tx.find(SecurityGroupRule, security_group_uuid=req.security_group_uuid), [rule])
    except RuleRefused as refusal:
        return Outcome(body={"available": False, "code": refusal.code, "reason": refusal.reason})
    return Outcome(body={"available": True, "code": CHECK_OK, "reason": "the rule can be added"})


def _product(rules: list[RuleInput], remotes: list[str] | None) -> list[RuleInput]:
    if not remotes:
        return rules
    if len(set(remotes)) < len(remotes):
        raise argerr(f"remoteSecurityGroupUuids{remotes} names a group twice")
    named_already = next((rule for rule in rules if rule.remote_security_group_uuid), None)
    if named_already is not None:
        raise argerr(
            f"a rule names remoteSecurityGroupUuid[{named_already.remote_security_group_uuid}], but "
            "remoteSecurityGroupUuids are given as well: use one of the two"
        )
    return [msgspec.structs.replace(rule, remote_security_group_uuid=remote) for remote in remotes for rule in rules]


def _merged(rule: SecurityGroupRule, given: dict[str, Any]) -> RuleInput:
    """The rule as it would be written now.  A new peer takes the place of the old one, whatever its form."""
    fields = {name: getattr(rule, name) for name in RuleInput.__struct_fields__}
    fields |= {"allowed_cidr": None, "start_port": None, "end_port": None}
    peers = ("src_ip_range", "dst_ip_range", "remote_security_group_uuid")
    if any(given.get(peer) for peer in peers):
        fields |= dict.fromkeys(peers)
    if given.get("protocol") in ("ALL", "ICMP"):
        fields["dst_port_range"] = None
    return RuleInput(**fields | {name: value for name, value in given.items() if name in fields})


def _move(ctx: Context, rule: SecurityGroupRule, priority: int) -> None:
    if priority == DEFAULT_PRIORITY:
        raise argerr(f"priority {DEFAULT_PRIORITY} is that of the default rules: 1 is the first, {LAST} the last")
    rules = [other for other in ranked(ctx.tx, rule.security_group_uuid, rule.type) if other.uuid != rule.uuid]
    at = position(priority, len(rules) + 1, f"there are {len(rules) + 1} {rule.type} rules")
    renumber(ctx.tx, [*rules[:at], rule, *rules[at:]])


def _refuse_absent(view: View, rules: Iterable[SecurityGroupRule]) -> None:
    for uuid in {rule.remote_security_group_uuid for rule in rules}:
        if uuid and view.get(SecurityGroup, uuid) is None:
            raise RuleRefused(NOT_THERE, f"remote security group[uuid:{uuid}] not found")


def _refuse_duplicates(present: Iterable[SecurityGroupRule], new: Iterable[SecurityGroupRule]) -> None:
    known = {meaning(rule): rule for rule in present}
    asked = set()
    for rule in new:
        meant = meaning(rule)
        if meant in known:
            raise RuleRefused(DUPLICATE, f"{described(rule)} says the same as rule[uuid:{known[meant].uuid}]")
        if meant in asked:
            raise RuleRefused(DUPLICATE, f"{described(rule)} is there twice")
        asked.add(meant)


def _titled(rule: SecurityGroupRule) -> str:
    return f"rule[uuid:{rule.uuid}]"


ACTIONS = (
    action("AddSecurityGroupRule", "POST", _RULES, add, AddSecurityGroupRule,
           message=f"{_PACKAGE}.APIAddSecurityGroupRuleMsg", kind=SECURITY_GROUP),
    action("ChangeSecurityGroupRule", "PUT", "/security-groups/rules/{uuid}/actions", change,
           ChangeSecurityGroupRule, message=f"{_PACKAGE}.APIChangeSecurityGroupRuleMsg", kind=SECURITY_GROUP_RULE),
    action("ChangeSecurityGroupRuleState", "PUT", f"{_RULES}/state/actions", change_state,
           ChangeSecurityGroupRuleState, message=f"{_PACKAGE}.APIChangeSecurityGroupRuleStateMsg",
           kind=SECURITY_GROUP),
    action("UpdateSecurityGroupRulePriority", "PUT", f"{_RULES}/priority/actions", update_priority,
           UpdateSecurityGroupRulePriority, message=f"{_PACKAGE}.APIUpdateSecurityGroupRulePriorityMsg",
           kind=SECURITY_GROUP),
    action("DeleteSecurityGroupRule", "DELETE", "/security-groups/rules", delete, DeleteSecurityGroupRule,
           message=f"{_PACKAGE}.APIDeleteSecurityGroupRuleMsg", kind=SECURITY_GROUP),
    action("ValidateSecurityGroupRule", "GET", f"{_RULES}/validation", validate, ValidateSecurityGroupRule,
           message=f"{_PACKAGE}.APIValidateSecurityGroupRuleMsg", mode="sync", result="body",
           fields=(("available", "boolean"), ("code", "string"), ("reason", "string"))),
    query("QuerySecurityGroupRule", "/security-groups/rules", SECURITY_GROUP_RULE,
          message=f"{_PACKAGE}.APIQuerySecurityGroupRuleMsg", help="Find rules of security groups."),
)  # fmt: skip
