"""Entries of route tables: added, deleted; there is no changing one."""

from typing import Annotated

from landbridge.core import routing
from landbridge.core.api import CreateRequest, DeleteRequest, P, action, query
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.route_table import (
    BLACK_HOLE,
    ROUTE_ENTRY,
    ROUTE_TABLE,
    STATIC,
    VRouterRouteEntry,
    VRouterRouteTable,
)
from landbridge.model.errors import argerr
from landbridge.services.route_table import rules

_PACKAGE = "org.zstack.vrouterRoute"


class AddVRouterRouteEntry(CreateRequest, kw_only=True):
    """Add a static route or a black hole to a route table."""

    route_table_uuid: Annotated[str, P(help="the route table", ref=ROUTE_TABLE.vo)]
    destination: Annotated[str, P(help="CIDR of the networks that it leads to", max=64)]
    target: Annotated[str | None, P(help="address of the next hop; a black hole has none", max=64)] = None
    type: Annotated[str | None, P(help="what it does", max=32, values=(STATIC, BLACK_HOLE))] = None
    distance: Annotated[int | None, P(help="the smallest wins; 128", low=1, high=254)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteVRouterRouteEntry(DeleteRequest, kw_only=True):
    """Delete an entry of a route table."""

    route_table_uuid: Annotated[str, P(help="its route table")]


def add(ctx: Context, req: AddVRouterRouteEntry) -> Outcome:
    """The job ends when every Connected host of a vrouter with the table has it so.

    Several next hops at one distance share the traffic, by connection.
    """
    tx = ctx.tx
    table = tx.need(VRouterRouteTable, req.route_table_uuid)
    kind = req.type or STATIC
    destination = routing.destination(req.destination)
    entry = VRouterRouteEntry(
        uuid=req.resource_uuid or tx.new_uuid(),
        route_table_uuid=table.uuid,
        type=kind,
        destination=destination,
        target=rules.target(kind, req.target),
        distance=rules.DEFAULT_DISTANCE if req.distance is None else req.distance,
        description=req.description,
        bucket=rules.bucket_of(destination),
    )
    rules.require_fitting(tx, table, entry.destination, entry.target)
    tx.put(entry)
    rules.take(tx, entry)
    return Outcome(inventory=(ROUTE_ENTRY, entry.uuid), everywhere=True)


def delete(ctx: Context, req: DeleteVRouterRouteEntry) -> Outcome:
    """SYS.1007 when it is another table's."""
    entry = ctx.tx.need(VRouterRouteEntry, req.uuid)
    if entry.route_table_uuid != req.route_table_uuid:
        raise argerr(
            f"entry[uuid:{entry.uuid}] is of route table[uuid:{entry.route_table_uuid}], "
            f"not routeTableUuid[{req.route_table_uuid}]"
        )
    ctx.tx.delete(entry)
    return Outcome(inventory=(ROUTE_TABLE, entry.route_table_uuid), everywhere=True)


ACTIONS = (
    action("AddVRouterRouteEntry", "POST", "/vrouter-route-tables/{routeTableUuid}/route-entries", add,
           AddVRouterRouteEntry, message=f"{_PACKAGE}.APIAddVRouterRouteEntryMsg", kind=ROUTE_ENTRY),
    action("DeleteVRouterRouteEntry", "DELETE", "/vrouter-route-tables/{routeTableUuid}/route-entries/{uuid}",
           delete, DeleteVRouterRouteEntry, message=f"{_PACKAGE}.APIDeleteVRouterRouteEntryMsg", kind=ROUTE_TABLE,
           absent_ok=("uuid", ROUTE_ENTRY.vo)),
    query("QueryVRouterRouteEntry", "/vrouter-route-tables/route-entries", ROUTE_ENTRY,
          message=f"{_PACKAGE}.APIQueryVRouterRouteEntryMsg", help="Find entries of route tables."),
)  # fmt: skip
