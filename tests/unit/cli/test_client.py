"""The client against a server that answers what the test says."""

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from landbridge.cli.client import Client
from landbridge.cli.errors import CliError

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
    with served(answer) as (url, _), pytest.raises(CliError) as refused:
        Client(url, "s").call("QueryZone")
    assert (refused.value.code, refused.value.details) == (code, words)


def test_a_job_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with served((202, {"location": "/zstack/v1/api-jobs/1"}), (202, {})) as (url, _):
        client = Client(url, "s", timeout=5)
        later = itertools.count(100, 10)
        monkeypatch.setattr("landbridge.cli.client.time", SimpleNamespace(monotonic=lambda: next(later)))
        with pytest.raises(CliError, match="did not end within 5 s") as refused:
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
    with pytest.raises(CliError, match="there is no action Nonsense"):
        Client("http://127.0.0.1:9").call("Nonsense")
