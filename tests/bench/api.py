"""The API: queries, logins, jobs; how soon a server and the command line are there.

One `landbridge server` on one processor of this machine, clients on the other.  Queries are of one VIP by its uuid
among 1,000, in a session that is open; a login hashes with argon2 at its library's defaults, throttling off; a VIP is
made by 8 clients at a time, each polling its job to the end before it makes another.  Both databases are on the disk
when they have committed.  Medians of the rounds.
"""

import asyncio
import hashlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.http_load import Connection, per_second
from tests.bench.report import Report, median
from tests.support import postgres

ROUNDS, SECONDS, CLIENTS = 5, 3.0, 8
_STORED = 1000
_PASSWORD = hashlib.sha512(b"password").hexdigest()
_LOGIN = {"logInByAccount": {"accountName": "admin", "password": _PASSWORD}}
_V1 = "/zstack/v1"
_LANDBRIDGE = Path(sys.executable).with_name("landbridge")
_CPU = len(os.sched_getaffinity(0)) - 1


def run() -> Report:
    """On servers of its own."""
    report = Report("api", "The API", " ".join((__doc__ or "").split("\n\n")[1].split()))
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as directory:
        _starts(report, Path(directory))
        with _server(Path(directory) / "sqlite") as port:
            session, l3 = _prepared(port)
            _queries(report, port, session, l3)
            _logins(report, port, session)
            _creates(report, port, session, l3, engine="SQLite", goal="≥ 500/s")
        with postgres.server(durable=True) as url, _server(Path(directory) / "pg", "--database", url) as port:
            session, l3 = _prepared(port)
            _creates(report, port, session, l3, engine="PostgreSQL", goal="≥ 300/s")
    _help(report)
    return report


@contextmanager
def _server(directory: Path, *options: str) -> Iterator[int]:
    port = 18080
    arguments = ["server", "--data-dir", str(directory), "--port", str(port), "--nodelink-port", "18443"]
    command = ["taskset", "-c", str(_CPU), str(_LANDBRIDGE), *arguments, "--log-level", "WARNING", *options]
    process = subprocess.Popen(command)
    try:
        _answers(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1).raise_for_status()
            return
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.01)


def _starts(report: Report, directory: Path) -> None:
    """With a database that is there already, as after an update."""
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        with _server(directory / "starts"):
            times.append(time.perf_counter() - began)
    report.add("server start until it answers", f"{median(times[1:]):.2f} s", "1 s")


def _prepared(port: int) -> tuple[str, str]:
    """A session, and a public network with some VIPs."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}{_V1}", timeout=30) as client:
        session = client.put("/accounts/login", json=_LOGIN).json()["inventory"]["uuid"]
        client.headers["Authorization"] = f"OAuth {session}"

        def post(path: str, **params: object) -> str:
            made = client.post(path, json={"params": params})
            ended = client.get(made.json()["location"], headers={"Prefer": "wait=10"})
            assert ended.status_code == 200, ended.text
            return str(ended.json()["inventory"]["uuid"])

        zone = post("/zones", name="z")
        l2 = post("/l2-networks/no-vlan", name="n", zoneUuid=zone, physicalInterface="eth0")
        l3 = post("/l3-networks", name="n", l2NetworkUuid=l2, category="Public")
        post(f"/l3-networks/{l3}/ip-ranges/by-cidr", name="n", networkCidr="10.0.0.0/8")
        client.put(
            "/global-configurations/identity/session.maxConcurrent/actions",
            json={"updateGlobalConfig": {"value": "1000000"}},
        )
        return session, l3


def _queries(report: Report, port: int, session: str, l3: str) -> None:
    asyncio.run(_make(port, session, l3, _STORED))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}{_V1}") as client:
        client.headers["Authorization"] = f"OAuth {session}"
        uuid = client.get("/vips", params={"limit": 1}).json()["inventories"][0]["uuid"]

    async def one(connection: Connection, _number: int) -> None:
        status, text = await connection.ask("GET", f"{_V1}/vips/{uuid}")
        assert status == 200, text

    rates = [asyncio.run(per_second(port, session, CLIENTS, SECONDS, one)) for _ in range(ROUNDS)]
    report.add("queries of one VIP", f"{statistics.median(rates):,.0f}/s", "≥ 1,500/s")


async def _make(port: int, session: str, l3: str, count: int) -> None:
    connection = await Connection(port, session).open()
    for number in range(count):
        await connection.create(f"{_V1}/vips", {"name": f"stored-{number}", "l3NetworkUuid": l3})
    connection.close()


def _logins(report: Report, port: int, session: str) -> None:
    body = json.dumps(_LOGIN).encode()

    async def one(connection: Connection, _number: int) -> None:
        status, text = await connection.ask("PUT", f"{_V1}/accounts/login", body)
        assert status == 200, text

    rates = [asyncio.run(per_second(port, session, 2, SECONDS, one)) for _ in range(ROUNDS)]
    report.add("logins", f"{statistics.median(rates):.0f}/s", "≥ 20/s")


def _creates(report: Report, port: int, session: str, l3: str, *, engine: str, goal: str) -> None:
    async def one(connection: Connection, number: int) -> None:
        await connection.create(f"{_V1}/vips", {"name": f"v{number}", "l3NetworkUuid": l3})

    rates = [asyncio.run(per_second(port, session, CLIENTS, SECONDS, one)) for _ in range(ROUNDS)]
    report.add(f"VIPs made and polled, {engine}", f"{statistics.median(rates):,.0f}/s", goal)


def _help(report: Report) -> None:
    times = []
    for _ in range(2 * ROUNDS):
        began = time.perf_counter()
        subprocess.run([_LANDBRIDGE, "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    report.add("`landbridge --help`", f"{median(times) * 1e3:.0f} ms", "200 ms")
