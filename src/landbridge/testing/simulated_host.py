"""A host without a kernel: a real agent's conversation with the server, and nothing behind it.

It enrols, keeps the state it is sent in memory and reports it as applied at once.  Hundreds of them
run in one process, for benchmarks and for tests of the API.

    host = await SimulatedHost.join(url, token, directory, simulated_facts("host-1", "10.0.0.1"))
    ...
    host.fail("port/<nic uuid>", "no such interface")     # from now on this key fails
    await host.stop()
"""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import msgspec

from landbridge.model.facts import HostFacts, InterfaceFact
from landbridge.model.health import Health
from landbridge.model.node import AnyObject
from landbridge.model.nodelink import AnswerMessage, AskMessage, ObjectStatus, RefreshMessage, Report, StateMessage
from landbridge.model.questions import AnyQuestion
from landbridge.model.questions.base import HostAnswer
from landbridge.transports.enrol import enrol
from landbridge.transports.https import LinkLost, LinkRefused
from landbridge.transports.identity import Identity
from landbridge.transports.nodelink_client import Backoff, NodelinkClient


def simulated_facts(
    hostname: str,
    management_ip: str,
    *,
    underlay: str | None = None,
    mtu: int = 1600,
    interfaces: tuple[InterfaceFact, ...] = (),
) -> HostFacts:
    """Facts of a plain server: `eth0` with the management address, `underlay0` (with prefix length) if given."""
    found = [
        InterfaceFact(name="eth0", mac="02:00:00:00:00:01", mtu=1500, up=True, addresses=(f"{management_ip}/24",))
    ]
    if underlay is not None:
        found.append(
            InterfaceFact(name="underlay0", mac="02:00:00:00:00:02", mtu=mtu, up=True, addresses=(underlay,))
        )
    return HostFacts(
        hostname=hostname,
        management_ip=management_ip,
        interfaces=(*found, *interfaces),
        cpu_num=64,
        memory_bytes=1 << 40,
        kernel="6.1.0",
        os_distribution="debian",
        os_version="12",
        agent_version="simulated",
    )


class SimulatedHost:
    """An agent that applies everything by remembering it.

    objects: scope -> key -> node object, as the server sent them.  revisions: scope -> revision.
    """

    def __init__(self, identity: Identity, facts: HostFacts) -> None:
        self.identity = identity
        self.facts = facts
        self.objects: dict[str, dict[str, AnyObject]] = {}
        self.revisions: dict[str, int] = {}
        self.messages = 0
        self.refreshes = 0
        self.refused: str | None = None
        """Why the server does not want this agent; it has given up then."""
        self.changed = asyncio.Condition()
        """Notified after every message has been applied and reported."""
        self.asked: list[AnyQuestion] = []
        self.answer: Callable[[AnyQuestion], HostAnswer | str | None] = lambda _question: (
            "a simulated host knows nothing"
        )
        """What a question is answered with: words are an error, None is silence."""
        self._failing: dict[str, str] = {}
        self._client = NodelinkClient(identity.url, identity)
        self._boot_id = uuid.uuid4().hex
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def join(cls, url: str, token: str, directory: Path, facts: HostFacts, *, wait: bool = False) -> Self:
        """Enrol with a token and start."""
        identity = Identity(directory)
        await enrol(url, token, identity, facts, wait=wait)
        host = cls(identity, facts)
        host.start()
        return host

    def start(self) -> None:
        """Connect, and connect again whenever the stream breaks."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Hang up as a killed agent does; what was remembered stays, as on a disk."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._client.close()

    def fail(self, key: str, error: str | None) -> None:
        """From the next message on, report `key` as failed (None: as healthy again)."""
        if error is None:
            self._failing.pop(key, None)
        else:
            self._failing[key] = error

    async def report_facts(self, facts: HostFacts) -> None:
        """The host's interfaces or addresses changed."""
        self.facts = facts
        await self._client.report(Report(facts=facts, failed=self._failed()))

    async def fare(self, health: Mapping[str, Health | None], *, everything: bool = False) -> None:
        """Tell how objects fare."""
        await self._client.report(Report(failed=self._failed(), health=dict(health), all_health=everything))

    def find(self, key: str) -> AnyObject | None:
        """The object of a key, in whatever scope."""
        return next((objects[key] for objects in self.objects.values() if key in objects), None)

    async def until(self, true: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until something holds after a message; TimeoutError otherwise."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(true)

    async def _run(self) -> None:
        backoff = Backoff(random.random)
        while True:
            fresh = True
            try:
                async for message in self._client.watch(self.revisions, self.facts, self._boot_id):
                    backoff.reset()
                    await self._take(message, everything=fresh)
                    fresh = False
            except LinkRefused as refusal:
                self.refused = str(refusal)
                return
            except LinkLost:
                await asyncio.sleep(backoff.next())

    async def _answer(self, message: AskMessage) -> None:
        question = msgspec.json.decode(message.question, type=AnyQuestion)
        self.asked.append(question)
        match self.answer(question):
            case None:
                pass
            case str() as words:
                await self._client.answer(AnswerMessage(uuid=message.uuid, error=words))
            case value:
                raw = msgspec.Raw(msgspec.json.encode(value))
                await self._client.answer(AnswerMessage(uuid=message.uuid, value=raw))
        async with self.changed:
            self.changed.notify_all()

    async def _take(self, message: StateMessage | RefreshMessage | AskMessage, *, everything: bool) -> None:
        if isinstance(message, AskMessage):
            return await self._answer(message)
        self.messages += 1
        if isinstance(message, RefreshMessage):
            self.refreshes += 1
            refreshed = Report(facts=self.facts, refresh_token=message.token, failed=self._failed())
            return await self._client.report(refreshed)
        for scope in message.dropped:
            self.objects.pop(scope, None)
            self.revisions.pop(scope, None)
        for scope, delta in message.scopes.items():
            objects = {} if delta.full else self.objects.get(scope, {})
            objects.update(delta.put)
            for key in delta.gone:
                objects.pop(key, None)
            self.objects[scope] = objects
            self.revisions[scope] = delta.revision
        applied = dict(self.revisions) if everything else {scope: self.revisions[scope] for scope in message.scopes}
        await self._client.report(Report(applied=applied, failed=self._failed()))
        async with self.changed:
            self.changed.notify_all()
        return None

    def _failed(self) -> dict[str, ObjectStatus]:
        return {key: ObjectStatus(error=error) for key, error in self._failing.items() if self.find(key) is not None}
