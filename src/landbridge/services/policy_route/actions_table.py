"""Tables of policy routes, and their routes."""

from typing import Annotated

from landbridge.core import routing
from landbridge.core.api import CreateRequest, DeleteRequest, P, action, query
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.core.waiting import at_router
from landbridge.model.documents.vm import VIRTUAL_ROUTER, VmInstance
from landbridge.model.errors import argerr, operr
from landbridge.services.policy_route import policies
from landbridge.services.policy_route.document import (
    TABLE,
    TABLE_ENTRY,
    TABLE_VROUTER_REF,
    PolicyRouteRule,
    PolicyRouteTable,
    PolicyRouteTableRouteEntry,
    PolicyRouteTableVRouterRef,
)

_PACKAGE = "org.zstack.policyRoute"
_DEFAULT_DISTANCE = 1


class CreatePolicyRouteTable(CreateRequest, kw_only=True):
    """Make a table of routes that policy rules of a vrouter send packets to."""

    v_router_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo, nonempty=True)]
    number: Annotated[int, P(help="unique at the vrouter", low=1, high=179)]
    description: Annotated[str | None, P(max=255)] = None


class DeletePolicyRouteTable(DeleteRequest, kw_only=True):
    """Delete a table with its routes; `Enforcing` also the rules that lead to it."""


class CreatePolicyRouteTableRouteEntry(CreateRequest, kw_only=True):
    """Add a route to a table of policy routes."""

    table_uuid: Annotated[str, P(help="the table", ref=TABLE.vo, nonempty=True)]
    destination_cidr: Annotated[str, P(help="CIDR that it leads to; 0.0.0.0/0 is everything")]
    next_hop_ip: Annotated[str, P(help="address of the next hop")]
    distance: Annotated[int | None, P(help="the smallest wins; 1", low=1, high=100)] = None


class DeletePolicyRouteTableRouteEntry(DeleteRequest, kw_only=True):
    """Delete a route of a table of policy routes."""


def create(ctx: Context, req: CreatePolicyRouteTable) -> Outcome:
    """SYS.1006 when the vrouter has a table of that number."""
    tx = ctx.tx
    router = tx.need(VmInstance, req.v_router_uuid)
    table = PolicyRouteTable(
        uuid=req.resource_uuid or tx.new_uuid(), table_number=req.number, description=req.description
    )
    tx.put(table)
    scope = f"policy-table/{router.uuid}"
    if not tx.claim(scope, req.number, table.uuid):
        owner = tx.claim_owner(scope, req.number)
        raise operr(f"number[{req.number}] is that of policy table[uuid:{owner}] of {title(router)}: choose another")
    tx.put(PolicyRouteTableVRouterRef(uuid=tx.new_uuid(), table_uuid=table.uuid, v_router_uuid=router.uuid))
    return Outcome(inventory=(TABLE, table.uuid))


def delete(ctx: Context, req: DeletePolicyRouteTable) -> Outcome:
    """SYS.1006 while rules lead to it, unless `Enforcing`."""
    tx = ctx.tx
    table = tx.need(PolicyRouteTable, req.uuid)
    rule = tx.first(PolicyRouteRule, table_uuid=table.uuid)
    if rule is not None and req.delete_mode == "Permissive":
        raise operr(
            f"policy table[uuid:{table.uuid}, number:{table.table_number}] is in use by rule[uuid:{rule.uuid}, "
            f"number:{rule.rule_number}]: delete that, or the table with deleteMode Enforcing"
        )
    router = policies.router_of_table(tx, table.uuid)
    for part in policies.parts_of_table(tx, table.uuid):
        tx.delete(part)
    tx.delete(table)
    return at_router(tx, router)


def add(ctx: Context, req: CreatePolicyRouteTableRouteEntry) -> Outcome:
    """SYS.1007 for a next hop that is no neighbour of the vrouter, SYS.1006 for a route twice."""
    tx = ctx.tx
    table = tx.need(PolicyRouteTable, req.table_uuid)
    router = policies.router_of_table(tx, table.uuid)
    hop = routing.next_hop(req.next_hop_ip)
    why = routing.hop_refusal(tx, (router,), hop)
    if why:
        raise argerr(f"nextHopIp[{hop}] cannot be a next hop: {why}")
    entry = PolicyRouteTableRouteEntry(
        uuid=req.resource_uuid or tx.new_uuid(),
        table_uuid=table.uuid,
        destination_cidr=routing.destination(req.destination_cidr),
        next_hop_ip=hop,
        distance=_DEFAULT_DISTANCE if req.distance is None else req.distance,
    )
    tx.put(entry)
    scope, key = f"policy-entry/{table.uuid}", f"{entry.destination_cidr} {hop}"
    if not tx.claim(scope, key, entry.uuid):
        raise operr(
            f"policy table[uuid:{table.uuid}, number:{table.table_number}] has a route to {entry.destination_cidr} "
            f"via {hop} already: entry[uuid:{tx.claim_owner(scope, key)}]"
        )
    return at_router(tx, router, inventory=(TABLE_ENTRY, entry.uuid))


def remove(ctx: Context, req: DeletePolicyRouteTableRouteEntry) -> Outcome:
    """The job ends when the vrouter no longer has it."""
    entry = ctx.tx.need(PolicyRouteTableRouteEntry, req.uuid)
    ctx.tx.delete(entry)
    return at_router(ctx.tx, policies.router_of_table(ctx.tx, entry.table_uuid))


ACTIONS = (
    action("CreatePolicyRouteTable", "POST", "/policy-routes/tables", create, CreatePolicyRouteTable,
           message=f"{_PACKAGE}.APICreatePolicyRouteTableMsg", kind=TABLE),
    action("DeletePolicyRouteTable", "DELETE", "/policy-routes/tables/{uuid}", delete, DeletePolicyRouteTable,
           message=f"{_PACKAGE}.APIDeletePolicyRouteTableMsg", result="none", absent_ok=("uuid", TABLE.vo)),
    action("CreatePolicyRouteTableRouteEntry", "POST", "/policy-routes/routes", add,
           CreatePolicyRouteTableRouteEntry, message=f"{_PACKAGE}.APICreatePolicyRouteTableRouteEntryMsg",
           kind=TABLE_ENTRY),
    action("DeletePolicyRouteTableRouteEntry", "DELETE", "/policy-routes/routes/{uuid}", remove,
           DeletePolicyRouteTableRouteEntry, message=f"{_PACKAGE}.APIDeletePolicyRouteTableRouteEntryMsg",
           result="none", absent_ok=("uuid", TABLE_ENTRY.vo)),
    query("QueryPolicyRouteTable", "/policy-routes/tables", TABLE,
          message=f"{_PACKAGE}.APIQueryPolicyRouteTableMsg", help="Find tables of policy routes."),
    query("QueryPolicyRouteTableRouteEntry", "/policy-routes/routes", TABLE_ENTRY,
          message=f"{_PACKAGE}.APIQueryPolicyRouteTableRouteEntryMsg", help="Find routes of policy tables."),
    query("QueryPolicyRouteTableVRouterRef", "/policy-routes/tables/vrouters/refs", TABLE_VROUTER_REF,
          message=f"{_PACKAGE}.APIQueryPolicyRouteTableVRouterRefMsg",
          help="Find which vrouters have which policy tables."),
)  # fmt: skip
