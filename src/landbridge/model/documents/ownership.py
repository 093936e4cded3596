"""Which account owns what: seen as rows, kept with each resource."""

from landbridge.model.documents.account import ACCOUNT
from landbridge.model.resource import Kind, Relation, Resource


class AccountResourceRef(Resource, kw_only=True):
    """An account owns a resource.  Never stored: `store/query.py` reads it off the resources themselves."""

    account_uuid: str
    resource_uuid: str
    resource_type: str
    concrete_resource_type: str


RESOURCE_REF = Kind(
    vo="AccountResourceRefVO",
    doc=AccountResourceRef,
    java="org.zstack.header.identity.AccountResourceRefInventory",
    relations={"account": Relation(ACCOUNT.vo, "accountUuid", "uuid")},
)

KINDS = (RESOURCE_REF,)
