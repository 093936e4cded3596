"""IPsec connections: subnets of a VPC and networks elsewhere, joined through a tunnel."""

from landbridge.core.service import Service
from landbridge.core.uses import NetworkService
from landbridge.services.ipsec import (
    actions,
    actions_config,
    actions_parts,
    actions_reads,
    actions_status,
    actions_version,
    connections,
    health,
)
from landbridge.services.ipsec.documents import KINDS
from landbridge.services.ipsec.project import IPSEC

SERVICE = Service(
    name=connections.NAME,
    kinds=KINDS,
    actions=(
        *actions.ACTIONS,
        *actions_config.ACTIONS,
        *actions_parts.ACTIONS,
        *actions_reads.ACTIONS,
        *actions_status.ACTIONS,
        *actions_version.ACTIONS,
    ),
    projections=(IPSEC,),
    vip_uses=(connections.USE,),
    network_services=(NetworkService(connections.USE.type, ("vrouter", "VirtualRouter")),),
    vip_goes=connections.vip_goes,
    far_networks=connections.far_networks,
    refuse_subnet=connections.attach_refusal,
    health_told=health.told,
)
