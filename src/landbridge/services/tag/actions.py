"""Put system tags on resources, change them, take them off."""

from typing import Annotated

from landbridge.core.api import DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.model.documents.account import SYSTEM_TAG, SystemTag
from landbridge.model.errors import operr

_PACKAGE = "org.zstack.header.tag"

ANY_RESOURCE = "ResourceVO"
"""The reference that any resource satisfies."""


class CreateSystemTag(Request, kw_only=True):
    """Put a system tag on a resource."""

    resource_type: Annotated[str, P(help="the resource's type, for example VmInstanceVO", regex=r"[A-Za-z0-9]+VO")]
    resource_uuid: Annotated[str, P(help="the resource", ref=ANY_RESOURCE)]
    tag: Annotated[str, P(help="the tag, for example hostname::web-1", nonempty=True, max=2048)]


def create_system_tag(ctx: Context, req: CreateSystemTag) -> Outcome:
    """The same tag twice is one tag."""
    ctx.tx.set_tag(req.resource_uuid, req.resource_type, req.tag)
    tag = ctx.tx.first(SystemTag, resource_uuid=req.resource_uuid, tag=req.tag)
    if tag is None:
        raise operr(f"tag[{req.tag}] did not stay on resource[uuid:{req.resource_uuid}]")
    return Outcome(inventory=(SYSTEM_TAG, tag.uuid))


class UpdateSystemTag(Request, kw_only=True):
    """Change a system tag."""

    uuid: Annotated[str, P(help="the tag's own uuid", ref=SYSTEM_TAG.vo)]
    tag: Annotated[str, P(help="its new text", nonempty=True, max=2048)]


def update_system_tag(ctx: Context, req: UpdateSystemTag) -> Outcome:
    """An inherent tag is the system's own: refused."""
    tag = ctx.tx.need(SystemTag, req.uuid)
    _refuse_inherent(tag)
    tag.tag = req.tag
    ctx.tx.put(tag)
    return Outcome(inventory=(SYSTEM_TAG, tag.uuid))


class DeleteTag(DeleteRequest, kw_only=True):
    """Take a tag off its resource."""


def delete_tag(ctx: Context, req: DeleteTag) -> Outcome:
    """An inherent tag is the system's own: refused."""
    tag = ctx.tx.need(SystemTag, req.uuid)
    _refuse_inherent(tag)
    ctx.tx.delete_tag(tag.resource_uuid, tag.tag)
    return Outcome()


def _refuse_inherent(tag: SystemTag) -> None:
    if tag.inherent:
        raise operr(f"tag[uuid:{tag.uuid}, tag:{tag.tag}] is inherent: the system keeps it as long as the resource")


SERVICE = Service(
    name="tag",
    kinds=(SYSTEM_TAG,),
    actions=(
        action("CreateSystemTag", "POST", "/system-tags", create_system_tag, CreateSystemTag,
               message=f"{_PACKAGE}.APICreateSystemTagMsg", kind=SYSTEM_TAG),
        action("UpdateSystemTag", "PUT", "/system-tags/{uuid}/actions", update_system_tag, UpdateSystemTag,
               message=f"{_PACKAGE}.APIUpdateSystemTagMsg", kind=SYSTEM_TAG),
        action("DeleteTag", "DELETE", "/tags/{uuid}", delete_tag, DeleteTag,
               message=f"{_PACKAGE}.APIDeleteTagMsg", result="none", absent_ok=("uuid", SYSTEM_TAG.vo)),
        query("QuerySystemTag", "/system-tags", SYSTEM_TAG, message=f"{_PACKAGE}.APIQuerySystemTagMsg",
              help="Find system tags."),
    ),
)  # fmt: skip
