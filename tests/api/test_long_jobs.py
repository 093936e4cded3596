"""Long jobs: actions in the background that end well, end badly, are stopped, and outlive the server."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.model.documents.long_job import LongJob
from landbridge.services import long_job
from tests.api import toy
from tests.api.conftest import TOY_SERVICES, Client, Server

V1 = "/zstack/v1"
SERVICES = (*TOY_SERVICES, long_job.SERVICE)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(f"sqlite:///{tmp_path / 'api.sqlite'}", SERVICES)
    yield running
    running.stop()


def submit(api: Client, name: str, data: dict[str, Any], /, **params: Any) -> dict[str, Any]:
    body = {"params": {"jobName": name, "jobData": json.dumps(data), **params}}
    inventory: dict[str, Any] = api.end(api.post(V1 + "/longjobs", json=body)).json()["inventory"]
    return inventory


def find(api: Client, uuid: str) -> dict[str, Any]:
    (row,) = api.get(f"{V1}/longjobs/{uuid}").json()["inventories"]
    found: dict[str, Any] = row
    return found


def until(api: Client, uuid: str, state: str) -> dict[str, Any]:
    for _ in range(100):
        row = find(api, uuid)
        if row["state"] == state:
            return row
        time.sleep(0.05)
    raise AssertionError(row)


def act(api: Client, uuid: str, action: str) -> Any:
    return api.end(api.put(f"{V1}/longjobs/{uuid}/actions", json={action: {}}))


def test_an_action_that_ends_well(api: Client) -> None:
    job = submit(api, "APICreateWidgetMsg", {"name": "w", "systemTags": ["a"]}, name="n", description="d")
    assert (job["name"], job["jobName"], job["description"]) == ("n", "APICreateWidgetMsg", "d")
    assert not {"action", "account", "user", "admin", "undoable", "began"} & set(job)
    row = until(api, job["uuid"], "Succeeded")
    assert json.loads(row["jobResult"])["inventory"]["name"] == "w"
    assert row["executeTime"] == 0
    assert api.get(V1 + "/system-tags?q=tag=a&count=true").json()["total"] == 1
    assert api.get(f"{V1}/api-jobs/{row['apiId']}").json()["inventory"]["name"] == "w"
    again = act(api, job["uuid"], "rerunLongJob").json()["inventory"]
    assert again["apiId"] != row["apiId"]
    until(api, job["uuid"], "Succeeded")
    assert api.get(V1 + "/widgets?count=true").json()["total"] == 2
    assert api.end(api.delete(f"{V1}/longjobs/{job['uuid']}")).json() == {}
    assert api.get(V1 + "/longjobs?count=true").json()["total"] == 0


@pytest.mark.parametrize(
    ("data", "code"), [({"name": "x" * 17}, "SYS.1007"), ({"name": "w", "explode": True}, "SYS.1006")]
)
def test_an_action_that_fails(api: Client, data: dict[str, Any], code: str) -> None:
    job = submit(api, "CreateWidget", data)
    row = until(api, job["uuid"], "Failed")
    assert json.loads(row["jobResult"])["code"] == code
    assert api.get(V1 + "/widgets?count=true").json()["total"] == 0
    assert act(api, job["uuid"], "cleanLongJob").json() == {}


def test_an_action_that_crashes(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy, "WIDGET", None)
    row = until(api, submit(api, "CreateWidget", {"name": "w"})["uuid"], "Failed")
    assert json.loads(row["jobResult"])["code"] == "SYS.1000"


def test_what_hosts_are_at_is_taken_back(api: Client) -> None:
    job = submit(api, "CreateWidget", {"name": "w", "node": toy.NODE})
    assert find(api, job["uuid"])["state"] == "Running"
    assert api.get(V1 + "/widgets?count=true").json()["total"] == 1
    assert "needs Succeeded" in act(api, job["uuid"], "rerunLongJob").json()["error"]["details"]
    refused = api.end(api.delete(f"{V1}/longjobs/{job['uuid']}")).json()["error"]
    assert refused["code"] == "SYS.1006"
    assert act(api, job["uuid"], "cancelLongJob").json() == {}
    row = until(api, job["uuid"], "Canceled")
    assert json.loads(row["jobResult"])["cause"]["code"] == "SYS.1017"
    assert api.get(V1 + "/widgets?count=true").json()["total"] == 0
    assert "is Canceled" in act(api, job["uuid"], "cancelLongJob").json()["error"]["details"]


def test_what_was_waiting_runs_when_a_server_is_back(tmp_path: Path, server: Server, api: Client) -> None:
    job = submit(api, "CreateWidget", {"name": "w"})
    until(api, job["uuid"], "Succeeded")

    def wait_again(tx: Any) -> None:
        stored = tx.need(LongJob, job["uuid"])
        stored.state, stored.api_id = "Waiting", tx.new_uuid()
        tx.put(stored)

    server.run(server.store.write(wait_again))
    assert until(api, job["uuid"], "Succeeded")["apiId"] != job["apiId"]
    assert api.get(V1 + "/widgets?count=true").json()["total"] == 2


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("NoSuch", "{}", "is no action"),
        ("QueryWidget", "{}", "no action to run in the background"),
        ("SubmitLongJob", "{}", "no action to run in the background"),
        ("CreateWidget", "[]", "jobData is not what CreateWidget takes"),
        ("CreateWidget", '{"size": "big"}', "parameter[size]"),
    ],
)
def test_what_is_refused_at_once(api: Client, name: str, data: str, words: str) -> None:
    reply = api.end(api.post(V1 + "/longjobs", json={"params": {"jobName": name, "jobData": data}}))
    error = reply.json()["error"]
    assert (error["code"], words in error["details"]) == ("SYS.1007", True), error


def test_names_are_changed(api: Client) -> None:
    job = submit(api, "CreateWidget", {"name": "w"})
    path = f"{V1}/longjobs/{job['uuid']}/actions"
    changed = api.end(api.put(path, json={"updateLongJob": {"name": "other"}})).json()["inventory"]
    assert changed["name"] == "other"
    assert "needs Suspended" in act(api, job["uuid"], "resumeLongJob").json()["error"]["details"]
    assert "needs Failed or Canceled" in act(api, job["uuid"], "cleanLongJob").json()["error"]["details"]
