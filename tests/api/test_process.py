"""The `landbridge server` process: starts, says what is wrong in one line, stops on SIGTERM."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from landbridge.server import http
from tests.api.conftest import LOGIN
from tests.support.certificates import certificate

PROGRAM = """
import sys
from pathlib import Path
from landbridge.server.main import CannotStart, Options, run
try:
    tls = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    run(Options(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]), nodelink_port=int(sys.argv[3]), tls_cert=tls))
except CannotStart as error:
    sys.exit(str(error))
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def start(data_dir: Path, port: int, nodelink_port: int, *tls: Path) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", PROGRAM, str(data_dir), str(port), str(nodelink_port), *map(str, tls)]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)


def test_from_start_to_stop(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, port, free_port())
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 20
        while True:
            try:
                assert httpx.get(url + "/healthz").text == "ok"
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        with httpx.Client(base_url=url) as client:
            session = client.put("/zstack/v1/accounts/login", json=LOGIN).json()["inventory"]["uuid"]
            client.headers["Authorization"] = f"OAuth {session}"
            zone = client.post("/zstack/v1/zones", json={"params": {"name": "z"}}, headers={"X-JSON-Schema": "true"})
            ended = client.get(zone.json()["location"], headers={"Prefer": "wait=5"}).json()
            assert ended["schema"] == {"inventory": "org.zstack.header.zone.ZoneInventory"}
            client.get(f"/zstack/v1/accounts/sessions/{session}/valid")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=15)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    lines = [json.loads(line) for line in errors.splitlines()]
    assert [line["event"] for line in lines][-1] == "server_stopped"
    created = next(line for line in lines if line.get("action") == "CreateZone" and line["event"] == "request")
    assert len(created["request_id"]) == 32
    done = next(line for line in lines if line["event"] == "job_done")
    assert done["resource"] == ended["inventory"]["uuid"]
    assert session not in errors
    assert LOGIN["logInByAccount"]["password"] not in errors
    assert oct(os.stat(tmp_path / "landbridge.sqlite").st_mode)[-2:] == "00"


@pytest.mark.parametrize("busy", ["API", "nodelink"])
def test_a_busy_port_is_one_clear_line(tmp_path: Path, busy: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = listening.getsockname()[1]
        ports = (taken, free_port()) if busy == "API" else (free_port(), taken)
        process = start(tmp_path, *ports)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    last = errors.strip().splitlines()[-1]
    assert last == f"the {busy} port {taken} on 127.0.0.1 is in use: stop what listens there or choose another port"


def test_https_on_request(tmp_path: Path) -> None:
    pem = tmp_path / "api.pem"
    pem.write_text(certificate("127.0.0.1.example"))
    port = free_port()
    process = start(tmp_path, port, free_port(), pem)
    try:
        trusting = ssl.create_default_context(cafile=str(pem))
        trusting.check_hostname = False
        url, deadline = f"https://127.0.0.1:{port}", time.monotonic() + 20
        while True:
            try:
                assert httpx.put(url + "/zstack/v1/accounts/login", json=LOGIN, verify=trusting).status_code == 200
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
    finally:
        process.kill()
        process.communicate()


def test_a_certificate_that_is_none(tmp_path: Path) -> None:
    process = start(tmp_path, free_port(), free_port(), tmp_path / "missing.pem")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "missing.pem" in errors


@pytest.mark.parametrize(
    "sent", [b"", b"GET /healthz HTTP/1.1\r\nX: " + b"x" * (70 << 10), b"GET / HTTP/1.1\r\nA: b\r\n"]
)
def test_who_does_not_finish_the_headers_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(http, "MOST_HEADER_SECONDS", 0.3)

    async def hangs_up() -> bytes:
        async def app(_scope: Any, _receive: Any, _send: Any) -> None:
            raise AssertionError("nothing was asked")

        server = uvicorn.Server(uvicorn.Config(app, http=http.BoundedProtocol, lifespan="off", log_config=None))
        listening = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server._serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(sent)
        try:
            answer = await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            answer = b""
        writer.close()
        server.should_exit = True
        await serving
        return answer

    assert asyncio.run(hangs_up()) == b""
