"""Two servers on one PostgreSQL behind one address: any may answer, and any may die, and nothing is half-made."""

import asyncio
import contextlib
import itertools
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from tests.api.conftest import LOGIN
from tests.api.test_process import free_port
from tests.support import postgres

V1 = "/zstack/v1"
KILLS = 6
PROGRAM = """
import sys
from pathlib import Path
from landbridge.server.main import Options, run
directory, database, port, nodelink_port, nodelink_url = sys.argv[1:]
run(Options(Path(directory), database=database, port=int(port), nodelink_port=int(nodelink_port),
            nodelink_url=nodelink_url, log_level="WARNING"))
"""


class OneAddress:
    """A TCP balancer, as plain as they come: connections go to the targets in turn, past those that do not listen."""

    def __init__(self, loop: asyncio.AbstractEventLoop, targets: list[int]) -> None:
        self._turns = itertools.count()
        self._targets = targets
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._carry, "127.0.0.1", 0), loop)
        self._server = started.result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turns)
        for turn in range(len(self._targets)):
            port = self._targets[(first + turn) % len(self._targets)]
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", port)
                break
        else:
            writer.close()
            return
        ways = [asyncio.create_task(_pipe(reader, there[1])), asyncio.create_task(_pipe(there[0], writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, there[1]):
            end.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


class Cloud:
    """The servers, what stands in front of them, and a client that has a new connection for each request."""

    def __init__(self, directory: Path, database: str) -> None:
        self._directory, self._database = directory, database
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self._ports = [(free_port(), free_port()) for _ in range(2)]
        self.api = OneAddress(self.loop, [api for api, _ in self._ports])
        self.nodelink = OneAddress(self.loop, [nodelink for _, nodelink in self._ports])
        self._processes: list[subprocess.Popen[bytes] | None] = [None, None]
        self.hosts: list[SimulatedHost] = []
        for number in range(2):
            self.start(number)
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.api.port}", limits=limits, timeout=20)

    def start(self, number: int) -> None:
        """Run a server, until it listens."""
        port, nodelink_port = self._ports[number]
        url = f"https://127.0.0.1:{self.nodelink.port}"
        arguments = [self._directory, self._database, port, nodelink_port, url]
        self._processes[number] = subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, arguments)])
        _eventually(lambda: _listens(port), 60)

    def kill(self, number: int) -> None:
        """As a power cut does."""
        process = self._processes[number]
        assert process is not None
        process.kill()
        process.wait()

    def run(self, work: Any) -> Any:
        """In the loop of the hosts."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def close(self) -> None:
        """End everything."""
        for host in self.hosts:
            self.run(host.stop())
        for process in self._processes:
            if process is not None:
                process.kill()
                process.wait()
        self.client.close()
        self.loop.call_soon_threadsafe(self.loop.stop)

    # ---- what a client does ---------------------------------------------------------------

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request that changes nothing, or may be said twice: again until somebody answers it."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.client.request(method, path, **options)
            except httpx.TransportError:
                assert time.monotonic() < deadline, "nobody answers"
                time.sleep(0.02)

    def login(self) -> None:
        """Open a session."""
        session = self.ask("PUT", f"{V1}/accounts/login", json=LOGIN).json()["inventory"]["uuid"]
        self.client.headers["Authorization"] = f"OAuth {session}"

    def submit(self, path: str, **params: Any) -> str:
        """A POST with an id of its own for the job, said again when nobody has answered; returns the id."""
        job = uuid.uuid4().hex
        reply = self.ask("POST", V1 + path, json={"params": params}, headers={"X-Job-UUID": job})
        # 400: the id is in use, so what nobody has answered had arrived.
        assert reply.status_code in (202, 400), reply.text
        return job

    def ended(self, job: str) -> dict[str, Any]:
        """The answer, or the error, of a job."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            reply = self.ask("GET", f"{V1}/api-jobs/{job}", headers={"Prefer": "wait=1"})
            if reply.status_code != 202:
                answer: dict[str, Any] = reply.json()
                return answer
        raise AssertionError(f"job {job} does not end")

    def make(self, path: str, **params: Any) -> dict[str, Any]:
        """A job that ends well: its inventory."""
        answer = self.ended(self.submit(path, **params))
        assert "error" not in answer, answer
        inventory: dict[str, Any] = answer.get("inventory", answer)
        return inventory

    def query(self, path: str, *conditions: str) -> list[dict[str, Any]]:
        """Inventories."""
        rows: list[dict[str, Any]] = self.ask("GET", V1 + path, params=[("q", one) for one in conditions]).json()[
            "inventories"
        ]
        return rows


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _eventually(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    directory = tmp_path_factory.mktemp("two")
    with postgres.server() as url:
        made = Cloud(directory, url)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture(scope="module")
def network(cloud: Cloud) -> str:
    """A network with two simulated hosts under it, which hang on whichever server the balancer chose."""
    cloud.login()
    zone = cloud.make("/zones", name="z")["uuid"]
    cluster = cloud.make("/clusters", name="c", zoneUuid=zone, hypervisorType="KVM")["uuid"]
    directory = cloud._directory
    for number in (1, 2):
        token = cloud.make("/hosts/join-tokens", clusterUuid=cluster)["token"]
        facts = simulated_facts(f"host-{number}", f"172.16.0.{number}")
        url = f"https://127.0.0.1:{cloud.nodelink.port}"
        cloud.hosts.append(cloud.run(SimulatedHost.join(url, token, directory / facts.hostname, facts)))
    _eventually(lambda: len(cloud.query("/hosts", "status=Connected")) == 2, 30)
    l2 = cloud.make("/l2-networks/no-vlan", name="n", zoneUuid=zone, physicalInterface="eth0")["uuid"]
    attached = cloud.ended(cloud.submit(f"/l2-networks/{l2}/clusters/{cluster}"))
    assert "error" not in attached, attached
    l3: str = cloud.make("/l3-networks", name="n", l2NetworkUuid=l2, category="Private")["uuid"]
    cloud.make(f"/l3-networks/{l3}/ip-ranges/by-cidr", name="n", networkCidr="10.0.0.0/16")
    return l3


def test_a_client_that_alternates_sees_what_it_did(cloud: Cloud, network: str) -> None:
    for number in range(20):
        made = cloud.make("/zones", name=f"zone-{number}")
        assert [row["name"] for row in cloud.query("/zones", f"uuid={made['uuid']}")] == [f"zone-{number}"]
        renamed = {"updateZone": {"name": "other"}}
        reply = cloud.ask("PUT", f"{V1}/zones/{made['uuid']}/actions", json=renamed)
        assert "error" not in cloud.ended(reply.json()["location"].rpartition("/")[2])
        assert cloud.query("/zones", f"uuid={made['uuid']}")[0]["name"] == "other"


def test_a_server_may_die_at_any_moment_of_any_job(cloud: Cloud, network: str) -> None:
    """VMs are made, which hosts have to report, while servers are killed: each job ends well or says why it did not.

    Then there is what the jobs that ended well have made, with an address each, and nothing else.
    """
    moments = random.Random(7)
    stop = threading.Event()

    def make() -> list[tuple[str, dict[str, Any]]]:
        found = []
        while not stop.is_set():
            job = cloud.submit("/vm-instances", name="v", l3NetworkUuids=[network], cpuNum=1, memorySize=1 << 20)
            found.append((job, cloud.ended(job)))
        return found

    with ThreadPoolExecutor(4) as clients:
        working = [clients.submit(make) for _ in range(4)]
        for turn in range(KILLS):
            time.sleep(moments.uniform(0.2, 1.0))
            cloud.kill(turn % 2)
            time.sleep(moments.uniform(0.0, 0.5))
            cloud.start(turn % 2)
        stop.set()
        answers = [one for work in working for one in work.result(120)]
    done = [answer["inventory"]["uuid"] for _, answer in answers if "error" not in answer]
    errors = [answer["error"] for _, answer in answers if "error" in answer]
    assert len(done) > 2 * KILLS
    assert {error["code"] for error in errors} <= {"HOST.1010", "SYS.1006"}, errors
    assert all(len(error["details"]) > 20 for error in errors)
    machines = cloud.query("/vm-instances")
    assert {row["uuid"] for row in machines} == set(done)
    assert {row["state"] for row in machines} == {"Running"}
    nics = {nic["uuid"]: nic["ip"] for row in machines for nic in row["vmNics"]}
    taken = cloud.query("/l3-networks/ip-address", f"l3NetworkUuid={network}")
    assert {row["vmNicUuid"]: row["ip"] for row in taken if "vmNicUuid" in row} == nics
    assert len(set(nics.values())) == len(done)
