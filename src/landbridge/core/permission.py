"""Who may do what: administrators, accounts, users and their policies; and what an action changes.

An account may do everything with what is its own.  Its users may do what policies allow them:
a denial beats a permission, and without one nothing is allowed but what every user may do
(`Action.users`).  What is shared with an account may be used by it, not changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import chain
from typing import Any

from landbridge.core.api import Action, Request
from landbridge.core.parameters import Parameter, parameters
from landbridge.core.service import Caller
from landbridge.core.view import View
from landbridge.model.documents.identity import (
    Policy,
    PolicyStatement,
    UserGroupPolicyRef,
    UserGroupUserRef,
    UserPolicyRef,
)
from landbridge.model.errors import ApiError

_UUIDS = ("uuid", "Uuid", "Uuids", "uuids")


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as policies look at it: the names its action goes by, and the resources it names."""

    user: str
    names: tuple[str, ...]
    resources: frozenset[str]


def names(action: Action, service: str) -> tuple[str, ...]:
    """What patterns of statements may call an action.

    `StartVmInstance`, `APIStartVmInstanceMsg`, the message's whole class, `vm:StartVmInstance`,
    `vm:APIStartVmInstanceMsg`; one that changes nothing also `vm:read`.
    """
    message = action.message.rpartition(".")[2]
    found = (action.name, message, action.message, f"{service}:{action.name}", f"{service}:{message}")
    return (*found, f"{service}:read") if action.reads else found


def matches(pattern: str, called: Iterable[str]) -> bool:
    """Whether a pattern is one of the names.  `*` (also spelled `.*` and `**`) stands for any characters."""
    glob = pattern.replace(".*", "*").replace("[", "[[]")
    return any(fnmatchcase(one, glob) for one in called)


def allows(statements: Iterable[PolicyStatement], asked: Asked) -> bool:
    """Whether statements, all taken together, let a user do what it asks."""
    allowed = False
    for statement in statements:
        if not any(matches(pattern, asked.names) for pattern in statement.actions):
            continue
        if statement.principals and asked.user not in map(_bare, statement.principals):
            continue
        resources = frozenset(map(_bare, statement.resources))
        everything = not resources or "*" in resources
        if statement.effect == "Deny":
            if everything or asked.resources & resources:
                return False
        elif everything or asked.resources <= resources:
            allowed = True
    return allowed


def statements_of(view: View, user: str) -> list[PolicyStatement]:
    """All that a user's own policies and those of its groups say."""
    groups = [ref.group_uuid for ref in view.find(UserGroupUserRef, user_uuid=user)]
    uuids = {ref.policy_uuid for ref in view.find(UserPolicyRef, user_uuid=user)}
    uuids |= {ref.policy_uuid for ref in view.find(UserGroupPolicyRef, group_uuid=groups)}
    policies = view.find(Policy, uuid=sorted(uuids))
    return list(chain.from_iterable(policy.statements for policy in policies))


def check(view: View, caller: Caller, action: Action, service: str, values: Mapping[str, Any]) -> None:
    """ID.1002 for what the caller may not do, whatever the resource."""
    if action.admin_only and not caller.is_admin:
        raise ApiError("ID.1002", f"{action.name} is for administrators: log in to an account of type SystemAdmin")
    if not action.session or not caller.is_user or action.users == "always":
        return
    if action.users == "never":
        raise ApiError(
            "ID.1002", f"{action.name} is for the account itself, not for its users: log in as the account"
        )
    asked = Asked(caller.user_uuid, names(action, service), frozenset(_named(action, values)))
    if not allows(statements_of(view, caller.user_uuid), asked):
        raise ApiError(
            "ID.1002",
            f"no policy allows user[uuid:{caller.user_uuid}] {service}:{action.name}: attach one",
        )


def check_targets(view: View, caller: Caller, action: Action, values: Mapping[str, Any]) -> None:
    """ID.1002 when the action would change what another account owns (and shares with the caller)."""
    if caller.is_admin or action.reads or not action.session:
        return
    for parameter in _targets(action.request, action.path):
        for uuid in _listed(values.get(parameter.name)):
            owner = view.owner_account(uuid)
            if owner is not None and owner != caller.account_uuid:
                raise ApiError(
                    "ID.1002",
                    f"resource[uuid:{uuid}] in field[{parameter.name}] belongs to another account, which shares it "
                    f"for use: {action.name} is for its owner and for administrators",
                )


@cache
def _targets(request: type[Request], path: str) -> tuple[Parameter, ...]:
    """The parameters that name what an action changes: by their own word, else the first one of its path."""
    first = path.partition("{")[2].partition("}")[0]
    return tuple(
        one
        for one in parameters(request)
        if (one.rule.touch or ("change" if one.name == first else "use")) == "change"
    )


def _named(action: Action, values: Mapping[str, Any]) -> Iterable[str]:
    for parameter in parameters(action.request):
        if parameter.rule.ref is not None or parameter.name.endswith(_UUIDS):
            yield from _listed(values.get(parameter.name))


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _bare(name: str) -> str:
    """`VmInstanceVO:uuid`, `user:uuid` -> the uuid."""
    return name.rpartition(":")[2]
