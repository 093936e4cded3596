"""The `landbridge server` process: the store, the API and nodelink, wired together."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
import uvloop

from landbridge import __version__
from landbridge.core.catalog import Catalog
from landbridge.core.service import Service
from landbridge.server.app import Api
from landbridge.server.copies import known
from landbridge.server.dispatch import Dispatcher
from landbridge.server.housekeeping import keep_house
from landbridge.server.http import BoundedProtocol
from landbridge.server.jobs import Jobs
from landbridge.server.nodelink import NodelinkServer
from landbridge.server.pki import Pki
from landbridge.server.services import SERVICES
from landbridge.server.sessions import Sessions
from landbridge.store import Store
from landbridge.transports import logs

_BACKLOG = 2048
_GRACE_SECONDS = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What `landbridge server` is told.

    database      SQLAlchemy URL; None: an SQLite file in `data_dir`
    nodelink_url  what agents are told when it is not the address listened on (a load balancer's)
    tls_cert      PEM of the API's certificate (and chain): then it speaks HTTPS only
    tls_key       PEM of its key, when that is another file
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    database: str | None = None
    nodelink_host: str = "127.0.0.1"
    nodelink_port: int = 8443
    nodelink_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    log_level: str = "INFO"


class CannotStart(Exception):
    """Why the server does not start, in one sentence for people."""


def run(options: Options, services: Sequence[Service] = SERVICES) -> None:
    """Serve until SIGTERM or SIGINT.  Raises `CannotStart`."""
    os.umask(0o077)  # the database holds keys and password hashes
    logs.configure(options.log_level)
    uvloop.run(_serve(options, services))


async def _serve(options: Options, services: Sequence[Service]) -> None:
    listening = _listen(options.host, options.port)
    with contextlib.closing(listening):
        catalog = Catalog(services)
        store = await Store.open(_database(options), catalog)
        try:
            await _serve_store(options, store, catalog, listening)
        finally:
            await store.close()


async def _serve_store(options: Options, store: Store, catalog: Catalog, listening: socket.socket) -> None:
    sessions = Sessions(store)
    jobs = Jobs(store, catalog)
    dispatcher = Dispatcher(store, catalog, jobs, sessions)
    api = Api(store, catalog, dispatcher, sessions)
    nodelink = NodelinkServer(
        store,
        jobs,
        await Pki.load(store),
        options.nodelink_host,
        options.nodelink_port,
        advertised=options.nodelink_url,
    )
    server = _ApiServer(_config(options, api))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await jobs.start()
    housekeeping = asyncio.create_task(keep_house(store))
    try:
        await _start_nodelink(nodelink)
        log.info("server_started", version=__version__, api=f"{options.host}:{options.port}", nodelink=nodelink.url)
        try:
            async with known(store):
                await server.serve(sockets=[listening])
        finally:
            await nodelink.stop()
    finally:
        housekeeping.cancel()
        await asyncio.gather(housekeeping, return_exceptions=True)
        await jobs.stop()
        dispatcher.close()
        log.info("server_stopped")


def _config(options: Options, api: Api) -> uvicorn.Config:
    """How uvicorn serves.  `CannotStart` for a certificate or key that cannot be used."""
    config = uvicorn.Config(
        api,
        loop="none",
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        backlog=_BACKLOG,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
    )
    try:
        config.load()
    except OSError as error:
        raise CannotStart(f"the certificate {options.tls_cert} or its key cannot be used: {error}") from error
    return config


class _ApiServer(uvicorn.Server):
    """uvicorn, except that the process handles signals itself (uvicorn raises them again at its end)."""

    def stop(self) -> None:
        """Finish the requests at hand, then end `serve`."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _start_nodelink(nodelink: NodelinkServer) -> None:
    try:
        await nodelink.start()
    except OSError as error:
        raise CannotStart(_refused("nodelink", nodelink.host, nodelink.port, error)) from error


def _listen(host: str, port: int) -> socket.socket:
    """Bound before anything else happens, so that a second server harms nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotStart(_refused("API", host, port, error)) from error
    return listening


def _refused(what: str, host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"the {what} port {port} on {host} is in use: stop what listens there or choose another port"
    return f"cannot listen for the {what} on {host} port {port}: {os.strerror(error.errno or 0)}"


def _database(options: Options) -> str:
    if options.database is not None:
        return options.database
    options.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{options.data_dir / 'landbridge.sqlite'}"
