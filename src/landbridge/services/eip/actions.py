"""EIPs: created on a VIP, attached to VMs' NICs, detached, deleted."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.attached import Attached, attached
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.documents.vm import VM_NIC
from landbridge.model.errors import argerr
from landbridge.services.eip.document import EIP, Eip
from landbridge.services.eip.translations import EIPS, USE

_PACKAGE = "org.zstack.network.service.eip"


class CreateEip(CreateRequest, kw_only=True):
    """Make a VIP into the address of a VM, or of none yet."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    vip_uuid: Annotated[str, P(help="a free VIP", ref=VIP.vo)]
    vm_nic_uuid: Annotated[str | None, P(help="the VM's NIC", ref=VM_NIC.vo)] = None
    used_ip_uuid: Annotated[str | None, P(help="which address of the NIC", ref="UsedIpVO")] = None


class AttachEip(Request, kw_only=True):
    """Give an EIP to a VM's NIC; what the VM begins leaves with it, too."""

    eip_uuid: Annotated[str, P(help="the EIP", ref=EIP.vo)]
    vm_nic_uuid: Annotated[str, P(help="the VM's NIC", ref=VM_NIC.vo)]
    used_ip_uuid: Annotated[str | None, P(help="which address of the NIC", ref="UsedIpVO")] = None


class DetachEip(Request, kw_only=True):
    """Take an EIP from its VM; its connections end."""

    uuid: Annotated[str, P(help="the EIP", ref=EIP.vo)]


class UpdateEip(Request, kw_only=True):
    """Change an EIP's name or description."""

    uuid: Annotated[str, P(help="the EIP", ref=EIP.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class ChangeEipState(Request, kw_only=True):
    """Enable or disable an EIP; a disabled one carries nothing."""

    uuid: Annotated[str, P(help="the EIP", ref=EIP.vo)]
    state_event: Annotated[str, P(help="enable or disable", values=("enable", "disable"))]


class DeleteEip(DeleteRequest, kw_only=True):
    """Delete an EIP; its VIP stays and is free."""


class GetVpcAttachedEip(Attached, kw_only=True):
    """The EIPs that a vrouter translates."""


def create(ctx: Context, req: CreateEip) -> Outcome:
    """SYS.1006 unless the VIP is enabled, no vrouter's own, and free."""
    tx = ctx.tx
    vip = tx.need(Vip, req.vip_uuid)
    vips.require_enabled(vip)
    _require_address(tx, req.vm_nic_uuid, req.used_ip_uuid)
    eip = Eip(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        vip_uuid=vip.uuid,
        vip_ip=vip.ip,
    )
    return EIPS.create(tx, eip, req.vm_nic_uuid)


def attach(ctx: Context, req: AttachEip) -> Outcome:
    """SYS.1006 when it is attached or disabled; the rest as `translations.refusal` says."""
    _require_address(ctx.tx, req.vm_nic_uuid, req.used_ip_uuid)
    return EIPS.attach(ctx.tx, req.eip_uuid, req.vm_nic_uuid)


def detach(ctx: Context, req: DetachEip) -> Outcome:
    """SYS.1006 when it is attached to nothing."""
    return EIPS.detach(ctx.tx, req.uuid)


def update(ctx: Context, req: UpdateEip) -> Outcome:
    """Absent parameters stay as they are."""
    return EIPS.update(ctx.tx, req.uuid, req)


def change_state(ctx: Context, req: ChangeEipState) -> Outcome:
    """It keeps its NIC."""
    return EIPS.change_state(ctx.tx, req.uuid, req.state_event)


def delete(ctx: Context, req: DeleteEip) -> Outcome:
    """The job ends when its vrouter no longer does it."""
    return EIPS.delete(ctx.tx, req.uuid)


def _require_address(view: View, nic_uuid: str | None, used_ip_uuid: str | None) -> None:
    """SYS.1007 unless the address is one of the NIC."""
    used = view.get(UsedIp, used_ip_uuid)
    if used_ip_uuid is not None and (used is None or used.vm_nic_uuid != nic_uuid):
        raise argerr(f"usedIpUuid[{used_ip_uuid}] is no address of NIC[uuid:{nic_uuid}]")


ACTIONS = (
    action("CreateEip", "POST", "/eips", create, CreateEip, message=f"{_PACKAGE}.APICreateEipMsg", kind=EIP),
    action("AttachEip", "POST", "/eips/{eipUuid}/vm-instances/nics/{vmNicUuid}", attach, AttachEip,
           message=f"{_PACKAGE}.APIAttachEipMsg", kind=EIP),
    action("DetachEip", "DELETE", "/eips/{uuid}/vm-instances/nics", detach, DetachEip,
           message=f"{_PACKAGE}.APIDetachEipMsg", kind=EIP),
    action("UpdateEip", "PUT", "/eips/{uuid}/actions", update, UpdateEip,
           message=f"{_PACKAGE}.APIUpdateEipMsg", kind=EIP),
    action("ChangeEipState", "PUT", "/eips/{uuid}/actions", change_state, ChangeEipState,
           message=f"{_PACKAGE}.APIChangeEipStateMsg", kind=EIP),
    action("DeleteEip", "DELETE", "/eips/{uuid}", delete, DeleteEip,
           message=f"{_PACKAGE}.APIDeleteEipMsg", result="none", absent_ok=("uuid", EIP.vo)),
    attached(GetVpcAttachedEip, "attached-eip", EIP, USE),
    query("QueryEip", "/eips", EIP, message=f"{_PACKAGE}.APIQueryEipMsg", help="Find EIPs."),
)  # fmt: skip
