"""Where an address means one machine: the domain of a vrouter, or a network that none serves.

Two VPCs may have the same subnets; a member of a security group is therefore an address *in a
domain*, and a port compares in its own.
"""

from landbridge.core.nics import is_guest, router_of
from landbridge.core.service import Change
from landbridge.core.view import View
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.vm import VmInstance, VmNic

ROUTED = 0x80000000
"""Set in the number of a vrouter's domain, so that it is never taken for a network's."""


def address_domain(view: View, nic: VmNic) -> int:
    """The number of the domain of a NIC's addresses: 32 bits."""
    leg = router_of(view, nic.l3_network_uuid)
    if leg is None:
        return view.need(L2Network, nic.l2_network_uuid).net_id
    return ROUTED | view.need(VmInstance, leg.vm_instance_uuid).number


def moved_between_domains(view: View, change: Change) -> list[VmNic]:
    """The NICs whose domain a change of a NIC alters: a subnet's, when a vrouter's leg comes or goes."""
    before, after = (
        nic.l3_network_uuid if isinstance(nic, VmNic) and is_guest(nic) else None for nic in (change.old, change.new)
    )
    if before == after:
        return []
    return [nic for uuid in (before, after) if uuid for nic in view.find(VmNic, l3_network_uuid=uuid)]
