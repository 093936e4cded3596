"""REST v1 as SDKs speak it: every odd form that the wire conventions record."""

import asyncio
import http.server
import json
import queue
import threading
import uuid
from typing import Any

import httpx
import pytest

from landbridge.server import hooks
from landbridge.store.jobs import JobRow
from tests.api.conftest import LOGIN, Client, Server

V1 = "/zstack/v1"


def details(reply: httpx.Response) -> tuple[str, str]:
    error = reply.json()["error"]
    assert set(error) <= {"code", "description", "details", "cause"}
    return error["code"], error["details"]


# ---- sessions -----------------------------------------------------------------------------


def test_login_answers_at_once_with_the_session(server: Server) -> None:
    reply = httpx.put(server.url + V1 + "/accounts/login", json=LOGIN)
    assert reply.status_code == 200
    inventory = reply.json()["inventory"]
    assert inventory["accountUuid"] == inventory["userUuid"] == "36c27e8ff05c4780bf6d2fa65700f22e"
    assert inventory["noSessionEvaluation"] is False
    assert inventory["expiredDate"].endswith(("AM", "PM"))


@pytest.mark.parametrize("wrong", [{"accountName": "nobody"}, {"password": "0" * 128}, {"password": "password"}])
def test_a_wrong_login(server: Server, wrong: dict[str, str]) -> None:
    reply = httpx.put(server.url + V1 + "/accounts/login", json={"logInByAccount": LOGIN["logInByAccount"] | wrong})
    assert (reply.status_code, *details(reply)) == (503, "ID.1000", "wrong account name or password")


def test_a_session_from_login_to_logout(api: Client) -> None:
    session = api.headers["Authorization"].split()[1]
    valid = f"{V1}/accounts/sessions/{session}/valid"
    assert api.get(valid).json() == {"valid": True}
    renewed = api.end(
        api.put(f"{V1}/accounts/sessions/{session}/renew", json={"renewSession": {"duration": 60}})
    ).json()
    assert renewed["inventory"]["uuid"] == session
    closed = api.delete(f"{V1}/accounts/sessions/{session}")
    assert (closed.status_code, closed.json()) == (200, {})
    assert api.get(valid).json() == {"valid": False}
    refused = api.get(V1 + "/widgets")
    assert (refused.status_code, details(refused)[0]) == (503, "ID.1001")


def test_the_session_header(server: Server, api: Client) -> None:
    missing = httpx.get(server.url + V1 + "/widgets")
    assert (missing.status_code, missing.text) == (400, "missing header 'Authorization'")
    odd = httpx.get(server.url + V1 + "/widgets", headers={"Authorization": "Bearer x"})
    assert odd.status_code == 400
    unknown = httpx.get(server.url + V1 + "/widgets", headers={"Authorization": "OAuth " + "0" * 32})
    assert (unknown.status_code, details(unknown)[0]) == (503, "ID.1001")


def test_too_many_sessions(server: Server, api: Client) -> None:
    path = V1 + "/global-configurations/identity/session.maxConcurrent/actions"
    assert api.end(api.put(path, json={"updateGlobalConfig": {"value": "2"}})).status_code == 200
    assert httpx.put(server.url + V1 + "/accounts/login", json=LOGIN).status_code == 200
    refused = httpx.put(server.url + V1 + "/accounts/login", json=LOGIN)
    assert (refused.status_code, details(refused)[0]) == (503, "ID.1006")


# ---- routes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("POST", "/l2-networks/tf"), ("PATCH", "/widgets"), ("GET", "/")]
)
def test_an_api_that_is_not_there(api: Client, method: str, path: str) -> None:
    reply = api.request(method, V1 + path)
    assert (reply.status_code, reply.text) == (404, f"no api mapping to /v1{path}")


def test_several_puts_on_one_path(api: Client) -> None:
    path = f"{V1}/widgets/{api.widget()['uuid']}/actions"
    started = api.end(api.put(path, json={"startWidget": {}}))
    assert started.json()["inventory"]["state"] == "Running"
    stopped = api.end(api.put(path, json={"stopWidget": None, "systemTags": []}))
    assert stopped.json()["inventory"]["state"] == "Stopped"
    bodies: list[dict[str, Any]] = [{}, {"eatWidget": {}}, {"startWidget": []}]
    for body in bodies:
        assert api.put(path, json=body).status_code == 400


