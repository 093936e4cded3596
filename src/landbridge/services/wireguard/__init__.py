"""WireGuard: sites and people reach a VPC through a UDP port of a VIP."""

from landbridge.core.service import Service
from landbridge.services.wireguard import actions, actions_peer
from landbridge.services.wireguard.documents import KINDS
from landbridge.services.wireguard.project import TUNNEL

SERVICE = Service(
    name=actions.NAME,
    kinds=KINDS,
    actions=(*actions.ACTIONS, *actions_peer.ACTIONS),
    projections=(TUNNEL,),
    vip_uses=(actions.USE,),
    vip_goes=actions.vip_goes,
    far_networks=actions_peer.far_networks,
)
