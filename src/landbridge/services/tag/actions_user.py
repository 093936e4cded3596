"""Users' own tags: free text on a resource, and patterns that are attached to many."""

from typing import Annotated, Any

from landbridge.core import labels
from landbridge.core.api import CreateRequest, P, Request, action, query
from landbridge.core.inventory import flat
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.labels import TAG_PATTERN, USER_TAG, TagPattern, UserTag
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.resource import to_json
from landbridge.services.tag.target import ANY_RESOURCE, RESOURCE_TYPE, target

_HEADER = "org.zstack.header.tag"
_TAG2 = "org.zstack.tag2"


class CreateUserTag(Request, kw_only=True):
    """Put a tag of your own on a resource."""

    resource_type: Annotated[str, P(help="the resource's type, for example VmInstanceVO", regex=RESOURCE_TYPE)]
    resource_uuid: Annotated[str, P(help="the resource", ref=ANY_RESOURCE)]
    tag: Annotated[str, P(help="free text", nonempty=True, max=2048)]


class CreateTag(CreateRequest, kw_only=True):
    """Make a tag that can be attached to many resources."""

    name: Annotated[str, P(help="display name", max=128)]
    value: Annotated[str, P(help="its text; with places, for type withToken: class::{class}", max=128)]
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    color: Annotated[str | None, P(help="for a UI, for example #ff8800")] = None
    type: Annotated[str, P(help="whether the text has places", values=("simple", labels.WITH_TOKEN))] = "simple"


class UpdateTag(Request, kw_only=True):
    """Change a tag's name, text, description or color."""

    uuid: Annotated[str, P(help="the tag", ref=TAG_PATTERN.vo)]
    name: Annotated[str | None, P(help="display name", max=128)] = None
    value: Annotated[str | None, P(help="its text", max=128)] = None
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    color: Annotated[str | None, P(help="for a UI")] = None


class AttachTagToResources(Request, kw_only=True):
    """Attach a tag to resources."""

    tag_uuid: Annotated[str, P(help="the tag", ref=TAG_PATTERN.vo)]
    resource_uuids: Annotated[list[str], P(help="the resources", nonempty=True)]
    tokens: Annotated[dict[str, str] | None, P(help="what to fill into its places")] = None


class DetachTagFromResources(Request, kw_only=True):
    """Take a tag off resources."""

    tag_uuid: Annotated[str, P(help="the tag", ref=TAG_PATTERN.vo)]
    resource_uuids: Annotated[list[str], P(help="the resources", nonempty=True)]


def create_user_tag(ctx: Context, req: CreateUserTag) -> Outcome:
    """The same tag twice is one tag."""
    target(ctx, req.resource_uuid, req.resource_type)
    made = labels.attach(ctx.tx, req.resource_type, req.resource_uuid, req.tag)
    return Outcome(inventory=(USER_TAG, made.uuid))


def create_tag(ctx: Context, req: CreateTag) -> Outcome:
    """SYS.1007 when text and type do not fit together."""
    made = TagPattern(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        value=req.value,
        description=req.description,
        color=req.color,
        type=req.type,
    )
    _check(made)
    ctx.tx.put(made)
    return Outcome(inventory=(TAG_PATTERN, made.uuid))


def update_tag(ctx: Context, req: UpdateTag) -> Outcome:
    """A new text shows at once wherever the tag is; one with places must be attached nowhere (SYS.1006)."""
    pattern = ctx.tx.need(TagPattern, req.uuid)
    if req.value is not None and req.value != pattern.value:
        uses = ctx.tx.find(UserTag, tag_pattern_uuid=pattern.uuid)
        if uses and pattern.type == labels.WITH_TOKEN:
            raise operr(
                f"tag[uuid:{pattern.uuid}, name:{pattern.name}] is attached to {len(uses)} resources with its places "
                "filled in: detach it, then change its value"
            )
        for use in uses:
            use.tag = req.value
            ctx.tx.put(use)
        pattern.value = req.value
    pattern.name = pattern.name if req.name is None else req.name
    pattern.description = pattern.description if req.description is None else req.description
    pattern.color = pattern.color if req.color is None else req.color
    _check(pattern)
    ctx.tx.put(pattern)
    return Outcome(inventory=(TAG_PATTERN, pattern.uuid))


def attach_tag(ctx: Context, req: AttachTagToResources) -> Outcome:
    """A result per resource: one that is not there fails for itself alone."""
    pattern = ctx.tx.need(TagPattern, req.tag_uuid)
    text = labels.filled(pattern, req.tokens or {})
    results: list[dict[str, Any]] = []
    for uuid in req.resource_uuids:
        try:
            made = labels.attach(ctx.tx, target(ctx, uuid), uuid, text, pattern)
        except ApiError as error:
            results.append({"success": False, "error": error.to_dict()})
        else:
            results.append({"success": True, "inventory": flat(USER_TAG, to_json(made))})
    return Outcome(body={"results": results})


def detach_tag(ctx: Context, req: DetachTagFromResources) -> Outcome:
    """Where it is not attached, nothing happens."""
    for use in ctx.tx.find(UserTag, tag_pattern_uuid=req.tag_uuid):
        if use.resource_uuid in req.resource_uuids and ctx.sees(use.uuid):
            ctx.tx.delete(use)
    return Outcome()


def _check(pattern: TagPattern) -> None:
    has = bool(labels.places(pattern.value))
    if has != (pattern.type == labels.WITH_TOKEN):
        need = "needs a place such as class::{class}" if not has else "cannot have places in braces"
        raise argerr(f"value[{pattern.value}] of a tag of type {pattern.type} {need}")


ACTIONS = (
    action("CreateUserTag", "POST", "/user-tags", create_user_tag, CreateUserTag,
           message=f"{_HEADER}.APICreateUserTagMsg", kind=USER_TAG),
    action("CreateTag", "POST", "/tags", create_tag, CreateTag,
           message=f"{_TAG2}.APICreateTagMsg", kind=TAG_PATTERN),
    action("UpdateTag", "PUT", "/tags/{uuid}/actions", update_tag, UpdateTag,
           message=f"{_TAG2}.APIUpdateTagMsg", kind=TAG_PATTERN),
    action("AttachTagToResources", "POST", "/tags/{tagUuid}/resources", attach_tag, AttachTagToResources,
           message=f"{_TAG2}.APIAttachTagToResourcesMsg", result="body", fields=(("results", "array"),)),
    action("DetachTagFromResources", "DELETE", "/tags/{tagUuid}/resources", detach_tag, DetachTagFromResources,
           message=f"{_TAG2}.APIDetachTagFromResourcesMsg", result="none"),
    query("QueryTag", "/tags", TAG_PATTERN, message=f"{_TAG2}.APIQueryTagMsg",
          help="Find tags that can be attached to many resources."),
    query("QueryUserTag", "/user-tags", USER_TAG, message=f"{_HEADER}.APIQueryUserTagMsg",
          help="Find users' tags on resources."),
)  # fmt: skip
