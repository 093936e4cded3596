"""Which pairs talk through a vrouter, and how each stands with distributed routing; its hosts are asked."""

from functools import partial
from typing import Annotated

from landbridge.core.api import P, Request, action
from landbridge.core.lifecycle import require_state
from landbridge.core.service import Ask, Asked, Context, Outcome
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.model.questions.shortcuts import AskShortcuts
from landbridge.services.vrouter.connections import connections
from landbridge.services.vrouter.places import places


class GetVpcVRouterDistributedRoutingConnections(Request, kw_only=True):
    """How each pair that talks through a vrouter stands with distributed routing; asks its hosts.

    Keys are `source-destination`.  `state` is ZSNP_DST_SUCC when packets go from host to host.
    """

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]


def get_connections(ctx: Context, req: GetVpcVRouterDistributedRoutingConnections) -> Outcome:
    """VM.1010 unless it runs.  A host that is away is named in `unanswered`."""
    router = ctx.tx.need(VmInstance, req.uuid)
    require_state(router, "Running")
    where = places(ctx.tx, router)
    question = AskShortcuts(router_uuid=router.uuid)
    asks = tuple(Ask(host, question) for host in where.hosts)
    return Outcome(asked=Asked(asks, partial(connections, where), partial=True))


ACTIONS = (
    action("GetVpcVRouterDistributedRoutingConnections", "GET", "/vpc/virtual-routers/{uuid}/tracked-connections",
           get_connections, GetVpcVRouterDistributedRoutingConnections,
           message="org.zstack.vpc.APIGetVpcVRouterDistributedRoutingConnectionsMsg", mode="sync", result="body",
           fields=(("inventories", "object"), ("unanswered", "array"))),
)  # fmt: skip
