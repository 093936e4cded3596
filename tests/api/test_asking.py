"""Actions whose answer comes from hosts, over REST v1 and the message API.

The hosts are rows in the store, and their answers are written there as nodelink writes them; with real
streams it is tests/unit/transports/test_asking.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.nodelink import AnswerMessage
from landbridge.model.questions.dhcp import DhcpLease, DhcpLeaseList
from landbridge.server.services import SERVICES
from landbridge.store import asks
from tests.api.conftest import Client, Server

PATH = "/zstack/v1/dhcp/leases"
MESSAGE = "org.landbridge.APIGetDhcpLeasesMsg"
HOST, VM, NIC = "1" * 32, "2" * 32, "3" * 32

LEASE = DhcpLease(
    nic_uuid=NIC,
    vm_uuid=VM,
    l3_uuid="4" * 32,
    mac="fa:00:00:00:00:01",
    ip="10.1.0.10",
    hostname="web",
    state="Bound",
    expires=1_700_003_600.0,
    last_message="ack",
    last_at=1_700_000_000.0,
)

Answer = Callable[[str], AnswerMessage]


def _cloud(tx: Tx) -> None:
    zone = Zone(uuid=tx.new_uuid(), name="zone")
    cluster = Cluster(uuid=tx.new_uuid(), name="cluster", zone_uuid=zone.uuid)
    host = Host(
        uuid=HOST,
        name="host-1",
        zone_uuid=zone.uuid,
        cluster_uuid=cluster.uuid,
        management_ip="172.16.0.1",
        status="Connected",
    )
    vm = VmInstance(uuid=VM, name="web-1", zone_uuid=zone.uuid)
    l2 = L2Network(uuid="5" * 32, name="flat", zone_uuid=zone.uuid, type="L2NoVlanNetwork", physical_interface="eth0")
    l3 = L3Network(uuid=LEASE.l3_uuid, name="web", zone_uuid=zone.uuid, l2_network_uuid=l2.uuid)
    nic = VmNic(
        uuid=NIC,
        vm_instance_uuid=VM,
        l3_network_uuid=l3.uuid,
        l2_network_uuid=l2.uuid,
        mac=LEASE.mac,
        ip=LEASE.ip,
        host_uuid=HOST,
    )
    for document in (zone, cluster, host, l2, l3, vm, nic):
        tx.put(document)


def _write(host: str, answer: AnswerMessage, tx: Tx) -> None:
    asks.answer(tx, host, answer)


class Agents:
    """Answers what hosts are asked, with what `answer` says; silent without."""

    def __init__(self, server: Server) -> None:
        self.answer: Answer | None = None
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        server.store.on_commit("ask", self._asked)

    def _asked(self, hosts: set[str]) -> None:
        for host in hosts:
            task = asyncio.get_running_loop().create_task(self._deal(host))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deal(self, host: str) -> None:
        for message in await self._server.store.read(lambda view: asks.unanswered(view, host)):
            if self.answer is not None:
                await self._server.store.write(partial(_write, host, self.answer(message.uuid)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(f"sqlite:///{tmp_path / 'api.sqlite'}", SERVICES)
    running.run(running.store.write(_cloud))
    yield running
    running.stop()


@pytest.fixture
def agents(server: Server) -> Agents:
    return Agents(server)


def leases(uuid: str) -> AnswerMessage:
    return AnswerMessage(uuid=uuid, value=msgspec.Raw(msgspec.json.encode(DhcpLeaseList(leases=(LEASE,)))))


def message(api: Client, **params: Any) -> dict[str, Any]:
    body = {MESSAGE: {**params, "session": {"uuid": api.headers["Authorization"].split()[1]}}}
    done = api.post("/zstack/api", json=body).json()
    assert done["state"] == "Done"
    reply: dict[str, Any] = msgspec.json.decode(done["result"])["org.landbridge.APIGetDhcpLeasesReply"]
    return reply


def test_both_surfaces_answer_with_what_the_host_says(api: Client, agents: Agents) -> None:
    agents.answer = leases
    reply = api.get(PATH, params={"vmInstanceUuid": VM})
    assert reply.status_code == 200, reply.text
    (row,) = reply.json()["inventories"]
    assert (row["ip"], row["state"], row["hostUuid"]) == ("10.1.0.10", "Bound", HOST)
    told = message(api, hostUuid=HOST)
    assert (told["success"], told["inventories"]) == (True, [row])


def test_the_hosts_failure_is_the_actions(api: Client, agents: Agents) -> None:
    agents.answer = lambda uuid: AnswerMessage(uuid=uuid, error="no answer on control.sock")
    reply = api.get(PATH, params={"vmInstanceUuid": VM})
    assert reply.status_code == 503
    error = reply.json()["error"]
    assert (error["code"], error["details"]) == ("SYS.1006", f"host[host-1, uuid:{HOST}]: no answer on control.sock")
    told = message(api, hostUuid=HOST)
    assert (told["success"], told["error"]["code"]) == (False, "SYS.1006")


def test_the_caller_says_how_long_it_waits(api: Client) -> None:
    reply = api.get(PATH, params={"vmInstanceUuid": VM}, headers={"X-API-Timeout": "1"})
    error = reply.json()["error"]
    assert error["code"] == "SYS.1001"
    assert "host-1" in error["details"]
    assert "within 1 s" in error["details"]
