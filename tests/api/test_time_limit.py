"""Requests whose answer hangs on somebody who does not give one: an agent, a database."""

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from landbridge.model.errors import DESCRIPTIONS
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.simulated import Simulated
from tests.support import postgres

V1 = "/zstack/v1"
LEASES = f"{V1}/dhcp/leases"
MESSAGE = "org.zstack.header.zone.APICreateZoneMsg"
LIMIT, PATIENCE = 1, 4.0
"""Seconds: what is set, and what a busy machine may need for it."""


def limit(api: Client, seconds: int = LIMIT) -> None:
    """Change the setting; a second later it is everywhere."""
    body = {"updateGlobalConfig": {"value": str(seconds)}}
    reply = api.end(api.put(f"{V1}/global-configurations/rest/request.timeout/actions", json=body))
    assert reply.status_code == 200, reply.text
    time.sleep(1.1)


def refused_in_time(ask: Callable[[], httpx.Response]) -> str:
    """How a request is told, in time, that it took too long."""
    began = time.monotonic()
    reply = ask()
    assert LIMIT <= time.monotonic() - began < PATIENCE
    assert reply.status_code == 503, reply.text
    error = reply.json()["error"]
    assert (error["code"], error["description"]) == ("SYS.1001", DESCRIPTIONS["SYS.1001"])
    details: str = error["details"]
    return details


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(f"sqlite:///{tmp_path / 'api.sqlite'}", SERVICES)
    yield running
    running.stop()


def test_an_agent_that_says_nothing(server: Server, api: Client, tmp_path: Path) -> None:
    """However long the client would wait; the limit holds from the moment on that it is set."""
    cloud = Simulated(server, api, tmp_path, 1)
    try:
        cloud.hosts[0].answer = lambda _question: None
        vm = cloud.vm("web", cloud.subnet("web", "10.1.0.0/24"), 0)["uuid"]

        def ask(patience: int = 60) -> httpx.Response:
            return api.get(LEASES, params={"vmInstanceUuid": vm}, headers={"X-API-Timeout": str(patience)})

        limit(api)
        assert "GET /v1/dhcp/leases was not answered within 1 s (global config rest/request.timeout)" in (
            refused_in_time(ask)
        )
        limit(api, 60)
        began = time.monotonic()
        assert "host-1" in ask(2).json()["error"]["details"], "now it is the agent's own time that is up"
        assert time.monotonic() - began >= 2
    finally:
        cloud.close()


@contextlib.contextmanager
def locked(server: Server) -> Iterator[None]:
    """Somebody else writes to the SQLite file, and does not end."""
    with contextlib.closing(sqlite3.connect(server.database.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


def test_a_database_that_others_hold(server: Server, api: Client) -> None:
    """What was refused is not made afterwards."""
    limit(api)
    session = {"uuid": api.headers["Authorization"].split()[1]}
    with locked(server):
        refused_in_time(lambda: api.post(f"{V1}/zones", json={"params": {"name": "late"}}))
        told = api.post("/zstack/api", json={MESSAGE: {"name": "late", "session": session}}).json()
        event = msgspec.json.decode(told["result"])["org.zstack.header.zone.APICreateZoneEvent"]
        assert (event["success"], event["error"]["code"]) == (False, "SYS.1001")
        assert MESSAGE in event["error"]["details"]
        assert api.get(f"{V1}/zones").json()["inventories"] == [], "reading goes on"
    assert api.end(api.post(f"{V1}/zones", json={"params": {"name": "now"}})).status_code == 200
    assert [zone["name"] for zone in api.get(f"{V1}/zones").json()["inventories"]] == ["now"]


def test_a_database_that_does_not_answer() -> None:
    """All of PostgreSQL stands still; when it goes on, so does the server."""
    with postgres.server() as url:
        server = Server(url, SERVICES)
        with Client(base_url=server.url, timeout=PATIENCE) as api:
            api.login()
            limit(api)
            pending = api.post(f"{V1}/zones", json={"params": {"name": "z"}}).json()["location"]
            with standing_still(url):
                refused_in_time(lambda: api.get(f"{V1}/zones"))
                refused_in_time(lambda: api.post(f"{V1}/zones", json={"params": {"name": "late"}}))
                refused_in_time(lambda: api.get(pending))
                for path in ("/healthz", f"/zstack/api/result/{pending[-32:]}"):
                    reply = api.get(path)
                    assert (reply.status_code, "not answered within 1 s" in reply.text) == (503, True)
            assert api.get(pending).status_code == 200
            assert api.get("/healthz").text == "ok"
            assert [zone["name"] for zone in api.get(f"{V1}/zones").json()["inventories"]] == ["z"]
        server.stop()


@contextlib.contextmanager
def standing_still(url: str) -> Iterator[None]:
    processes = postgres.processes(url)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_whoever_waits_for_news_of_a_job_may(server: Server, api: Client, tmp_path: Path) -> None:
    """`Prefer: wait` is what the client asks for, beyond the limit."""
    cloud = Simulated(server, api, tmp_path, 1)
    try:
        limit(api)
        body = {"params": {"name": "h", "clusterUuid": cloud.cluster, "managementIp": "172.16.0.9",
                           "username": "root", "password": "x"}}  # fmt: skip
        waiting = api.post(f"{V1}/hosts/kvm", json=body).json()["location"]
        began = time.monotonic()
        assert api.get(waiting, headers={"Prefer": "wait=3"}).status_code == 202
        assert time.monotonic() - began >= 3
    finally:
        cloud.close()
