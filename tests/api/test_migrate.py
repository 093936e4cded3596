"""MigrateVm through the API, with simulated hosts on real streams: who has the VM when, and what is said of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.model.node import Port, Relay
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.simulated import V1, Simulated


class Cloud(Simulated):
    """Three hosts and a network."""

    def __init__(self, server: Server, api: Client, directory: Path) -> None:
        super().__init__(server, api, directory, 3)
        self.l3 = self.subnet("net", "10.1.0.0/24")

    def migrate(self, vm: dict[str, Any], **params: Any) -> Any:
        """The reply at the end of the job."""
        path, body = f"{V1}/vm-instances/{vm['uuid']}/actions", {"migrateVm": params}
        return self.api.end(self.api.request("PUT", path, json=body))

    def place(self, host: int, vm: dict[str, Any]) -> str:
        """How a host has the VM's NIC."""
        uuid = vm["vmNics"][0]["uuid"]
        port, relay = self.hosts[host].find(f"port/{uuid}"), self.hosts[host].find(f"relay/{uuid}")
        words = ["closed" if port.standby else "open"] if isinstance(port, Port) else []
        return " ".join([*words, *(["relay"] if isinstance(relay, Relay) else [])])


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    directory = tmp_path_factory.mktemp("migrate")
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        made = Cloud(server, api.login(), directory)
        yield made
        made.close()
    server.stop()


def test_the_job_ends_when_the_new_host_has_it_and_the_old_one_has_not(cloud: Cloud) -> None:
    vm = cloud.vm("vm", cloud.l3, 0)
    reply = cloud.migrate(vm, hostUuid=cloud.uuids[1])
    assert reply.status_code == 200, reply.text
    moved = reply.json()["inventory"]
    assert (moved["state"], moved["hostUuid"], moved["lastHostUuid"]) == ("Running", cloud.uuids[1], cloud.uuids[0])
    assert not {"standbyHostUuid", "generation"} & (moved.keys() | moved["vmNics"][0].keys())
    assert [cloud.place(host, vm) for host in range(3)] == ["relay", "open", ""]
    assert (moved["vmNics"][0]["mac"], moved["vmNics"][0]["ip"]) == (vm["vmNics"][0]["mac"], vm["vmNics"][0]["ip"])


def test_without_a_host_the_least_loaded_is_chosen(cloud: Cloud) -> None:
    vm = cloud.vm("chosen", cloud.l3, 0)
    candidates = cloud.query(f"/vm-instances/{vm['uuid']}/migration-target-hosts")
    assert {host["uuid"] for host in candidates} == set(cloud.uuids[1:])
    reply = cloud.migrate(vm, strategy="auto-converge", downTime=1, migrateFromDestination=False, allowUnknown=True)
    assert reply.json()["inventory"]["hostUuid"] == cloud.uuids[2]


def test_a_host_that_cannot_have_it(cloud: Cloud) -> None:
    vm = cloud.vm("failing", cloud.l3, 0)
    key = f"port/{vm['vmNics'][0]['uuid']}"
    cloud.hosts[1].fail(key, "no memory for its table")
    reply = cloud.migrate(vm, hostUuid=cloud.uuids[1])
    cloud.hosts[1].fail(key, None)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["cause"]["code"]) == (503, "VM.1008", "SYS.1006")
    assert "no memory for its table" in error["cause"]["details"]
    [now] = cloud.query("/vm-instances", f"uuid={vm['uuid']}")
    assert (now["state"], now["hostUuid"]) == ("Running", cloud.uuids[0])
    assert cloud.place(0, vm) == "open"


@pytest.mark.parametrize(
    ("params", "code"),
    [({"hostUuid": "here"}, "SYS.1007"), ({"hostUuid": "0" * 32}, "SYS.1003"), ({"strategy": "fast"}, "SYS.1007")],
)
def test_refusals(cloud: Cloud, params: dict[str, str], code: str) -> None:
    vm = cloud.vm("refused", cloud.l3, 0)
    asked = {name: cloud.uuids[0] if value == "here" else value for name, value in params.items()}
    assert cloud.migrate(vm, **asked).json()["error"]["code"] == code
    assert cloud.place(0, vm) == "open"


def test_a_vrouter_cannot_be_moved(cloud: Cloud) -> None:
    router = cloud.router("router", 0)
    error = cloud.migrate({"uuid": router}).json()["error"]
    assert (error["code"], "driver router" in error["details"]) == ("SYS.1006", True)
