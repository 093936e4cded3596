"""uvicorn's protocol, with bounds on what comes before a body: neither large nor slow headers hold a connection."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADER_BYTES = 64 << 10
MOST_HEADER_SECONDS = 20.0
"""From the connection, or a request's first byte, to the end of its headers.  Between requests uvicorn counts."""


class BoundedProtocol(HttpToolsProtocol):
    """Hangs up on who is too slow or says too much."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._header_bytes = 0
        self._in_headers = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody may begin."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(MOST_HEADER_SECONDS, self._hang_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of headers or of a body."""
        if self._in_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > MOST_HEADER_BYTES:
            self._hang_up()

    def on_message_begin(self) -> None:
        """A request's first byte."""
        super().on_message_begin()
        self._in_headers, self._header_bytes = True, 0
        if self._deadline is None:
            self._deadline = self.loop.call_later(MOST_HEADER_SECONDS, self._hang_up)

    def on_headers_complete(self) -> None:
        """From here on `server/body.py` counts."""
        self._stop_clock()
        self._in_headers = False
        super().on_headers_complete()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        self._deadline = None
        if self.transport is not None:
            self.transport.abort()
