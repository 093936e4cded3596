"""Jobs that wait for a node: reports, refusals, disconnects, time, and the server's death."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from landbridge.model.nodelink import ObjectStatus, Report
from landbridge.server import jobs
from tests.api.conftest import Client, Server
from tests.api.toy import NODE

V1 = "/zstack/v1"
SCOPE = f"host:{NODE}"


def begin(api: Client, name: str = "w", **headers: str) -> str:
    """Submit a widget that needs the node; the job's location."""
    reply = api.post(V1 + "/widgets", json={"params": {"name": name, "node": NODE}}, headers=headers)
    assert reply.status_code == 202
    location: str = reply.json()["location"]
    assert api.get(location).status_code == 202
    return location


def revision(server: Server) -> int:
    """The newest revision of the node's scope."""
    return server.run(server.store.node_delta(NODE, {})).scopes[SCOPE].revision


def report(server: Server, applied: int, failed: dict[str, ObjectStatus] | None = None) -> None:
    server.run(server.jobs.on_report(NODE, Report(applied={SCOPE: applied}, failed=failed or {})))


def ended(api: Client, location: str) -> httpx.Response:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        reply = api.get(location, headers={"Prefer": "wait=1"})
        if reply.status_code != 202:
            return reply
    raise AssertionError("the job does not end")


def widgets(api: Client) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get(V1 + "/widgets").json()["inventories"]
    return rows


def test_a_job_ends_when_the_node_has_its_revision(server: Server, api: Client) -> None:
    location = begin(api)
    report(server, revision(server) - 1)
    assert api.get(location).status_code == 202
    report(server, revision(server))
    reply = ended(api, location)
    assert reply.status_code == 200
    assert reply.json()["inventory"]["ready"] is True


def test_a_poll_waits_as_long_as_it_was_told(api: Client) -> None:
    location = begin(api)
    started = time.monotonic()
    assert api.get(location, headers={"Prefer": "wait=1"}).status_code == 202
    assert time.monotonic() - started >= 1


def test_a_poll_that_waits_is_woken(server: Server, api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TICK_SECONDS", 3600.0)  # nobody looks by himself
    location = begin(api)
    with Client(base_url=server.url, headers=api.headers, timeout=60) as other, ThreadPoolExecutor(1) as pool:
        poll = pool.submit(other.get, location, headers={"Prefer": "wait=30"})
        while not server.jobs._listeners:
            time.sleep(0.01)
        report(server, revision(server))
        assert poll.result().status_code == 200


def test_a_refusal_is_undone_and_quoted(server: Server, api: Client) -> None:
    location = begin(api)
    (widget,) = widgets(api)
    key = f"flood/widget/{widget['uuid']}"
    report(server, revision(server), {key: ObjectStatus(error="no room in the kernel")})
    reply = ended(api, location)
    assert reply.status_code == 503
    error = reply.json()["error"]
    assert error["code"] == "VM.1000"
    assert "no room in the kernel" in error["cause"]["details"]
    assert widgets(api) == []


def test_an_error_of_another_object_is_not_ours(server: Server, api: Client) -> None:
    location = begin(api)
    report(server, revision(server), {"flood/widget/other": ObjectStatus(error="not ours")})
    assert ended(api, location).status_code == 200


def test_a_disconnect_fails_the_job(server: Server, api: Client) -> None:
    location = begin(api)
    server.run(server.jobs.on_disconnect(NODE))
    reply = ended(api, location)
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "VM.1000")
    assert reply.json()["error"]["cause"]["code"] == "HOST.1010"
    assert widgets(api) == []


def test_time_runs_out(api: Client) -> None:
    location = begin(api, **{"X-API-Timeout": "1"})
    reply = ended(api, location)
    assert reply.json()["error"]["cause"]["code"] == "SYS.1001"
    assert widgets(api) == []


def test_the_client_may_set_the_time(api: Client) -> None:
    reply = api.post(
        V1 + "/widgets", json={"params": {"name": "w", "node": NODE}}, headers={"X-API-Timeout": "3"}
    ).json()
    assert reply["apiTimeout"] == 3000


def test_superseded(server: Server, api: Client) -> None:
    """What a later change has deleted cannot be answered with, whether the node still reports or not."""
    first = begin(api, "first")
    assert api.end(api.delete(f"{V1}/widgets/{widgets(api)[0]['uuid']}")).status_code == 200
    last = begin(api, "last")
    report(server, revision(server) - 1)
    assert api.end(api.delete(f"{V1}/widgets/{widgets(api)[0]['uuid']}")).status_code == 200
    for location in (first, last):
        reply = ended(api, location)
        assert (reply.status_code, reply.json()["error"]["cause"]["code"]) == (503, "SYS.1017")


@pytest.mark.parametrize("reported_before", [True, False])
def test_a_restarted_server_goes_on(tmp_path: Path, reported_before: bool) -> None:
    database = f"sqlite:///{tmp_path / 'restart.sqlite'}"
    first = Server(database)
    with Client(base_url=first.url) as api:
        path = httpx.URL(begin(api.login())).path
        authorization = api.headers["Authorization"]
        if reported_before:
            # recorded, but the server dies before it acts on it
            first.run(first.store.record_report(NODE, Report(applied={SCOPE: revision(first)})))
    first.stop()
    second = Server(database)
    try:
        with Client(base_url=second.url, headers={"Authorization": authorization}) as api:
            if not reported_before:
                report(second, revision(second))
            reply = ended(api, path)
            assert (reply.status_code, reply.json()["inventory"]["ready"]) == (200, True)
    finally:
        second.stop()


def test_many_jobs_at_once(server: Server, api: Client) -> None:
    locations = [begin(api, f"w{number}") for number in range(30)]
    report(server, revision(server))
    assert [ended(api, location).status_code for location in locations] == [200] * 30
