"""Global configs and system tags through the API: every check, with its code."""

from typing import Any

import pytest

from tests.api.conftest import Client

V1 = "/zstack/v1"
CONFIGS = V1 + "/global-configurations"


def put(api: Client, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    reply = api.end(api.put(path, json=body))
    decoded: dict[str, Any] = reply.json()
    return reply.status_code, decoded


def test_a_config_is_changed_and_reset(api: Client) -> None:
    path = CONFIGS + "/widget/finish/actions"
    status, body = put(api, path, {"updateGlobalConfig": {"value": "gloss"}})
    assert (status, body["inventory"]["value"], body["inventory"]["defaultValue"]) == (200, "gloss", "matt")
    (row,) = api.get(CONFIGS, params=[("q", "category=widget"), ("q", "name=finish")]).json()["inventories"]
    assert row["value"] == "gloss"
    assert put(api, CONFIGS + "/actions", {"resetGlobalConfig": {}}) == (200, {})
    (row,) = api.get(CONFIGS, params=[("q", "category=widget"), ("q", "name=finish")]).json()["inventories"]
    assert row["value"] == "matt"


@pytest.mark.parametrize(
    ("where", "value", "words"),
    [
        (
            "identity/nothing",
            "1",
            "settings of identity: identity/audit.keepDays, identity/login.failures.perAccount",
        ),
        ("nothing/nothing", "1", "query the global configs"),
        ("widget/finish", "Matt", "valid values are [matt, gloss]"),
        ("identity/session.timeout", "soon", "an integer of [60,"),
        ("identity/session.timeout", "-70", "an integer of [60,"),
        ("identity/session.timeout", "59", "an integer of [60,"),
        ("identity/session.timeout", "99999999999", "an integer of [60,"),
    ],
)
def test_config_refusals(api: Client, where: str, value: str, words: str) -> None:
    status, body = put(api, f"{CONFIGS}/{where}/actions", {"updateGlobalConfig": {"value": value}})
    assert (status, body["error"]["code"]) == (503, "SYS.1007")
    assert words in body["error"]["details"]


def test_a_tag_from_creation_to_deletion(api: Client) -> None:
    widget = api.widget()["uuid"]
    params = {"resourceType": "WidgetVO", "resourceUuid": widget, "tag": "hostname::web"}
    made = [api.end(api.post(V1 + "/system-tags", json={"params": params})).json()["inventory"] for _ in range(2)]
    assert made[0]["uuid"] == made[1]["uuid"]
    assert (made[0]["tag"], made[0]["type"], made[0]["inherent"]) == ("hostname::web", "System", False)
    path = f"{V1}/system-tags/{made[0]['uuid']}/actions"
    assert put(api, path, {"updateSystemTag": {"tag": "hostname::db"}})[1]["inventory"]["tag"] == "hostname::db"
    for _ in range(2):
        assert api.end(api.delete(f"{V1}/tags/{made[0]['uuid']}")).json() == {}
    assert api.get(V1 + "/system-tags", params={"q": f"resourceUuid={widget}"}).json()["inventories"] == []


def test_several_tags_at_once(api: Client) -> None:
    widget = api.widget()["uuid"]
    path = f"{V1}/system-tags/{widget}/tags"
    params = {"resourceType": "WidgetVO", "tags": ["a", "b", "a"]}
    made = api.end(api.post(path, json={"params": params})).json()["inventories"]
    assert [(tag["tag"], tag["resourceUuid"]) for tag in made] == [("a", widget), ("b", widget)]
    refused = api.end(api.post(path, json={"params": {"resourceType": "ZoneVO", "tags": ["c"]}})).json()
    assert "not a ZoneVO" in refused["error"]["details"]


def test_tags_go_with_their_resource(api: Client) -> None:
    widget = api.widget()["uuid"]
    params = {"resourceType": "WidgetVO", "resourceUuid": widget, "tag": "a"}
    api.end(api.post(V1 + "/system-tags", json={"params": params}))
    assert api.end(api.delete(f"{V1}/widgets/{widget}")).status_code == 200
    assert api.get(V1 + "/system-tags?count=true").json()["total"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"resourceUuid": "0" * 32}, "SYS.1003"),
        ({"resourceType": "Widget"}, "SYS.1007"),
        ({"tag": ""}, "SYS.1007"),
        ({"tag": None}, "SYS.1007"),
    ],
)
def test_tag_refusals(api: Client, change: dict[str, Any], code: str) -> None:
    params = {"resourceType": "WidgetVO", "resourceUuid": api.widget()["uuid"], "tag": "a"} | change
    reply = api.end(api.post(V1 + "/system-tags", json={"params": params}))
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, code)
