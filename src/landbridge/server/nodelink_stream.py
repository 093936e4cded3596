"""One agent's stream: what is new since what it has, whenever there is something new.

There is no queue: a wake-up sets an event, and the next delta covers everything since the last one.
A host's `reconnect` is answered first (facts), then the state that depends on it is sent.
Questions are passed on once per stream: an agent that comes again is asked again what it has not answered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import msgspec
from prometheus_client import Gauge

from landbridge.model.documents.places import Host
from landbridge.model.facts import HostFacts
from landbridge.model.node import HostSettings
from landbridge.model.nodelink import PingMessage, RefreshMessage, ServerMessage, StateMessage, WatchRequest
from landbridge.server.nodelink_presence import Presences
from landbridge.services.host.presence import Presence, Stream
from landbridge.store import asks

PING_SECONDS = 5.0
LOOK_SECONDS = 30.0
"""How late a change is sent whose wake-up got lost between two server copies."""
REFRESH_SECONDS = 10.0
"""An agent that does not answer a refresh for so long is disconnected; less than its own patience."""

STREAMS = Gauge("landbridge_nodelink_streams", "Open agent streams")

Write = Callable[[bytes], Awaitable[None]]


class AgentStream:
    """A stream from the moment its agent is known until it ends."""

    def __init__(
        self,
        identity: Stream,
        presence: Presence,
        request: WatchRequest,
        presences: Presences,
        streams: "Streams",
    ) -> None:
        self.identity = identity
        self.presence = presence
        self._facts = request.facts
        self._have = request.have
        self._store = presences.store
        self._presences = presences
        self._streams = streams
        self._event = asyncio.Event()
        self._ended = False
        self._answered = 0
        self._asked = True
        self._passed_on: set[str] = set()
        self._last_sent = 0.0
        self._last_looked = 0.0

    @property
    def node(self) -> str:
        """Under what name the store knows its scopes; an agent without a host has none."""
        return self.presence.host_uuid or self.identity.agent_uuid

    def wake(self) -> None:
        """Something changed that may concern this agent."""
        self._event.set()

    def ask(self) -> None:
        """Somebody asks this host something."""
        self._asked = True
        self._event.set()

    def end(self) -> None:
        """Stop; the agent will come again if it lives."""
        self._ended = True
        self._event.set()

    def answered(self, facts: HostFacts, reconnect: int | None) -> None:
        """The agent reported facts here, perhaps to a refresh."""
        self._facts = facts
        if reconnect is not None:
            self._answered = max(self._answered, reconnect)
            self._event.set()

    async def run(self, write: Write) -> None:
        """Feed the agent until the stream ends.  The first message is always a `StateMessage`."""
        await self._send(write, await self._news(write))
        while not self._ended:
            await self._pass_on(write)
            try:
                async with asyncio.timeout(max(0.0, self._last_sent + PING_SECONDS - time.monotonic())):
                    await self._event.wait()
            except TimeoutError:
                await self._send(write, PingMessage())
                if self.presence.host_uuid and time.monotonic() < self._last_looked + LOOK_SECONDS:
                    continue
            self._event.clear()
            if self._ended or (not self.presence.host_uuid and not await self._claimed()):
                continue
            await self._pass_on(write)
            news = await self._news(write)
            if news.scopes or news.dropped:
                await self._send(write, news)

    async def _pass_on(self, write: Write) -> None:
        """Send the questions that this stream has not had; before the news, for somebody waits for the answer."""
        if not self._asked or not self.presence.host_uuid:
            return
        self._asked = False
        open_ = await self._store.read(lambda view: asks.unanswered(view, self.node))
        for message in open_:
            if message.uuid not in self._passed_on:
                await self._send(write, message)
        self._passed_on = {message.uuid for message in open_}

    async def _claimed(self) -> bool:
        """Whether this agent, which waited, has become a host's; the stream ends if it is not known any more."""
        current = await self._presences.current(self.identity, self._facts)
        if current is None:
            self.end()
            return False
        self._streams.become(self, current)
        return bool(current.host_uuid)

    async def _news(self, write: Write) -> StateMessage:
        self._last_looked = time.monotonic()
        delta = await self._store.node_delta(self.node, self._have)
        wanted = self._wanted_reconnect(delta)
        if wanted > self.presence.reconnect:
            await self._refresh(write, wanted)
            delta = await self._store.node_delta(self.node, self._have)
        for scope, news in delta.scopes.items():
            self._have[scope] = news.revision
        for scope in delta.dropped:
            self._have.pop(scope, None)
        if self.presence.host_uuid and f"host:{self.presence.host_uuid}" not in self._have:
            # The host is deleted: from now on its agent waits to be claimed, and may have been already.
            self._streams.become(self, Presence("", 0))
            self._event.set()
        return delta

    def _wanted_reconnect(self, delta: StateMessage) -> int:
        scope = delta.scopes.get(f"host:{self.presence.host_uuid}")
        settings = scope.put.get("host") if scope else None
        return settings.reconnect if isinstance(settings, HostSettings) else 0

    async def _refresh(self, write: Write, reconnect: int) -> None:
        """Ask for facts and wait until some server copy has dealt with the answer."""
        await self._send(write, RefreshMessage(token=str(reconnect)))
        deadline = time.monotonic() + REFRESH_SECONDS
        host_uuid = self.presence.host_uuid
        while self._answered < reconnect and not self._ended:
            self._event.clear()
            try:
                async with asyncio.timeout(1.0):
                    await self._event.wait()
            except TimeoutError:
                host = await self._store.read(lambda view: view.get(Host, host_uuid))
                if host is None or host.reconnected >= reconnect:
                    break
            if time.monotonic() > deadline:
                self.end()
        self.presence = replace(self.presence, reconnect=reconnect)

    async def _send(self, write: Write, message: ServerMessage) -> None:
        if not self._ended:
            await write(msgspec.json.encode(message) + b"\n")
            self._last_sent = time.monotonic()


