"""What listeners, groups and their servers may be.  Facts: semantics of load balancers."""

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from landbridge.core import nat, vips
from landbridge.core.nics import is_shown
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx, View
from landbridge.core.waiting import at_router
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VM_NIC, VmNic
from landbridge.model.errors import ApiError, argerr, notfound, operr
from landbridge.model.resource import Kind
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.documents import (
    LoadBalancer,
    LoadBalancerListener,
    LoadBalancerServerGroup,
    ServerGroupNic,
    ServerGroupServerIp,
)

LEAST_WEIGHT, MOST_WEIGHT, USUAL_WEIGHT = 0, 100, 100


def named(one: LoadBalancer | LoadBalancerListener | LoadBalancerServerGroup) -> str:
    """As errors name it."""
    kinds = {LoadBalancer: "load balancer", LoadBalancerListener: "listener", LoadBalancerServerGroup: "server group"}
    return f"{kinds[type(one)]}[uuid:{one.uuid}, name:{one.name}]"


def vip_of(view: View, balancer_uuid: str) -> Vip:
    """The VIP of a load balancer."""
    return view.need(Vip, view.need(LoadBalancer, balancer_uuid).vip_uuid)


def nic_refusal(view: View, group: LoadBalancerServerGroup, nic: VmNic) -> ApiError | None:
    """Why a NIC cannot be in a group; None when it can."""
    if view.first(ServerGroupNic, server_group_uuid=group.uuid, vm_nic_uuid=nic.uuid) is not None:
        return operr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] is in {named(group)} already")
    return nat.service_refusal(view, vip_of(view, group.load_balancer_uuid), nic, balancers.USE.type)


def add_nics(tx: Tx, group: LoadBalancerServerGroup, weights: dict[str, int]) -> None:
    """NICs (uuid -> weight) join.  Raises what `nic_refusal` and `vips.serve` say."""
    for uuid, weight in weights.items():
        why = nic_refusal(tx, group, tx.need(VmNic, uuid))
        if why:
            raise why
        balancers.add_nic(tx, group, uuid, weight)
    balancers.judge(tx, (group.uuid,))


def add_servers(tx: Tx, group: LoadBalancerServerGroup, weights: dict[str, int]) -> None:
    """Addresses (-> weight) join.  SYS.1006 when one is there already, or no NIC says which vrouter is meant."""
    if weights and not tx.count(ServerGroupNic, server_group_uuid=group.uuid):
        raise operr(
            f"{named(group)} has no NIC that says which vrouter it is on: add one first, or with the addresses"
        )
    for address, weight in weights.items():
        if tx.first(ServerGroupServerIp, server_group_uuid=group.uuid, ip_address=address) is not None:
            raise operr(f"server[{address}] is in {named(group)} already")
        made = ServerGroupServerIp(
            uuid=tx.new_uuid(), server_group_uuid=group.uuid, ip_address=address, weight=weight
        )
        tx.put(made)
    balancers.judge(tx, (group.uuid,))


def settled(tx: Tx, balancer_uuid: str, answer: tuple[Kind, str] | None) -> Outcome:
    """End when the vrouter, which may have had the VIP only until now, has it so."""
    balancer = tx.need(LoadBalancer, balancer_uuid)
    before = vips.router_for(tx, tx.need(Vip, balancer.vip_uuid))
    balancers.settle(tx, balancer)
    after = vips.router_for(tx, tx.need(Vip, balancer.vip_uuid))
    return at_router(tx, after or before, inventory=answer)


def weight_of(given: Any, what: str) -> int:
    """A weight as callers write it.  SYS.1007 when it is none."""
    text = str(USUAL_WEIGHT if given is None else given)
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= MOST_WEIGHT):
        raise argerr(f"weight[{text}] of {what} must be an integer of [{LEAST_WEIGHT}, {MOST_WEIGHT}]")
    return int(text)


def described_nics(ctx: Context, given: Sequence[Any]) -> dict[str, int]:
    """`[{"uuid": …, "weight": …}]` as uuid -> weight.  SYS.1007 for another form or a NIC twice, SYS.1003."""
    found: dict[str, int] = {}
    for one in given:
        uuid = one.get("uuid") if isinstance(one, dict) else None
        if not isinstance(uuid, str):
            raise argerr(f"vmNics[{one}] is not of the form {{uuid, weight}}")
        nic = ctx.tx.get(VmNic, uuid)
        if nic is None or not is_shown(ctx, nic):
            raise notfound("vmNics", uuid, VM_NIC.vo)
        _once(found, uuid, f"NIC[uuid:{uuid}, ip:{nic.ip}]")
        found[uuid] = weight_of(one.get("weight"), f"NIC[uuid:{uuid}]")
    return found


def described_servers(given: Sequence[Any]) -> dict[str, int]:
    """`[{"ipAddress": …, "weight": …}]` as address -> weight.  SYS.1007 for another form or twice the same."""
    found: dict[str, int] = {}
    for one in given:
        address = one.get("ipAddress") if isinstance(one, dict) else None
        try:
            text = str(IPv4Address(address if isinstance(address, str) else ""))
        except AddressValueError:
            raise argerr(f"servers[{one}] is not of the form {{ipAddress, weight}} with an IPv4 address") from None
        _once(found, text, f"server[{text}]")
        found[text] = weight_of(one.get("weight"), f"server[{text}]")
    return found


def _once(found: dict[str, int], key: str, what: str) -> None:
    if key in found:
        raise argerr(f"{what} is given twice: once will do")
