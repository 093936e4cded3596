"""Rule sets: made for a vrouter, attached to its networks, detached, deleted."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.nics import nics_of
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.core.waiting import at_router
from landbridge.model.documents.l3 import L3_NETWORK
from landbridge.model.documents.vm import VIRTUAL_ROUTER
from landbridge.model.errors import argerr, operr
from landbridge.services.policy_route import policies
from landbridge.services.policy_route.document import (
    RULE_SET,
    RULE_SET_L3_REF,
    RULE_SET_VROUTER_REF,
    USER,
    WHERE_IT_CAME_FROM,
    PolicyRouteRuleSet,
    PolicyRouteRuleSetL3Ref,
    PolicyRouteRuleSetVRouterRef,
)

_PACKAGE = "org.zstack.policyRoute"
_L3_PATH = "/policy-routes/rulesets/{ruleSetUuid}/l3networks/{l3Uuid}"


class CreatePolicyRouteRuleSet(CreateRequest, kw_only=True):
    """Make a set of policy rules for a vrouter."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P()] = None
    v_router_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo, nonempty=True)]
    type: Annotated[str | None, P(help="User", values=(USER, WHERE_IT_CAME_FROM))] = None


class UpdatePolicyRouteRuleSet(Request, kw_only=True):
    """Change a rule set's name or description."""

    uuid: Annotated[str, P(help="the rule set", ref=RULE_SET.vo, nonempty=True)]
    name: Annotated[str | None, P(max=16)] = None
    description: Annotated[str | None, P()] = None


class DeletePolicyRouteRuleSet(DeleteRequest, kw_only=True):
    """Delete a rule set with its rules; `Enforcing` detaches it from networks."""


class AttachPolicyRouteRuleSetToL3(Request, kw_only=True):
    """Apply a rule set to packets that come to its vrouter from a network."""

    l3_uuid: Annotated[str, P(help="a network of the vrouter", ref=L3_NETWORK.vo, nonempty=True)]
    rule_set_uuid: Annotated[str, P(help="the rule set", ref=RULE_SET.vo, nonempty=True)]


class DetachPolicyRouteRuleSetFromL3(Request, kw_only=True):
    """Apply a rule set to packets from a network no more."""

    l3_uuid: Annotated[str, P(help="the network", ref=L3_NETWORK.vo, nonempty=True)]
    rule_set_uuid: Annotated[str, P(help="the rule set", ref=RULE_SET.vo, nonempty=True)]


class GetPolicyRouteRuleSetFromVirtualRouter(Request, kw_only=True):
    """The rule sets of a vrouter."""

    vm_instance_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


def create(ctx: Context, req: CreatePolicyRouteRuleSet) -> Outcome:
    """SYS.1007 for the type that ZStack's vrouters have for answers: ours need no rules for that."""
    tx = ctx.tx
    if req.type == WHERE_IT_CAME_FROM:
        raise argerr(
            f"type[{WHERE_IT_CAME_FROM}] is how it is: answers always leave by the network that was asked: use {USER}"
        )
    rule_set = PolicyRouteRuleSet(uuid=req.resource_uuid or tx.new_uuid(), name=req.name, description=req.description)
    tx.put(rule_set)
    tx.put(
        PolicyRouteRuleSetVRouterRef(uuid=tx.new_uuid(), rule_set_uuid=rule_set.uuid, v_router_uuid=req.v_router_uuid)
    )
    return Outcome(inventory=(RULE_SET, rule_set.uuid))


def update(ctx: Context, req: UpdatePolicyRouteRuleSet) -> Outcome:
    """Absent parameters stay as they are."""
    rule_set = ctx.tx.need(PolicyRouteRuleSet, req.uuid)
    rule_set.name = rule_set.name if req.name is None else req.name
    rule_set.description = rule_set.description if req.description is None else req.description
    ctx.tx.put(rule_set)
    return Outcome(inventory=(RULE_SET, rule_set.uuid))


def delete(ctx: Context, req: DeletePolicyRouteRuleSet) -> Outcome:
    """SYS.1006 while it is attached, unless `Enforcing`."""
    tx = ctx.tx
    rule_set = tx.need(PolicyRouteRuleSet, req.uuid)
    ref = tx.first(PolicyRouteRuleSetL3Ref, rule_set_uuid=rule_set.uuid)
    if ref is not None and req.delete_mode == "Permissive":
        raise operr(
            f"{_named(rule_set)} is attached to L3 network[uuid:{ref.l3_network_uuid}]: "
            "detach it, or delete it with deleteMode Enforcing"
        )
    router = policies.router_of_set(tx, rule_set.uuid)
    for part in policies.parts_of_set(tx, rule_set.uuid):
        tx.delete(part)
    tx.delete(rule_set)
    return at_router(tx, router)