def test_what_is_not_understood_is_plain_text(api: Client) -> None:
    for content in (
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"params": 3}',
        b'{"params": {"name": "a", "size": "big"}}',
    ):
        reply = api.post(V1 + "/widgets", content=content)
        assert reply.status_code == 400
        assert reply.headers["content-type"].startswith("text/plain")
    assert api.get(V1 + "/widgets?limit=many").status_code == 400


def test_a_crash_is_a_plain_500(api: Client) -> None:
    reply = api.post(V1 + "/widgets/crash", json={"params": {}})
    assert reply.status_code == 500
    assert "a bug" not in reply.text
    assert api.get(V1 + "/widgets").status_code == 200


# ---- bodies -------------------------------------------------------------------------------


def test_java_posts_params_with_tags_inside(api: Client) -> None:
    body: dict[str, Any] = {"params": {"name": "w", "size": 22.0, "systemTags": ["a::b", "a::b"], "unknown": 1}}
    inventory = api.end(api.post(V1 + "/widgets", json=body)).json()["inventory"]
    assert inventory["size"] == 22
    tags = api.get(V1 + "/system-tags", params={"q": f"resourceUuid={inventory['uuid']}"}).json()["inventories"]
    assert [(tag["tag"], tag["resourceType"]) for tag in tags] == [("a::b", "WidgetVO")]


def test_the_docs_put_tags_beside_the_wrapper(api: Client) -> None:
    body = {"params": {"name": "w", "systemTags": ["in"]}, "systemTags": ["out"], "userTags": []}
    inventory = api.end(api.post(V1 + "/widgets", json=body)).json()["inventory"]
    tags = api.get(V1 + "/system-tags", params={"q": f"resourceUuid={inventory['uuid']}"}).json()["inventories"]
    assert {tag["tag"] for tag in tags} == {"in", "out"}


@pytest.mark.parametrize("key", ["null", "params", ""])
def test_the_key_of_attach(api: Client, key: str) -> None:
    widget = api.widget()["uuid"]
    reply = api.post(f"{V1}/widgets/{widget}/shelves/s1", json={key: {"systemTags": ["t"]}})
    assert api.end(reply).json()["inventory"]["name"] == "on s1 t"


@pytest.mark.parametrize("content", [b"", b"null", b"{}"])
def test_a_post_without_a_body(api: Client, content: bytes) -> None:
    widget = api.widget()["uuid"]
    reply = api.post(f"{V1}/widgets/{widget}/shelves/s1", content=content)
    assert api.end(reply).json()["inventory"]["name"] == "on s1 "


def test_python_repeats_path_variables_in_the_body(api: Client) -> None:
    widget = api.widget()["uuid"]
    body = {"params": {"uuid": "other", "shelf": "other", "sessionId": "x"}}
    reply = api.post(f"{V1}/widgets/{widget}/shelves/s1", json=body)
    assert api.end(reply).json()["inventory"]["uuid"] == widget


def test_java_repeats_list_parameters_of_a_delete(api: Client) -> None:
    widget = api.widget()["uuid"]
    repeated = api.delete(f"{V1}/widgets/{widget}/parts?vmNicUuids=a&vmNicUuids=b&deleteMode=Permissive&sessionId=1")
    assert api.end(repeated).json()["detached"] == ["a", "b"]
    indexed = api.delete(f"{V1}/widgets/{widget}/parts?vmNicUuids.0=a&vmNicUuids.1=b&systemTags=x")
    assert api.end(indexed).json()["detached"] == ["a", "b"]


def test_a_synchronous_post_is_never_202(api: Client) -> None:
    widget = api.widget()["uuid"]
    reply = api.post(f"{V1}/widgets/{widget}/shelves", json={"params": {}})
    assert reply.status_code == 200
    assert [row["uuid"] for row in reply.json()["inventories"]] == [widget]
    refused = api.post(f"{V1}/widgets/{'0' * 32}/shelves", json={"params": {}})
    assert (refused.status_code, details(refused)[0]) == (503, "SYS.1003")


