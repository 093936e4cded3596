"""Bandwidth limits on VIPs, on their ports, shared between VIPs, and on VMs' NICs."""

from landbridge.core.service import Service
from landbridge.services.qos import actions_nic, actions_shared, actions_vip
from landbridge.services.qos.documents import KINDS
from landbridge.services.qos.project import LIMIT, SHARED

SERVICE = Service(
    name="qos",
    kinds=KINDS,
    actions=(*actions_vip.ACTIONS, *actions_shared.ACTIONS, *actions_nic.ACTIONS),
    projections=(LIMIT, SHARED),
    network_services=(actions_vip.SERVICE,),
    vip_goes=actions_vip.vip_goes,
    router_goes=actions_shared.router_goes,
    goes_along=actions_shared.goes_along,
    subnet_joins=actions_shared.subnet_joins,
)
