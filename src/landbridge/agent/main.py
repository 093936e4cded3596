"""`landbridge agent`: wires the core to nodelink, to the kernel's events and to the clock.

The core works in one thread of its own, so a slow pass never makes the stream look dead.
"""

import asyncio
import contextlib
import fcntl
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, start_http_server

from landbridge.agent.drops import DropWatch
from landbridge.agent.facts import gather, management_address, server_address
from landbridge.agent.host import HostAgent
from landbridge.agent.local import LocalHost
from landbridge.agent.machines import Machines
from landbridge.agent.metrics import AgentMetrics
from landbridge.agent.questions import Questions, answerers
from landbridge.agent.shortcut_rows import CONTROL
from landbridge.agent.shortcuts import HostShortcuts
from landbridge.agent.state import FILE, NodeState
from landbridge.agent.traffic import Traffic
from landbridge.drivers import bpf_object, bpffs, neighbour_limits
from landbridge.drivers.hooks import Hooks, NoHooks
from landbridge.drivers.kernel import Kernel
from landbridge.drivers.netlink import Netlink
from landbridge.drivers.processes import boot_id
from landbridge.drivers.tables import Tables
from landbridge.model.facts import HostFacts
from landbridge.model.nodelink import AskMessage, RefreshMessage, Report, StateMessage
from landbridge.render import net
from landbridge.transports import logs
from landbridge.transports.enrol import enrol
from landbridge.transports.https import LinkLost, LinkRefused
from landbridge.transports.identity import Identity
from landbridge.transports.nodelink_client import Backoff, NodelinkClient

_log = structlog.get_logger(__name__)

_SETTLE_SECONDS = 0.2
"""Events of others come in bursts; ours are taken in by the pass itself."""
_REREAD_SECONDS = 30.0
_RETRY_SECONDS = (0.5, 30.0)


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """Where an agent lives.

    tag      begins the names of namespaces; tells apart several hosts on one machine
    metrics  `address:port` for Prometheus, or None
    log_level  DEBUG, INFO, WARNING or ERROR
    """

    state_dir: Path = Path("/var/lib/landbridge")
    run_dir: Path = Path("/run/landbridge")
    tag: str = "lb"
    metrics: str | None = None
    log_level: str = "INFO"


def join(options: AgentOptions, url: str, token: str, *, wait: bool = False) -> str:
    """Make this machine known to the server at `url`; returns the agent's uuid.

    wait: only wait to be claimed by AddKVMHost.
    Raises `LinkRefused` or `LinkLost` with the reason, `OSError` if this machine cannot take part.
    """
    identity = Identity(options.state_dir / "identity")
    netlink, tables = Netlink(), Tables()
    with contextlib.closing(netlink):
        tables.read(netlink)
        facts = gather(netlink, tables, management_address(server_address(url)))
    return asyncio.run(enrol(url, token, identity, facts, wait=wait)).agent_uuid


def run(options: AgentOptions) -> None:
    """Serve until SIGTERM or SIGINT; everything that was made stays and goes on working.

    Raises:
        OSError: this machine cannot take part, with the reason.
    """
    logs.configure(options.log_level)
    with _only_one(options.state_dir):
        asyncio.run(_Agent(options).run())


