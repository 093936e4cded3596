"""A server for API tests: real sockets, its own loop in a thread, the toy service beside the real ones."""

import asyncio
import hashlib
import socket
import threading
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import uvicorn

from landbridge.core.catalog import Catalog
from landbridge.core.service import Service
from landbridge.server.app import Api
from landbridge.server.dispatch import Dispatcher
from landbridge.server.jobs import Jobs
from landbridge.server.sessions import Sessions
from landbridge.services import account, config, event, tag
from landbridge.store import Store
from tests.api import toy

T = TypeVar("T")

PASSWORD = hashlib.sha512(b"password").hexdigest()
TOY_SERVICES = (account.SERVICE, config.SERVICE, event.SERVICE, tag.SERVICE, toy.SERVICE)
LOGIN = {"logInByAccount": {"accountName": "admin", "password": PASSWORD}}


class Server:
    """The API on a free port, with the loop in reach."""

    def __init__(self, database: str, services: Sequence[Service] = TOY_SERVICES) -> None:
        self.database = database
        self._services = services
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._start())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the server's loop, from the test's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def stop(self) -> None:
        """Stop serving; what is stored stays."""
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        catalog = Catalog(self._services)
        self.store = await Store.open(self.database, catalog)
        self.sessions = Sessions(self.store)
        self.jobs = Jobs(self.store, catalog)
        await self.jobs.start()
        self.dispatcher = Dispatcher(self.store, catalog, self.jobs, self.sessions)
        api = Api(self.store, catalog, self.dispatcher, self.sessions)
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio would not: 40 ms for each body
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(api, lifespan="off", log_config=None, access_log=False))
        self._serving = asyncio.create_task(self._server._serve([listening]))

    async def _stop(self) -> None:
        self._server.should_exit = True
        await self._serving
        await self.jobs.stop()
        self.dispatcher.close()
        await self.store.close()


class Client(httpx.Client):
    """An HTTP client with the shortcuts tests need."""

    def login(self) -> "Client":
        """Open an admin session and use it."""
        reply = self.put("/zstack/v1/accounts/login", json=LOGIN)
        assert reply.status_code == 200, reply.text
        self.headers["Authorization"] = "OAuth " + reply.json()["inventory"]["uuid"]
        return self

    def end(self, reply: httpx.Response) -> httpx.Response:
        """The final answer of a job."""
        assert reply.status_code == 202, reply.text
        for _ in range(200):
            polled = self.get(reply.json()["location"], headers={"Prefer": "wait=1"})
            if polled.status_code != 202:
                return polled
        raise AssertionError("the job does not end")

    def widget(self, **params: Any) -> dict[str, Any]:
        """Make a widget."""
        polled = self.end(self.post("/zstack/v1/widgets", json={"params": {"name": "w", **params}}))
        assert polled.status_code == 200, polled.text
        inventory: dict[str, Any] = polled.json()["inventory"]
        return inventory


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(f"sqlite:///{tmp_path / 'api.sqlite'}")
    yield running
    running.stop()


@pytest.fixture
def api(server: Server) -> Iterator[Client]:
    with Client(base_url=server.url) as client:
        yield client.login()
