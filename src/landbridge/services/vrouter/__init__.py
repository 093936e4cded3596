"""VPC vrouters: their offerings, what they are attached to, source NAT, DNS.

Starting, stopping and attaching networks are the VM actions on the vrouter's uuid.
"""

from landbridge.core.service import Service
from landbridge.model.documents.vm import APPLIANCE, SNAT_STATE, VIRTUAL_ROUTER, VPC_DNS, VPC_ROUTER, VROUTER_OFFERING
from landbridge.services.vrouter import actions_network, actions_offering, actions_router, actions_runtime
from landbridge.services.vrouter.project import ROUTER

SERVICE = Service(
    name="vrouter",
    kinds=(APPLIANCE, VIRTUAL_ROUTER, VPC_ROUTER, VROUTER_OFFERING, VPC_DNS, SNAT_STATE),
    actions=(*actions_offering.ACTIONS, *actions_router.ACTIONS, *actions_network.ACTIONS, *actions_runtime.ACTIONS),
    projections=(ROUTER,),
)
