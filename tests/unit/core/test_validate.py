"""Parameter checks: every constraint, both encodings, ZStack's codes and order."""

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landbridge.core.api import NAME, Action, CreateRequest, DeleteRequest, P, action
from landbridge.core.parameters import parameters
from landbridge.core.service import Context, Outcome
from landbridge.core.validate import Existing, Mistyped, from_json, from_query, validate
from landbridge.model.errors import ApiError

ZONE = "0123456789ab4def8123456789abcdef"
GONE = "ffffffffffff4fff8fffffffffffffff"


class CreateThing(CreateRequest):
    """Make a thing."""

    name: Annotated[str, P(regex=NAME, max=8)]
    zone_uuid: Annotated[str | None, P(ref="ZoneVO")] = None
    mode: Annotated[str, P(values=("fast", "slow"))] = "fast"
    size: Annotated[int | None, P(low=1, high=10)] = None
    ratio: float | None = None
    enabled: bool | None = None
    label: Annotated[str | None, P(nonempty=True, min=2)] = None
    padded: Annotated[str | None, P(no_trim=True)] = None
    zone_uuids: Annotated[list[str] | None, P(ref="ZoneVO", nonempty=True)] = None
    modes: Annotated[list[str] | None, P(values=("fast", "slow"))] = None
    ports: list[int] | None = None
    info: dict[str, str] | None = None
    password: Annotated[str | None, P(regex="[0-9a-f]+", secret=True)] = None


class DeleteThing(DeleteRequest):
    """Delete a thing."""


def _nothing(_ctx: Context, _req: Any) -> Outcome:
    return Outcome()


CREATE = action("CreateThing", "POST", "/things", _nothing, CreateThing, message="x.APICreateThingMsg")
DELETE = action(
    "DeleteThing",
    "DELETE",
    "/things/{uuid}",
    _nothing,
    DeleteThing,
    message="x.APIDeleteThingMsg",
    absent_ok=("uuid", "ZoneVO"),
)
EXISTING = Existing(
    resource=lambda vo, uuid: (vo, uuid) == ("ZoneVO", ZONE),
    anyones=lambda vo, uuid: (vo, uuid) == ("ZoneVO", ZONE),
    taken=lambda uuid: uuid == ZONE,
)


def run(raw: Mapping[str, Any], act: Action = CREATE) -> Any:
    return validate(act, from_json(act.request, raw), EXISTING)


def test_defaults_and_trimming() -> None:
    request = run({"name": "  a b ", "padded": " x ", "unknown": 1, "label": None})
    assert (request.name, request.padded, request.mode, request.label) == ("a b", " x ", "fast", None)


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        ({}, "SYS.1007", "field[name] of CreateThing is mandatory"),
        ({"name": None}, "SYS.1007", "mandatory"),
        ({"name": "x" * 9}, "SYS.1007", "at most 8 characters, this has 9"),
        ({"name": "a;b"}, "SYS.1007", "does not match"),
        ({"name": "a\0b"}, "SYS.1007", "NUL"),
        ({"name": "a", "mode": "Fast"}, "SYS.1007", "valid values are [fast, slow]"),
        ({"name": "a", "modes": ["fast", "x"]}, "SYS.1007", "is 'x', valid values"),
        ({"name": "a", "size": 0}, "SYS.1007", "outside [1, 10]"),
        ({"name": "a", "size": 11}, "SYS.1007", "outside [1, 10]"),
        ({"name": "a", "label": ""}, "SYS.1007", "too short"),
        ({"name": "a", "label": "x"}, "SYS.1007", "at least 2"),
        ({"name": "a", "zoneUuids": []}, "SYS.1007", "empty list"),
        ({"name": "a", "zoneUuids": [None]}, "SYS.1007", "null"),
        ({"name": "a", "resourceUuid": "x"}, "SYS.1007", "not a uuid"),
        ({"name": "a", "resourceUuid": ZONE.upper()}, "SYS.1007", "not a uuid"),
        ({"name": "a", "resourceUuid": ZONE}, "SYS.1007", "already used"),
        ({"name": "a", "zoneUuid": GONE}, "SYS.1003", f"invalid field[zoneUuid], resource[uuid:{GONE}, type:ZoneVO]"),
        (
            {"name": "a", "zoneUuids": [ZONE, "q"]},
            "SYS.1003",
            "invalid field[zoneUuids], resource[uuid:q, type:ZoneVO]",
        ),
        # order: constraints of every parameter come before any look into the store
        ({"zoneUuid": GONE}, "SYS.1007", "field[name]"),
    ],
)
def test_refusals(raw: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        run(raw)
    assert caught.value.code == code
    assert words in caught.value.details


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(ApiError) as caught:
        run({"name": "a", "password": "HUSH"})
    assert "HUSH" not in caught.value.details


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ({"size": 2.0}, "size", 2),
        ({"size": "2"}, "size", 2),
        ({"size": "2.0"}, "size", 2),
        ({"ratio": 1}, "ratio", 1),
        ({"enabled": "True"}, "enabled", True),
        ({"enabled": False}, "enabled", False),
        ({"name": 7}, "name", "7"),
        ({"name": True}, "name", "true"),
        ({"ports": [1, "2"]}, "ports", [1, 2]),
        ({"info": {"a": 1, "b": None}}, "info", {"a": "1"}),
    ],
)
def test_lenient_json_types(raw: dict[str, Any], field: str, value: Any) -> None:
    assert from_json(CreateThing, raw)[field] == value


