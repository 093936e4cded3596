"""Actions that list what stands on the VIPs of a vrouter."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import Action, P, Request, action
from landbridge.core.nics import nics_of
from landbridge.core.service import Context, Outcome
from landbridge.core.uses import VipUse
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip, VipService
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.model.resource import Kind


class Attached(Request, kw_only=True):
    """A page of what is on a vrouter."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    limit: Annotated[int | None, P(help="at most this many", low=0)] = 1000
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


def attached(request: type[Attached], path: str, kind: Kind, use: VipUse | None = None) -> Action:
    """The VIPs themselves (None), or what stands on them as that."""
    name = request.__name__
    return action(
        name,
        "POST",
        f"/vpc/virtual-routers/{{uuid}}/{path}",
        _listed(kind, use),
        request,
        message=f"org.zstack.vpc.API{name}Msg",
        mode="sync",
        result="inventories",
        kind=kind,
    )


def _listed(kind: Kind, use: VipUse | None) -> Callable[[Context, Attached], Outcome]:
    def handler(ctx: Context, req: Attached) -> Outcome:
        found = _vips(ctx.tx, ctx.tx.need(VmInstance, req.uuid))
        uuids = (
            (vip.uuid for vip in found)
            if use is None
            else (
                one.service_uuid
                for vip in found
                for one in ctx.tx.find(VipService, vip_uuid=vip.uuid, service_type=use.type)
            )
        )
        start, limit = req.start or 0, 1000 if req.limit is None else req.limit
        shown = (uuid for uuid in uuids if ctx.sees(uuid))
        return Outcome(inventories=(kind, tuple(islice(shown, start, start + limit))))

    return handler


def _vips(view: View, router: VmInstance) -> Iterator[Vip]:
    """Of the networks that it is on, those that are its own or serve a network of it."""
    for nic in nics_of(view, router.uuid):
        for vip in view.find(Vip, l3_network_uuid=nic.l3_network_uuid):
            where = vips.router_for(view, vip)
            if where is not None and where.uuid == router.uuid:
                yield vip
