"""VPC vrouters: their offerings, what they are attached to, source NAT, DNS, distributed routing.

Starting, stopping and attaching networks are the VM actions on the vrouter's uuid.
"""

from landbridge.core.service import Service
from landbridge.model.documents.vm import APPLIANCE, SNAT_STATE, VIRTUAL_ROUTER, VPC_DNS, VPC_ROUTER, VROUTER_OFFERING
from landbridge.services.vrouter import (
    actions_attached,
    actions_connections,
    actions_distributed,
    actions_network,
    actions_offering,
    actions_router,
    actions_runtime,
)
from landbridge.services.vrouter.defaults import SETTINGS
from landbridge.services.vrouter.project import ROUTER
from landbridge.services.vrouter.project_shortcuts import SHORTCUTS

SERVICE = Service(
    name="vrouter",
    settings=SETTINGS,
    kinds=(APPLIANCE, VIRTUAL_ROUTER, VPC_ROUTER, VROUTER_OFFERING, VPC_DNS, SNAT_STATE),
    actions=(
        *actions_offering.ACTIONS,
        *actions_router.ACTIONS,
        *actions_network.ACTIONS,
        *actions_runtime.ACTIONS,
        *actions_attached.ACTIONS,
        *actions_distributed.ACTIONS,
        *actions_connections.ACTIONS,
    ),
    projections=(ROUTER, SHORTCUTS),
)
