"""Route tables: made, given to vrouters, taken from them, deleted."""

from typing import Annotated

from landbridge.core import routing
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.page import page
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.core.view import View
from landbridge.core.waiting import at_router
from landbridge.model.documents.route_table import (
    ROUTE_TABLE,
    ROUTE_TABLE_REF,
    VirtualRouterVRouterRouteTableRef,
    VRouterRouteEntry,
    VRouterRouteTable,
)
from landbridge.model.documents.vm import APPLIANCE_VM, VIRTUAL_ROUTER, VPC_ROUTER, VmInstance
from landbridge.model.errors import operr
from landbridge.services.route_table.rules import named, refusal

_PACKAGE = "org.zstack.vrouterRoute"
_CLAIM = "route-table"


class CreateVRouterRouteTable(CreateRequest, kw_only=True):
    """Make a route table, for any number of vrouters."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None


class UpdateVRouterRouteTable(Request, kw_only=True):
    """Change a route table's name or description."""

    uuid: Annotated[str, P(help="the route table", ref=ROUTE_TABLE.vo)]
    name: Annotated[str | None, P(max=255, nonempty=True)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteVRouterRouteTable(DeleteRequest, kw_only=True):
    """Delete a route table and its entries; `Enforcing` takes it from the vrouters that have it."""


class AttachVRouterRouteTableToVRouter(Request, kw_only=True):
    """Give a vrouter a route table; it has at most one."""

    route_table_uuid: Annotated[str, P(help="the route table", ref=ROUTE_TABLE.vo)]
    virtual_router_vm_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


class DetachVRouterRouteTableFromVRouter(Request, kw_only=True):
    """Take a route table from a vrouter."""

    route_table_uuid: Annotated[str, P(help="the route table", ref=ROUTE_TABLE.vo)]
    virtual_router_vm_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


class GetRouteTableVpcVRouterCandidate(Request, kw_only=True):
    """The vrouters that could be given a route table."""

    table_uuid: Annotated[str | None, P(help="the route table; any", ref=ROUTE_TABLE.vo)] = None
    limit: Annotated[int | None, P(help="at most this many", low=0)] = 1000
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


def create(ctx: Context, req: CreateVRouterRouteTable) -> Outcome:
    """Empty, and no vrouter's."""
    table = VRouterRouteTable(uuid=req.resource_uuid or ctx.tx.new_uuid(), name=req.name, description=req.description)
    ctx.tx.put(table)
    return Outcome(inventory=(ROUTE_TABLE, table.uuid))


def update(ctx: Context, req: UpdateVRouterRouteTable) -> Outcome:
    """Absent parameters stay as they are."""
    table = ctx.tx.need(VRouterRouteTable, req.uuid)
    table.name = table.name if req.name is None else req.name
    table.description = table.description if req.description is None else req.description
    ctx.tx.put(table)
    return Outcome(inventory=(ROUTE_TABLE, table.uuid))


def delete(ctx: Context, req: DeleteVRouterRouteTable) -> Outcome:
    """SYS.1006 while vrouters have it, unless `Enforcing`."""
    tx = ctx.tx
    table = tx.need(VRouterRouteTable, req.uuid)
    refs = tx.find(VirtualRouterVRouterRouteTableRef, route_table_uuid=table.uuid)
    if refs and req.delete_mode == "Permissive":
        routers = ", ".join(map(title, routing.routers_of(tx, table.uuid)))
        raise operr(f"{named(table)} is in use by {routers}: detach it, or delete it with deleteMode Enforcing")
    for belonging in (*refs, *tx.find(VRouterRouteEntry, route_table_uuid=table.uuid)):
        tx.delete(belonging)
    tx.delete(table)
    return Outcome(everywhere=True)


def attach(ctx: Context, req: AttachVRouterRouteTableToVRouter) -> Outcome:
    """SYS.1006 when the vrouter has a table, or an entry leads into a network that it is connected to.

    Entries whose next hop is in no network of the vrouter wait until it is.
    """
    tx = ctx.tx
    table = tx.need(VRouterRouteTable, req.route_table_uuid)
    router = tx.need(VmInstance, req.virtual_router_vm_uuid)
    why = refusal(tx, table, router)
    if why:
        raise operr(f"{named(table)} cannot be attached to {title(router)}: {why}")
    ref = VirtualRouterVRouterRouteTableRef(
        uuid=tx.new_uuid(), virtual_router_vm_uuid=router.uuid, route_table_uuid=table.uuid
    )
    tx.put(ref)
    if not tx.claim(_CLAIM, router.uuid, ref.uuid):
        raise operr(f"{title(router)} has just been given another route table: detach that first")
    return at_router(tx, router, inventory=(ROUTE_TABLE, table.uuid))


def detach(ctx: Context, req: DetachVRouterRouteTableFromVRouter) -> Outcome:
    """SYS.1006 when the vrouter does not have it."""
    tx = ctx.tx
    table = tx.need(VRouterRouteTable, req.route_table_uuid)
    router = tx.need(VmInstance, req.virtual_router_vm_uuid)
    ref = tx.first(VirtualRouterVRouterRouteTableRef, virtual_router_vm_uuid=router.uuid)
    if ref is None or ref.route_table_uuid != table.uuid:
        raise operr(f"{title(router)} does not have {named(table)}")
    tx.delete(ref)
    return at_router(tx, router, inventory=(ROUTE_TABLE, table.uuid))


def candidates(ctx: Context, req: GetRouteTableVpcVRouterCandidate) -> Outcome:
    """Those that have no table, and to which this one could be attached."""
    tx = ctx.tx
    table = tx.get(VRouterRouteTable, req.table_uuid)
    fitting = (router.uuid for router in tx.find(VmInstance, type=APPLIANCE_VM)
               if ctx.sees(router.uuid) and _fits(tx, table, router))  # fmt: skip
    return Outcome(inventories=(VPC_ROUTER, tuple(page(fitting, req.start, req.limit))))


def _fits(view: View, table: VRouterRouteTable | None, router: VmInstance) -> bool:
    if table is None:
        return routing.table_of(view, router.uuid) is None
    return refusal(view, table, router) is None


ACTIONS = (
    action("CreateVRouterRouteTable", "POST", "/vrouter-route-tables", create, CreateVRouterRouteTable,
           message=f"{_PACKAGE}.APICreateVRouterRouteTableMsg", kind=ROUTE_TABLE),
    action("UpdateVRouterRouteTable", "PUT", "/vrouter-route-tables/{uuid}/actions", update, UpdateVRouterRouteTable,
           message=f"{_PACKAGE}.APIUpdateVRouterRouteTableMsg", kind=ROUTE_TABLE),
    action("DeleteVRouterRouteTable", "DELETE", "/vrouter-route-tables/{uuid}", delete, DeleteVRouterRouteTable,
           message=f"{_PACKAGE}.APIDeleteVRouterRouteTableMsg", result="none", absent_ok=("uuid", ROUTE_TABLE.vo)),
    action("AttachVRouterRouteTableToVRouter", "POST", "/vrouter-route-tables/{routeTableUuid}/attach", attach,
           AttachVRouterRouteTableToVRouter, message=f"{_PACKAGE}.APIAttachVRouterRouteTableToVRouterMsg",
           kind=ROUTE_TABLE),
    action("DetachVRouterRouteTableFromVRouter", "DELETE",
           "/vrouter-route-tables/{routeTableUuid}/detach/{virtualRouterVmUuid}", detach,
           DetachVRouterRouteTableFromVRouter, message=f"{_PACKAGE}.APIDetachVRouterRouteTableFromVRouterMsg",
           kind=ROUTE_TABLE),
    action("GetRouteTableVpcVRouterCandidate", "GET", "/vpc/virtual-routers/get-vpc-candidate", candidates,
           GetRouteTableVpcVRouterCandidate, message="org.zstack.vpc.APIGetRouteTableVpcVRouterCandidateMsg",
           mode="sync", result="inventories", kind=VPC_ROUTER),
    query("QueryVRouterRouteTable", "/vrouter-route-tables", ROUTE_TABLE,
          message=f"{_PACKAGE}.APIQueryVRouterRouteTableMsg", help="Find route tables."),
    query("QueryVirtualRouterVRouterRouteTableRef", "/vrouter-route-tables/virtual-router-refs", ROUTE_TABLE_REF,
          message=f"{_PACKAGE}.APIQueryVirtualRouterVRouterRouteTableRefMsg",
          help="Find which vrouters have which route tables."),
)  # fmt: skip