@contextlib.contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """Two agents on one state directory would undo each other's work."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (state_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"another agent runs on {state_dir}: stop it first") from error
        yield


class _Agent:
    """The process: what arrives goes into the inbox, one pass after the other empties it."""

    def __init__(self, options: AgentOptions) -> None:
        identity = Identity(options.state_dir / "identity")
        if not identity.exists:
            raise FileNotFoundError("this host has not joined: run `landbridge agent join URL --token TOKEN`")
        options.run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._lacks: tuple[str, ...] = ()
        with contextlib.suppress(OSError):  # `landbridge doctor` says how many there can be
            neighbour_limits.raise_limits()
        self._hooks = self._load_hooks(options)
        kernel = Kernel(options.tag, self._hooks, list(net.SYSCTLS))
        machines = Machines(options.tag, options.run_dir, self._wake_from_thread, self._router_programs(options))
        self._world = LocalHost(kernel, machines)
        self._shortcuts = (
            HostShortcuts(self._hooks, options.run_dir / CONTROL) if isinstance(self._hooks, Hooks) else None
        )
        before_pass = self._shortcuts.update if self._shortcuts else lambda _known: None
        state = NodeState(options.state_dir / FILE)
        self._core = HostAgent(options.tag, state, self._world, before_pass)
        traffic = Traffic(self._hooks, lambda: self._core.known)
        self._metrics = AgentMetrics(self._hooks, traffic, self._shortcuts, machines.routers)
        self._metrics_address = options.metrics
        self._url = identity.url
        structlog.contextvars.bind_contextvars(agent_uuid=identity.agent_uuid)
        self._client = NodelinkClient(self._url, identity)
        answered = answerers(self._world.machines, traffic, DropWatch(self._hooks, traffic), self._shortcuts)
        self._questions = Questions(answered, self._client.answer)
        self._server: str | None = None
        self._work = ThreadPoolExecutor(1, "reconcile")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._inbox: list[StateMessage] = []
        self._refreshes: list[str] = []
        self._reports: list[Report] = []
        self._reports_there = asyncio.Event()
        self._tell_everything = False
        self._facts: HostFacts | None = None

    def _load_hooks(self, options: AgentOptions) -> Hooks | NoHooks:
        """The eBPF programs; without them the host says so, and no port is opened."""
        try:
            return Hooks(bpffs.directory(options.tag), bpf_object.find_object(options.state_dir))
        except OSError as error:
            reason = f"eBPF does not work on this host: {error.strerror or error}"
            _log.error("no_port_will_be_opened", reason=reason)
            self._lacks = (reason,)
            return NoHooks(reason)

    def _router_programs(self, options: AgentOptions) -> tuple[Path, ...]:
        """What vrouters count flows and shape with; without it they route, hint nothing and limit nothing."""
        try:
            return tuple(bpf_object.find_object(options.state_dir, name) for name in bpf_object.OF_ROUTERS)
        except OSError as error:
            _log.error("no_shortcuts_will_be_hinted", reason=str(error))
            return ()

    async def run(self) -> None:
        """Until a signal."""
        loop = self._loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        if self._metrics_address is not None:
            address, _, port = self._metrics_address.rpartition(":")
            registry = CollectorRegistry()
            registry.register(self._metrics)
            start_http_server(int(port), address, registry)
        await self._pass(reread=True)
        if self._shortcuts is not None:
            self._shortcuts.start()
        tasks = [asyncio.create_task(work) for work in (self._reconcile(), self._follow(), self._send())]
        waiting = asyncio.create_task(ended.wait())
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, waiting):
            task.cancel()
        await asyncio.gather(*tasks, waiting, self._questions.close(), return_exceptions=True)
        self._work.shutdown()
        self._client.close()
        if self._shortcuts is not None:
            self._shortcuts.stop()
        self._world.close()
        self._core.state.close()
        for task in done - {waiting}:
            task.result()  # raises what ended it

    def _wake_from_thread(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    # ---- reconcile ------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        """Passes: for messages at once, for others' events after a moment, and now and then anyway."""
        assert self._loop is not None
        reread_at = time.monotonic() + _REREAD_SECONDS
        retry_after = _RETRY_SECONDS[0]
        retry_at = time.monotonic() + retry_after
        while True:
            self._listen()
            core = self._core.reconciler
            due = min(reread_at, retry_at) if core.failing else reread_at
            seconds = _SETTLE_SECONDS if core.restless else max(0.0, due - time.monotonic())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)
            self._wake.clear()
            now = time.monotonic()
            reread, retry = now >= reread_at, core.failing and now >= retry_at
            if reread:
                reread_at = now + _REREAD_SECONDS
            await self._pass(reread=reread, retry=retry)
            if not self._core.reconciler.failing:
                retry_after = _RETRY_SECONDS[0]
                retry_at = time.monotonic() + retry_after
            elif retry:
                retry_after = min(2 * retry_after, _RETRY_SECONDS[1])
                retry_at = time.monotonic() + retry_after

    async def _pass(self, *, reread: bool = False, retry: bool = False) -> None:
        """One step of the core in its thread; what it says goes to the server."""
        assert self._loop is not None
        messages, self._inbox = self._inbox, []
        refreshes, self._refreshes = self._refreshes, []
        everything, self._tell_everything = self._tell_everything, False
        try:
            reports = await self._loop.run_in_executor(
                self._work, self._step, messages, refreshes, everything, reread, retry
            )
        except Exception:
            # A surprise must not end the agent: the next look at the kernel itself puts things right.
            _log.exception("pass_crashed")
            self._metrics.crashed()
            self._inbox = messages + self._inbox
            self._refreshes = refreshes + self._refreshes
            self._tell_everything = True
            await asyncio.sleep(_RETRY_SECONDS[0])
            self._loop.call_soon(self._wake.set)
            return
        self._reports += reports
        if reports:
            self._reports_there.set()

    def _step(
        self, messages: list[StateMessage], refreshes: list[str], everything: bool, reread: bool, retry: bool
    ) -> list[Report]:
        began = time.monotonic()
        if everything:
            self._core.tell_everything()
        report = self._core.step(messages, reread=reread or bool(refreshes), retry=retry)
        if self._server is not None and (self._core.facts_changed or refreshes):
            self._core.facts_changed = False
            before = self._facts
            # Without a route to the server nobody could be told.
            with contextlib.suppress(OSError):
                self._gather(self._server)
            if self._facts != before:
                report = replace(report or Report(failed=self._core.failed()), facts=self._facts)
        self._metrics.passed(self._core, time.monotonic() - began)
        failed = self._core.failed()
        answers = [Report(failed=failed, facts=self._facts, refresh_token=token) for token in refreshes]
        return [*([report] if report is not None else []), *answers]

    def _gather(self, server: str) -> HostFacts:
        kernel = self._world.kernel
        self._facts = gather(kernel.netlink, kernel.mirror.tables, management_address(server), self._lacks)
        return self._facts

    def _listen(self) -> None:
        """Wake up a moment after others have changed something."""
        assert self._loop is not None
        loop, descriptor = self._loop, self._world.kernel.mirror.events.socket.fileno()

        def heard() -> None:
            loop.remove_reader(descriptor)
            loop.call_later(_SETTLE_SECONDS, self._wake.set)

        loop.add_reader(descriptor, heard)

    # ---- nodelink -------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Keep a stream to the server; what it brings goes into the inbox."""
        assert self._loop is not None
        backoff = Backoff(random.random)
        while True:
            try:
                server = self._server = await asyncio.to_thread(server_address, self._url)
                facts = await self._loop.run_in_executor(self._work, self._gather, server)
                have = await self._loop.run_in_executor(self._work, lambda: dict(self._core.state.revisions))
                async for message in self._client.watch(have, facts, boot_id()):
                    if not self._metrics.figures.connected:
                        _log.info("connected")
                        self._metrics.connected(True)
                        self._tell_everything = True
                        backoff.reset()
                    if isinstance(message, AskMessage):
                        self._questions.ask(message)
                        continue
                    if isinstance(message, RefreshMessage):
                        self._refreshes.append(message.token)
                    else:
                        self._inbox.append(message)
                    self._wake.set()
            except (OSError, LinkRefused) as error:
                _log.warning("not_connected", reason=str(error))
            self._metrics.connected(False)
            await asyncio.sleep(backoff.next())

    async def _send(self) -> None:
        """Send reports.  One that is lost is made up for by telling everything."""
        while True:
            await self._reports_there.wait()
            self._reports_there.clear()
            reports, self._reports = self._reports, []
            try:
                for report in reports:
                    await self._client.report(report)
            except (LinkLost, LinkRefused) as error:
                _log.warning("report_lost", reason=str(error))
                if self._metrics.figures.connected:
                    await asyncio.sleep(_RETRY_SECONDS[0])
                    self._tell_everything = True
                    self._wake.set()
