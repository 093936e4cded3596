"""`landbridge drops` against a server whose answers are written down."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.cli.conftest import Run

VM, NIC, OTHER = "a" * 32, "b" * 32, "c" * 32
NICS = [
    {"uuid": NIC, "ip": "10.0.0.2", "internalName": "vnic1.0"},
    {"uuid": OTHER, "ip": "10.9.0.2", "internalName": "vnic1.1"},
]
DROP = {
    "date": "Nov 14, 2023 10:13:20 PM",
    "timestamp": 1_700_000_000_250,
    "vmNicUuid": NIC,
    "direction": "Ingress",
    "reason": "INGRESS",
    "description": "they do not allow it",
    "decidedBy": "Rule",
    "ruleUuid": "d" * 32,
    "summary": "TCP 10.0.0.9:1 > 10.0.0.2:22 [S]",
}


class Script:
    """What GetVmNicDrops answers, one after the other, and how it was asked."""

    def __init__(self) -> None:
        self.nics = NICS
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.asked: list[dict[str, list[str]]] = []

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(path)
        if parts.path.endswith("/vm-instances/nics"):
            return 200, {"inventories": self.nics}
        assert parts.path.endswith("/vm-instances/nics/drops")
        self.asked.append(parse_qs(parts.query))
        return self.answers.pop(0) if self.answers else (404, {"error": {"code": "SYS.1003", "details": "end"}})

    def drops(self, *rows: dict[str, Any], cursor: str = "next", lost: int = 0) -> None:
        self.answers.append((200, {"inventories": list(rows), "cursor": cursor, "lost": lost}))

    def error(self, code: str) -> None:
        self.answers.append((503, {"error": {"code": code, "details": f"it is {code}"}}))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """The server; --follow ends with the last answer, for SYS.1003 is no error that passes."""
    made = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("LANDBRIDGE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("LANDBRIDGE_SESSION", "5" * 32)
    monkeypatch.setattr("landbridge.cli.drops._AGAIN_SECONDS", 0.0)
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_there_is_now(anonymous: Run, script: Script) -> None:
    script.drops(DROP)
    result = anonymous("drops", "--vm", VM)
    assert result.exit_code == 0
    assert result.stdout.endswith(
        f".250 vnic1.0 Ingress TCP 10.0.0.9:1 > 10.0.0.2:22 [S]  INGRESS: they do not allow it (rule {'d' * 32})\n"
    )
    assert script.asked == [{"vmInstanceUuid": [VM], "wait": ["0"]}]


def test_nothing_yet_is_waited_for_once(anonymous: Run, script: Script) -> None:
    script.drops()
    script.drops(cursor="later")
    result = anonymous("drops", "--vm", VM, "--nic", "10.0.0.2")
    assert (result.exit_code, result.stdout) == (0, "")
    assert [(query["vmNicUuid"], query.get("cursor"), query["wait"] > ["0"]) for query in script.asked] == [
        ([NIC], None, False),
        ([NIC], ["next"], True),
    ]


def test_following_outlives_what_passes_and_tells_it_once(anonymous: Run, script: Script) -> None:
    script.drops(cursor="1")
    script.drops(DROP, cursor="2", lost=3)
    for code in ("HOST.1010", "HOST.1010", "VM.1010"):
        script.error(code)
    script.drops(DROP | {"decidedBy": "Policy"}, cursor="3")
    result = anonymous("drops", "--vm", VM, "--follow")
    assert result.exit_code == 1
    assert [query.get("cursor") for query in script.asked] == [None, ["1"], *[["2"]] * 4, ["3"]]
    lines = result.stdout.splitlines()
    assert "(rule d" in lines[0]
    assert lines[1].startswith("3 more")
    assert lines[2].endswith("(no rule matches: the NIC's policy)")
    assert result.stderr.count("waiting: HOST.1010") == 1
    assert result.stderr.count("waiting: VM.1010") == 1
    assert result.stderr.count("watching") == 2
    assert "SYS.1003: end" in result.stderr


def test_json_is_an_object_a_line(anonymous: Run, script: Script) -> None:
    script.drops(DROP, DROP, lost=2)
    result = anonymous("drops", "--vm", VM, "-o", "json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [DROP, DROP, {"lost": 2}]


def test_of_one_nic_the_line_does_not_name_it(anonymous: Run, script: Script) -> None:
    script.nics = NICS[:1]
    script.drops({key: value for key, value in DROP.items() if key not in ("decidedBy", "ruleUuid")})
    line = anonymous("drops", "--vm", VM).stdout
    assert "vnic1.0" not in line
    assert line.endswith("they do not allow it\n")


def test_a_nic_that_is_not_there(anonymous: Run, script: Script) -> None:
    result = anonymous("drops", "--vm", VM, "--nic", "eth7")
    assert result.exit_code == 1
    assert "vnic1.1 10.9.0.2" in result.stderr
    assert script.asked == []
