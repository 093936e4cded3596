"""Who acts for an account: its users, their groups, what policies let them do; keys that sign requests."""

from typing import Literal

import msgspec

from landbridge.model.documents.account import ACCOUNT, Account
from landbridge.model.resource import Kind, Ref, Relation, Resource

_PACKAGE = "org.zstack.header.identity"


class User(Resource, kw_only=True):
    """Somebody who acts for an account, as far as policies allow.  `password_hash` as an account's."""

    account_uuid: str
    name: str
    description: str | None = None
    password_hash: str = ""


class UserGroup(Resource, kw_only=True):
    """Users who have policies in common."""

    account_uuid: str
    name: str
    description: str | None = None


class PolicyStatement(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """What is allowed or denied.

    actions     patterns, see `core.permission.names`
    resources   uuids (also as `VmInstanceVO:uuid`, or `*`); none: whichever
    principals  users (uuids, also as `user:uuid`); none: all who have the policy
    """

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    name: str | None = None
    resources: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()


class Policy(Resource, kw_only=True):
    """Statements; users and groups have policies."""

    account_uuid: str
    name: str
    description: str | None = None
    statements: tuple[PolicyStatement, ...]


class UserPolicyRef(Resource, kw_only=True):
    """A user has a policy."""

    user_uuid: str
    policy_uuid: str


class UserGroupPolicyRef(Resource, kw_only=True):
    """A group has a policy."""

    group_uuid: str
    policy_uuid: str


class UserGroupUserRef(Resource, kw_only=True):
    """A user is in a group."""

    group_uuid: str
    user_uuid: str


class AccessKey(Resource, kw_only=True):
    """A key that signs requests in an account's (or a user's) name.  The secret is needed to check signatures."""

    account_uuid: str
    user_uuid: str
    description: str | None = None
    access_key_id: str = msgspec.field(name="AccessKeyID")
    access_key_secret: str = msgspec.field(name="AccessKeySecret")
    state: str = "Enabled"


_OF_ACCOUNT = Ref("accountUuid", Account, "ignore")
_ACCOUNT = Relation(ACCOUNT.vo, "accountUuid", "uuid")

USER = Kind(
    vo="UserVO",
    doc=User,
    java=f"{_PACKAGE}.UserInventory",
    indexes=("name", "accountUuid"),
    internal=frozenset({"passwordHash"}),
    refs=(_OF_ACCOUNT,),
    relations={
        "account": _ACCOUNT,
        "groupRef": Relation("UserGroupUserRefVO", "uuid", "userUuid"),
        "policyRef": Relation("UserPolicyRefVO", "uuid", "userUuid"),
    },
    aliases={"group": "groupRef.group", "policy": "policyRef.policy"},
    within="accountUuid",
)

USER_GROUP = Kind(
    vo="UserGroupVO",
    doc=UserGroup,
    java=f"{_PACKAGE}.UserGroupInventory",
    indexes=("name", "accountUuid"),
    refs=(_OF_ACCOUNT,),
    relations={
        "account": _ACCOUNT,
        "policyRef": Relation("UserGroupPolicyRefVO", "uuid", "groupUuid"),
        "userRef": Relation("UserGroupUserRefVO", "uuid", "groupUuid"),
    },
    aliases={"policy": "policyRef.policy", "user": "userRef.user"},
    within="accountUuid",
)

POLICY = Kind(
    vo="PolicyVO",
    doc=Policy,
    java=f"{_PACKAGE}.PolicyInventory",
    indexes=("name", "accountUuid"),
    refs=(_OF_ACCOUNT,),
    relations={
        "account": _ACCOUNT,
        "groupRef": Relation("UserGroupPolicyRefVO", "uuid", "policyUuid"),
        "userRef": Relation("UserPolicyRefVO", "uuid", "policyUuid"),
    },
    aliases={"group": "groupRef.group", "user": "userRef.user"},
    within="accountUuid",
)

USER_POLICY_REF = Kind(
    vo="UserPolicyRefVO",
    doc=UserPolicyRef,
    java=f"{_PACKAGE}.UserPolicyRefInventory",
    indexes=("userUuid", "policyUuid"),
    refs=(Ref("userUuid", User, "ignore"), Ref("policyUuid", Policy, "ignore")),
    relations={
        "user": Relation(USER.vo, "userUuid", "uuid"),
        "policy": Relation(POLICY.vo, "policyUuid", "uuid"),
    },
    within="userUuid",
)

GROUP_POLICY_REF = Kind(
    vo="UserGroupPolicyRefVO",
    doc=UserGroupPolicyRef,
    java=f"{_PACKAGE}.UserGroupPolicyRefInventory",
    indexes=("groupUuid", "policyUuid"),
    refs=(Ref("groupUuid", UserGroup, "ignore"), Ref("policyUuid", Policy, "ignore")),
    relations={
        "group": Relation(USER_GROUP.vo, "groupUuid", "uuid"),
        "policy": Relation(POLICY.vo, "policyUuid", "uuid"),
    },
    within="groupUuid",
)

GROUP_USER_REF = Kind(
    vo="UserGroupUserRefVO",
    doc=UserGroupUserRef,
    java=f"{_PACKAGE}.UserGroupUserRefInventory",
    indexes=("groupUuid", "userUuid"),
    refs=(Ref("groupUuid", UserGroup, "ignore"), Ref("userUuid", User, "ignore")),
    relations={
        "group": Relation(USER_GROUP.vo, "groupUuid", "uuid"),
        "user": Relation(USER.vo, "userUuid", "uuid"),
    },
    within="groupUuid",
)

ACCESS_KEY = Kind(
    vo="AccessKeyVO",
    doc=AccessKey,
    java="org.zstack.accessKey.AccessKeyInventory",
    indexes=("accountUuid", "userUuid", "AccessKeyID"),
    internal=frozenset({"AccessKeySecret"}),
    refs=(_OF_ACCOUNT,),
    relations={"account": _ACCOUNT},
    within="accountUuid",
)

KINDS = (USER, USER_GROUP, POLICY, USER_POLICY_REF, GROUP_POLICY_REF, GROUP_USER_REF, ACCESS_KEY)
