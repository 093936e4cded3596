"""What an EIP is: whose it may be, and what the vrouter does.  Facts: behaviour of AttachEip."""

from collections.abc import Iterator
from ipaddress import IPv4Address

from landbridge.core import nat, standing, vips
from landbridge.core.nics import cidr_of
from landbridge.core.uses import NicUse, VipUse
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import ApiError, operr
from landbridge.model.router_node import StaticNat
from landbridge.services.eip.document import EIP, Eip

USE = VipUse("Eip", alone=True)


def refusal(view: View, vip: Vip, nic: VmNic) -> ApiError | None:
    """Why an EIP on the VIP may not be the NIC's; None when it may."""
    who = f"NIC[uuid:{nic.uuid}, ip:{nic.ip}]"
    general = nat.nic_refusal(view, vip, nic, USE.type)
    if general:
        return general
    if IPv4Address(vip.ip) in cidr_of(nic):
        return operr(f"{vips.named(vip)} lies in the guest subnet {cidr_of(nic)} of {who}")
    for use in standing.uses_of(view, nic):
        if use.whole:
            return operr(f"{who} has {use.named}: detach it first")
        if use.allowed_cidr is not None:
            return operr(
                f"{who} has {use.named} with allowedCidr[{use.allowed_cidr}], which an EIP would go around: "
                "detach it first"
            )
    return None


def uses_of(view: View, nic: VmNic) -> Iterator[NicUse]:
    """Its EIP."""
    for eip in view.find(Eip, vm_nic_uuid=nic.uuid):
        yield NicUse(EIPS.named(eip), whole=True)


def goes_along(view: View, uuid: str) -> Iterator[str]:
    """With a VM the addresses that are its alone."""
    for nic in view.find(VmNic, vm_instance_uuid=uuid):
        yield from (eip.vip_uuid for eip in view.find(Eip, vm_nic_uuid=nic.uuid))


def _node(eip: Eip, guest_ip: str, leg: VmNic) -> StaticNat:
    return StaticNat(vip_ip=eip.vip_ip, guest_ip=guest_ip, out_nic_uuid=leg.uuid)


EIPS = nat.Translations(
    doc=Eip,
    kind=EIP,
    name="eip",
    noun="Eip",
    what="EIP",
    use=USE,
    refusal=lambda view, eip, nic: refusal(view, view.need(Vip, eip.vip_uuid), nic),
    node=_node,
)
