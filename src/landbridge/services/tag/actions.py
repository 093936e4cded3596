"""Put system tags on resources, change them; take tags of any kind off."""

from typing import Annotated

from landbridge.core.api import DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.model.documents.account import SYSTEM_TAG, SystemTag
from landbridge.model.documents.labels import TAG_PATTERN, USER_TAG, TagPattern, UserTag
from landbridge.model.errors import notfound, operr
from landbridge.services.tag.actions_user import ACTIONS
from landbridge.services.tag.target import ANY_RESOURCE, RESOURCE_TYPE, target

_PACKAGE = "org.zstack.header.tag"


class CreateSystemTag(Request, kw_only=True):
    """Put a system tag on a resource."""

    resource_type: Annotated[str, P(help="the resource's type, for example VmInstanceVO", regex=RESOURCE_TYPE)]
    resource_uuid: Annotated[str, P(help="the resource", ref=ANY_RESOURCE, touch="change")]
    tag: Annotated[str, P(help="the tag, for example hostname::web-1", nonempty=True, max=2048)]


class CreateSystemTags(Request, kw_only=True):
    """Put several system tags on a resource."""

    resource_type: Annotated[str, P(help="the resource's type, for example VmInstanceVO", regex=RESOURCE_TYPE)]
    resource_uuid: Annotated[str, P(help="the resource", ref=ANY_RESOURCE, touch="change")]
    tags: Annotated[list[str], P(help="the tags", nonempty=True, max=2048)]


class UpdateSystemTag(Request, kw_only=True):
    """Change a system tag."""

    uuid: Annotated[str, P(help="the tag's own uuid", ref=SYSTEM_TAG.vo)]
    tag: Annotated[str, P(help="its new text", nonempty=True, max=2048)]


class DeleteTag(DeleteRequest, kw_only=True):
    """Take a tag off its resource; one that is attached to many goes everywhere."""


def create(ctx: Context, req: CreateSystemTag) -> Outcome:
    """The same tag twice is one tag."""
    return Outcome(inventory=(SYSTEM_TAG, _put(ctx, req.resource_type, req.resource_uuid, req.tag)))


def create_all(ctx: Context, req: CreateSystemTags) -> Outcome:
    """All or none."""
    made = [_put(ctx, req.resource_type, req.resource_uuid, text) for text in req.tags]
    return Outcome(inventories=(SYSTEM_TAG, tuple(dict.fromkeys(made))))


def update(ctx: Context, req: UpdateSystemTag) -> Outcome:
    """An inherent tag is the system's own: refused."""
    tag = ctx.tx.need(SystemTag, req.uuid)
    target(ctx, tag.resource_uuid)
    _refuse_inherent(tag)
    _check(ctx, tag.resource_type, req.tag)
    tag.tag = req.tag
    ctx.tx.put(tag)
    return Outcome(inventory=(SYSTEM_TAG, tag.uuid))


def delete_tag(ctx: Context, req: DeleteTag) -> Outcome:
    """An inherent tag is the system's own: refused."""
    tx = ctx.tx
    system = tx.get(SystemTag, req.uuid)
    other = tx.get(UserTag, req.uuid) or tx.get(TagPattern, req.uuid)
    if system is not None and ctx.sees(system.resource_uuid):
        _refuse_inherent(system)
        tx.delete_tag(system.resource_uuid, system.tag)
    elif other is not None and ctx.sees(other.uuid):
        for use in tx.find(UserTag, tag_pattern_uuid=other.uuid):
            tx.delete(use)
        tx.delete(other)
    else:
        raise notfound("uuid", req.uuid, SYSTEM_TAG.vo)
    return Outcome()


def _refuse_inherent(tag: SystemTag) -> None:
    if tag.inherent:
        raise operr(f"tag[uuid:{tag.uuid}, tag:{tag.tag}] is inherent: the system keeps it as long as the resource")


def _put(ctx: Context, resource_type: str, resource_uuid: str, text: str) -> str:
    """The tag's uuid."""
    target(ctx, resource_uuid, resource_type)
    _check(ctx, resource_type, text)
    ctx.tx.set_tag(resource_uuid, resource_type, text)
    tag = ctx.tx.first(SystemTag, resource_uuid=resource_uuid, tag=text)
    if tag is None:
        raise operr(f"tag[{text}] did not stay on resource[uuid:{resource_uuid}]")
    return tag.uuid


def _check(ctx: Context, resource_type: str, text: str) -> None:
    """SYS.1007 for a tag of a form that the service which heeds it could not read."""
    for service in ctx.tx.services:
        if (check := service.tag_checks.get(resource_type)) is not None:
            check(text)


SERVICE = Service(
    name="tag",
    kinds=(SYSTEM_TAG, TAG_PATTERN, USER_TAG),
    actions=(
        action("CreateSystemTag", "POST", "/system-tags", create, CreateSystemTag,
               message=f"{_PACKAGE}.APICreateSystemTagMsg", kind=SYSTEM_TAG),
        action("CreateSystemTags", "POST", "/system-tags/{resourceUuid}/tags", create_all, CreateSystemTags,
               message=f"{_PACKAGE}.APICreateSystemTagsMsg", result="inventories", kind=SYSTEM_TAG),
        action("UpdateSystemTag", "PUT", "/system-tags/{uuid}/actions", update, UpdateSystemTag,
               message=f"{_PACKAGE}.APIUpdateSystemTagMsg", kind=SYSTEM_TAG),
        action("DeleteTag", "DELETE", "/tags/{uuid}", delete_tag, DeleteTag,
               message=f"{_PACKAGE}.APIDeleteTagMsg", result="none", absent_ok=("uuid", ANY_RESOURCE)),
        query("QuerySystemTag", "/system-tags", SYSTEM_TAG, message=f"{_PACKAGE}.APIQuerySystemTagMsg",
              help="Find system tags."),
        *ACTIONS,
    ),
)  # fmt: skip
