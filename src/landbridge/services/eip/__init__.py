"""EIPs: a public address that is one VM's own, in and out."""

from landbridge.core.service import Service
from landbridge.core.uses import NetworkService
from landbridge.model.resource import Limit
from landbridge.services.eip import actions, actions_candidates
from landbridge.services.eip.document import EIP, Eip
from landbridge.services.eip.translations import EIPS, USE, goes_along, uses_of

SERVICE = Service(
    name="eip",
    kinds=(EIP,),
    actions=(*actions.ACTIONS, *actions_candidates.ACTIONS),
    limits=(Limit("eip.num", 20, "EIPs", Eip),),
    projections=(EIPS.projection(),),
    vip_uses=(USE,),
    network_services=(NetworkService(USE.type, ("vrouter", "VirtualRouter", "Flat"), needs_snat=True),),
    vip_goes=EIPS.vip_goes,
    nic_goes=EIPS.nic_goes,
    nic_uses=uses_of,
    goes_along=goes_along,
)
