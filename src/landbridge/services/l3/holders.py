"""Whose an address is: a NIC's, a VIP's (a vrouter's own address is both), or the DHCP server's."""

from dataclasses import dataclass

from landbridge.core.titles import is_router, title
from landbridge.core.view import View
from landbridge.core.vips import named as vip_named
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmInstance, VmNic

VIP, VM, ROUTER, DHCP, OTHER = "VIP", "VM", "VPC_VROUTER", "DHCP", "OTHER"


@dataclass(frozen=True, slots=True)
class Holder:
    """Nobody: all are empty."""

    vm: VmInstance | None = None
    vip: Vip | None = None
    dhcp: bool = False

    @property
    def types(self) -> list[str]:
        """What it is, by name."""
        found = [VIP] if self.vip is not None else []
        if self.vm is not None:
            found.append(ROUTER if is_router(self.vm) else VM)
        return found or [DHCP if self.dhcp else OTHER]

    def __str__(self) -> str:
        """As errors name it; empty: nobody."""
        if self.vm is not None:
            return title(self.vm)
        if self.vip is not None:
            return vip_named(self.vip)
        return "the network's DHCP server" if self.dhcp else ""


def holders(view: View, l3: L3Network, addresses: list[UsedIp]) -> list[Holder]:
    """Of some addresses of a network, in their order."""
    vips = {vip.ip: vip for vip in view.find(Vip, l3_network_uuid=l3.uuid)}
    return [
        Holder(_machine(view, used.vm_nic_uuid), vips.get(used.ip), dhcp=used.ip == l3.dhcp_ip) for used in addresses
    ]


def _machine(view: View, nic_uuid: str | None) -> VmInstance | None:
    nic = view.get(VmNic, nic_uuid)
    return None if nic is None else view.get(VmInstance, nic.vm_instance_uuid)
