"""Which port forwarding rules may be together.  Facts: behaviour of CreatePortForwardingRule and its attachment."""

from landbridge.core import nat, vips
from landbridge.core.nics import nics_of
from landbridge.core.service import View
from landbridge.core.titles import title
from landbridge.model.documents.nat import Eip, PortForwardingRule
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError, argerr, operr


def refusal(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    """Why the rule may not lead to the NIC; None when it may."""
    return (
        nat.nic_refusal(view, view.need(Vip, rule.vip_uuid), nic, vips.PORT_FORWARDING)
        or _beside_other_vips(view, rule, nic)
        or _beside_other_rules(view, rule, nic)
        or _beside_an_eip(view, rule, nic)
    )


def overlap(view: View, rule: PortForwardingRule) -> ApiError | None:
    """Another rule's ports on the VIP."""
    for other in view.find(PortForwardingRule, vip_uuid=rule.vip_uuid):
        if other.protocol_type == rule.protocol_type and (
            rule.vip_port_start <= other.vip_port_end and other.vip_port_start <= rule.vip_port_end
        ):
            where = f"VIP[uuid:{rule.vip_uuid}, ip:{rule.vip_ip}]"
            return argerr(f"{ports_of(rule)} of {where} overlap {ports_of(other)} of {named(other)}")
    return None


def named(rule: PortForwardingRule) -> str:
    """A rule as errors name it."""
    return f"port forwarding rule[uuid:{rule.uuid}, name:{rule.name}]"


def ports_of(rule: PortForwardingRule) -> vips.Ports:
    """What it takes of its VIP."""
    return vips.Ports(rule.protocol_type, rule.vip_port_start, rule.vip_port_end)


def _private(rule: PortForwardingRule) -> vips.Ports:
    return vips.Ports(rule.protocol_type, rule.private_port_start, rule.private_port_end)


def _beside_other_vips(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    nics = tuple(own.uuid for own in nics_of(view, nic.vm_instance_uuid))
    for other in view.find(PortForwardingRule, vm_nic_uuid=nics):
        if other.vip_uuid != rule.vip_uuid:
            vm = view.need(VmInstance, nic.vm_instance_uuid)
            return operr(
                f"{title(vm)} has {named(other)} of another VIP[ip:{other.vip_ip}]: use that VIP, or detach it"
            )
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
                f"{_private(rule)} of NIC[uuid:{nic.uuid}, ip:{nic.ip}] are reached by {named(other)}, too, "
                "and one of both is not for everybody (allowedCidr)"
            )
    return None


def _beside_an_eip(view: View, rule: PortForwardingRule, nic: VmNic) -> ApiError | None:
    eip = view.first(Eip, vm_nic_uuid=nic.uuid) if rule.allowed_cidr else None
    if eip is None:
        return None
    return operr(
        f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] has EIP[uuid:{eip.uuid}, name:{eip.name}, ip:{eip.vip_ip}], which goes "
        f"around allowedCidr[{rule.allowed_cidr}]: detach it, or leave allowedCidr out"
    )
