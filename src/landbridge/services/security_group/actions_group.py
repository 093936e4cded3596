"""Security groups themselves: made, changed, switched, deleted, attached to networks, queried."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.membership import leave, named, unserved
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import L3_NETWORK, L3Network
from landbridge.model.documents.security_group import (
    SECURITY_GROUP,
    SecurityGroup,
    SecurityGroupL3NetworkRef,
    SecurityGroupRule,
    VmNicSecurityGroupRef,
)
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import argerr, operr
from landbridge.services.security_group.order import remove, take_rule_number
from landbridge.services.security_group.rules import DIRECTIONS, VERSIONS, RuleInput, checked
from landbridge.services.security_group.settled import everywhere

_PACKAGE = "org.zstack.network.securitygroup"
_PATH = "/security-groups/{uuid}/actions"
_L3_PATH = "/security-groups/{securityGroupUuid}/l3-networks/{l3NetworkUuid}"
DEFAULT_RULE = "default rule"
MOST_NUMBER = 2**24 - 1


class CreateSecurityGroup(CreateRequest, kw_only=True):
    """Make a security group; its members may talk to each other freely."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    ip_version: Annotated[int | None, P(help="4 or 6; rules of both are possible", values=(4, 6))] = None


class UpdateSecurityGroup(Request, kw_only=True):
    """Change a security group's name or description."""

    uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class ChangeSecurityGroupState(Request, kw_only=True):
    """Enable or disable a security group; a disabled one has no rules, and its NICs' policies hold."""

    uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable"))]


class DeleteSecurityGroup(DeleteRequest, kw_only=True):
    """Delete a security group: its NICs leave it, and rules of other groups that name it go."""


class AttachSecurityGroupToL3Network(Request, kw_only=True):
    """Note that a group is for an L3 network; NICs may join without."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]
    l3_network_uuid: Annotated[str, P(help="the network", ref=L3_NETWORK.vo)]


class DetachSecurityGroupFromL3Network(Request, kw_only=True):
    """Note that a group is not for an L3 network any more; NICs stay in it."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]
    l3_network_uuid: Annotated[str, P(help="the network", ref=L3_NETWORK.vo)]


def create(ctx: Context, req: CreateSecurityGroup) -> Outcome:
    """With the four default rules: members of the group, both directions, both families."""
    tx = ctx.tx
    group = SecurityGroup(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        ip_version=req.ip_version or 4,
    )
    number = tx.claim_free("sgnumber", 1, MOST_NUMBER, group.uuid)
    if number is None:
        raise operr(f"there are {MOST_NUMBER} security groups already: delete one first")
    group.number = number
    tx.put(group)
    for direction in DIRECTIONS:
        for version in VERSIONS:
            wanted = RuleInput(
                type=direction,
                protocol="ALL",
                ip_version=version,
                description=DEFAULT_RULE,
                remote_security_group_uuid=group.uuid,
            )
            rule = checked(wanted, tx.new_uuid(), group.uuid)
            take_rule_number(tx, rule)
            tx.put(rule)
    return Outcome(inventory=(SECURITY_GROUP, group.uuid))


def update(ctx: Context, req: UpdateSecurityGroup) -> Outcome:
    """The fields that are given."""
    group = ctx.tx.need(SecurityGroup, req.uuid)
    rename(group, req)
    ctx.tx.put(group)
    return Outcome(inventory=(SECURITY_GROUP, group.uuid))


def change_state(ctx: Context, req: ChangeSecurityGroupState) -> Outcome:
    """In force on every connected host when the job ends."""
    group = ctx.tx.need(SecurityGroup, req.uuid)
    group.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(group)
    return everywhere(group)


