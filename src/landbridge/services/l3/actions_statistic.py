"""Who has which address of a network, in one table."""

from collections.abc import Iterator
from typing import Annotated, Any

from landbridge.core.api import P, Request, action
from landbridge.core.inventory import format_date
from landbridge.core.nics import nics_of
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router
from landbridge.core.view import View
from landbridge.model.documents.account import Account
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.services.l3.holders import Holder, holders

_ALL, _VIP, _VM = "All", "Vip", "VM"
_SHOWN = {_VIP: "VIP", _VM: "VM"}
_MAX = (1 << 31) - 1


class GetL3NetworkIpStatistic(Request, kw_only=True):
    """The addresses of an L3 network that are in use, and by whom."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    resource_type: Annotated[str, P(help="only those of VIPs or of VMs", values=(_ALL, _VIP, _VM))] = _ALL
    ip: Annotated[str | None, P(help="only addresses that contain this")] = None
    sort_by: Annotated[str, P(values=("Ip", "CreateDate"))] = "Ip"
    sort_direction: Annotated[str, P(values=("asc", "desc"))] = "asc"
    start: Annotated[int, P(help="skip this many", low=0, high=_MAX)] = 0
    limit: Annotated[int, P(help="at most this many", low=0, high=_MAX)] = 20
    reply_with_count: Annotated[bool, P(help="also how many there are without start and limit")] = False


def statistic(ctx: Context, req: GetL3NetworkIpStatistic) -> Outcome:
    """A row per address; what a caller may not see is told as taken, and no more."""
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    addresses = [used for used in ctx.tx.find(UsedIp, l3_network_uuid=l3.uuid) if req.ip is None or req.ip in used.ip]
    shown = _SHOWN.get(req.resource_type)
    rows = [
        (used, holder)
        for used, holder in zip(addresses, holders(ctx.tx, l3, addresses), strict=True)
        if shown is None or shown in holder.types
    ]
    rows.sort(
        key=lambda row: row[0].ip_in_long if req.sort_by == "Ip" else row[0].create_date,
        reverse=req.sort_direction == "desc",
    )
    page = [dict(_row(ctx, used, holder)) for used, holder in rows[req.start : req.start + req.limit]]
    return Outcome(body={"ipStatistics": page, **({"total": len(rows)} if req.reply_with_count else {})})


def _row(ctx: Context, used: UsedIp, holder: Holder) -> Iterator[tuple[str, Any]]:
    yield "ip", used.ip
    yield "resourceTypes", holder.types
    yield "createDate", format_date(used.create_date)
    vip, vm = holder.vip, holder.vm
    if vip is not None and ctx.sees(vip.uuid):
        yield from (("vipUuid", vip.uuid), ("vipName", vip.name), ("state", vip.state), ("useFor", vip.use_for or ""))
        yield "ownerName", _owner(ctx.tx, vip.uuid)
    if vm is not None and ctx.sees(vm.uuid):
        yield from (("vmInstanceUuid", vm.uuid), ("vmInstanceName", vm.name), ("vmInstanceType", vm.type))
        yield (
            "vmDefaultIp",
            [nic.ip for nic in nics_of(ctx.tx, vm.uuid) if nic.l3_network_uuid == vm.default_l3_network_uuid],
        )
        yield "ownerName", _owner(ctx.tx, vm.uuid)
        if vip is None:
            yield "state", vm.state
        if is_router(vm):
            yield "applianceVmOwnerUuid", ctx.tx.owner_account(vm.uuid)


def _owner(view: View, uuid: str) -> str:
    account = view.get(Account, view.owner_account(uuid))
    return "" if account is None else account.name


ACTIONS = (
    action(
        "GetL3NetworkIpStatistic",
        "GET",
        "/l3-networks/{l3NetworkUuid}/ip-statistic",
        statistic,
        GetL3NetworkIpStatistic,
        message="org.zstack.network.service.flat.APIGetL3NetworkIpStatisticMsg",
        mode="sync",
        result="body",
        fields=(("ipStatistics", "array"), ("total", "integer")),
    ),
)