# ---- jobs ---------------------------------------------------------------------------------


def test_the_location_names_the_host_that_was_asked(api: Client) -> None:
    reply = api.post(V1 + "/widgets", json={"params": {"name": "w"}}, headers={"Host": "cloud.example:8080"})
    body = reply.json()
    assert reply.status_code == 202
    assert body["location"].startswith("http://cloud.example:8080/zstack/v1/api-jobs/")
    assert body["apiTimeout"] > 0


def test_errors_of_a_job_come_by_the_poll(api: Client) -> None:
    reply = api.end(api.post(V1 + "/widgets", json={"params": {"name": "x" * 17}}))
    assert (reply.status_code, details(reply)[0]) == (503, "SYS.1007")
    exploded = api.end(api.post(V1 + "/widgets", json={"params": {"name": "boom", "explode": True}}))
    assert (exploded.status_code, details(exploded)[0]) == (503, "SYS.1006")
    assert api.get(V1 + "/widgets", params={"q": "name=boom"}).json()["inventories"] == []


def test_a_chosen_job_uuid(api: Client) -> None:
    chosen = uuid.uuid4().hex
    body = {"params": {"name": "w"}}
    reply = api.post(V1 + "/widgets", json=body, headers={"X-Job-UUID": chosen})
    assert reply.json()["location"].endswith("/" + chosen)
    assert api.post(V1 + "/widgets", json=body, headers={"X-Job-UUID": chosen}).status_code == 400
    assert api.post(V1 + "/widgets", json=body, headers={"X-Job-UUID": "short"}).status_code == 400
    assert api.get(V1 + "/widgets?count=true").json()["total"] == 1


def test_polling(server: Server, api: Client) -> None:
    unknown = api.get(f"{V1}/api-jobs/{'0' * 32}")
    assert (unknown.status_code, unknown.headers["content-type"][:10]) == (404, "text/plain")
    assert api.post(f"{V1}/api-jobs/{'0' * 32}").status_code == 405
    assert httpx.get(f"{server.url}{V1}/api-jobs/{'0' * 32}").status_code == 400


def test_resource_uuid(api: Client) -> None:
    chosen = uuid.uuid4().hex
    assert api.widget(resourceUuid=chosen)["uuid"] == chosen
    again = api.end(api.post(V1 + "/widgets", json={"params": {"name": "w", "resourceUuid": chosen}}))
    assert details(again)[0] == "SYS.1007"
    odd = api.end(api.post(V1 + "/widgets", json={"params": {"name": "w", "resourceUuid": "nonsense"}}))
    assert details(odd)[0] == "SYS.1007"


def test_deleting_twice_succeeds(api: Client) -> None:
    widget = api.widget()["uuid"]
    for _ in range(2):
        reply = api.end(api.delete(f"{V1}/widgets/{widget}?deleteMode=Permissive"))
        assert (reply.status_code, reply.json()) == (200, {})
    malformed = api.end(api.delete(f"{V1}/widgets/nonsense"))
    assert details(malformed)[0] == "SYS.1003"


class Hook:
    """Somebody who is told of jobs, and at first does not want to hear."""

    def __init__(self, refusals: int) -> None:
        self.told: queue.Queue[tuple[str, str, Any]] = queue.Queue()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                nonlocal refusals
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                refusals -= 1
                self.send_response(503 if refusals >= 0 else 204)
                self.end_headers()
                if refusals < 0:
                    hook.told.put((self.headers["X-Job-UUID"], self.headers["X-Job-Success"], body))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jobs?of=me"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_web_hook_is_told_of_a_jobs_end(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "PAUSE_SECONDS", 0.01)
    hook = Hook(refusals=2)
    try:
        headers = {"X-Web-Hook": hook.url}
        made = api.post(V1 + "/widgets", json={"params": {"name": "w"}}, headers=headers)
        job, success, body = hook.told.get(timeout=10)
        assert made.json()["location"].endswith(job)
        assert (success, body["inventory"]["name"]) == ("true", "w")
        assert "schema" not in body
        api.post(V1 + "/widgets", json={"params": {"name": "x" * 17}}, headers=headers)
        _, success, body = hook.told.get(timeout=10)
        assert (success, body["error"]["code"]) == ("false", "SYS.1007")
    finally:
        hook.close()


