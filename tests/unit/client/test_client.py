"""The client against a server that answers what the test says."""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from landbridge.client import AsyncClient, Client, ClientError
from tests.support import client_types

Answer = tuple[int, Any]


@contextmanager
def served(*answers: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server's URL, and the requests that it got."""
    seen: list[dict[str, Any]] = []
    waiting = iter(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append(
                {
                    "line": f"{self.command} {self.path}",
                    "body": json.loads(body) if body else None,
                    "session": self.headers["Authorization"],
                }
            )
            status, reply = next(waiting)
            text = (reply if isinstance(reply, str) else json.dumps(reply)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.block_on_close = False  # clients keep their connections
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(code: str, details: str, cause: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "description": "d", "details": details, **({"cause": cause} if cause else {})}


def test_a_job_is_waited_for_to_its_end() -> None:
    location = {"location": "http://elsewhere/zstack/v1/api-jobs/1"}
    with served((202, location), (202, {}), (202, {}), (200, {"inventory": {"uuid": "u"}})) as (url, seen):
        heard: list[float] = []
        client = Client(url, "s")
        assert client.call("CreateZone", name="z", tags=("a::b",), progress=heard.append) == {
            "inventory": {"uuid": "u"}
        }
    assert [request["line"] for request in seen] == [
        "POST /zstack/v1/zones",
        *["GET /zstack/v1/api-jobs/1"] * 3,
    ]
    assert seen[0]["body"] == {"params": {"name": "z"}, "systemTags": ["a::b"]}
    assert {request["session"] for request in seen} == {"OAuth s"}
    assert len(heard) == 2


def test_where_parameters_go() -> None:
    with served((200, {}), (200, {}), (200, {})) as (url, seen):
        client = Client(url)
        client.call("StopVmInstance", uuid="v", type="grace", stopHa=None)
        client.call("QueryZone", q=["name=a b", "uuid?=x,y"], count=True, limit=5)
        client.call("DetachNetworkServiceFromL3Network", l3NetworkUuid="a/b", networkServices={"p": ["DHCP", "DNS"]})
    assert seen[0]["line"] == "PUT /zstack/v1/vm-instances/v/actions"
    assert seen[0]["body"] == {"stopVmInstance": {"type": "grace"}}
    assert seen[1]["line"] == "GET /zstack/v1/zones?q=name%3Da+b&q=uuid%3F%3Dx%2Cy&count=true&limit=5"
    assert seen[2]["line"] == (
        "DELETE /zstack/v1/l3-networks/a%2Fb/network-services?networkServices.p=DHCP&networkServices.p=DNS"
    )


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((503, {"error": refusal("SYS.1006", "no")}), "SYS.1006", "no"),
        (
            (503, {"error": refusal("VM.1001", "not started", refusal("SYS.1006", "the host says no"))}),
            "VM.1001",
            "not started (because: the host says no)",
        ),
        ((404, "no api mapping"), "", "HTTP 404: no api mapping"),
        ((500, ""), "", "HTTP 500: "),
    ],
)
def test_errors(answer: Answer, code: str, words: str) -> None:
    with served(answer) as (url, _), pytest.raises(ClientError) as refused:
        Client(url, "s").call("QueryZone")
    assert (refused.value.code, refused.value.details) == (code, words)


def test_a_job_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with served((202, {"location": "/zstack/v1/api-jobs/1"}), (202, {})) as (url, _):
        client = Client(url, "s", timeout=5)
        later = itertools.count(100, 10)
        monkeypatch.setattr("landbridge.client.blocking.time", SimpleNamespace(monotonic=lambda: next(later)))
        with pytest.raises(ClientError, match="did not end within 5 s") as refused:
            client.call("CreateZone", name="z")
    assert refused.value.code == "SYS.1001"


def test_login_sends_the_hash() -> None:
    with served((200, {"inventory": {"uuid": "session"}})) as (url, seen):
        client = Client(url)
        assert client.login("admin", "password") == client.session == "session"
    sent = seen[0]["body"]["logInByAccount"]
    assert (sent["accountName"], sent["password"][:8], len(sent["password"])) == ("admin", "b109f3bb", 128)
    assert seen[0]["session"] is None


def test_an_unknown_action() -> None:
    with pytest.raises(ClientError, match="there is no action Nonsense"):
        Client("http://127.0.0.1:9").call("Nonsense")


def test_a_method_for_every_action() -> None:
    answers: list[Answer] = [(200, {"inventory": {"uuid": "u"}}), (200, {"inventories": [{"name": "z"}]}), (200, {})]
    with served(*answers) as (url, seen), Client(url, "s") as cloud:
        made = cloud.create_l3_network(name="n", l2_network_uuid="l2", enable_ipam=True, system_tags=["a::b"])
        assert made["uuid"] == "u"
        assert cloud.query_zone("name=z", "state=Enabled", limit=1) == [{"name": "z"}]
        assert cloud.delete_zone(uuid="u") is None  # type: ignore[func-returns-value]  # that is what is tested
    assert seen[0]["body"] == {
        "params": {"name": "n", "l2NetworkUuid": "l2", "enableIPAM": True},
        "systemTags": ["a::b"],
    }
    assert seen[1]["line"] == "GET /zstack/v1/zones?limit=1&q=name%3Dz&q=state%3DEnabled"
    assert seen[2]["line"] == "DELETE /zstack/v1/zones/u"


def test_a_method_takes_what_the_action_takes() -> None:
    cloud = Client("http://127.0.0.1:9", "s")
    with pytest.raises(TypeError, match=r"create_zone\(\) has no parameter colour"):
        cloud.create_zone(name="z", colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="by name"):
        cloud.create_zone("z")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        cloud.create_nonsense()


async def several(url: str) -> tuple[object, ...]:
    """What one does with the asynchronous client."""
    async with AsyncClient(url) as cloud:
        await cloud.login("admin", "password")
        made = await cloud.create_zone(name="z")
        zones = await cloud.query_zone("name=z")
        try:
            await cloud.delete_zone(uuid="u")
        except ClientError as error:
            return made, zones, error.code
        return ()


def test_the_asynchronous_client_does_the_same() -> None:
    location = {"location": "http://elsewhere/zstack/v1/api-jobs/1"}
    answers: list[Answer] = [
        (200, {"inventory": {"uuid": "session"}}),
        (202, location),
        (202, {}),
        (200, {"inventory": {"uuid": "u"}}),
        (200, {"inventories": []}),
        (503, {"error": refusal("SYS.1006", "no")}),
    ]
    with served(*answers) as (url, seen):
        assert asyncio.run(several(url)) == ({"uuid": "u"}, [], "SYS.1006")
    assert [request["line"].removesuffix("?q=name%3Dz") for request in seen] == [
        "PUT /zstack/v1/accounts/login",
        "POST /zstack/v1/zones",
        "GET /zstack/v1/api-jobs/1",
        "GET /zstack/v1/api-jobs/1",
        "GET /zstack/v1/zones",
        "DELETE /zstack/v1/zones/u",
    ]
    assert {request["session"] for request in seen[1:]} == {"OAuth session"}


def test_the_asynchronous_client_says_that_nobody_answers() -> None:
    async def ask() -> None:
        async with AsyncClient("http://127.0.0.1:9", "s") as cloud:
            await cloud.query_zone()

    with pytest.raises(ClientError, match="does `landbridge server` run there"):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("made", "path"),
    [(client_types.methods, client_types.METHODS), (client_types.inventories, client_types.INVENTORIES)],
)
def test_the_types_are_those_of_the_declarations(made: Callable[[], str], path: Path) -> None:
    assert path.read_text() == made(), "run `python -m tests.support.client_types`"
