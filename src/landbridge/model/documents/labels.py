"""What users hang on resources: tags of their own, and settings that hold for one resource."""

from landbridge.model.resource import Kind, Ref, Relation, Resource


class TagPattern(Resource, kw_only=True):
    """A tag that is made once and attached to many resources.

    `value` of type `withToken` has places to fill in: `performance::{class}`.
    """

    name: str
    value: str
    description: str | None = None
    color: str | None = None
    type: str = "simple"


class UserTag(Resource, kw_only=True):
    """A tag on a resource, free text or made from a pattern."""

    resource_uuid: str
    resource_type: str
    tag: str
    type: str = "User"
    tag_pattern_uuid: str | None = None


class ResourceConfig(Resource, kw_only=True):
    """A value of a global config that holds for one resource (and what is in it)."""

    resource_uuid: str
    resource_type: str
    category: str
    name: str
    value: str
    description: str | None = None


TAG_PATTERN = Kind(
    vo="TagPatternVO",
    doc=TagPattern,
    java="org.zstack.header.tag.TagPatternInventory",
    relations={"tag": Relation(vo="UserTagVO", key="uuid", target_key="tagPatternUuid")},
)

USER_TAG = Kind(
    vo="UserTagVO",
    doc=UserTag,
    java="org.zstack.header.tag.UserTagInventory",
    indexes=("resourceUuid", "tag", "tagPatternUuid"),
    refs=(Ref("tagPatternUuid", TagPattern, on_delete="ignore"),),
    relations={"tagPattern": Relation(vo="TagPatternVO", key="tagPatternUuid", target_key="uuid")},
)

RESOURCE_CONFIG = Kind(
    vo="ResourceConfigVO",
    doc=ResourceConfig,
    java="org.zstack.resourceconfig.ResourceConfigInventory",
    indexes=("resourceUuid",),
    within="resourceUuid",
)

KINDS = (TAG_PATTERN, USER_TAG, RESOURCE_CONFIG)

HANGING: tuple[type[UserTag] | type[ResourceConfig], ...] = (UserTag, ResourceConfig)
"""What goes with its resource."""
