"""Rules: which packets look into which table."""

from typing import Annotated

from landbridge.core import portset
from landbridge.core.api import CreateRequest, DeleteRequest, P, action, query
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.core.waiting import at_router
from landbridge.model.errors import argerr, operr
from landbridge.model.net import cidr_or_none
from landbridge.services.policy_route import policies
from landbridge.services.policy_route.document import (
    RULE,
    RULE_SET,
    TABLE,
    PolicyRouteRule,
)

_PACKAGE = "org.zstack.policyRoute"
_PROTOCOLS = ("tcp", "udp")
_FIRST, _LAST = 1001, 2999


class CreatePolicyRouteRule(CreateRequest, kw_only=True):
    """Send packets that have all of what is given to a table; the smallest number is asked first."""

    rule_set_uuid: Annotated[str, P(help="the rule set", ref=RULE_SET.vo, nonempty=True)]
    table_uuid: Annotated[str, P(help="the table, of the same vrouter", ref=TABLE.vo, nonempty=True)]
    rule_number: Annotated[int, P(help="unique in the set", low=_FIRST, high=_LAST)]
    dest_ip: Annotated[str | None, P(help="address or CIDR that packets are for")] = None
    source_ip: Annotated[str | None, P(help="address or CIDR that they come from")] = None
    dest_port: Annotated[str | None, P(help="ports they are for: 80, 8000-8999, or both with a comma")] = None
    source_port: Annotated[str | None, P(help="ports they come from")] = None
    protocol: Annotated[str | None, P(help="their protocol", values=_PROTOCOLS)] = None


class DeletePolicyRouteRule(DeleteRequest, kw_only=True):
    """Delete a policy rule."""


def create(ctx: Context, req: CreatePolicyRouteRule) -> Outcome:
    """SYS.1007 for ports without a protocol, or the table of another vrouter; SYS.1006 for a number twice."""
    tx = ctx.tx
    router = policies.router_of_set(tx, req.rule_set_uuid)
    other = policies.router_of_table(tx, req.table_uuid)
    if other.uuid != router.uuid:
        raise argerr(
            f"tableUuid[{req.table_uuid}] is of {title(other)}, "
            f"but rule set[uuid:{req.rule_set_uuid}] of {title(router)}"
        )
    if (req.dest_port or req.source_port) and req.protocol is None:
        raise argerr("protocol is missing: ports are those of tcp or udp")
    rule = PolicyRouteRule(
        uuid=req.resource_uuid or tx.new_uuid(),
        rule_number=req.rule_number,
        rule_set_uuid=req.rule_set_uuid,
        table_uuid=req.table_uuid,
        dest_ip=_network("destIp", req.dest_ip),
        source_ip=_network("sourceIp", req.source_ip),
        dest_port=_ports("destPort", req.dest_port),
        source_port=_ports("sourcePort", req.source_port),
        protocol=req.protocol,
    )
    tx.put(rule)
    scope = f"policy-rule/{req.rule_set_uuid}"
    if not tx.claim(scope, req.rule_number, rule.uuid):
        raise operr(
            f"ruleNumber[{req.rule_number}] of rule set[uuid:{req.rule_set_uuid}] is in use by "
            f"rule[uuid:{tx.claim_owner(scope, req.rule_number)}]"
        )
    return at_router(tx, router, inventory=(RULE, rule.uuid))


def delete(ctx: Context, req: DeletePolicyRouteRule) -> Outcome:
    """The job ends when the vrouter no longer has it."""
    rule = ctx.tx.need(PolicyRouteRule, req.uuid)
    ctx.tx.delete(rule)
    return at_router(ctx.tx, policies.router_of_set(ctx.tx, rule.rule_set_uuid))


def _network(name: str, text: str | None) -> str | None:
    if text is None:
        return None
    found = cidr_or_none(text if "/" in text else f"{text}/32")
    if found is None:
        raise argerr(f"{name}[{text}] is neither an IPv4 address nor a CIDR")
    return str(found)


def _ports(name: str, text: str | None) -> str | None:
    """The kernel's rules know neither the first port nor the last one (linux/fib_rules.h)."""
    if text is None:
        return None
    try:
        stretches = portset.parse(text)
    except ValueError as error:
        raise argerr(f"{name}: {error}") from error
    if stretches[0][0] == 0 or stretches[-1][1] == portset.LAST_PORT:
        raise argerr(f"{name}[{text}]: port 0 and port {portset.LAST_PORT} cannot be part of a policy rule")
    return text


ACTIONS = (
    action("CreatePolicyRouteRule", "POST", "/policy-routes/rules", create, CreatePolicyRouteRule,
           message=f"{_PACKAGE}.APICreatePolicyRouteRuleMsg", kind=RULE),
    action("DeletePolicyRouteRule", "DELETE", "/policy-routes/rules/{uuid}", delete, DeletePolicyRouteRule,
           message=f"{_PACKAGE}.APIDeletePolicyRouteRuleMsg", result="none", absent_ok=("uuid", RULE.vo)),
    query("QueryPolicyRouteRule", "/policy-routes/rules", RULE,
          message=f"{_PACKAGE}.APIQueryPolicyRouteRuleMsg", help="Find policy rules."),
)  # fmt: skip
