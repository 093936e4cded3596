"""Who did what: the log of actions, queryable.  The server writes it (`server/audit.py`)."""

from landbridge.core.api import query
from landbridge.core.service import Service
from landbridge.model.documents.event import EVENT_LOG
from landbridge.services.event.defaults import SETTINGS

SERVICE = Service(
    name="event",
    settings=SETTINGS,
    kinds=(EVENT_LOG,),
    actions=(
        query(
            "QueryEventLog",
            "/eventlogs",
            EVENT_LOG,
            message="org.zstack.core.eventlog.APIQueryEventLogMsg",
            help="Find out who did what, when, and how it ended.",
        ),
    ),
)
