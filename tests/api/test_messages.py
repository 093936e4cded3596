"""The message API, by hand and by the unmodified zstack-mcp-server."""

import json
import os
import sys
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client

from tests.api.conftest import PASSWORD, Client, Server

IDENTITY = "org.zstack.header.identity"
WIDGET = "org.zstack.header.widget"


def send(server: Server, name: str, body: dict[str, Any], method: str = "POST", path: str = "/zstack/api/") -> Any:
    reply = httpx.request(method, server.url + path, json={name: body})
    assert reply.status_code == 200
    answer = reply.json()
    for _ in range(100):
        if answer["state"] == "Done":
            break
        assert answer["state"] == "Processing"
        answer = httpx.get(f"{server.url}/zstack/api/result/{answer['uuid']}").json()
    ((kind, result),) = json.loads(answer["result"]).items()
    return kind, result


@pytest.fixture
def session(server: Server) -> dict[str, str]:
    kind, reply = send(server, f"{IDENTITY}.APILogInByAccountMsg", {"accountName": "admin", "password": PASSWORD})
    assert (kind, reply["success"]) == (f"{IDENTITY}.APILogInByAccountReply", True)
    return {"uuid": reply["inventory"]["uuid"]}


@pytest.mark.parametrize(("method", "path"), [("POST", "/zstack/api"), ("PUT", "/zstack/api/")])
def test_a_job_and_a_query(server: Server, session: dict[str, str], method: str, path: str) -> None:
    kind, event = send(server, f"{WIDGET}.APICreateWidgetMsg", {"name": "w", "session": session}, method, path)
    assert (kind, event["success"], event["inventory"]["name"]) == (f"{WIDGET}.APICreateWidgetEvent", True, "w")
    assert len(event["apiId"]) == 32
    for conditions in ([{"name": "name", "op": "=", "value": "w"}], ["name=w"], [], None):
        kind, reply = send(
            server,
            f"{WIDGET}.APIQueryWidgetMsg",
            {"conditions": conditions, "limit": 50, "replyWithCount": True, "session": session},
        )
        assert kind == f"{WIDGET}.APIQueryWidgetReply"
        assert ([row["name"] for row in reply["inventories"]], reply["total"]) == (["w"], 1)


def test_sorting(server: Server, session: dict[str, str]) -> None:
    for name in ("a", "b"):
        send(server, f"{WIDGET}.APICreateWidgetMsg", {"name": name, "session": session})
    query = {"conditions": [], "sortBy": "name", "sortDirection": "desc", "fields": ["name"], "session": session}
    _, reply = send(server, f"{WIDGET}.APIQueryWidgetMsg", query)
    assert reply["inventories"] == [{"name": "b"}, {"name": "a"}]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        (f"{WIDGET}.APICreateWidgetMsg", {"name": "x" * 17}, ("APICreateWidgetEvent", "SYS.1007")),
        (f"{WIDGET}.APICreateWidgetMsg", {"name": "w", "size": "big"}, ("APICreateWidgetEvent", "SYS.1007")),
        (f"{WIDGET}.APIQueryWidgetMsg", {"conditions": ["colour=red"]}, ("APIQueryWidgetReply", "SYS.1007")),
        (f"{WIDGET}.APIQueryWidgetMsg", {"session": {"uuid": "0"}}, ("APIQueryWidgetReply", "ID.1001")),
        (f"{WIDGET}.APIQueryWidgetMsg", {"session": None}, ("APIQueryWidgetReply", "ID.1001")),
    ],
)
def test_errors_are_in_the_result(
    server: Server, session: dict[str, str], name: str, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    kind, reply = send(server, name, {"session": session, **body})
    assert reply["success"] is False
    assert (kind.removeprefix(WIDGET + "."), reply["error"]["code"]) == expected


def test_logging_out_is_done_at_once(server: Server, session: dict[str, str]) -> None:
    body = {f"{IDENTITY}.APILogOutMsg": {"sessionUuid": session["uuid"], "session": session}}
    assert httpx.post(server.url + "/zstack/api/", json=body).json()["state"] == "Done"
    _, reply = send(server, f"{WIDGET}.APIQueryWidgetMsg", {"conditions": [], "session": session})
    assert reply["error"]["code"] == "ID.1001"


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"{}", b'{"a":1,"b":2}', b'{"org.zstack.x.APINoSuchMsg":{}}', b"\xff"]
)
def test_what_cannot_be_decoded_is_a_plain_text(server: Server, content: bytes) -> None:
    reply = httpx.post(server.url + "/zstack/api/", content=content)
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_an_unknown_result(server: Server) -> None:
    assert httpx.get(server.url + "/zstack/api/result/" + "0" * 32).status_code == 404


def test_zstack_mcp_server_unmodified(server: Server, api: Client) -> None:
    """It logs in, writes, queries, and recovers from a lost session."""

    async def talk() -> None:
        parameters = StdioServerParameters(
            command=os.path.join(os.path.dirname(sys.executable), "zstack-mcp-server"),
            env={
                "PATH": os.environ["PATH"],
                "ZSTACK_API_URL": server.url,
                "ZSTACK_ACCOUNT": "admin",
                "ZSTACK_PASSWORD": "password",
                "ZSTACK_ALLOW_ALL_API": "true",
                # It prints a banner into its own protocol stream: early is harmless, at its end is not.
                "PYTHONUNBUFFERED": "1",
            },
        )
        async with stdio_client(parameters) as (read, write), ClientSession(read, write) as mcp:
            await mcp.initialize()

            async def execute(name: str, /, **arguments: Any) -> Any:
                answer = await mcp.call_tool("execute_api", {"api_name": name, "parameters": arguments})
                return json.loads(answer.content[0].text)  # type: ignore[union-attr]  # execute_api answers text

            created = await execute("UpdateGlobalConfig", category="widget", name="finish", value="gloss")
            assert created["result"]["inventory"]["value"] == "gloss", created
            found = await execute(
                "QueryGlobalConfig", conditions=[{"name": "category", "op": "=", "value": "widget"}]
            )
            assert found["success"], found
            assert found["totalCount"] == found["resultCount"] > 0
            accounts = await execute("QueryAccount", conditions=["name=admin"])
            assert accounts["result"]["inventories"][0]["type"] == "SystemAdmin"
            refused = await execute("QueryAccount", conditions=["colour=red"])
            assert refused["code"] == "SYS.1007"

    anyio.run(talk)
