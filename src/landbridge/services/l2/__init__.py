"""Layer 2: NoVlan networks, VXLAN pools and networks, their attachment to clusters, VTEPs."""

from landbridge.core.service import Service
from landbridge.model.documents.l2 import KINDS
from landbridge.services.l2 import actions_attach, actions_network, actions_pool
from landbridge.services.l2.attach import host_changed
from landbridge.services.l2.project import HOST_NETWORK

SERVICE = Service(
    name="l2",
    kinds=KINDS,
    actions=(*actions_network.ACTIONS, *actions_pool.ACTIONS, *actions_attach.ACTIONS),
    projections=(HOST_NETWORK,),
    host_changed=(host_changed,),
)
