"""What is really in force: a vrouter's host is asked for its kernel's routes, and they are held against the table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from landbridge.core import effective
from landbridge.core.api import P, Request, action
from landbridge.core.effective import Connected, Row
from landbridge.core.lifecycle import RUN_STATES
from landbridge.core.nics import cidr_of, nics_of
from landbridge.core.routing import table_of
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.core.titles import title
from landbridge.core.view import View
from landbridge.model.documents.route_table import VRouterRouteEntry
from landbridge.model.documents.vm import VIRTUAL_ROUTER, VmInstance
from landbridge.model.questions.router import AskRoutes, KernelRoutes
from landbridge.model.router_node import interface_of

PATH = "/vrouter-route-tables/vrouter/{virtualRouterVmUuid}"


class GetVRouterRouteTable(Request, kw_only=True):
    """The routes of a vrouter's kernel at this moment, and the entries of its table that are not among them.

    `inForce` says whether packets take a route, `reason` why not; `origin` is connected, static, black hole or
    service (what the vrouter itself needs: the default route, tunnels).
    """

    virtual_router_vm_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


def get(ctx: Context, req: GetVRouterRouteTable) -> Outcome:
    """HOST.1010 when the vrouter's host is away: nobody knows what its kernel has."""
    return rows_of(
        ctx.tx,
        req.virtual_router_vm_uuid,
        lambda _, rows: {"inventories": [inventory(row) for row in rows]},
        policies=False,
    )


def rows_of(
    view: View, router_uuid: str, shown: Callable[[KernelRoutes, Sequence[Row]], Mapping[str, Any]], *, policies: bool
) -> Outcome:
    """What a vrouter's kernel has is asked for, then `shown` with the rows of its main table."""
    router = view.need(VmInstance, router_uuid)
    table = table_of(view, router.uuid)
    entries = view.find(VRouterRouteEntry, route_table_uuid=table) if table else []
    if router.host_uuid is None or router.state not in RUN_STATES:
        nothing = KernelRoutes(routes=(), down=())
        return Outcome(body=shown(nothing, effective.absent(entries, f"{title(router)} is {router.state}")))
    connected = [Connected(cidr_of(nic), interface_of(nic.device_id)) for nic in nics_of(view, router.uuid) if nic.ip]

    def merge(answers: Sequence[Answered]) -> Mapping[str, Any]:
        kernel = answers[0].value
        assert isinstance(kernel, KernelRoutes)
        return shown(kernel, effective.rows(kernel, entries, connected))

    ask = Ask(router.host_uuid, AskRoutes(router_uuid=router.uuid, policies=policies))
    return Outcome(asked=Asked((ask,), merge))


def inventory(row: Row) -> dict[str, Any]:
    """A row as users see it."""
    fields: dict[str, Any] = {
        "type": row.type,
        "destination": row.destination,
        "distance": row.distance,
        "origin": row.origin,
        "inForce": row.status == "InForce",
        "status": row.status,
    }
    optional = {"target": row.target, "interface": row.interface, "tableNumber": row.table, "reason": row.reason}
    if row.entry is not None:
        optional |= {
            "uuid": row.entry.uuid,
            "routeTableUuid": row.entry.route_table_uuid,
            "description": row.entry.description,
        }
    return fields | {name: value for name, value in optional.items() if value is not None}


ACTIONS = (
    action("GetVRouterRouteTable", "GET", PATH, get, GetVRouterRouteTable,
           message="org.zstack.vrouterRoute.APIGetVRouterRouteTableMsg", mode="sync", result="body",
           fields=(("inventories", "array"),)),
)  # fmt: skip
