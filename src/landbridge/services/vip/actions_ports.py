"""Which ports of a VIP are taken, and which are free."""

from collections.abc import Iterator
from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import P, Request, action
from landbridge.core.page import page
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.vip import VIP, Vip

_PACKAGE = "org.zstack.network.service"


class CheckVipPortAvailability(Request, kw_only=True):
    """Whether a service could have a port of a VIP."""

    vip_uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    port: Annotated[int, P(help="the port", low=1, high=vips.LAST_PORT)]
    protocol_type: Annotated[str, P(help="TCP or UDP", values=vips.PROTOCOLS)]
    limit: Annotated[int | None, P(help="accepted and ignored")] = 1000
    start: Annotated[int | None, P(help="accepted and ignored")] = 0


class GetVipAvailablePort(Request, kw_only=True):
    """Ports of a VIP that a service could have, ascending."""

    vip_uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    protocol_type: Annotated[str, P(help="TCP or UDP", values=vips.PROTOCOLS)]
    limit: Annotated[int | None, P(help="at most this many", low=0)] = 1000
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


class GetVipUsedPorts(Request, kw_only=True):
    """Ports and ranges of ports of a VIP that are taken."""

    uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    protocol: Annotated[str, P(help="TCP or UDP", values=vips.PROTOCOLS)]


def check(ctx: Context, req: CheckVipPortAvailability) -> Outcome:
    """Never on one that a service has for itself."""
    vip = ctx.tx.need(Vip, req.vip_uuid)
    return Outcome(body={"available": req.port in set(_free(ctx.tx, vip, req.protocol_type))})


def available(ctx: Context, req: GetVipAvailablePort) -> Outcome:
    """As text, as ZStack has it."""
    free = _free(ctx.tx, ctx.tx.need(Vip, req.vip_uuid), req.protocol_type)
    return Outcome(body={"availablePort": [str(port) for port in page(free, req.start, req.limit)]})


def used(ctx: Context, req: GetVipUsedPorts) -> Outcome:
    """Single ports and `first-last`."""
    vip = ctx.tx.need(Vip, req.uuid)
    ports = [
        str(first) if first == last else f"{first}-{last}"
        for first, last, _ in vips.ports_in_use(ctx.tx, vip, req.protocol)
    ]
    return Outcome(body={"inventories": [{"uuid": vip.uuid, "protocol": req.protocol, "usedPorts": ports}]})


def _free(view: View, vip: Vip, protocol: str) -> Iterator[int]:
    if vips.taken_whole(view, vip) is not None:
        return
    port = 1
    for first, last, _ in vips.ports_in_use(view, vip, protocol):
        yield from range(port, first)
        port = last + 1
    yield from range(port, vips.LAST_PORT + 1)


ACTIONS = (
    action("CheckVipPortAvailability", "GET", "/vips/{vipUuid}/check-port-availability", check,
           CheckVipPortAvailability, message=f"{_PACKAGE}.vip.APICheckVipPortAvailabilityMsg", mode="sync",
           result="body", fields=(("available", "boolean"),)),
    action("GetVipAvailablePort", "GET", "/vips/{vipUuid}/get-port-availability", available, GetVipAvailablePort,
           message=f"{_PACKAGE}.vip.APIGetVipAvailablePortMsg", mode="sync", result="body",
           fields=(("availablePort", "array"),)),
    action("GetVipUsedPorts", "GET", "/vips/{uuid}/usedports", used, GetVipUsedPorts,
           message=f"{_PACKAGE}.virtualrouter.APIGetVipUsedPortsMsg", mode="sync", result="body",
           fields=(("inventories", "array"),)),
)  # fmt: skip
