"""How a connection is at this moment, and why it is not up: the host of its vrouter is asked."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec

from landbridge.core import vips
from landbridge.core.api import P, Request, action
from landbridge.core.lifecycle import require_state
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.model.questions.ipsec import AskIpsec, IpsecStates
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.actions import PACKAGE
from landbridge.services.ipsec.documents import IPSEC_CONNECTION, IpsecConnection

_LINES = 30


class GetIPsecConnectionStatus(Request, kw_only=True):
    """How a connection is: up or down, its pairs of networks, and why phase 1 or 2 fails; asks its host."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]


class GetVpcIPsecLog(Request, kw_only=True):
    """What the IPsec daemon of a vrouter has said last; asks its host."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    lines: Annotated[int, P(help="how many lines of each connection", low=1, high=_LINES)] = _LINES


def get_status(ctx: Context, req: GetIPsecConnectionStatus) -> Outcome:
    """One that no running vrouter does is down, and why is said without asking anybody."""
    tx = ctx.tx
    connection = tx.need(IpsecConnection, req.uuid)
    router = vips.router_for(tx, tx.need(Vip, connection.vip_uuid))
    why = _idle(ctx, connection, router)
    if why is not None or router is None or router.host_uuid is None:
        return Outcome(body={"status": "down", "reason": why, "pairs": [], "log": []})
    question = Ask(router.host_uuid, AskIpsec(router_uuid=router.uuid))
    return Outcome(asked=Asked((question,), partial(_status, connection.uuid)))


def get_log(ctx: Context, req: GetVpcIPsecLog) -> Outcome:
    """VM.1010 unless it runs."""
    router = ctx.tx.need(VmInstance, req.uuid)
    require_state(router, "Running")
    assert router.host_uuid is not None
    question = Ask(router.host_uuid, AskIpsec(router_uuid=router.uuid))
    return Outcome(asked=Asked((question,), partial(_log, req.lines)))


def _idle(ctx: Context, connection: IpsecConnection, router: VmInstance | None) -> str | None:
    """Why nobody even tries."""
    if connection.state != "Enabled":
        return f"it is {connection.state}: enable it (ChangeIPSecConnectionState)"
    if not connections.networks_of(ctx.tx, connection.uuid):
        return "it has no network on this side: attach one (AttachL3NetworksToIPsecConnection)"
    if not connections.peer_cidrs(ctx.tx, connection.uuid):
        return "it has no network on the peer's side: add one (AddRemoteCidrsToIPsecConnection)"
    if router is None:
        return "its networks are attached to no vrouter: attach one (AttachL3NetworkToVm)"
    return None if router.state == "Running" else f"its vrouter[uuid:{router.uuid}] is {router.state}: start it"


def _status(uuid: str, answers: Sequence[Answered]) -> Mapping[str, Any]:
    for answer in answers:
        states = answer.value
        assert isinstance(states, IpsecStates)
        for state in states.connections:
            if state.uuid == uuid:
                found: dict[str, Any] = msgspec.to_builtins(state)
                del found["uuid"]
                return {name: value for name, value in found.items() if value is not None} | {"esp": states.esp}
    return {"status": "down", "reason": "its vrouter has not begun yet: ask again", "pairs": [], "log": []}


def _log(lines: int, answers: Sequence[Answered]) -> Mapping[str, Any]:
    states = [answer.value for answer in answers if isinstance(answer.value, IpsecStates)]
    return {"ipsecLog": "\n".join(line for one in states for state in one.connections for line in state.log[-lines:])}


ACTIONS = (
    action("GetIPsecConnectionStatus", "GET", "/ipsec/{uuid}/status", get_status, GetIPsecConnectionStatus,
           message="org.landbridge.APIGetIPsecConnectionStatusMsg", mode="sync", result="body",
           fields=(("status", "string"), ("reason", "string"), ("failedPhase", "integer"), ("ikeState", "string"),
                   ("establishedSeconds", "integer"), ("esp", "string"), ("pairs", "array"), ("log", "array"))),
    action("GetVpcIPsecLog", "GET", "/vpc/virtual-routers/ipseclog", get_log, GetVpcIPsecLog,
           message=f"{PACKAGE}.APIGetVpcIPsecLogMsg", mode="sync", result="body",
           fields=(("ipsecLog", "string"),)),
)  # fmt: skip
