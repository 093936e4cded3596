"""A server's nodelink on loopback with a real store and real jobs; the API's HTTP part is left out."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller, Service
from landbridge.core.view import Tx
from landbridge.model.documents.places import Agent, Cluster, Host, Zone
from landbridge.model.errors import ApiError
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.server.asking import Asking
from landbridge.server.call import Call
from landbridge.server.jobs import Jobs
from landbridge.server.nodelink import NodelinkServer
from landbridge.server.pki import Pki
from landbridge.services import cluster, config, host, zone
from landbridge.store import Store
from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from landbridge.transports.nodelink_client import NodelinkClient

ADMIN = Caller(account_uuid=ADMIN_ACCOUNT_UUID, user_uuid=ADMIN_ACCOUNT_UUID, is_admin=True)


class Nodelink:
    """One server copy.  Several may share a database."""

    def __init__(self, directory: Path, database: str | None = None) -> None:
        self.directory = directory
        self.database = database or f"sqlite:///{directory / 'test.sqlite'}"
        self.picky: str | None = None
        """A sentence with which a service refuses every host."""
        self.cluster = ""
        self._hosts: list[SimulatedHost] = []
        self._port = 0

    async def start(self) -> None:
        """Start, or start again on the same port and database."""
        picky = Service(name="picky", host_changed=(self._refuse,))
        catalog = Catalog((config.SERVICE, zone.SERVICE, cluster.SERVICE, host.SERVICE, picky))
        self.store = await Store.open(self.database, catalog)
        self.catalog = catalog
        self.asking = Asking(self.store)
        self.jobs = Jobs(self.store, catalog)
        await self.jobs.start()
        self.pki = await Pki.load(self.store)
        self.server = NodelinkServer(self.store, self.jobs, self.pki, "127.0.0.1", self._port)
        await self.server.start()
        self._port = self.server.port
        self.cluster = self.cluster or await self.store.write(_places)

    async def stop(self) -> None:
        """Stop the server; hosts keep trying."""
        await self.server.stop()
        await self.jobs.stop()
        await self.store.close()

    async def close(self) -> None:
        """Stop everything."""
        for simulated in self._hosts:
            await simulated.stop()
        await self.stop()

    async def call(self, name: str, /, **values: Any) -> dict[str, Any]:
        """Run an action as a job; its result.  Raises the ApiError it ended with."""
        return await self.end(await self.submit(name, **values))

    async def submit(self, name: str, /, **values: Any) -> str:
        """Start a job."""
        [action] = [action for action in self.catalog.actions if action.name == name]
        call = Call(action=action, values=values, caller=ADMIN, request_id=uuid.uuid4().hex)
        return (await self.jobs.submit(call)).uuid

    async def end(self, job: str) -> dict[str, Any]:
        """Wait for a job."""
        row = await self.jobs.state(job, wait=10.0)
        assert row is not None
        assert row.ended, "the job does not end"
        if row.error is not None:
            raise ApiError.from_dict(row.error)
        return dict(row.result or {})

    async def token(self, name: str | None = None) -> str:
        """A join token."""
        values = {"clusterUuid": self.cluster} | ({"name": name} if name else {})
        return str((await self.call("CreateHostJoinToken", **values))["token"])

    async def join(self, number: int, *, wait: bool = False) -> SimulatedHost:
        """A simulated host that has been told about itself (unless it waits)."""
        facts = simulated_facts(f"host-{number}", f"172.16.0.{number}")
        directory = self.directory / f"host-{number}-{uuid.uuid4().hex}"
        simulated = await SimulatedHost.join(self.server.url, await self.token(), directory, facts, wait=wait)
        self._hosts.append(simulated)
        if not wait:
            await simulated.until(lambda: simulated.find("host") is not None)
        return simulated

    def client(self, simulated: SimulatedHost) -> NodelinkClient:
        """A connection with the identity of a simulated host."""
        return NodelinkClient(self.server.url, simulated.identity)

    async def host(self, simulated: SimulatedHost) -> Host:
        """The document of a simulated host."""
        agent_uuid = simulated.identity.agent_uuid
        return await self.store.read(lambda view: view.need(Host, view.need(Agent, agent_uuid).host_uuid))

    async def edit(self, host_uuid: str, **fields: Any) -> None:
        """Change a host's document."""

        def change(tx: Tx) -> None:
            document = tx.need(Host, host_uuid)
            for name, value in fields.items():
                setattr(document, name, value)
            tx.put(document)

        await self.store.write(change)

    def _refuse(self, _tx: Tx, _host_uuid: str) -> None:
        if self.picky is not None:
            raise ApiError("SYS.1006", self.picky)


def _places(tx: Tx) -> str:
    if (existing := tx.first(Cluster)) is not None:
        return existing.uuid
    made = Zone(uuid=tx.new_uuid(), name="zone-1")
    tx.put(made)
    inside = Cluster(uuid=tx.new_uuid(), name="cluster-1", zone_uuid=made.uuid)
    tx.put(inside)
    return inside.uuid


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def nodelink(tmp_path: Path) -> AsyncIterator[Nodelink]:
    started = Nodelink(tmp_path)
    await started.start()
    yield started
    await started.close()


@pytest.fixture
async def second(nodelink: Nodelink) -> AsyncIterator[Nodelink]:
    """Another server copy on the same database; no wake-ups pass between the two."""
    copy = Nodelink(nodelink.directory, nodelink.database)
    await copy.start()
    yield copy
    await copy.close()
