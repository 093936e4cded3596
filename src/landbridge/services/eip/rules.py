"""To which NIC an EIP may go.  Facts: behaviour of AttachEip."""

from ipaddress import IPv4Address

from landbridge.core import nat, vips
from landbridge.core.nics import cidr_of
from landbridge.core.service import View
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.nat import Eip, PortForwardingRule
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import ApiError, argerr, operr


def refusal(view: View, vip: Vip, nic: VmNic, used_ip_uuid: str | None = None) -> ApiError | None:
    """Why an EIP on the VIP may not be the NIC's; None when it may."""
    who = f"NIC[uuid:{nic.uuid}, ip:{nic.ip}]"
    general = nat.nic_refusal(view, vip, nic, vips.EIP)
    if general:
        return general
    if IPv4Address(vip.ip) in cidr_of(nic):
        return operr(f"{vips.named(vip)} lies in the guest subnet {cidr_of(nic)} of {who}")
    if used_ip_uuid is not None:
        used = view.get(UsedIp, used_ip_uuid)
        if used is None or used.vm_nic_uuid != nic.uuid:
            return argerr(f"usedIpUuid[{used_ip_uuid}] is no address of {who}")
    other = view.first(Eip, vm_nic_uuid=nic.uuid)
    if other is not None:
        return operr(f"{who} has EIP[uuid:{other.uuid}, name:{other.name}, ip:{other.vip_ip}]: detach it first")
    for rule in view.find(PortForwardingRule, vm_nic_uuid=nic.uuid):
        if rule.allowed_cidr is not None:
            return operr(
                f"{who} has port forwarding rule[uuid:{rule.uuid}, name:{rule.name}] with allowedCidr"
                f"[{rule.allowed_cidr}], which an EIP would go around: detach it first"
            )
    return None
