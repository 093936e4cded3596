"""Port forwarding: ports of a VIP that lead to a VM."""

from landbridge.core.service import Service
from landbridge.model.documents.nat import PORT_FORWARDING_RULE
from landbridge.services.port_forwarding import actions
from landbridge.services.port_forwarding.project import FORWARD

SERVICE = Service(
    name="port-forwarding",
    kinds=(PORT_FORWARDING_RULE,),
    actions=actions.ACTIONS,
    projections=(FORWARD,),
)
