"""Policy routes: packets of some sources, destinations, protocols or ports look into tables of their own."""

from landbridge.core.service import Service
from landbridge.services.policy_route import actions_rule, actions_set, actions_table, policies
from landbridge.services.policy_route.document import KINDS
from landbridge.services.policy_route.project import POLICIES

SERVICE = Service(
    name="policy_route",
    kinds=KINDS,
    actions=(*actions_set.ACTIONS, *actions_rule.ACTIONS, *actions_table.ACTIONS),
    projections=(POLICIES,),
    nic_goes=policies.nic_goes,
    router_goes=policies.router_goes,
)
