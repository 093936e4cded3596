"""The NICs that a listener sends to: those of its default group."""

from typing import Annotated

from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.vm import VM_NIC
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer import balancers, settings
from landbridge.services.load_balancer.documents import (
    LISTENER,
    LOAD_BALANCER,
    LoadBalancerListener,
    LoadBalancerServerGroup,
    ServerGroupNic,
)
from landbridge.services.load_balancer.rules import add_nics, named, settled, weight_of

_PACKAGE = "org.zstack.network.service.lb"


class AddVmNicToLoadBalancer(Request, kw_only=True):
    """Send a listener's connections to NICs, too; weights are system tags `balancerWeight::<nic>::<0-100>`."""

    vm_nic_uuids: Annotated[list[str], P(help="NICs of VMs", ref=VM_NIC.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


class RemoveVmNicFromLoadBalancer(Request, kw_only=True):
    """Send nothing new to NICs; connections that they have go on to their ends."""

    vm_nic_uuids: Annotated[list[str], P(help="NICs of VMs", ref=VM_NIC.vo, nonempty=True)]
    listener_uuid: Annotated[str, P(help="the listener", ref=LISTENER.vo)]


def add(ctx: Context, req: AddVmNicToLoadBalancer) -> Outcome:
    """SYS.1006 for a NIC that is there already, whose network lacks the service, or that another vrouter serves."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    if len(set(req.vm_nic_uuids)) < len(req.vm_nic_uuids):
        raise argerr("vmNicUuids names a NIC twice: once will do")
    weights = _weights(ctx.system_tags)
    strange = sorted(weights.keys() - set(req.vm_nic_uuids))
    if strange:
        raise argerr(f"system tag {settings.WEIGHT} is for NIC[uuid:{strange[0]}], which is not among vmNicUuids")
    group = tx.need(LoadBalancerServerGroup, listener.server_group_uuid)
    add_nics(tx, group, {uuid: weight_of(weights.get(uuid), f"NIC[uuid:{uuid}]") for uuid in req.vm_nic_uuids})
    return settled(tx, listener.load_balancer_uuid, (LISTENER, listener.uuid))


def remove(ctx: Context, req: RemoveVmNicFromLoadBalancer) -> Outcome:
    """SYS.1006 for a NIC that is not there."""
    tx = ctx.tx
    listener = tx.need(LoadBalancerListener, req.listener_uuid)
    group = tx.need(LoadBalancerServerGroup, listener.server_group_uuid)
    for uuid in dict.fromkeys(req.vm_nic_uuids):
        if tx.first(ServerGroupNic, server_group_uuid=group.uuid, vm_nic_uuid=uuid) is None:
            raise operr(f"NIC[uuid:{uuid}] is not among the servers of {named(listener)}")
        balancers.drop_nic(tx, group, uuid)
    return settled(tx, listener.load_balancer_uuid, (LOAD_BALANCER, listener.load_balancer_uuid))


def _weights(tags: tuple[str, ...]) -> dict[str, str]:
    """NIC -> weight.  SYS.1007 for another form."""
    found = {}
    for tag in tags:
        if tag.startswith(f"{settings.WEIGHT}::"):
            _, nic, weight = [*tag.split("::", 2), "", ""][:3]
            if not nic or not weight:
                raise argerr(f"system tag[{tag}] is not of the form {settings.WEIGHT}::<vmNicUuid>::<0-100>")
            found[nic] = weight
    return found


ACTIONS = (
    action("AddVmNicToLoadBalancer", "POST", "/load-balancers/listeners/{listenerUuid}/vm-instances/nics", add,
           AddVmNicToLoadBalancer, message=f"{_PACKAGE}.APIAddVmNicToLoadBalancerMsg", kind=LISTENER),
    action("RemoveVmNicFromLoadBalancer", "DELETE", "/load-balancers/listeners/{listenerUuid}/vm-instances/nics",
           remove, RemoveVmNicFromLoadBalancer, message=f"{_PACKAGE}.APIRemoveVmNicFromLoadBalancerMsg",
           kind=LOAD_BALANCER),
)  # fmt: skip