@pytest.mark.parametrize(
    "raw",
    [
        {"size": 2.5},
        {"size": "two"},
        {"size": "1_0"},
        {"size": True},
        {"size": 2**63},
        {"size": []},
        {"enabled": 1},
        {"enabled": "yes"},
        {"name": {}},
        {"zoneUuids": "a"},
        {"zoneUuids": [["a"]]},
        {"info": []},
        {"ratio": float("nan")},
    ],
)
def test_mistyped(raw: dict[str, Any]) -> None:
    with pytest.raises(Mistyped):
        from_json(CreateThing, raw)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("zoneUuids", "a"), ("zoneUuids", "b")], {"zoneUuids": ["a", "b"]}),
        ([("zoneUuids.1", "b"), ("zoneUuids.0", "a")], {"zoneUuids": ["a", "b"]}),
        ([("info.k", "v"), ("info.l.m", "w")], {"info": {"k": "v", "l.m": "w"}}),
        ([("enabled", "true"), ("size", "3")], {"enabled": True, "size": 3}),
        ([("enabled", "True")], {"enabled": True}),
        ([("name", "first"), ("name", "second"), ("sessionId", "x")], {"name": "first"}),
        ([("name", "")], {"name": ""}),
        ([("size", "")], {}),
    ],
)
def test_query_strings(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert from_query(CreateThing, pairs) == expected


def test_deleting_what_is_absent_succeeds() -> None:
    assert run({"uuid": GONE}, DELETE) is None
    assert run({"uuid": ZONE}, DELETE).delete_mode == "Permissive"
    with pytest.raises(ApiError) as caught:
        run({"uuid": "nonsense"}, DELETE)
    assert caught.value.code == "SYS.1003"
    with pytest.raises(ApiError) as caught:
        run({"uuid": GONE, "deleteMode": "permissive"}, DELETE)
    assert caught.value.code == "SYS.1007"


def test_the_table_of_parameters() -> None:
    table = {parameter.name: parameter for parameter in parameters(CreateThing)}
    assert table["name"].required
    assert (table["zoneUuids"].shape, table["zoneUuids"].item) == ("list", "string")
    assert (table["info"].shape, table["info"].item) == ("map", "string")
    assert table["mode"].default == "fast"


_TEXT = st.text(alphabet="ab01 .-\0é", max_size=6)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([p.name for p in parameters(CreateThing)]), _JSON))
def test_any_input_gives_a_request_or_a_named_error(raw: dict[str, Any]) -> None:
    try:
        request = run(raw)
    except (ApiError, Mistyped):
        return
    assert isinstance(request, CreateThing)
    assert request.size is None or 1 <= request.size <= 10
