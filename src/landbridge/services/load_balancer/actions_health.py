"""How a listener and its servers do at this moment: its vrouter's host is asked."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec

from landbridge.core import vips
from landbridge.core.api import P, Request, action
from landbridge.core.lifecycle import require_state
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import operr
from landbridge.model.questions.router import AskBalancers, BalancerList
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.documents import LISTENER, LoadBalancerListener
from landbridge.services.load_balancer.rules import named, vip_of


class GetLoadBalancerListenerHealth(Request, kw_only=True):
    """How a listener does: its connections and bytes, and whether each server lives; asks its vrouter's host."""

    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


def get_health(ctx: Context, req: GetLoadBalancerListenerHealth) -> Outcome:
    """SYS.1006 while no vrouter has the VIP, VM.1010 unless it runs."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    vip = vip_of(tx, listener.load_balancer_uuid)
    router = vips.router_for(tx, vip)
    if router is None:
        raise operr(f"{named(listener)} is on no vrouter: {vips.named(vip)} serves no network that is on one")
    require_state(router, "Running")
    assert router.host_uuid is not None
    nics = {tx.need(VmNic, ref.vm_nic_uuid).ip: ref.vm_nic_uuid for ref in balancers.members(tx, listener.uuid)}
    question = AskBalancers(router_uuid=router.uuid, listener_uuids=(listener.uuid,))
    return Outcome(asked=Asked((Ask(router.host_uuid, question),), partial(_fields, named(listener), nics)))


def _fields(name: str, nics: Mapping[str | None, str], answers: Sequence[Answered]) -> Mapping[str, Any]:
    value = answers[0].value
    assert isinstance(value, BalancerList)
    if not value.listeners:
        raise operr(
            f"{name} is not served: a listener of https needs a certificate, and GetVpcVRouterRuntime says more"
        )
    fields: dict[str, Any] = msgspec.to_builtins(value.listeners[0])
    for server in fields["servers"]:
        server["vmNicUuid"] = nics.get(server["ip"])
    return fields


ACTIONS = (
    action("GetLoadBalancerListenerHealth", "GET", "/load-balancers/listeners/{listenerUuid}/health", get_health,
           GetLoadBalancerListenerHealth, message="org.landbridge.APIGetLoadBalancerListenerHealthMsg", mode="sync",
           result="body", fields=(("listenerUuid", "string"), ("connections", "integer"),
                                  ("totalConnections", "integer"), ("bytesIn", "integer"), ("bytesOut", "integer"),
                                  ("denied", "integer"), ("servers", "array"))),
)  # fmt: skip
