"""Scale of the server, with simulated hosts: creates per second as the count grows, queries, memory.

The hosts are real nodelink conversations without a kernel behind them, in this process; the
server is a process of its own on SQLite.  Clients, hosts and server share the machine's cores.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from tests.bench.report import Report, median
from tests.support.lab import LANDBRIDGE
from tests.support.scenario import Cloud, add_pool
from tests.support.v1 import V1

HOSTS = 10
LEVELS = (10, 100, 1_000, 10_000)
SAMPLE, ROUNDS = 100, 3
"""VMs made beyond each level, and removed again, as often: the middle time is the cost of one more there."""
WORKERS = 16
API, NODELINK = 18185, 18186

Item = TypeVar("Item")
Result = TypeVar("Result")


def run() -> Report:
    """Measure against a server of its own."""
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("scale", "The server with simulated hosts", about)
    with tempfile.TemporaryDirectory() as directory:
        options = ["--data-dir", f"{directory}/data", "--port", str(API), "--nodelink-port", str(NODELINK)]
        with (Path(directory) / "log").open("w") as log:
            server = subprocess.Popen(
                [LANDBRIDGE, "server", *options, "--log-level", "WARNING"], stdout=log, stderr=log
            )
        try:
            _measure(Path(directory), server.pid, report)
        finally:
            server.terminate()
            server.wait(20)
    return report


def _measure(directory: Path, server: int, report: Report) -> None:
    api = _client()
    zone = api.post("/zones", name="zone")["uuid"]
    cluster = api.post("/clusters", name="cluster", zoneUuid=zone, hypervisorType="KVM")["uuid"]
    with _Hosts(api, cluster, directory):
        cloud = Cloud(api, zone, cluster)
        cloud.pool = add_pool(cloud, "10.244.0.0/16", 1000, 9999)
        cloud.subnet("all", "10.0.0.0/16", vpc=False)
        _grow(cloud, server, report)
        _query(api, report)
    report.add(f"server memory at {LEVELS[-1]:,} VMs", f"{_rss(server) / 1024:.0f} MiB")


def _grow(cloud: Cloud, server: int, report: Report) -> None:
    _sample(cloud, server, 0)  # the first calls of a process cost more: not what is measured
    costs: list[Cost] = []
    for level, before in zip(LEVELS, (0, *LEVELS), strict=False):
        _create(cloud, range(before, level))
        samples = [_sample(cloud, server, level) for _ in range(ROUNDS)]
        costs.append(Cost(*(median(figures) for figures in zip(*samples, strict=True))))
        report.add(f"creates per second at {level:,} VMs", f"{1 / costs[-1].seconds:.0f}/s", "100/s")
        report.add("of it processor time of the server, each", f"{costs[-1].server_seconds * 1000:.1f} ms")
    for what, figures in (
        ("time", [c.seconds for c in costs]),
        ("processor time", [c.server_seconds for c in costs]),
    ):
        report.add(
            f"highest {what} of one more over that at {LEVELS[0]} VMs", f"{max(figures) / figures[0]:.2f}×", "1.3×"
        )


class Cost(NamedTuple):
    """Of one more VM: until it is there, and of it what the server's process computes."""

    seconds: float
    server_seconds: float


def _sample(cloud: Cloud, server: int, level: int) -> Cost:
    """What one more VM beyond `level` costs."""
    began, computed = time.perf_counter(), _processor_seconds(server)
    uuids = _create(cloud, range(level, level + SAMPLE))
    cost = Cost((time.perf_counter() - began) / SAMPLE, (_processor_seconds(server) - computed) / SAMPLE)
    _in_parallel(cloud, lambda own, uuid: own.remove_vm(uuid), uuids)
    return cost


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _create(cloud: Cloud, numbers: range) -> list[str]:
    return _in_parallel(cloud, lambda own, number: str(own.vm(f"vm-{number}", "all")["uuid"]), numbers)


def _in_parallel(cloud: Cloud, work: Callable[[Cloud, Item], Result], items: Iterable[Item]) -> list[Result]:
    """Each worker has a connection of its own."""
    local = threading.local()

    def one(item: Item) -> Result:
        if not hasattr(local, "cloud"):
            client = V1(f"http://127.0.0.1:{API}", hold=True)
            client.session = cloud.api.session
            local.cloud = replace(cloud, api=client)
        return work(local.cloud, item)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, items))


def _query(api: V1, report: Report) -> None:
    times = []
    for number in range(60):
        began = time.perf_counter()
        rows = api.query("/vm-instances", f"name~=vm-{number % 9 + 1}%", limit=100)
        times.append(time.perf_counter() - began)
        assert len(rows) == 100
    report.add("query of 100 VMs with their NICs out of 10,000", f"{median(times) * 1000:.1f} ms", "20 ms")


def _client() -> V1:
    deadline = time.monotonic() + 15
    while True:
        try:
            return V1(f"http://127.0.0.1:{API}", hold=True).login()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


class _Hosts:
    """Simulated hosts in a process of their own, so that they do not share this one's interpreter lock."""

    def __init__(self, api: V1, cluster: str, directory: Path) -> None:
        self._api = api
        self._cluster = cluster
        self._directory = directory

    def __enter__(self) -> None:
        tokens = [
            self._api.call("POST", "/hosts/join-tokens", {"params": {"clusterUuid": self._cluster, "name": f"h{n}"}})
            for n in range(HOSTS)
        ]
        plan = {"directory": str(self._directory), "tokens": [token["token"] for token in tokens]}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.scale"], stdin=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(plan) + "\n")
        self._process.stdin.flush()
        deadline = time.monotonic() + 30
        while len(self._api.query("/hosts", "status=Connected")) < HOSTS:
            assert time.monotonic() < deadline, "the simulated hosts did not connect"
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


async def _serve() -> None:
    plan = json.loads(sys.stdin.readline())
    hosts = [
        await SimulatedHost.join(
            f"https://127.0.0.1:{NODELINK}",
            token,
            Path(plan["directory"]) / f"h{number}",
            simulated_facts(f"h{number}", f"172.16.0.{number + 1}", underlay=f"10.244.0.{number + 1}/16"),
        )
        for number, token in enumerate(plan["tokens"])
    ]
    assert hosts
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
