"""Users, groups and policies, and what ties them together."""

from landbridge.core.view import Tx
from landbridge.model.documents.account import Session
from landbridge.model.documents.identity import (
    AccessKey,
    Policy,
    PolicyStatement,
    User,
    UserGroup,
    UserGroupPolicyRef,
    UserGroupUserRef,
    UserPolicyRef,
)
from landbridge.model.errors import argerr

DEFAULT_READ = "DEFAULT-READ"
"""Begins the name of the policy that every new user has: it may look at everything."""


def names_of(account: str) -> str:
    """The scope of claims on users' names."""
    return f"user-name/{account}"


def default_policy(tx: Tx, account: str) -> Policy:
    """The account's policy for new users; made with the first of them."""
    name = f"{DEFAULT_READ}-{account}"
    found = next((one for one in tx.find(Policy, account_uuid=account, name=name)), None)
    if found is None:
        statement = PolicyStatement(name=name, effect="Allow", actions=("*:read",))
        found = Policy(uuid=tx.new_uuid(), account_uuid=account, name=name, statements=(statement,))
        tx.put(found)
    return found


def give_policy(tx: Tx, user: User, policy: Policy) -> None:
    """Attach; twice is once."""
    _same_account(user, policy)
    if tx.first(UserPolicyRef, user_uuid=user.uuid, policy_uuid=policy.uuid) is None:
        tx.put(UserPolicyRef(uuid=tx.new_uuid(), user_uuid=user.uuid, policy_uuid=policy.uuid))


def give_group_policy(tx: Tx, group: UserGroup, policy: Policy) -> None:
    """Attach; twice is once."""
    _same_account(group, policy)
    if tx.first(UserGroupPolicyRef, group_uuid=group.uuid, policy_uuid=policy.uuid) is None:
        tx.put(UserGroupPolicyRef(uuid=tx.new_uuid(), group_uuid=group.uuid, policy_uuid=policy.uuid))


def join_group(tx: Tx, group: UserGroup, user: User) -> None:
    """Put a user into a group; twice is once."""
    _same_account(group, user)
    if tx.first(UserGroupUserRef, group_uuid=group.uuid, user_uuid=user.uuid) is None:
        tx.put(UserGroupUserRef(uuid=tx.new_uuid(), group_uuid=group.uuid, user_uuid=user.uuid))


def delete_user(tx: Tx, user: User) -> None:
    """With its sessions, keys and memberships."""
    for doc in (UserPolicyRef, UserGroupUserRef, AccessKey):
        for found in tx.find(doc, user_uuid=user.uuid):
            tx.delete(found)
    for session in tx.find(Session, account_uuid=user.account_uuid):
        if session.user_uuid == user.uuid:
            tx.delete(session)
    tx.delete(user)


def delete_group(tx: Tx, group: UserGroup) -> None:
    """With its memberships and policies' attachments."""
    for doc in (UserGroupPolicyRef, UserGroupUserRef):
        for found in tx.find(doc, group_uuid=group.uuid):
            tx.delete(found)
    tx.delete(group)


def delete_policy(tx: Tx, policy: Policy) -> None:
    """It is taken off whoever has it."""
    for doc in (UserPolicyRef, UserGroupPolicyRef):
        for found in tx.find(doc, policy_uuid=policy.uuid):
            tx.delete(found)
    tx.delete(policy)


def _same_account(one: User | UserGroup, other: User | Policy) -> None:
    if one.account_uuid != other.account_uuid:
        raise argerr(
            f"{type(one).__name__}[{one.name}, uuid:{one.uuid}] and {type(other).__name__}[{other.name}, "
            f"uuid:{other.uuid}] are of different accounts: take both from one"
        )
