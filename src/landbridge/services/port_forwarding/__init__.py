"""Port forwarding: ports of a VIP that lead to a VM."""

from landbridge.core.service import Service
from landbridge.core.uses import NetworkService
from landbridge.model.resource import Limit
from landbridge.services.port_forwarding import actions
from landbridge.services.port_forwarding.document import PORT_FORWARDING_RULE, PortForwardingRule
from landbridge.services.port_forwarding.translations import RULES, USE, uses_of

SERVICE = Service(
    name="port_forwarding",
    kinds=(PORT_FORWARDING_RULE,),
    actions=actions.ACTIONS,
    limits=(Limit("portForwarding.num", 20, "port forwarding rules", PortForwardingRule),),
    projections=(RULES.projection(),),
    vip_uses=(USE,),
    network_services=(NetworkService(USE.type, ("vrouter", "VirtualRouter"), needs_snat=True),),
    vip_goes=RULES.vip_goes,
    nic_goes=RULES.nic_goes,
    nic_uses=uses_of,
)
