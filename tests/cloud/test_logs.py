"""A request can be followed by its id from the API to the host, in the logs of the processes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import Lab, eventually
from tests.support.scenario import Cloud

pytestmark = pytest.mark.netns


def test_a_request_is_followed_to_the_host(running_lab: Lab, cloud: Cloud) -> None:
    vm = cloud.vm("followed", "web")
    try:
        server = _lines(running_lab.directory / "server" / "log")
        waits = [
            line for line in server if line["event"] == "job_waits" and line["job_action"] == "CreateVmInstance"
        ][-1]
        (request,) = [
            line for line in server if line["event"] == "request" and line["request_id"] == waits["request"]
        ]
        assert (request["method"], request["l3NetworkUuids"]) == ("POST", [cloud.l3["web"]])
        (done,) = [line for line in server if line["event"] == "job_done" and line["job"] == waits["job"]]
        assert done["resource"] == vm["uuid"]

        scope = f"host:{vm['hostUuid']}"
        revision = waits["revisions"][scope]
        name = next(host["name"] for host in running_lab.status["hosts"] if host["uuid"] == vm["hostUuid"])
        log = running_lab.directory / name / "log"
        told = next(line for line in _lines(log) if _revision(line, "told", scope) >= revision)
        assert f"port/{vm['vmNics'][0]['uuid']}" in told["resources"]
        made = next(line for line in _lines(log) if _revision(line, "in_force", scope) >= revision)
        assert made["failed"] == {}
    finally:
        cloud.remove_vm(vm["uuid"])


def test_a_vrouter_says_which_it_is(running_lab: Lab, cloud: Cloud) -> None:
    def complaint() -> str:
        logs = list(running_lab.directory.glob(f"host-*/run/routers/{cloud.router}/log"))
        named = [line for log in logs for line in _lines(log) if line.get("router_uuid") == cloud.router]
        return "" if named else f"no line with its uuid in {logs}"

    eventually("the vrouter's log has its uuid", complaint)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Every whole line; each is one JSON object."""
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _revision(line: dict[str, Any], event: str, scope: str) -> int:
    """Of a scope, in a line of that event; else 0."""
    return int(line["revisions"].get(scope, 0)) if line["event"] == event else 0
