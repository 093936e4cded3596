"""EIPs: created on a VIP, attached to VMs' NICs, detached, deleted."""

from typing import Annotated

from landbridge.core import nat, vips
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Tx
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.nat import EIP, Eip
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.documents.vm import VM_NIC, VmNic
from landbridge.model.errors import operr
from landbridge.services.eip.rules import refusal

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


def create(ctx: Context, req: CreateEip) -> Outcome:
    """SYS.1006 unless the VIP is enabled, no vrouter's own, and free."""
    tx = ctx.tx
    vip = tx.need(Vip, req.vip_uuid)
    vips.require_enabled(vip)
    eip = Eip(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        vip_uuid=vip.uuid,
        vip_ip=vip.ip,
    )
    tx.put(eip)
    vips.use(tx, vip.uuid, eip.uuid, vips.EIP)
    if req.vm_nic_uuid is not None:
        _bind(tx, eip, req.vm_nic_uuid, req.used_ip_uuid)
    return at_vip(tx, vip.uuid, (EIP, eip.uuid))


def attach(ctx: Context, req: AttachEip) -> Outcome:
    """SYS.1006 when it is attached or disabled; the rest as `rules.refusal` says."""
    tx = ctx.tx
    eip = tx.need(Eip, req.eip_uuid)
    if eip.vm_nic_uuid is not None:
        raise operr(f"{_named(eip)} is attached to NIC[uuid:{eip.vm_nic_uuid}] already: detach it first")
    if eip.state != "Enabled":
        raise operr(f"{_named(eip)} is {eip.state}: enable it (ChangeEipState)")
    _bind(tx, eip, req.vm_nic_uuid, req.used_ip_uuid)
    return at_vip(tx, eip.vip_uuid, (EIP, eip.uuid))


def detach(ctx: Context, req: DetachEip) -> Outcome:
    """SYS.1006 when it is attached to nothing."""
    tx = ctx.tx
    eip = tx.need(Eip, req.uuid)
    if eip.vm_nic_uuid is None:
        raise operr(f"{_named(eip)} is attached to no NIC")
    router = vips.router_for(tx, tx.need(Vip, eip.vip_uuid))
    nat.unbind(tx, eip)
    return at_router(tx, router, inventory=(EIP, eip.uuid))


def update(ctx: Context, req: UpdateEip) -> Outcome:
    """Absent parameters stay as they are."""
    eip = ctx.tx.need(Eip, req.uuid)
    eip.name = eip.name if req.name is None else req.name
    eip.description = eip.description if req.description is None else req.description
    ctx.tx.put(eip)
    return Outcome(inventory=(EIP, eip.uuid))


def change_state(ctx: Context, req: ChangeEipState) -> Outcome:
    """It keeps its NIC."""
    eip = ctx.tx.need(Eip, req.uuid)
    eip.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(eip)
    return at_vip(ctx.tx, eip.vip_uuid, (EIP, eip.uuid))


def delete(ctx: Context, req: DeleteEip) -> Outcome:
    """The job ends when its vrouter no longer does it."""
    eip = ctx.tx.need(Eip, req.uuid)
    router = vips.router_for(ctx.tx, ctx.tx.need(Vip, eip.vip_uuid))
    nat.remove(ctx.tx, eip)
    return at_router(ctx.tx, router)


def _bind(tx: Tx, eip: Eip, nic_uuid: str, used_ip_uuid: str | None) -> None:
    nic = tx.need(VmNic, nic_uuid)
    error = refusal(tx, tx.need(Vip, eip.vip_uuid), nic, used_ip_uuid)
    if error:
        raise error
    nat.bind(tx, eip, nic)


def _named(eip: Eip) -> str:
    return f"EIP[uuid:{eip.uuid}, name:{eip.name}, ip:{eip.vip_ip}]"


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
    query("QueryEip", "/eips", EIP, message=f"{_PACKAGE}.APIQueryEipMsg", help="Find EIPs."),
)  # fmt: skip
