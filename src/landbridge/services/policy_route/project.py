"""Projection `policies`, key (vrouter,): its policy rules and the tables they lead to."""

from collections.abc import Iterator

from landbridge.core import portset
from landbridge.core.nics import nics_of
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.vm import VmNic
from landbridge.model.router_node import PolicyRoutes, PolicyRule, PolicyTable, StaticRoute
from landbridge.services.policy_route import policies
from landbridge.services.policy_route.document import (
    PolicyRouteRule,
    PolicyRouteRuleSetL3Ref,
    PolicyRouteRuleSetVRouterRef,
    PolicyRouteTableRouteEntry,
    PolicyRouteTableVRouterRef,
)


def routes(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing while no rule is for a network of the vrouter."""
    router_uuid = key[0]
    tables = {table.uuid: table.table_number for table in policies.tables_of(view, router_uuid)}
    found = tuple(sorted(_rules(view, router_uuid, tables)))
    if found:
        used = {rule.table for rule in found}
        value = PolicyRoutes(
            rules=found,
            tables=tuple(_table(view, uuid, number) for uuid, number in tables.items() if number in used),
        )
        yield Placed(f"router:{router_uuid}", f"policies/{router_uuid}", value)


def _rules(view: View, router_uuid: str, tables: dict[str, int]) -> Iterator[PolicyRule]:
    nics = {nic.l3_network_uuid: nic for nic in nics_of(view, router_uuid)}
    for rule_set in policies.sets_of(view, router_uuid):
        refs = view.find(PolicyRouteRuleSetL3Ref, rule_set_uuid=rule_set.uuid)
        for rule in view.find(PolicyRouteRule, rule_set_uuid=rule_set.uuid):
            for ref in refs:
                if ref.l3_network_uuid in nics:
                    yield PolicyRule(
                        number=rule.rule_number,
                        nic_uuid=nics[ref.l3_network_uuid].uuid,
                        table=tables[rule.table_uuid],
                        source=rule.source_ip or "",
                        destination=rule.dest_ip or "",
                        protocol=rule.protocol or "",
                        source_ports=portset.parse(rule.source_port) if rule.source_port else (),
                        destination_ports=portset.parse(rule.dest_port) if rule.dest_port else (),
                    )


def _table(view: View, uuid: str, number: int) -> PolicyTable:
    entries = view.find(PolicyRouteTableRouteEntry, table_uuid=uuid)
    found = tuple(StaticRoute(entry.destination_cidr, entry.next_hop_ip, entry.distance) for entry in entries)
    return PolicyTable(number, found)


def _of_set(view: View, change: Change) -> Iterator[SourceKey]:
    for one in (change.old, change.new):
        if isinstance(one, PolicyRouteRule | PolicyRouteRuleSetL3Ref):
            for ref in view.find(PolicyRouteRuleSetVRouterRef, rule_set_uuid=one.rule_set_uuid):
                yield (ref.v_router_uuid,)


def _of_table(view: View, change: Change) -> Iterator[SourceKey]:
    for one in (change.old, change.new):
        if isinstance(one, PolicyRouteTableRouteEntry):
            for ref in view.find(PolicyRouteTableVRouterRef, table_uuid=one.table_uuid):
                yield (ref.v_router_uuid,)


def _ref_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for one in (change.old, change.new):
        if isinstance(one, PolicyRouteRuleSetVRouterRef | PolicyRouteTableVRouterRef):
            yield (one.v_router_uuid,)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic) and nic.meta_data is not None and not (change.old and change.new):
            yield (nic.vm_instance_uuid,)


def keys(view: View) -> list[SourceKey]:
    """Every vrouter that has a rule set."""
    return [(uuid,) for uuid in view.distinct(PolicyRouteRuleSetVRouterRef, "v_router_uuid")]


POLICIES = Projection(
    name="policies",
    project=routes,
    affected={
        PolicyRouteRule: _of_set,
        PolicyRouteRuleSetL3Ref: _of_set,
        PolicyRouteTableRouteEntry: _of_table,
        PolicyRouteRuleSetVRouterRef: _ref_changed,
        PolicyRouteTableVRouterRef: _ref_changed,
        VmNic: _nic_changed,
    },
    keys=keys,
)
