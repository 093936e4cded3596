"""Instance offerings: CPU and memory under a name."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.model.documents.vm import INSTANCE_OFFERING, InstanceOffering

_PACKAGE = "org.zstack.header.configuration"
INT64 = 2**63 - 1


class CreateInstanceOffering(CreateRequest, kw_only=True):
    """Make an instance offering: CPU and memory under a name."""

    name: Annotated[str, P(help="display name", max=255)]
    cpu_num: Annotated[int, P(help="virtual CPUs", low=1, high=1024)]
    memory_size: Annotated[int, P(help="bytes of memory", low=1, high=INT64)]
    description: Annotated[str | None, P(max=2048)] = None
    reserved_memory_size: Annotated[int, P(help="bytes kept for it", low=0, high=INT64)] = 0
    allocator_strategy: Annotated[str | None, P(help="accepted; the least loaded host is chosen")] = None
    sort_key: Annotated[int, P(help="order in lists")] = 0
    type: Annotated[str | None, P(help="UserVm")] = None


class UpdateInstanceOffering(Request, kw_only=True):
    """Change an offering's name or description."""

    uuid: Annotated[str, P(help="the offering", ref=INSTANCE_OFFERING.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    allocator_strategy: Annotated[str | None, P(help="accepted; the least loaded host is chosen")] = None


class ChangeInstanceOfferingState(Request, kw_only=True):
    """Enable or disable an offering; a disabled one makes no new VMs."""

    uuid: Annotated[str, P(help="the offering", ref=INSTANCE_OFFERING.vo)]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable"))]


class DeleteInstanceOffering(DeleteRequest, kw_only=True):
    """Delete an offering.  VMs made from it stay as they are."""


def create(ctx: Context, req: CreateInstanceOffering) -> Outcome:
    """A new offering."""
    offering = InstanceOffering(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        description=req.description,
        cpu_num=req.cpu_num,
        memory_size=req.memory_size,
        reserved_memory_size=req.reserved_memory_size,
        sort_key=req.sort_key,
    )
    ctx.tx.put(offering)
    return Outcome(inventory=(INSTANCE_OFFERING, offering.uuid))


def update(ctx: Context, req: UpdateInstanceOffering) -> Outcome:
    """Name and description."""
    offering = ctx.tx.need(InstanceOffering, req.uuid)
    offering.name = req.name or offering.name
    offering.description = offering.description if req.description is None else req.description
    ctx.tx.put(offering)
    return Outcome(inventory=(INSTANCE_OFFERING, offering.uuid))


def change_state(ctx: Context, req: ChangeInstanceOfferingState) -> Outcome:
    """Enabled or Disabled."""
    offering = ctx.tx.need(InstanceOffering, req.uuid)
    offering.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(offering)
    return Outcome(inventory=(INSTANCE_OFFERING, offering.uuid))


def delete(ctx: Context, req: DeleteInstanceOffering) -> Outcome:
    """The offering goes; VMs keep what they were given."""
    ctx.tx.delete(ctx.tx.need(InstanceOffering, req.uuid))
    return Outcome()


SERVICE = Service(
    name="offering",
    kinds=(INSTANCE_OFFERING,),
    actions=(
        action("CreateInstanceOffering", "POST", "/instance-offerings", create, CreateInstanceOffering,
               message=f"{_PACKAGE}.APICreateInstanceOfferingMsg", kind=INSTANCE_OFFERING),
        action("UpdateInstanceOffering", "PUT", "/instance-offerings/{uuid}/actions", update, UpdateInstanceOffering,
               message=f"{_PACKAGE}.APIUpdateInstanceOfferingMsg", kind=INSTANCE_OFFERING),
        action("ChangeInstanceOfferingState", "PUT", "/instance-offerings/{uuid}/actions", change_state,
               ChangeInstanceOfferingState, message=f"{_PACKAGE}.APIChangeInstanceOfferingStateMsg",
               kind=INSTANCE_OFFERING),
        action("DeleteInstanceOffering", "DELETE", "/instance-offerings/{uuid}", delete, DeleteInstanceOffering,
               message=f"{_PACKAGE}.APIDeleteInstanceOfferingMsg", result="none",
               absent_ok=("uuid", INSTANCE_OFFERING.vo)),
        query("QueryInstanceOffering", "/instance-offerings", INSTANCE_OFFERING,
              message=f"{_PACKAGE}.APIQueryInstanceOfferingMsg", help="Find instance offerings."),
    ),
)  # fmt: skip
