"""Tags of users: free text, or made from a pattern by filling in its places."""

import re
from collections.abc import Iterable, Mapping

from landbridge.core.view import Tx
from landbridge.model.documents.labels import TagPattern, UserTag
from landbridge.model.errors import argerr

WITH_TOKEN = "withToken"
_PLACE = re.compile(r"\{([A-Za-z0-9_]+)\}")


def places(value: str) -> tuple[str, ...]:
    """The names of a pattern's places: `a::{b}` has `b`."""
    return tuple(dict.fromkeys(_PLACE.findall(value)))


def filled(pattern: TagPattern, tokens: Mapping[str, str]) -> str:
    """The tag that a pattern makes.  SYS.1007 naming the places that nothing was given for."""
    if pattern.type != WITH_TOKEN:
        return pattern.value
    missing = [name for name in places(pattern.value) if not tokens.get(name)]
    if missing:
        raise argerr(f"tag[name:{pattern.name}, value:{pattern.value}] needs tokens for {missing}")
    return _PLACE.sub(lambda found: tokens[found[1]], pattern.value)


def attach(tx: Tx, vo: str, uuid: str, tag: str, pattern: TagPattern | None = None) -> UserTag:
    """Put a tag on a resource; the same one twice is one."""
    pattern_uuid = pattern.uuid if pattern else None
    for present in tx.find(UserTag, resource_uuid=uuid, tag=tag):
        if present.tag_pattern_uuid == pattern_uuid:
            return present
    made = UserTag(uuid=tx.new_uuid(), resource_uuid=uuid, resource_type=vo, tag=tag, tag_pattern_uuid=pattern_uuid)
    tx.put(made)
    return made


def label(tx: Tx, vo: str, uuid: str, tags: Iterable[str], patterns: Iterable[str]) -> None:
    """What a create brings along: free tags, and uuids of patterns, whose places nobody has filled in."""
    for tag in tags:
        attach(tx, vo, uuid, tag)
    for pattern_uuid in patterns:
        pattern = tx.need(TagPattern, pattern_uuid)
        attach(tx, vo, uuid, filled(pattern, {}), pattern)
