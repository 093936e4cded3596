"""Route tables: static routes and black holes that vrouters share, and what is really in force."""

from landbridge.core.service import Service
from landbridge.model.documents.route_table import ROUTE_ENTRY, ROUTE_TABLE, ROUTE_TABLE_REF
from landbridge.services.route_table import actions_effective, actions_entry, actions_explain, actions_table, rules
from landbridge.services.route_table.project import ROUTES

SERVICE = Service(
    name="route_table",
    kinds=(ROUTE_TABLE, ROUTE_ENTRY, ROUTE_TABLE_REF),
    actions=(*actions_table.ACTIONS, *actions_entry.ACTIONS, *actions_effective.ACTIONS, *actions_explain.ACTIONS),
    projections=(ROUTES,),
    router_goes=rules.router_goes,
    refuse_subnet=rules.refuse_subnet,
)
