"""Distributed routing of a vrouter, on or off: whether hosts route between its subnets themselves."""

from typing import Annotated

from landbridge.core import waiting
from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome, Then
from landbridge.core.waiting import applied
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.services.vrouter import distributed

_PATH = "/vpc/virtual-routers/{uuid}/distributed-routing"
_EVENTS = ("enable", "disable")


class SetVpcVRouterDistributedRoutingEnabled(Request, kw_only=True):
    """Have hosts route between a vrouter's subnets themselves, or leave it to the vrouter.

    New vrouters have it as setting `vpc/distributedRouting.default` says: off.
    """

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    state_event: Annotated[str, P(help="on or off", values=_EVENTS)]


class GetVpcVRouterDistributedRoutingEnabled(Request, kw_only=True):
    """Whether hosts route between a vrouter's subnets themselves."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]


def set_enabled(ctx: Context, req: SetVpcVRouterDistributedRoutingEnabled) -> Outcome:
    """Ends when every Connected host concerned has it so.

    To switch it on, the vrouter's host must be there (HOST.1010).  To switch it off is possible without it: the
    others take no shortcut any more.
    """
    router = ctx.tx.need(VmInstance, req.uuid)
    if req.state_event == "enable":
        body = {"enabled": True}
        return applied(ctx.tx, router, body=body) if distributed.switch_on(ctx.tx, router) else Outcome(body=body)
    distributed.switch_off(ctx.tx, router)
    failed = Then(waiting.CHANGE_FAILED, {"uuid": router.uuid})
    return Outcome(body={"enabled": False}, everywhere=True, failed=failed)


def get_enabled(ctx: Context, req: GetVpcVRouterDistributedRoutingEnabled) -> Outcome:
    """What was set."""
    return Outcome(body={"enabled": distributed.state_of(ctx.tx, req.uuid) is not None})


ACTIONS = (
    action("SetVpcVRouterDistributedRoutingEnabled", "POST", _PATH, set_enabled,
           SetVpcVRouterDistributedRoutingEnabled,
           message="org.zstack.vpc.APISetVpcVRouterDistributedRoutingEnabledMsg",
           result="body", fields=(("enabled", "boolean"),)),
    action("GetVpcVRouterDistributedRoutingEnabled", "GET", _PATH, get_enabled,
           GetVpcVRouterDistributedRoutingEnabled,
           message="org.zstack.vpc.APIGetVpcVRouterDistributedRoutingEnabledMsg",
           mode="sync", result="body", fields=(("enabled", "boolean"),)),
)  # fmt: skip