def test_a_tenants_web_hook_does_not_reach_what_only_the_server_can() -> None:
    hook = Hook(refusals=0)
    try:
        for admin in (False, True):
            row = JobRow(uuid="a" * 32, action="", account="", request={}, created=0, deadline=0, admin=admin)
            asyncio.run(hooks.tell(hook.url, row))
        assert hook.told.get(timeout=10)[0] == "a" * 32  # the administrator's
        assert hook.told.empty()
    finally:
        hook.close()


@pytest.mark.parametrize("url", ["ftp://host/", "host", "http://", "http://host:port/", ""])
def test_a_web_hook_that_is_no_address(api: Client, url: str) -> None:
    reply = api.post(V1 + "/widgets", json={"params": {"name": "w"}}, headers={"X-Web-Hook": url})
    assert reply.status_code == 400
    assert "X-Web-Hook" in reply.text


def test_a_web_hook_that_nobody_answers_holds_nothing_up(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "PAUSE_SECONDS", 0.01)
    headers = {"X-Web-Hook": "http://127.0.0.1:9/"}
    assert api.end(api.post(V1 + "/widgets", json={"params": {"name": "w"}}, headers=headers)).status_code == 200


# ---- envelopes ----------------------------------------------------------------------------


def test_queries_always_have_a_schema_and_others_on_request(api: Client) -> None:
    java = "org.zstack.header.widget.WidgetInventory"
    plain = api.end(api.post(V1 + "/widgets", json={"params": {"name": "w"}})).json()
    assert "schema" not in plain
    asked = api.end(api.post(V1 + "/widgets", json={"params": {"name": "v"}}, headers={"X-JSON-Schema": "true"}))
    assert asked.json()["schema"] == {"inventory": java}
    found = api.get(V1 + "/widgets").json()
    assert found["schema"] == {"inventories[0]": java, "inventories[1]": java}


def test_inventories_hide_what_is_internal_and_leave_out_null(api: Client) -> None:
    inventory = api.widget(name="w")
    assert set(inventory) == {"uuid", "name", "size", "state", "ready", "node", "createDate", "lastOpDate"}


def test_queries(api: Client) -> None:
    for name in ("a", "b", "c"):
        api.widget(name=name)
    one = api.get(V1 + "/widgets", params=[("q", "name=b"), ("replyWithCount", "True")]).json()
    assert ([row["name"] for row in one["inventories"]], one["total"]) == (["b"], 1)
    by_uuid = api.get(f"{V1}/widgets/{one['inventories'][0]['uuid']}").json()
    assert [row["name"] for row in by_uuid["inventories"]] == ["b"]
    assert api.get(f"{V1}/widgets/{'0' * 32}").json()["inventories"] == []
    assert "inventories" not in api.get(V1 + "/widgets?count=true").json()
    page = api.get(V1 + "/widgets?sort=-name&limit=1&start=1&fields=name,uuid").json()["inventories"]
    assert [sorted(row) for row in page] == [["name", "uuid"]]
    assert page[0]["name"] == "b"
    unknown = api.get(V1 + "/widgets?q=colour=red")
    assert (unknown.status_code, details(unknown)[0]) == (503, "SYS.1007")


def test_the_other_addresses(server: Server, api: Client) -> None:
    assert httpx.get(server.url + "/healthz").text == "ok"
    document = httpx.get(server.url + "/openapi.json").json()
    assert "/widgets/{uuid}/actions" in document["paths"]
    api.widget()
    metrics = httpx.get(server.url + "/metrics").text
    assert 'landbridge_jobs_total{action="CreateWidget",outcome="done"}' in metrics
    assert httpx.get(server.url + "/other").status_code == 404