def delete(ctx: Context, req: DeleteSecurityGroup) -> Outcome:
    """A NIC whose last group goes is open again, as one that never was in a group."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.uuid)
    for ref in tx.find(VmNicSecurityGroupRef, security_group_uuid=group.uuid):
        leave(tx, tx.need(VmNic, ref.vm_nic_uuid), group.uuid)
    for rule in tx.find(SecurityGroupRule, security_group_uuid=group.uuid):
        tx.delete(rule)
    _delete_rules_naming(tx, group)
    for attached in tx.find(SecurityGroupL3NetworkRef, security_group_uuid=group.uuid):
        tx.delete(attached)
    tx.delete(group)
    return everywhere(group, body={})


def attach(ctx: Context, req: AttachSecurityGroupToL3Network) -> Outcome:
    """SYS.1006 twice, SYS.1007 without the service."""
    tx = ctx.tx
    group, l3 = tx.need(SecurityGroup, req.security_group_uuid), tx.need(L3Network, req.l3_network_uuid)
    if _attachment(tx, group, l3) is not None:
        raise operr(f"{named(group)} has been attached to L3 network[uuid:{l3.uuid}, name:{l3.name}] already")
    why = unserved(tx, l3)
    if why:
        raise argerr(f"{named(group)} cannot be attached: {why}")
    tx.put(SecurityGroupL3NetworkRef(uuid=tx.new_uuid(), security_group_uuid=group.uuid, l3_network_uuid=l3.uuid))
    return Outcome(inventory=(SECURITY_GROUP, group.uuid))


def detach(ctx: Context, req: DetachSecurityGroupFromL3Network) -> Outcome:
    """SYS.1006 if it is not attached."""
    tx = ctx.tx
    group, l3 = tx.need(SecurityGroup, req.security_group_uuid), tx.need(L3Network, req.l3_network_uuid)
    attached = _attachment(tx, group, l3)
    if attached is None:
        raise operr(f"{named(group)} is not attached to L3 network[uuid:{l3.uuid}, name:{l3.name}]")
    tx.delete(attached)
    return Outcome(inventory=(SECURITY_GROUP, group.uuid))


def _attachment(tx: Tx, group: SecurityGroup, l3: L3Network) -> SecurityGroupL3NetworkRef | None:
    attached = tx.find(SecurityGroupL3NetworkRef, security_group_uuid=group.uuid)
    return next((ref for ref in attached if ref.l3_network_uuid == l3.uuid), None)


def _delete_rules_naming(tx: Tx, group: SecurityGroup) -> None:
    rules = tx.find(SecurityGroupRule, remote_security_group_uuid=group.uuid)
    for uuid in {rule.security_group_uuid: None for rule in rules}:
        remove(tx, tx.need(SecurityGroup, uuid), [rule for rule in rules if rule.security_group_uuid == uuid])


ACTIONS = (
    action("CreateSecurityGroup", "POST", "/security-groups", create, CreateSecurityGroup,
           message=f"{_PACKAGE}.APICreateSecurityGroupMsg", kind=SECURITY_GROUP),
    action("UpdateSecurityGroup", "PUT", _PATH, update, UpdateSecurityGroup,
           message=f"{_PACKAGE}.APIUpdateSecurityGroupMsg", kind=SECURITY_GROUP),
    action("ChangeSecurityGroupState", "PUT", _PATH, change_state, ChangeSecurityGroupState,
           message=f"{_PACKAGE}.APIChangeSecurityGroupStateMsg", kind=SECURITY_GROUP),
    action("DeleteSecurityGroup", "DELETE", "/security-groups/{uuid}", delete, DeleteSecurityGroup,
           message=f"{_PACKAGE}.APIDeleteSecurityGroupMsg", result="none", absent_ok=("uuid", SECURITY_GROUP.vo)),
    action("AttachSecurityGroupToL3Network", "POST", _L3_PATH, attach, AttachSecurityGroupToL3Network,
           message=f"{_PACKAGE}.APIAttachSecurityGroupToL3NetworkMsg", kind=SECURITY_GROUP),
    action("DetachSecurityGroupFromL3Network", "DELETE", _L3_PATH, detach, DetachSecurityGroupFromL3Network,
           message=f"{_PACKAGE}.APIDetachSecurityGroupFromL3NetworkMsg", kind=SECURITY_GROUP),
    query("QuerySecurityGroup", "/security-groups", SECURITY_GROUP,
          message=f"{_PACKAGE}.APIQuerySecurityGroupMsg", help="Find security groups."),
)  # fmt: skip
