"""The client for programs that do several things at once."""

import time
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx

from landbridge.client import wire
from landbridge.client.methods import AsyncMethods
from landbridge.client.wire import Outgoing, Progress
from landbridge.core.api import Action


class AsyncClient(AsyncMethods):
    """As `Client`, to be awaited; several calls at a time are fine."""

    def __init__(self, url: str, session: str = "", *, timeout: float = 120.0) -> None:
        """`timeout`: seconds until an answer, and until the end of a job, are no longer waited for."""
        self.url = url.rstrip("/")
        self.session = session
        self._timeout = timeout
        self._http = httpx.AsyncClient(base_url=self.url + wire.BASE, timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    def __getattr__(self, name: str) -> Any:
        action = wire.methods().get(name)
        if action is None:
            raise AttributeError(name)
        return partial(self._method, action)

    async def login(self, account: str, password: str, user: str = "") -> str:
        """Open a session, of the account itself or of a user of it, and use it; returns its uuid."""
        action, params = wire.log_in(account, password, user)
        answer = await self.call(action, **params)
        self.session = str(answer["inventory"]["uuid"])
        return self.session

    async def call(
        self, action: str, /, *, tags: tuple[str, ...] = (), progress: Progress | None = None, **params: Any
    ) -> dict[str, Any]:
        """Call an action and wait for its job; parameters by their names on the wire.

        Raises:
            ClientError: refused, failed, or not answered.
        """
        answer = await self.submit(action, tags=tags, **params)
        return await self.wait(answer["location"], progress) if "location" in answer else answer

    async def submit(self, action: str, /, *, tags: tuple[str, ...] = (), **params: Any) -> dict[str, Any]:
        """Call an action; a job's answer is its `location`."""
        return wire.decoded(*await self._exchange(wire.outgoing(action, params, tags)))

    async def wait(self, location: str, progress: Progress | None = None) -> dict[str, Any]:
        """Ask for a job until it ends."""
        began = time.monotonic()
        while True:
            status, answer = await self._exchange(wire.poll(location))
            if status != 202:
                return wire.decoded(status, answer)
            waited = time.monotonic() - began
            if waited > self._timeout:
                raise wire.timed_out(location, self._timeout)
            if progress is not None:
                progress(waited)

    async def close(self) -> None:
        """Close the connections; the session stays."""
        await self._http.aclose()

    async def _method(self, action: Action, *conditions: str, system_tags: tuple[str, ...] = (), **named: Any) -> Any:
        params = wire.on_the_wire(action, conditions, named)
        return wire.result(action, await self.call(action.name, tags=tuple(system_tags), **params))

    async def _exchange(self, request: Outgoing) -> tuple[int, bytes]:
        try:
            answer = await self._http.request(
                request.method,
                request.path.lstrip("/"),
                content=request.body,
                headers=wire.headers(request, self.session),
            )
        except httpx.HTTPError as error:
            raise wire.no_answer(self.url, error) from error
        return answer.status_code, answer.content
