"""Accounts, sessions, tags, global configs."""

from landbridge.model.resource import Kind, Relation, Resource


class Account(Resource, kw_only=True):
    """Who owns resources.  `password_hash`: argon2 of the SHA-512 hex that clients send."""

    name: str
    type: str = "Normal"
    description: str | None = None
    password_hash: str = ""


class Session(Resource, kw_only=True):
    """A login.  `expires` in milliseconds since the epoch."""

    account_uuid: str
    user_uuid: str
    user_type: str = "account"
    expires: int = 0


class SystemTag(Resource, kw_only=True):
    """A tag that means something to a service: `staticIp::<l3>::<ip>`."""

    resource_uuid: str
    resource_type: str
    tag: str
    type: str = "System"
    inherent: bool = False


class GlobalConfig(Resource, kw_only=True):
    """A setting of the whole cloud."""

    category: str
    name: str
    value: str
    default_value: str
    description: str = ""


ACCOUNT = Kind(
    vo="AccountVO",
    doc=Account,
    java="org.zstack.header.identity.AccountInventory",
    indexes=("name",),
    internal=frozenset({"passwordHash"}),
    relations={
        "user": Relation("UserVO", "uuid", "accountUuid"),
        "group": Relation("UserGroupVO", "uuid", "accountUuid"),
        "policy": Relation("PolicyVO", "uuid", "accountUuid"),
        "quota": Relation("QuotaVO", "uuid", "identityUuid"),
    },
    within="uuid",
)

SESSION = Kind(
    vo="SessionVO",
    doc=Session,
    java="org.zstack.header.identity.SessionInventory",
    indexes=("accountUuid", "expires"),
    internal=frozenset({"expires"}),
    within="accountUuid",
)

SYSTEM_TAG = Kind(
    vo="SystemTagVO",
    doc=SystemTag,
    java="org.zstack.header.tag.SystemTagInventory",
    indexes=("resourceUuid", "tag"),
    within="resourceUuid",
)

GLOBAL_CONFIG = Kind(
    vo="GlobalConfigVO",
    doc=GlobalConfig,
    java="org.zstack.core.config.GlobalConfigInventory",
    indexes=("category", "name"),
    seen_by="everyone",
)

KINDS = (ACCOUNT, SESSION, SYSTEM_TAG, GLOBAL_CONFIG)