class Streams:
    """The open streams of this server copy, at most one per agent."""

    def __init__(self) -> None:
        self._by_agent: dict[str, AgentStream] = {}
        self._by_host: dict[str, AgentStream] = {}
        self._waiting: set[AgentStream] = set()

    def of(self, agent_uuid: str) -> AgentStream | None:
        """An agent's stream, if it is here."""
        return self._by_agent.get(agent_uuid)

    def add(self, stream: AgentStream) -> None:
        """A new stream takes the place of the agent's old one."""
        previous = self._by_agent.get(stream.identity.agent_uuid)
        if previous is not None:
            previous.end()
            self._unindex(previous)
        self._by_agent[stream.identity.agent_uuid] = stream
        self._index(stream)
        STREAMS.set(len(self._by_agent))

    def remove(self, stream: AgentStream) -> None:
        """It ended; nothing to do if another one took its place."""
        if self._by_agent.get(stream.identity.agent_uuid) is stream:
            del self._by_agent[stream.identity.agent_uuid]
            self._unindex(stream)
            STREAMS.set(len(self._by_agent))

    def become(self, stream: AgentStream, presence: Presence) -> None:
        """The agent was claimed, or lost its host."""
        self._unindex(stream)
        stream.presence = presence
        if self._by_agent.get(stream.identity.agent_uuid) is stream:
            self._index(stream)

    def committed(self, nodes: Iterable[str]) -> None:
        """Wake the streams that a commit concerns.

        A host that nobody serves here may be a new one that a waiting agent is to take.
        """
        unserved = False
        for node in nodes:
            stream = self._by_host.get(node)
            if stream is None:
                unserved = True
            else:
                stream.wake()
        if unserved:
            for stream in self._waiting:
                stream.wake()

    def asked(self, hosts: Iterable[str]) -> None:
        """Somebody asks these hosts something; some may have their stream here."""
        for host in hosts:
            if (stream := self._by_host.get(host)) is not None:
                stream.ask()

    def end(self) -> None:
        """End them all; the agents come again."""
        for stream in self._by_agent.values():
            stream.end()

    def _index(self, stream: AgentStream) -> None:
        if stream.presence.host_uuid:
            self._by_host[stream.presence.host_uuid] = stream
        else:
            self._waiting.add(stream)

    def _unindex(self, stream: AgentStream) -> None:
        self._waiting.discard(stream)
        if self._by_host.get(stream.presence.host_uuid) is stream:
            del self._by_host[stream.presence.host_uuid]
