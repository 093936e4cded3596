"""Which NICs an EIP may go to, and which EIPs a NIC may have."""

from typing import Annotated

from landbridge.core import nat, vips
from landbridge.core.api import P, Request, action
from landbridge.core.page import page
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.documents.vm import USER_VM, VM_NIC, VmInstance, VmNic
from landbridge.model.errors import argerr
from landbridge.services.eip.document import EIP, Eip
from landbridge.services.eip.translations import refusal

_PACKAGE = "org.zstack.network.service.eip"


class GetEipAttachableVmNics(Request, kw_only=True):
    """NICs that an EIP, or one made on a VIP, may be attached to."""

    eip_uuid: Annotated[str | None, P(help="the EIP", ref=EIP.vo)] = None
    vip_uuid: Annotated[str | None, P(help="or the VIP", ref=VIP.vo)] = None
    vm_uuid: Annotated[str | None, P(help="only of this VM")] = None
    vm_name: Annotated[str | None, P(help="only of VMs with this in their names")] = None
    network_service_provider: Annotated[str | None, P(help="only of this provider: vrouter")] = None
    attached_to_vm: Annotated[bool, P(help="accepted: every NIC is attached to a VM")] = True
    limit: Annotated[int | None, P(help="at most this many", low=0)] = 1000
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


class GetVmNicAttachableEips(Request, kw_only=True):
    """EIPs that may be attached to a NIC."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    ip_version: Annotated[int | None, P(help="4 or 6; all are 4", values=(4, 6))] = None
    limit: Annotated[int | None, P(help="at most this many", low=0)] = 1000
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


def nics(ctx: Context, req: GetEipAttachableVmNics) -> Outcome:
    """None while the EIP is attached; a page of them, and whether there are more."""
    tx = ctx.tx
    eip = tx.get(Eip, req.eip_uuid)
    if eip is None and req.vip_uuid is None:
        raise argerr("eipUuid and vipUuid cannot both be missing: give one")
    vip = tx.need(Vip, eip.vip_uuid if eip else req.vip_uuid)
    start, limit = req.start or 0, 1000 if req.limit is None else req.limit
    found: list[str] = []
    if (eip is None or eip.vm_nic_uuid is None) and req.network_service_provider in (None, vips.PROVIDER):
        fitting = (nic.uuid for nic in nat.user_nics(ctx, _vms(ctx, req)) if refusal(tx, vip, nic) is None)
        found = page(fitting, start, limit + 1)
    where = {"start": start + min(limit, len(found)), "more": len(found) > limit}
    return Outcome(inventories=(VM_NIC, tuple(found[:limit])), body=where)


def eips(ctx: Context, req: GetVmNicAttachableEips) -> Outcome:
    """Enabled ones that are attached to nothing."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    fitting = (
        eip.uuid
        for eip in (tx.find(Eip, vm_nic_uuid=None) if req.ip_version != 6 else ())
        if eip.state == "Enabled" and ctx.sees(eip.uuid) and refusal(tx, tx.need(Vip, eip.vip_uuid), nic) is None
    )
    return Outcome(inventories=(EIP, tuple(page(fitting, req.start, req.limit))))


def _vms(ctx: Context, req: GetEipAttachableVmNics) -> list[VmInstance]:
    vms = ctx.tx.find(VmInstance, type=USER_VM) if req.vm_uuid is None else [ctx.tx.need(VmInstance, req.vm_uuid)]
    return [vm for vm in vms if (req.vm_name or "") in vm.name]


ACTIONS = (
    action("GetEipAttachableVmNics", "GET", "/eips/{eipUuid}/vm-instances/candidate-nics", nics,
           GetEipAttachableVmNics, message=f"{_PACKAGE}.APIGetEipAttachableVmNicsMsg", mode="sync",
           result="inventories", kind=VM_NIC, fields=(("start", "integer"), ("more", "boolean"))),
    action("GetVmNicAttachableEips", "GET", "/vm-instances/nics/{vmNicUuid}/candidate-eips", eips,
           GetVmNicAttachableEips, message=f"{_PACKAGE}.APIGetVmNicAttachableEipsMsg", mode="sync",
           result="inventories", kind=EIP),
)  # fmt: skip