def attach(ctx: Context, req: AttachPolicyRouteRuleSetToL3) -> Outcome:
    """SYS.1007 unless the vrouter is on the network, SYS.1006 when a set of it is attached there already."""
    tx = ctx.tx
    rule_set = tx.need(PolicyRouteRuleSet, req.rule_set_uuid)
    router = policies.router_of_set(tx, rule_set.uuid)
    if all(nic.l3_network_uuid != req.l3_uuid for nic in nics_of(tx, router.uuid)):
        raise argerr(
            f"{_named(rule_set)} is of {title(router)}, "
            f"which is not on L3 network[uuid:{req.l3_uuid}]: attach that first"
        )
    ref = PolicyRouteRuleSetL3Ref(uuid=tx.new_uuid(), rule_set_uuid=rule_set.uuid, l3_network_uuid=req.l3_uuid)
    tx.put(ref)
    scope = f"policy-route/{router.uuid}"
    if not tx.claim(scope, req.l3_uuid, ref.uuid):
        raise operr(
            f"{_named(rule_set)} cannot be attached to L3 network[uuid:{req.l3_uuid}] on {title(router)}: "
            "a rule set is attached there already, detach that first"
        )
    return at_router(tx, router)


def detach(ctx: Context, req: DetachPolicyRouteRuleSetFromL3) -> Outcome:
    """SYS.1006 when it is not attached there."""
    tx = ctx.tx
    rule_set = tx.need(PolicyRouteRuleSet, req.rule_set_uuid)
    ref = tx.first(PolicyRouteRuleSetL3Ref, rule_set_uuid=rule_set.uuid, l3_network_uuid=req.l3_uuid)
    if ref is None:
        raise operr(f"{_named(rule_set)} is not attached to L3 network[uuid:{req.l3_uuid}]")
    tx.delete(ref)
    return at_router(tx, policies.router_of_set(tx, rule_set.uuid))


def of_router(ctx: Context, req: GetPolicyRouteRuleSetFromVirtualRouter) -> Outcome:
    """With their rules and networks."""
    found = policies.sets_of(ctx.tx, req.vm_instance_uuid)
    return Outcome(inventories=(RULE_SET, tuple(one.uuid for one in found if ctx.sees(one.uuid))))


def _named(rule_set: PolicyRouteRuleSet) -> str:
    return f"policy rule set[uuid:{rule_set.uuid}, name:{rule_set.name}]"


ACTIONS = (
    action("CreatePolicyRouteRuleSet", "POST", "/policy-routes/rulesets", create, CreatePolicyRouteRuleSet,
           message=f"{_PACKAGE}.APICreatePolicyRouteRuleSetMsg", kind=RULE_SET),
    action("UpdatePolicyRouteRuleSet", "PUT", "/policy-routes/ruleSets/{uuid}/actions", update,
           UpdatePolicyRouteRuleSet, message=f"{_PACKAGE}.APIUpdatePolicyRouteRuleSetMsg", kind=RULE_SET),
    action("DeletePolicyRouteRuleSet", "DELETE", "/policy-routes/ruleSets/{uuid}", delete, DeletePolicyRouteRuleSet,
           message=f"{_PACKAGE}.APIDeletePolicyRouteRuleSetMsg", result="none", absent_ok=("uuid", RULE_SET.vo)),
    action("AttachPolicyRouteRuleSetToL3", "POST", _L3_PATH, attach, AttachPolicyRouteRuleSetToL3,
           message=f"{_PACKAGE}.APIAttachPolicyRouteRuleSetToL3Msg", result="none"),
    action("DetachPolicyRouteRuleSetFromL3", "DELETE", _L3_PATH, detach, DetachPolicyRouteRuleSetFromL3,
           message=f"{_PACKAGE}.APIDetachPolicyRouteRuleSetFromL3Msg", result="none"),
    action("GetPolicyRouteRuleSetFromVirtualRouter", "GET", "/policy-routes/rulesets/virtualrouter/{vmInstanceUuid}",
           of_router, GetPolicyRouteRuleSetFromVirtualRouter,
           message=f"{_PACKAGE}.APIGetPolicyRouteRuleSetFromVirtualRouterMsg", mode="sync", result="inventories",
           kind=RULE_SET),
    query("QueryPolicyRouteRuleSet", "/policy-routes/rulesets", RULE_SET,
          message=f"{_PACKAGE}.APIQueryPolicyRouteRuleSetMsg", help="Find sets of policy rules."),
    query("QueryPolicyRouteRuleSetL3Ref", "/policy-routes/rulesets/l3networdks/refs", RULE_SET_L3_REF,
          message=f"{_PACKAGE}.APIQueryPolicyRouteRuleSetL3RefMsg",
          help="Find which networks have which policy rules."),
    query("QueryPolicyRouteRuleSetVRouterRef", "/policy-routes/rulesets/vrouters/refs", RULE_SET_VROUTER_REF,
          message=f"{_PACKAGE}.APIQueryPolicyRouteRuleSetVRouterRefMsg",
          help="Find which vrouters have which policy rules."),
)  # fmt: skip
