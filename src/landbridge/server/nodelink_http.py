"""HTTP for nodelink: uvicorn told who the peer is, bodies with a limit, small answers."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn
from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANDSHAKES = Counter("landbridge_nodelink_handshakes", "TLS handshakes: those begun and those done", ["stage"])
REFUSED = Counter("landbridge_nodelink_refused", "Requests refused for the caller's identity", ["reason"])

Scope = dict[str, Any]
Receive = Any
Send = Any


class PeerProtocol(HttpToolsProtocol):
    """uvicorn's protocol, plus the common name of the client's certificate in `scope["state"]["peer"]`.

    No ASGI server passes it on.  The certificate has been verified in the handshake; "" = none was shown.
    """

    peer = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """The handshake is over: note who it is."""
        super().connection_made(transport)
        HANDSHAKES.labels("done").inc()
        certificate = transport.get_extra_info("peercert") or {}
        for part in certificate.get("subject", ()):
            for name, value in part:
                if name == "commonName":
                    self.peer = value

    def on_message_begin(self) -> None:
        """A request starts: hand the name on."""
        super().on_message_begin()
        self.scope["state"]["peer"] = self.peer


class Listener(uvicorn.Server):
    """A uvicorn server inside a process that has its own signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's business."""
        yield


def listener(app: Any, context: ssl.SSLContext) -> Listener:
    """A listener for an ASGI app; sockets are given to `serve`."""
    context.sni_callback = lambda *_: HANDSHAKES.labels("begun").inc()
    config = uvicorn.Config(
        app,
        http=PeerProtocol,
        interface="asgi3",
        ws="none",
        proxy_headers=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=4096,
        timeout_keep_alive=600,
        ssl_context_factory=lambda *_: context,
    )
    return Listener(config)


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None if it is longer than `limit` or the client went away."""
    pieces: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return None
        pieces.append(event.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            return None
        if not event.get("more_body", False):
            return b"".join(pieces)


async def answer(send: Send, status: int, body: bytes = b"", content_type: bytes = b"application/json") -> None:
    """A whole answer."""
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, status: int, text: str, reason: str | None = None) -> None:
    """An error in one sentence; `reason` counts it among the refusals."""
    if reason is not None:
        REFUSED.labels(reason).inc()
    await answer(send, status, text.encode(), b"text/plain; charset=utf-8")
