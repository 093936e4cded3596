"""Policies: what users and groups of them may do."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from landbridge.core.api import Action, CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.identity import (
    POLICY,
    USER,
    USER_GROUP,
    Policy,
    PolicyStatement,
    User,
    UserGroup,
    UserGroupPolicyRef,
    UserPolicyRef,
)
from landbridge.model.errors import argerr
from landbridge.services.account.users import delete_policy, give_group_policy, give_policy

_PACKAGE = "org.zstack.header.identity"


class CreatePolicy(CreateRequest, kw_only=True):
    """Make a policy: statements with `effect` (Allow, Deny), `actions`, and perhaps `resources` and `principals`."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    statements: Annotated[list[dict[str, Any]], P(help="what is allowed and denied", nonempty=True)]


def create_policy(ctx: Context, req: CreatePolicy) -> Outcome:
    """SYS.1007 for a statement that cannot be read, or that is about no action."""
    policy = Policy(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        account_uuid=ctx.caller.account_uuid,
        name=req.name,
        description=req.description,
        statements=_read(req.statements),
    )
    ctx.tx.put(policy)
    return Outcome(inventory=(POLICY, policy.uuid))


def _read(statements: Sequence[Any]) -> tuple[PolicyStatement, ...]:
    try:
        read = msgspec.convert(statements, tuple[PolicyStatement, ...])
    except msgspec.ValidationError as error:
        raise argerr(f"statements cannot be read: {error}; effect is Allow or Deny, actions is a list") from None
    if not all(statement.actions for statement in read):
        raise argerr("a statement has no actions: name some, for example vm:StartVmInstance, vip:*, *:read")
    return read


class DeletePolicy(DeleteRequest, kw_only=True):
    """Delete a policy, wherever it is attached."""


def delete_policy_action(ctx: Context, req: DeletePolicy) -> Outcome:
    """Users and groups lose what it allowed."""
    delete_policy(ctx.tx, ctx.tx.need(Policy, req.uuid))
    return Outcome()


class AttachPolicyToUser(Request, kw_only=True):
    """Give a user a policy."""

    user_uuid: Annotated[str, P(help="the user", ref=USER.vo)]
    policy_uuid: Annotated[str, P(help="the policy", ref=POLICY.vo, touch="change")]


class AttachPoliciesToUser(Request, kw_only=True):
    """Give a user several policies."""

    user_uuid: Annotated[str, P(help="the user", ref=USER.vo)]
    policy_uuids: Annotated[list[str], P(help="the policies", ref=POLICY.vo, nonempty=True, touch="change")]


def attach(ctx: Context, req: AttachPolicyToUser | AttachPoliciesToUser) -> Outcome:
    """Twice is once."""
    user = ctx.tx.need(User, req.user_uuid)
    for uuid in _listed(req):
        give_policy(ctx.tx, user, ctx.tx.need(Policy, uuid))
    return Outcome()


class DetachPolicyFromUser(Request, kw_only=True):
    """Take a policy off a user."""

    policy_uuid: Annotated[str, P(help="the policy", ref=POLICY.vo, touch="change")]
    user_uuid: Annotated[str, P(help="the user", ref=USER.vo)]


class DetachPoliciesFromUser(Request, kw_only=True):
    """Take several policies off a user."""

    policy_uuids: Annotated[list[str], P(help="the policies", ref=POLICY.vo, touch="change")]
    user_uuid: Annotated[str, P(help="the user", ref=USER.vo)]


def detach(ctx: Context, req: DetachPolicyFromUser | DetachPoliciesFromUser) -> Outcome:
    """What is not attached is off."""
    for uuid in _listed(req):
        for ref in ctx.tx.find(UserPolicyRef, user_uuid=req.user_uuid, policy_uuid=uuid):
            ctx.tx.delete(ref)
    return Outcome()


def _listed(
    req: AttachPolicyToUser | AttachPoliciesToUser | DetachPolicyFromUser | DetachPoliciesFromUser,
) -> Sequence[str]:
    return (req.policy_uuid,) if isinstance(req, AttachPolicyToUser | DetachPolicyFromUser) else req.policy_uuids


class AttachPolicyToUserGroup(Request, kw_only=True):
    """Give a group a policy."""

    policy_uuid: Annotated[str, P(help="the policy", ref=POLICY.vo, touch="change")]
    group_uuid: Annotated[str, P(help="the group", ref=USER_GROUP.vo)]


def attach_to_group(ctx: Context, req: AttachPolicyToUserGroup) -> Outcome:
    """Twice is once."""
    give_group_policy(ctx.tx, ctx.tx.need(UserGroup, req.group_uuid), ctx.tx.need(Policy, req.policy_uuid))
    return Outcome()


class DetachPolicyFromUserGroup(Request, kw_only=True):
    """Take a policy off a group."""

    policy_uuid: Annotated[str, P(help="the policy", ref=POLICY.vo, touch="change")]
    group_uuid: Annotated[str, P(help="the group", ref=USER_GROUP.vo)]


def detach_from_group(ctx: Context, req: DetachPolicyFromUserGroup) -> Outcome:
    """What is not attached is off."""
    for ref in ctx.tx.find(UserGroupPolicyRef, group_uuid=req.group_uuid, policy_uuid=req.policy_uuid):
        ctx.tx.delete(ref)
    return Outcome()


def _plain(name: str, method: Any, path: str, handler: Any, request: type[Request]) -> Action:
    return action(
        name, method, path, handler, request, message=f"{_PACKAGE}.API{name}Msg", result="none", users="never"
    )


ACTIONS = (
    action("CreatePolicy", "POST", "/accounts/policies", create_policy, CreatePolicy,
           message=f"{_PACKAGE}.APICreatePolicyMsg", kind=POLICY, users="never"),
    action("DeletePolicy", "DELETE", "/accounts/policies/{uuid}", delete_policy_action, DeletePolicy,
           message=f"{_PACKAGE}.APIDeletePolicyMsg", result="none", users="never", absent_ok=("uuid", POLICY.vo)),
    query("QueryPolicy", "/accounts/policies", POLICY, message=f"{_PACKAGE}.APIQueryPolicyMsg",
          help="Find policies."),
    _plain("AttachPolicyToUser", "POST", "/accounts/users/{userUuid}/policies", attach, AttachPolicyToUser),
    _plain("AttachPoliciesToUser", "POST", "/accounts/users/{userUuid}/policy-collection", attach,
           AttachPoliciesToUser),
    _plain("DetachPolicyFromUser", "DELETE", "/accounts/users/{userUuid}/policies/{policyUuid}", detach,
           DetachPolicyFromUser),
    _plain("DetachPoliciesFromUser", "DELETE", "/accounts/users/{userUuid}/policies", detach, DetachPoliciesFromUser),
    _plain("AttachPolicyToUserGroup", "POST", "/accounts/groups/{groupUuid}/policies", attach_to_group,
           AttachPolicyToUserGroup),
    _plain("DetachPolicyFromUserGroup", "DELETE", "/accounts/groups/{groupUuid}/policies/{policyUuid}",
           detach_from_group, DetachPolicyFromUserGroup),
)  # fmt: skip
