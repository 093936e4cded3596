"""Nodelink, the agent's side: one stream of news from the server, reports back.

    client = NodelinkClient(identity.url, identity)
    backoff = Backoff(random.random)
    while True:
        try:
            async for message in client.watch(have, facts, boot_id):
                backoff.reset()
                ...                        # StateMessage, RefreshMessage or AskMessage
        except LinkLost:                   # also the ordinary end of a stream
            await asyncio.sleep(backoff.next())

After the first message of a stream, report everything that is applied: what was reported while
the server was away is not kept anywhere.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping

import msgspec

from landbridge.model.facts import HostFacts
from landbridge.model.nodelink import (
    AnswerMessage,
    AskMessage,
    PingMessage,
    RefreshMessage,
    Report,
    ServerMessage,
    StateMessage,
    WatchRequest,
)
from landbridge.transports.https import HttpsConnection, LinkLost, LinkRefused
from landbridge.transports.identity import SERVER_NAME, Identity

SILENCE_SECONDS = 15.0
"""The server pings every 5 seconds; three missing ones mean that it hangs."""


class Backoff:
    """How long to wait before the next attempt: doubling, with jitter, so that agents do not come all at once."""

    def __init__(self, uniform: Callable[[], float], first: float = 0.2, most: float = 5.0) -> None:
        self._uniform = uniform
        self._first = first
        self._most = most
        self._ceiling = first

    def next(self) -> float:
        """Seconds to wait: between half of the ceiling and the ceiling."""
        seconds = self._ceiling * (0.5 + self._uniform() / 2)
        self._ceiling = min(self._ceiling * 2, self._most)
        return seconds

    def reset(self) -> None:
        """It worked: start from the beginning next time."""
        self._ceiling = self._first


class NodelinkClient:
    """The agent's connection to whichever server copy answers at `url`."""

    def __init__(self, url: str, identity: Identity) -> None:
        self._url = url
        self._identity = identity
        self._tls: ssl.SSLContext | None = None
        self._decoder = msgspec.json.Decoder(ServerMessage)
        self._reports = _Posts("/nodelink/v1/report", self._open)
        self._answers = _Posts("/nodelink/v1/answer", self._open)

    async def watch(
        self, have: Mapping[str, int], facts: HostFacts, boot_id: str
    ) -> AsyncGenerator[StateMessage | RefreshMessage | AskMessage, None]:
        """One stream, until it breaks.

        have: per scope, the revision that is on this host's disk.  facts: what the host is now.
        Raises `LinkLost` when the stream ends, for whatever reason; `LinkRefused` when the server does
        not know this agent (any more).
        """
        request = WatchRequest(have=dict(have), facts=facts, boot_id=boot_id)
        connection = await self._open()
        try:
            status = await connection.begin("POST", "/nodelink/v1/watch", msgspec.json.encode(request))
            if status != 200:
                raise await _refusal(connection, status)
            async for line in _lines(connection.body(SILENCE_SECONDS)):
                message = self._decoder.decode(line)
                if not isinstance(message, PingMessage):
                    yield message
            raise LinkLost("the server ended the stream")
        except msgspec.DecodeError as error:
            raise LinkLost(f"the server says what this agent does not understand: {error}") from error
        finally:
            connection.close()

    async def report(self, report: Report) -> None:
        """Send a report."""
        await self._reports.send(msgspec.json.encode(report))

    async def answer(self, message: AnswerMessage) -> None:
        """Answer a question; never behind a report, which may be large."""
        await self._answers.send(msgspec.json.encode(message))

    def close(self) -> None:
        """Hang up what `report` and `answer` have kept."""
        self._reports.close()
        self._answers.close()

    async def _open(self) -> HttpsConnection:
        if self._tls is None:
            self._tls = self._identity.tls()
        return await HttpsConnection.open(self._url, self._tls, SERVER_NAME)


class _Posts:
    """Messages to one address, one after the other, over a connection that is kept for the next one."""

    def __init__(self, path: str, connect: Callable[[], Awaitable[HttpsConnection]]) -> None:
        self._path = path
        self._connect = connect
        self._connection: HttpsConnection | None = None
        self._sending = asyncio.Lock()

    async def send(self, body: bytes) -> None:
        """Raises `LinkLost` or `LinkRefused`."""
        async with self._sending:
            if self._connection is not None and self._connection.usable:
                try:
                    return await self._post(self._connection, body)
                except LinkLost:
                    # An idle connection may have been closed by the server: only a fresh one tells.
                    self._connection.close()
            self._connection = await self._connect()
            return await self._post(self._connection, body)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _post(self, connection: HttpsConnection, body: bytes) -> None:
        status, answer = await connection.request("POST", self._path, body)
        if status != 200:
            raise _refused(status, answer)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whole lines; a long one comes in many chunks, joined once."""
    pieces: list[bytes] = []
    async for chunk in chunks:
        *lines, last = chunk.split(b"\n")
        for line in lines:
            yield b"".join([*pieces, line])
            pieces.clear()
        pieces.append(last)


async def _refusal(connection: HttpsConnection, status: int) -> Exception:
    return _refused(status, b"".join([chunk async for chunk in connection.body(SILENCE_SECONDS)]))


def _refused(status: int, answer: bytes) -> Exception:
    """5xx is the server's own trouble and passes; 4xx is a verdict on this agent."""
    text = answer.decode(errors="replace") or f"status {status}"
    return LinkLost(text) if status >= 500 else LinkRefused(text)
