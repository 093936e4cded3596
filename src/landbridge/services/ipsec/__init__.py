"""IPsec connections: subnets of a VPC and networks elsewhere, joined through a tunnel."""

from landbridge.core import ipsec
from landbridge.core.service import Service
from landbridge.core.uses import NetworkService
from landbridge.model.documents.ipsec import KINDS
from landbridge.services.ipsec import actions, actions_config, actions_parts, actions_reads, actions_status, health
from landbridge.services.ipsec.project import IPSEC

SERVICE = Service(
    name="ipsec",
    kinds=KINDS,
    actions=(
        *actions.ACTIONS,
        *actions_config.ACTIONS,
        *actions_parts.ACTIONS,
        *actions_reads.ACTIONS,
        *actions_status.ACTIONS,
    ),
    projections=(IPSEC,),
    vip_uses=(ipsec.USE,),
    network_services=(NetworkService(ipsec.USE.type, ("vrouter", "VirtualRouter")),),
    vip_goes=ipsec.vip_goes,
    refuse_subnet=ipsec.attach_refusal,
    health_told=health.told,
)
