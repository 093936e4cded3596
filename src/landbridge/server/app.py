"""The ASGI application: one endpoint that hands a request to its surface.

/zstack/v1/…      REST v1                /openapi.json   what REST v1 offers
/zstack/api       the message API        /metrics        Prometheus
                                         /healthz        is the store reachable
"""

import asyncio
import time
import uuid

import msgspec
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from landbridge import __version__
from landbridge.core import openapi
from landbridge.core.catalog import Catalog
from landbridge.model.errors import ApiError
from landbridge.server import messages, metrics, v1
from landbridge.server.dispatch import Dispatcher
from landbridge.server.sessions import Sessions
from landbridge.server.time_limit import TimeLimit
from landbridge.store import Store

log = structlog.get_logger()


class Api:
    """Everything the server answers over HTTP to users."""

    def __init__(self, store: Store, catalog: Catalog, dispatcher: Dispatcher, sessions: Sessions) -> None:
        actions = tuple(catalog.actions)
        self._store = store
        self._limit = TimeLimit(store)
        self._rest = v1.RestV1(dispatcher, sessions, actions, self._limit)
        self._messages = messages.MessageApi(dispatcher, sessions, actions, self._limit)
        document = openapi.document(actions, catalog.kinds.values(), __version__)
        self._openapi = msgspec.json.encode(document)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            response = await self._answer(request, request_id)
        except Exception:
            log.exception("request_crashed", method=request.method)
            response = PlainTextResponse(f"internal error, see the server's log for request {request_id}", 500)
        self._note(request, response, time.perf_counter() - started)
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        path: str = request.scope["path"]
        if path.startswith(v1.PREFIX + "/"):
            return await self._rest.answer(request, path.removeprefix(v1.PREFIX), request_id)
        if path == messages.PATH or path.startswith(messages.PATH + "/"):
            return await self._messages.answer(request, path, request_id)
        match path:
            case "/openapi.json":
                return Response(self._openapi, media_type="application/json")
            case "/metrics":
                return Response(await asyncio.to_thread(generate_latest), media_type=CONTENT_TYPE_LATEST)
            case "/healthz":
                return await self._health()
            case _:
                return PlainTextResponse(f"no api mapping to {path}", 404)

    async def _health(self) -> Response:
        try:
            await self._limit.within(self._store.read(lambda view: view.now), "the database")
        except ApiError as error:
            return PlainTextResponse(error.details, 503)
        return PlainTextResponse("ok")

    def _note(self, request: Request, response: Response, seconds: float) -> None:
        bound = structlog.contextvars.get_contextvars()
        action = bound.get("action", "none")
        metrics.REQUESTS.labels(action, str(response.status_code)).inc()
        metrics.REQUEST_SECONDS.labels(action).observe(seconds)
        fields = {"method": request.method, "status": response.status_code, "ms": round(seconds * 1000, 2)}
        if request.method == "GET" and response.status_code < 400:
            log.debug("request", **fields)
        else:
            log.info("request", **fields)
