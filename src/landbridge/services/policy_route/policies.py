"""Policy routes: whose they are, and what goes with a vrouter or with a network of it."""

from landbridge.core.view import Tx, View
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.resource import Resource
from landbridge.services.policy_route.document import (
    PolicyRouteRule,
    PolicyRouteRuleSet,
    PolicyRouteRuleSetL3Ref,
    PolicyRouteRuleSetVRouterRef,
    PolicyRouteTable,
    PolicyRouteTableRouteEntry,
    PolicyRouteTableVRouterRef,
)


def router_of_set(view: View, rule_set_uuid: str) -> VmInstance:
    """The vrouter of a rule set."""
    ref = view.first(PolicyRouteRuleSetVRouterRef, rule_set_uuid=rule_set_uuid)
    return view.need(VmInstance, ref.v_router_uuid if ref else None)


def router_of_table(view: View, table_uuid: str) -> VmInstance:
    """The vrouter of a table."""
    ref = view.first(PolicyRouteTableVRouterRef, table_uuid=table_uuid)
    return view.need(VmInstance, ref.v_router_uuid if ref else None)


def sets_of(view: View, router_uuid: str) -> list[PolicyRouteRuleSet]:
    """A vrouter's rule sets."""
    refs = view.find(PolicyRouteRuleSetVRouterRef, v_router_uuid=router_uuid)
    return [view.need(PolicyRouteRuleSet, ref.rule_set_uuid) for ref in refs]


def tables_of(view: View, router_uuid: str) -> list[PolicyRouteTable]:
    """A vrouter's tables."""
    refs = view.find(PolicyRouteTableVRouterRef, v_router_uuid=router_uuid)
    return [view.need(PolicyRouteTable, ref.table_uuid) for ref in refs]


def parts_of_set(view: View, rule_set_uuid: str) -> list[Resource]:
    """Everything that goes with a rule set."""
    return [
        *view.find(PolicyRouteRule, rule_set_uuid=rule_set_uuid),
        *view.find(PolicyRouteRuleSetL3Ref, rule_set_uuid=rule_set_uuid),
        *view.find(PolicyRouteRuleSetVRouterRef, rule_set_uuid=rule_set_uuid),
    ]


def parts_of_table(view: View, table_uuid: str) -> list[Resource]:
    """Everything that goes with a table, also the rules that send packets to it."""
    return [
        *view.find(PolicyRouteRule, table_uuid=table_uuid),
        *view.find(PolicyRouteTableRouteEntry, table_uuid=table_uuid),
        *view.find(PolicyRouteTableVRouterRef, table_uuid=table_uuid),
    ]


def nic_goes(tx: Tx, nic: VmNic) -> None:
    """A vrouter leaves a network: no rule set is for packets from there any more."""
    if nic.meta_data is None:
        return
    for rule_set in sets_of(tx, nic.vm_instance_uuid):
        for ref in tx.find(PolicyRouteRuleSetL3Ref, rule_set_uuid=rule_set.uuid, l3_network_uuid=nic.l3_network_uuid):
            tx.delete(ref)


def router_goes(tx: Tx, router: VmInstance) -> None:
    """Its rule sets and tables go with it."""
    for rule_set in sets_of(tx, router.uuid):
        for part in (*parts_of_set(tx, rule_set.uuid), rule_set):
            tx.delete(part)
    for table in tables_of(tx, router.uuid):
        for part in (*parts_of_table(tx, table.uuid), table):
            tx.delete(part)
