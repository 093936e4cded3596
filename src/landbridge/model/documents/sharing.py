"""What accounts may use of each other's, and how much of each kind they may have."""

from landbridge.model.documents.account import ACCOUNT, Account
from landbridge.model.resource import Kind, Ref, Relation, Resource

PUBLIC = "public"
"""`SharedResource.receiver` when it is shared with every account."""


class SharedResource(Resource, kw_only=True):
    """An account's permission to use a resource of another's.  `receiver`: an account, or `PUBLIC`."""

    owner_account_uuid: str
    resource_uuid: str
    resource_type: str
    receiver: str
    receiver_account_uuid: str | None = None
    to_public: bool = False


class Quota(Resource, kw_only=True):
    """How much of something an account may have.  `name` is a quota's, for example `vip.num`."""

    name: str
    identity_uuid: str
    identity_type: str = "AccountVO"
    value: int


SHARED_RESOURCE = Kind(
    vo="SharedResourceVO",
    doc=SharedResource,
    java="org.zstack.header.identity.SharedResourceInventory",
    indexes=("resourceUuid", "receiver", "ownerAccountUuid"),
    internal=frozenset({"receiver"}),
    within="ownerAccountUuid",
    also_seen_by="receiver",
)

QUOTA = Kind(
    vo="QuotaVO",
    doc=Quota,
    java="org.zstack.header.identity.QuotaInventory",
    indexes=("name", "identityUuid"),
    refs=(Ref("identityUuid", Account, "ignore"),),
    relations={"account": Relation(ACCOUNT.vo, "identityUuid", "uuid")},
    within="identityUuid",
)

KINDS = (SHARED_RESOURCE, QUOTA)
