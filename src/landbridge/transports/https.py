"""A small HTTP/1.1 client over TLS: one connection, one request at a time, bodies read as they come.

It exists because an agent runs on every host and needs two things that the standard library
lacks: a response body that is read for days, and a limit on how long it may be silent.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Self
from urllib.parse import urlsplit

import httptools

CONNECT_SECONDS = 10.0
READ_BYTES = 64 * 1024


class LinkLost(ConnectionError):
    """The server is not reachable, hung up, or was silent for too long.  Trying again is right."""


class LinkRefused(Exception):
    """The server (or this side) refuses the other's identity or request.  Trying again alone does not help."""


class HttpsConnection:
    """An open connection.  `LinkLost` and `LinkRefused` are all that its methods raise."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authority: str) -> None:
        self._reader = reader
        self._writer = writer
        self._authority = authority
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._complete = False
        self._headers_seen = False
        self.usable = True
        """Whether another request may be sent on this connection."""

    @classmethod
    async def open(cls, url: str, tls: ssl.SSLContext, server_name: str | None) -> Self:
        """Connect to the https `url`; `server_name` is the name that the certificate must carry."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise LinkRefused(f"{url!r} is not an https URL")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    parts.hostname, parts.port or 443, ssl=tls, server_hostname=server_name or parts.hostname
                )
        except ssl.SSLCertVerificationError as error:
            raise LinkRefused(f"{url}: the server's certificate is not trusted: {error.verify_message}") from error
        except (OSError, TimeoutError) as error:
            raise LinkLost(f"{url}: {error or 'no answer'}") from error
        return cls(reader, writer, parts.netloc)

    async def request(self, method: str, path: str, body: bytes = b"", *, seconds: float = 30.0) -> tuple[int, bytes]:
        """Send a request; the status and the whole body of the answer."""
        status = await self.begin(method, path, body, seconds=seconds)
        return status, b"".join([chunk async for chunk in self.body(seconds)])

    async def begin(self, method: str, path: str, body: bytes = b"", *, seconds: float = 30.0) -> int:
        """Send a request and wait for the head of the answer; returns the status."""
        self._parser = httptools.HttpResponseParser(self)
        self._chunks, self._complete, self._headers_seen = [], False, False
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self._authority}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.usable = False
        try:
            self._writer.write(head.encode("ascii") + body)
            async with asyncio.timeout(seconds):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise _lost(error) from error
        while not self._headers_seen:
            await self._feed(seconds)
        return int(self._parser.get_status_code())

    async def body(self, silence: float) -> AsyncIterator[bytes]:
        """The pieces of the body; `LinkLost` when none comes for `silence` seconds."""
        while True:
            chunks, self._chunks = self._chunks, []
            for chunk in chunks:
                yield chunk
            if self._complete:
                return
            if not chunks:
                await self._feed(silence)

    def close(self) -> None:
        """Hang up at once."""
        self.usable = False
        self._writer.transport.abort()

    async def _feed(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                data = await self._reader.read(READ_BYTES)
            if not data:
                raise LinkLost("the server closed the connection")
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise LinkLost(f"the server's answer is not HTTP: {error}") from error
        except (OSError, TimeoutError) as error:
            raise _lost(error) from error

    # callbacks of the parser
    def on_headers_complete(self) -> None:
        """The head has been read."""
        self._headers_seen = True

    def on_body(self, data: bytes) -> None:
        """A piece of the body has been read."""
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """The answer has been read; whether the connection stays open is known only now (the parser starts anew)."""
        self._complete = True
        self.usable = bool(self._parser.should_keep_alive())


def _lost(error: Exception) -> Exception:
    """What a broken connection means.

    In TLS 1.3 a server's verdict on the client's certificate comes after the handshake, as an alert.
    """
    if isinstance(error, LinkLost):
        return error
    if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or ""):
        return LinkRefused(f"the server refuses this agent's certificate: {error.reason}")
    if isinstance(error, TimeoutError):
        return LinkLost("the server has been silent for too long")
    return LinkLost(str(error) or type(error).__name__)
