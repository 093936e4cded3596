"""Bandwidth limits of VMs' NICs: at their ports, on whichever path a packet goes."""

from typing import Annotated

from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router, title
from landbridge.core.view import Tx
from landbridge.core.waiting import applied
from landbridge.model.documents.vm import VM_NIC, VmInstance, VmNic
from landbridge.model.errors import argerr

_PACKAGE = "org.zstack.header.vm"
_PATH = "/vm-instances/{uuid}/nic-qos"
LEAST, MOST = 8_192, 32_212_254_720
"""Bits per second."""


class SetNicQos(Request, kw_only=True):
    """Limit the bandwidth of a VM's NIC."""

    uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    outbound_bandwidth: Annotated[int | None, P(help="from the VM, bits per second", low=LEAST, high=MOST)] = None
    inbound_bandwidth: Annotated[int | None, P(help="towards the VM, bits per second", low=LEAST, high=MOST)] = None


class GetNicQos(Request, kw_only=True):
    """Show the limits of a NIC, and the most that could be set; -1: not limited."""

    uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    force_sync: Annotated[bool, P(help="accepted: limits are never out of step")] = False


class DeleteNicQos(Request, kw_only=True):
    """Take the limit of one direction of a NIC away."""

    uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    direction: Annotated[str, P(help="in: towards the VM; out: from it", values=("in", "out"))]


def set_qos(ctx: Context, req: SetNicQos) -> Outcome:
    """A direction that is not given stays as it is.  SYS.1007 without either, and for a vrouter's NIC."""
    nic, vm = _of_vm(ctx.tx, req.uuid)
    if req.inbound_bandwidth is None and req.outbound_bandwidth is None:
        raise argerr("inboundBandwidth and outboundBandwidth cannot both be missing: DeleteNicQos takes a limit away")
    nic.inbound_bandwidth = req.inbound_bandwidth or nic.inbound_bandwidth
    nic.outbound_bandwidth = req.outbound_bandwidth or nic.outbound_bandwidth
    ctx.tx.put(nic)
    return applied(ctx.tx, vm)


def get_qos(ctx: Context, req: GetNicQos) -> Outcome:
    """As ZStack has it: -1 means none."""
    nic, _ = _of_vm(ctx.tx, req.uuid)
    body = {
        "outboundBandwidth": nic.outbound_bandwidth or -1,
        "inboundBandwidth": nic.inbound_bandwidth or -1,
        "outboundBandwidthUpthreshold": MOST,
        "inboundBandwidthUpthreshold": MOST,
    }
    return Outcome(body=body)


def delete_qos(ctx: Context, req: DeleteNicQos) -> Outcome:
    """Absent is success."""
    nic, vm = _of_vm(ctx.tx, req.uuid)
    if req.direction == "in":
        nic.inbound_bandwidth = None
    else:
        nic.outbound_bandwidth = None
    ctx.tx.put(nic)
    return applied(ctx.tx, vm)


def _of_vm(tx: Tx, uuid: str) -> tuple[VmNic, VmInstance]:
    nic = tx.need(VmNic, uuid)
    vm = tx.need(VmInstance, nic.vm_instance_uuid)
    if is_router(vm):
        raise argerr(f"NIC[uuid:{nic.uuid}] is {title(vm)}'s: limit VIPs (SetVipQos) or VMs' NICs")
    return nic, vm


ACTIONS = (
    action("SetNicQos", "PUT", "/vm-instances/{uuid}/actions", set_qos, SetNicQos,
           message=f"{_PACKAGE}.APISetNicQosMsg", result="none"),
    action("GetNicQos", "GET", _PATH, get_qos, GetNicQos, message=f"{_PACKAGE}.APIGetNicQosMsg", mode="sync",
           result="body", fields=tuple((f"{way}Bandwidth{more}", "integer") for more in ("", "Upthreshold")
                                       for way in ("outbound", "inbound"))),
    action("DeleteNicQos", "DELETE", _PATH, delete_qos, DeleteNicQos, message=f"{_PACKAGE}.APIDeleteNicQosMsg",
           result="none"),
)  # fmt: skip
