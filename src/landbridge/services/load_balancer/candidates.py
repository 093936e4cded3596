"""Whom listeners and groups could have as servers: NICs, and the networks that they would be on."""

from itertools import islice
from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import P, Request, action
from landbridge.core.nics import router_of
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import L3_NETWORK, L3Network, NetworkServiceRef
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import USER_VM, VM_NIC, VmInstance, VmNic
from landbridge.model.errors import argerr
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.documents import (
    LISTENER,
    LOAD_BALANCER,
    SERVER_GROUP,
    LoadBalancer,
    LoadBalancerListener,
    LoadBalancerServerGroup,
)
from landbridge.services.load_balancer.rules import nic_refusal, vip_of

_PACKAGE = "org.zstack.network.service.lb"
_MOST = 1000


class GetCandidateVmNicsForLoadBalancer(Request, kw_only=True):
    """NICs that a listener could send to."""

    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


class GetCandidateVmNicsForLoadBalancerServerGroup(Request, kw_only=True):
    """NICs that could be in a server group, or in one made in a load balancer."""

    servergroup_uuid: Annotated[str | None, P(help="the server group", ref=SERVER_GROUP.vo)] = None
    load_balancer_uuid: Annotated[str | None, P(help="or the load balancer", ref=LOAD_BALANCER.vo)] = None
    ip_version: Annotated[int | None, P(help="4 or 6; all are 4", values=(4, 6))] = None


class GetCandidateL3NetworksForLoadBalancer(Request, kw_only=True):
    """Networks whose NICs a listener could send to."""

    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]
    limit: Annotated[int | None, P(help="at most this many", low=0)] = _MOST
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


class GetCandidateL3NetworksForServerGroup(Request, kw_only=True):
    """Networks whose NICs could be in a server group, or in one made in a load balancer."""

    server_group_uuid: Annotated[str | None, P(help="the server group", ref=SERVER_GROUP.vo)] = None
    load_balancer_uuid: Annotated[str | None, P(help="or the load balancer", ref=LOAD_BALANCER.vo)] = None
    limit: Annotated[int | None, P(help="at most this many", low=0)] = _MOST
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


def nics(ctx: Context, req: GetCandidateVmNicsForLoadBalancer) -> Outcome:
    """Those that AddVmNicToLoadBalancer would take."""
    listener = ctx.tx.need(LoadBalancerListener, req.listener_uuid)
    return _fitting(ctx, ctx.tx.need(LoadBalancerServerGroup, listener.server_group_uuid))


def group_nics(ctx: Context, req: GetCandidateVmNicsForLoadBalancerServerGroup) -> Outcome:
    """SYS.1007 without either."""
    group = _group(ctx.tx, req.servergroup_uuid, req.load_balancer_uuid, "servergroupUuid")
    return Outcome(inventories=(VM_NIC, ())) if req.ip_version == 6 else _fitting(ctx, group)


def networks(ctx: Context, req: GetCandidateL3NetworksForLoadBalancer) -> Outcome:
    """With the service, on the VIP's vrouter or on none."""
    listener = ctx.tx.need(LoadBalancerListener, req.listener_uuid)
    return _served(ctx, vip_of(ctx.tx, listener.load_balancer_uuid), req.start, req.limit)


def group_networks(ctx: Context, req: GetCandidateL3NetworksForServerGroup) -> Outcome:
    """SYS.1007 without either."""
    group = _group(ctx.tx, req.server_group_uuid, req.load_balancer_uuid, "serverGroupUuid")
    return _served(ctx, vip_of(ctx.tx, group.load_balancer_uuid), req.start, req.limit)


def _group(view: View, group_uuid: str | None, balancer_uuid: str | None, name: str) -> LoadBalancerServerGroup:
    if group_uuid is not None:
        return view.need(LoadBalancerServerGroup, group_uuid)
    if balancer_uuid is None:
        raise argerr(f"{name} and loadBalancerUuid cannot both be missing: give one")
    balancer = view.need(LoadBalancer, balancer_uuid)
    return LoadBalancerServerGroup(uuid="", name="", load_balancer_uuid=balancer.uuid)


def _fitting(ctx: Context, group: LoadBalancerServerGroup) -> Outcome:
    fitting = (
        nic.uuid
        for vm in ctx.tx.find(VmInstance, type=USER_VM)
        if ctx.sees(vm.uuid)
        for nic in ctx.tx.find(VmNic, vm_instance_uuid=vm.uuid)
        if nic_refusal(ctx.tx, group, nic) is None
    )
    return Outcome(inventories=(VM_NIC, tuple(islice(fitting, _MOST))))


def _served(ctx: Context, vip: Vip, start: int | None, limit: int | None) -> Outcome:
    first, most = start or 0, _MOST if limit is None else limit
    refs = ctx.tx.find(NetworkServiceRef, network_service_type=balancers.USE.type)
    fitting = (
        ref.l3_network_uuid
        for ref in refs
        if ctx.sees(ref.l3_network_uuid) and ref.l3_network_uuid != vip.l3_network_uuid and _fits(ctx.tx, vip, ref)
    )
    return Outcome(inventories=(L3_NETWORK, tuple(islice(fitting, first, first + most))))


def _fits(view: View, vip: Vip, ref: NetworkServiceRef) -> bool:
    l3 = view.get(L3Network, ref.l3_network_uuid)
    nic = router_of(view, ref.l3_network_uuid)
    if l3 is None or nic is None:
        return l3 is not None
    return vips.peer_refusal(view, vip, view.need(VmInstance, nic.vm_instance_uuid)) is None


ACTIONS = (
    action("GetCandidateVmNicsForLoadBalancer", "GET",
           "/load-balancers/listeners/{listenerUuid}/vm-instances/candidate-nics", nics,
           GetCandidateVmNicsForLoadBalancer, message=f"{_PACKAGE}.APIGetCandidateVmNicsForLoadBalancerMsg",
           mode="sync", result="inventories", kind=VM_NIC),
    action("GetCandidateVmNicsForLoadBalancerServerGroup", "GET", "/load-balancers/servergroups/candidate-nics",
           group_nics, GetCandidateVmNicsForLoadBalancerServerGroup,
           message=f"{_PACKAGE}.APIGetCandidateVmNicsForLoadBalancerServerGroupMsg", mode="sync",
           result="inventories", kind=VM_NIC),
    action("GetCandidateL3NetworksForLoadBalancer", "GET",
           "/load-balancers/listeners/{listenerUuid}/networks/candidates", networks,
           GetCandidateL3NetworksForLoadBalancer,
           message=f"{_PACKAGE}.APIGetCandidateL3NetworksForLoadBalancerMsg", mode="sync", result="inventories",
           kind=L3_NETWORK),
    action("GetCandidateL3NetworksForServerGroup", "GET", "/load-balancers/servergroups/candidate-l3network",
           group_networks, GetCandidateL3NetworksForServerGroup,
           message=f"{_PACKAGE}.APIGetCandidateL3NetworksForServerGroupMsg", mode="sync", result="inventories",
           kind=L3_NETWORK),
)  # fmt: skip
