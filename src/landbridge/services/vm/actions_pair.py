"""Allowed address pairs of NICs: added, removed, queried.  They are not ZStack's."""

from typing import Annotated

from landbridge.core.api import DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router, title
from landbridge.core.waiting import applied
from landbridge.model.documents.address_pair import ADDRESS_PAIR, VmNicAllowedAddressPair
from landbridge.model.documents.vm import VM_NIC, VmInstance, VmNic
from landbridge.model.errors import argerr
from landbridge.services.vm.pairs import new_pair

_PACKAGE = "org.landbridge"
_PATH = "/vm-instances/nics/allowed-address-pairs"


class AddVmNicAllowedAddressPair(Request, kw_only=True):
    """Let a VM's NIC send from an address that is not its own, for VRRP in guests and the like."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    ip: Annotated[str, P(help="an address or a CIDR, IPv4 or IPv6", nonempty=True, max=64)]
    mac: Annotated[str | None, P(help="the MAC that goes with it; the NIC's own")] = None


class RemoveVmNicAllowedAddressPair(DeleteRequest, kw_only=True):
    """Take an allowed address pair from its NIC."""


def add_pair(ctx: Context, req: AddVmNicAllowedAddressPair) -> Outcome:
    """In force when the job ends; an address (not a CIDR) is from then on in the NIC's security groups, too."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    vm = tx.need(VmInstance, nic.vm_instance_uuid)
    if is_router(vm):
        raise argerr(f"NIC[uuid:{nic.uuid}] is {title(vm)}'s, which sends for others anyway: name a VM's NIC")
    pair = new_pair(tx, nic, tx.new_uuid(), req.ip, req.mac or None)
    tx.put(pair)
    nic.guard += 1
    tx.put(nic)
    return applied(tx, vm, inventory=(ADDRESS_PAIR, pair.uuid))


def remove_pair(ctx: Context, req: RemoveVmNicAllowedAddressPair) -> Outcome:
    """The VM may not send from it any more when the job ends."""
    tx = ctx.tx
    pair = tx.need(VmNicAllowedAddressPair, req.uuid)
    nic = tx.need(VmNic, pair.vm_nic_uuid)
    tx.delete(pair)
    return applied(tx, tx.need(VmInstance, nic.vm_instance_uuid))


ACTIONS = (
    action("AddVmNicAllowedAddressPair", "POST", "/vm-instances/nics/{vmNicUuid}/allowed-address-pairs", add_pair,
           AddVmNicAllowedAddressPair, message=f"{_PACKAGE}.APIAddVmNicAllowedAddressPairMsg", kind=ADDRESS_PAIR),
    action("RemoveVmNicAllowedAddressPair", "DELETE", f"{_PATH}/{{uuid}}", remove_pair,
           RemoveVmNicAllowedAddressPair, message=f"{_PACKAGE}.APIRemoveVmNicAllowedAddressPairMsg", result="none",
           absent_ok=("uuid", ADDRESS_PAIR.vo)),
    query("QueryVmNicAllowedAddressPair", _PATH, ADDRESS_PAIR,
          message=f"{_PACKAGE}.APIQueryVmNicAllowedAddressPairMsg", help="Find allowed address pairs."),
)  # fmt: skip
