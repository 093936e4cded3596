"""Accounts, sessions, tags, global configs."""

from landbridge.model.resource import Kind, Resource


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
    owned=False,
)

SESSION = Kind(
    vo="SessionVO",
    doc=Session,
    java="org.zstack.header.identity.SessionInventory",
    indexes=("accountUuid", "expires"),
    internal=frozenset({"expires"}),
    owned=False,
)

SYSTEM_TAG = Kind(
    vo="SystemTagVO",
    doc=SystemTag,
    java="org.zstack.header.tag.SystemTagInventory",
    indexes=("resourceUuid", "tag"),
    owned=False,
)

GLOBAL_CONFIG = Kind(
    vo="GlobalConfigVO",
    doc=GlobalConfig,
    java="org.zstack.core.config.GlobalConfigInventory",
    indexes=("category", "name"),
    owned=False,
)

KINDS = (ACCOUNT, SESSION, SYSTEM_TAG, GLOBAL_CONFIG)
