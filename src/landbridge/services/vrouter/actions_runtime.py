"""A look inside a running vrouter: its host is asked, who asks its vrouter-agent."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from landbridge.core.api import P, Request, action
from landbridge.core.lifecycle import require_state
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.model.questions.router import AskRouter


class GetVpcVRouterRuntime(Request, kw_only=True):
    """What a vrouter is at this moment: routes, neighbours, nftables, connections, what failed; asks its host."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]


def get_runtime(ctx: Context, req: GetVpcVRouterRuntime) -> Outcome:
    """VM.1010 unless it runs."""
    router = ctx.tx.need(VmInstance, req.uuid)
    require_state(router, "Running")
    assert router.host_uuid is not None
    return Outcome(asked=Asked((Ask(router.host_uuid, AskRouter(router_uuid=router.uuid)),), _fields))


def _fields(answers: Sequence[Answered]) -> Mapping[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(answers[0].value)
    return fields


ACTIONS = (
    action("GetVpcVRouterRuntime", "GET", "/vpc/virtual-routers/{uuid}/runtime", get_runtime, GetVpcVRouterRuntime,
           message="org.landbridge.APIGetVpcVRouterRuntimeMsg", mode="sync", result="body",
           fields=(("routes", "array"), ("neighbours", "array"), ("nftables", "string"),
                   ("connections", "integer"), ("changes", "integer"), ("failed", "object"))),
)  # fmt: skip
