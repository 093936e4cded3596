"""The client for programs that wait.

`http.client`, because importing a larger library costs more than most commands of the command line take.
"""

import http.client
import time
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from landbridge.client import wire
from landbridge.client.methods import Methods
from landbridge.client.wire import Outgoing, Progress
from landbridge.core.api import Action

_IDLE_SECONDS = 2.0
"""A connection that was idle for longer is not used again: the server may have closed it."""


class Client(Methods):
    """One server, one session.  Every action is a method, which waits for its job; `call` has them by name."""

    def __init__(self, url: str, session: str = "", *, timeout: float = 120.0) -> None:
        """`timeout`: seconds until an answer, and until the end of a job, are no longer waited for."""
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.session = session
        self._timeout = timeout
        secure = parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = connect(
            parts.hostname or "127.0.0.1", parts.port or (443 if secure else 80), timeout=timeout
        )
        self._used = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        action = wire.methods().get(name)
        if action is None:
            raise AttributeError(name)
        return partial(self._method, action)

    def login(self, account: str, password: str, user: str = "") -> str:
        """Open a session, of the account itself or of a user of it, and use it; returns its uuid."""
        action, params = wire.log_in(account, password, user)
        answer = self.call(action, **params)
        self.session = str(answer["inventory"]["uuid"])
        return self.session

    def call(
        self, action: str, /, *, tags: tuple[str, ...] = (), progress: Progress | None = None, **params: Any
    ) -> dict[str, Any]:
        """Call an action and wait for its job; parameters by their names on the wire.

        Raises:
            ClientError: refused, failed, or not answered.
        """
        answer = self.submit(action, tags=tags, **params)
        return self.wait(answer["location"], progress) if "location" in answer else answer

    def submit(self, action: str, /, *, tags: tuple[str, ...] = (), **params: Any) -> dict[str, Any]:
        """Call an action; a job's answer is its `location`."""
        return wire.decoded(*self._exchange(wire.outgoing(action, params, tags)))

    def wait(self, location: str, progress: Progress | None = None) -> dict[str, Any]:
        """Ask for a job until it ends."""
        began = time.monotonic()
        while True:
            status, answer = self._exchange(wire.poll(location))
            if status != 202:
                return wire.decoded(status, answer)
            waited = time.monotonic() - began
            if waited > self._timeout:
                raise wire.timed_out(location, self._timeout)
            if progress is not None:
                progress(waited)

    def close(self) -> None:
        """Close the connection; the session stays."""
        self._connection.close()

    def _method(self, action: Action, *conditions: str, system_tags: tuple[str, ...] = (), **named: Any) -> Any:
        params = wire.on_the_wire(action, conditions, named)
        return wire.result(action, self.call(action.name, tags=tuple(system_tags), **params))

    def _exchange(self, request: Outgoing) -> tuple[int, bytes]:
        if time.monotonic() - self._used > _IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(
                request.method, wire.BASE + request.path, request.body, wire.headers(request, self.session)
            )
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise wire.no_answer(self.url, error) from error
        finally:
            self._used = time.monotonic()
