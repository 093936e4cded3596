"""Virtual IPs: public addresses that network services share by ports."""

from landbridge.core.service import Service
from landbridge.model.documents.vip import KINDS, Vip
from landbridge.model.resource import Limit
from landbridge.services.vip import actions, actions_ports
from landbridge.services.vip.along import goes_along
from landbridge.services.vip.project import VIP_ADDRESS

SERVICE = Service(
    name="vip",
    kinds=KINDS,
    actions=(*actions.ACTIONS, *actions_ports.ACTIONS),
    limits=(Limit("vip.num", 20, "virtual IPs", Vip, where={"routerUuid": None}),),
    projections=(VIP_ADDRESS,),
    goes_along=goes_along,
)
