"""Long jobs: actions in the background.  The server runs what is stored here as Waiting."""

from landbridge.core.service import Service
from landbridge.model.documents.long_job import KINDS
from landbridge.services.long_job.actions import ACTIONS

SERVICE = Service(name="long_job", kinds=KINDS, actions=ACTIONS)
