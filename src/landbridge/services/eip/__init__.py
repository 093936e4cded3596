"""EIPs: a public address that is one VM's own, in and out."""

from landbridge.core.service import Service
from landbridge.model.documents.nat import EIP
from landbridge.services.eip import actions, actions_candidates
from landbridge.services.eip.project import EIP_NAT

SERVICE = Service(
    name="eip",
    kinds=(EIP,),
    actions=(*actions.ACTIONS, *actions_candidates.ACTIONS),
    projections=(EIP_NAT,),
)
