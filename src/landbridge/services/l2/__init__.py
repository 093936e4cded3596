"""Layer 2: NoVlan and VLAN networks, VXLAN pools and networks, their attachment to clusters, VTEPs."""

from landbridge.core.service import Service
from landbridge.model.documents.l2 import KINDS, L2Network
from landbridge.model.resource import Limit
from landbridge.services.l2 import actions_attach, actions_network, actions_pool, actions_vlan, actions_vtep
from landbridge.services.l2.attach import host_changed
from landbridge.services.l2.defaults import SETTINGS
from landbridge.services.l2.project import HOST_NETWORK

SERVICE = Service(
    name="l2",
    settings=SETTINGS,
    kinds=KINDS,
    actions=(
        *actions_network.ACTIONS,
        *actions_vlan.ACTIONS,
        *actions_pool.ACTIONS,
        *actions_vtep.ACTIONS,
        *actions_attach.ACTIONS,
    ),
    limits=(Limit("vxlan.num", 8, "VXLAN networks", L2Network, where={"type": "VxlanNetwork"}),),
    projections=(HOST_NETWORK,),
    failed={"l2.vlan-failed": actions_vlan.change_failed},
    host_changed=(host_changed,),
)
