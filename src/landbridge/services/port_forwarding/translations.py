"""What a port forwarding rule is: which may be together, and what the vrouter does.

Facts: behaviour of CreatePortForwardingRule and its attachment.
"""

from collections.abc import Iterator
from typing import Literal

from landbridge.core import nat, standing, vips
from landbridge.core.nics import nics_of
from landbridge.core.titles import title
from landbridge.core.uses import NicUse, VipUse
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.router_node import PortForward
from landbridge.services.port_forwarding.document import PORT_FORWARDING_RULE, PortForwardingRule

USE = VipUse("PortForwarding")


def refusal(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    """Why the rule may not lead to the NIC; None when it may."""
    return (
        nat.nic_refusal(view, view.need(Vip, rule.vip_uuid), nic, USE.type)
        or _beside_other_vips(view, rule, nic)
        or _beside_other_rules(view, rule, nic)
        or _beside_the_whole(view, rule, nic)
    )


def overlap(view: View, rule: PortForwardingRule) -> ApiError | None:
    """Another rule's ports on the VIP."""
    for other in view.find(PortForwardingRule, vip_uuid=rule.vip_uuid):
        if other.protocol_type == rule.protocol_type and (
            rule.vip_port_start <= other.vip_port_end and other.vip_port_start <= rule.vip_port_end
        ):
            where = f"VIP[uuid:{rule.vip_uuid}, ip:{rule.vip_ip}]"
            return argerr(f"{ports_of(rule)} of {where} overlap {ports_of(other)} of {RULES.named(other)}")
    return None


def ports_of(rule: PortForwardingRule) -> vips.Ports:
    """What it takes of its VIP."""
    return vips.Ports(rule.protocol_type, rule.vip_port_start, rule.vip_port_end)


def uses_of(view: View, nic: VmNic) -> Iterator[NicUse]:
    """Its rules."""
    for rule in view.find(PortForwardingRule, vm_nic_uuid=nic.uuid):
        yield NicUse(RULES.named(rule), whole=False, allowed_cidr=rule.allowed_cidr)


def _private(rule: PortForwardingRule) -> vips.Ports:
    return vips.Ports(rule.protocol_type, rule.private_port_start, rule.private_port_end)


def _beside_other_vips(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    nics = tuple(own.uuid for own in nics_of(view, nic.vm_instance_uuid))
    for other in view.find(PortForwardingRule, vm_nic_uuid=nics):
        if other.vip_uuid != rule.vip_uuid:
            vm = view.need(VmInstance, nic.vm_instance_uuid)
            return operr(f"{title(vm)} has {RULES.named(other)} of another VIP: use that VIP, or detach it")
    return None


def _beside_other_rules(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    for other in view.find(PortForwardingRule, vm_nic_uuid=nic.uuid):
        if (
            other.uuid != rule.uuid
            and other.protocol_type == rule.protocol_type
            and (rule.allowed_cidr or other.allowed_cidr)
            and rule.private_port_start <= other.private_port_end
            and other.private_port_start <= rule.private_port_end
        ):
            return operr(
                f"{_private(rule)} of NIC[uuid:{nic.uuid}, ip:{nic.ip}] are reached by {RULES.named(other)}, too, "
                "and one of both is not for everybody (allowedCidr)"
            )
    return None


def _beside_the_whole(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    around = next((use for use in standing.uses_of(view, nic) if use.whole), None) if rule.allowed_cidr else None
    if around is None:
        return None
    return operr(
        f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] has {around.named}, which goes around allowedCidr[{rule.allowed_cidr}]: "
        "detach it, or leave allowedCidr out"
    )


def _node(rule: PortForwardingRule, guest_ip: str, leg: VmNic) -> PortForward:
    protocol: Literal["TCP", "UDP"] = "TCP" if rule.protocol_type == vips.TCP else "UDP"
    return PortForward(
        vip_ip=rule.vip_ip,
        protocol=protocol,
        first=rule.vip_port_start,
        last=rule.vip_port_end,
        guest_ip=guest_ip,
        guest_first=rule.private_port_start,
        allowed=rule.allowed_cidr,
    )


RULES = nat.Translations(
    doc=PortForwardingRule,
    kind=PORT_FORWARDING_RULE,
    name="forward",
    noun="PortForwardingRule",
    what="port forwarding rule",
    use=USE,
    refusal=refusal,
    node=_node,
)
