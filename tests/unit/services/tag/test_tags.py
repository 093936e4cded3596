"""Users' tags: free text, patterns with places, and what goes with what; system tags of a form that nobody reads."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.core import labels
from landbridge.model.documents.account import SystemTag
from landbridge.model.documents.labels import TAG_PATTERN, USER_TAG, TagPattern, UserTag
from landbridge.model.errors import ApiError
from tests.unit.services.cloudkit import Cloud, opened

ABSENT = "f" * 32


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened() as made:
        yield made


def _zone(cloud: Cloud, **params: Any) -> str:
    return str(cloud.call("CreateZone", name="z", **params)["uuid"])


def test_a_free_tag_is_one_however_often_it_is_put_on(cloud: Cloud) -> None:
    zone = _zone(cloud)
    params = {"resourceType": "ZoneVO", "resourceUuid": zone, "tag": "for tests"}
    made = [cloud.call("CreateUserTag", **params) for _ in range(2)]
    assert made[0]["uuid"] == made[1]["uuid"]
    assert (made[0]["tag"], made[0]["type"], made[0]["resourceUuid"]) == ("for tests", "User", zone)
    cloud.call("DeleteTag", uuid=made[0]["uuid"])
    assert cloud.all(UserTag) == []


def test_a_pattern_is_attached_changed_and_detached(cloud: Cloud) -> None:
    zones = [_zone(cloud), _zone(cloud)]
    tag = cloud.call("CreateTag", name="env", value="production", color="#f00")
    results = cloud.call("AttachTagToResources", tagUuid=tag["uuid"], resourceUuids=[*zones, ABSENT])["results"]
    assert [one["success"] for one in results] == [True, True, False]
    assert results[0]["inventory"]["tag"] == "production"
    assert results[2]["error"]["code"] == "SYS.1003"
    changed = cloud.call("UpdateTag", uuid=tag["uuid"], value="test", name="e")
    assert (changed["name"], changed["value"], changed["color"]) == ("e", "test", "#f00")
    assert {use.tag for use in cloud.all(UserTag)} == {"test"}
    assert len(cloud.ask(USER_TAG, "tagPattern.name=e")) == 2
    assert len(cloud.ask(TAG_PATTERN, f"tag.resourceUuid={zones[0]}")) == 1
    cloud.call("DetachTagFromResources", tagUuid=tag["uuid"], resourceUuids=[zones[0]])
    assert [use.resource_uuid for use in cloud.all(UserTag)] == [zones[1]]
    cloud.call("DeleteTag", uuid=tag["uuid"])
    assert not cloud.all(UserTag)
    assert not cloud.all(TagPattern)


def test_places_are_filled_in(cloud: Cloud) -> None:
    tag = cloud.call("CreateTag", name="class", value="class::{class}", type="withToken")["uuid"]
    zone = _zone(cloud)
    with cloud.refused("SYS.1007", "needs tokens for ['class']"):
        cloud.call("AttachTagToResources", tagUuid=tag, resourceUuids=[zone])
    cloud.call("AttachTagToResources", tagUuid=tag, resourceUuids=[zone], tokens={"class": "gold", "x": "y"})
    assert [use.tag for use in cloud.all(UserTag)] == ["class::gold"]
    with cloud.refused("SYS.1006", "detach it"):
        cloud.call("UpdateTag", uuid=tag, value="k::{class}")


@pytest.mark.parametrize(("value", "type_"), [("a::{b}", "simple"), ("a", "withToken"), ("a::{}", "withToken")])
def test_texts_that_do_not_fit_their_type(cloud: Cloud, value: str, type_: str) -> None:
    with cloud.refused("SYS.1007", "place"):
        cloud.call("CreateTag", name="t", value=value, type=type_)


def test_a_create_brings_tags_along_which_go_with_the_resource(cloud: Cloud) -> None:
    tag = cloud.call("CreateTag", name="t", value="attached")["uuid"]
    with cloud.refused("SYS.1003", "tagUuids"):
        _zone(cloud, tagUuids=[ABSENT])
    zone = _zone(cloud, tagUuids=[tag])
    assert [(use.resource_uuid, use.resource_type, use.tag) for use in cloud.all(UserTag)] == [
        (zone, "ZoneVO", "attached")
    ]
    cloud.call("DeleteZone", uuid=zone)
    assert cloud.all(UserTag) == []
    assert len(cloud.all(TagPattern)) == 1


def test_system_tags_are_of_a_form_that_is_read(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.0.1.0/24"))["uuid"]
    params = {"resourceType": "VmInstanceVO", "resourceUuid": vm}
    with cloud.refused("SYS.1007", "cleanTraffic::maybe"):
        cloud.call("CreateSystemTag", **params, tag="cleanTraffic::maybe")
    with cloud.refused("SYS.1007", "is not a host name"):
        cloud.call("CreateSystemTag", **params, tag="hostname::a b")
    made = [cloud.call("CreateSystemTag", **params, tag=tag) for tag in ("hostname::web", "note::x")]
    with cloud.refused("SYS.1007", "is not a host name"):
        cloud.call("UpdateSystemTag", uuid=made[0]["uuid"], tag="hostname::-")
    with cloud.refused("SYS.1007", "is a VmInstanceVO, not a ZoneVO"):
        cloud.call("CreateSystemTag", resourceType="ZoneVO", resourceUuid=vm, tag="x")
    assert {tag.tag for tag in cloud.all(SystemTag, resource_uuid=vm)} == {"hostname::web", "note::x"}


NAMES = st.text("abc_1", min_size=1, max_size=5)


@given(st.lists(st.one_of(NAMES.map("{{{}}}".format), st.text("xyz:", max_size=5)), max_size=6), st.data())
def test_what_is_filled_in_has_no_places(parts: list[str], data: st.DataObject) -> None:
    pattern = TagPattern(uuid="u", name="n", value="".join(parts), type=labels.WITH_TOKEN)
    names = labels.places(pattern.value)
    assert set(names) == {part[1:-1] for part in parts if part.startswith("{")}
    tokens = {name: data.draw(st.text("pq", min_size=1)) for name in names}
    text = labels.filled(pattern, tokens)
    assert labels.places(text) == ()
    if names:
        with pytest.raises(ApiError, match=names[0]):
            labels.filled(pattern, {name: value for name, value in tokens.items() if name != names[0]})
