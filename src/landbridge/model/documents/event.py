"""Who did what: one row per action that may have changed something, kept when it ends."""

from landbridge.model.documents.account import ACCOUNT
from landbridge.model.resource import Kind, Relation, Resource


class EventLog(Resource, kw_only=True):
    """An action that has ended.

    content     in words
    resource_uuid what it made or changed, else what it named first
    tracking_id the job, or the request of an action that is none
    time        when it was asked for, in milliseconds since the epoch
    address     where the request came from
    error_code  of one that was refused or failed
    """

    content: str
    action: str
    account_uuid: str
    user_uuid: str
    resource_uuid: str | None = None
    resource_type: str | None = None
    category: str = "API"
    tracking_id: str
    type: str = "Audit"
    time: int
    address: str = ""
    error_code: str | None = None


EVENT_LOG = Kind(
    vo="EventLogVO",
    doc=EventLog,
    java="org.zstack.core.eventlog.EventLogInventory",
    indexes=("action", "accountUuid", "userUuid", "resourceUuid", "trackingId", "time"),
    relations={"account": Relation(ACCOUNT.vo, "accountUuid", "uuid")},
    within="accountUuid",
)

KINDS = (EVENT_LOG,)
