"""A small synchronous client of the v1 API: what the command line and the lab are made of.

`http.client`, because importing a larger library costs more than most commands take.
"""

import hashlib
import http.client
import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from landbridge.cli.errors import CliError
from landbridge.core.api import Action

__all__ = ["CliError", "Client", "actions"]

_HOLD_SECONDS = 1
"""How long the server may hold the answer about a job that still runs."""
_IDLE_SECONDS = 2.0
"""A connection that was idle for longer is not used again: the server may have closed it."""


class Client:
    """One server, one session.  Calls actions by name and waits for their jobs."""

    def __init__(self, url: str, session: str = "", *, timeout: float = 120.0) -> None:
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

    def login(self, account: str, password: str) -> str:
        """Open a session; returns its uuid."""
        digest = hashlib.sha512(password.encode()).hexdigest()
        answer = self.call("LogInByAccount", accountName=account, password=digest)
        self.session = str(answer["inventory"]["uuid"])
        return self.session

    def call(
        self,
        action: str,
        /,
        *,
        tags: tuple[str, ...] = (),
        progress: Callable[[float], None] | None = None,
        **params: Any,
    ) -> dict[str, Any]:
        """Call an action and wait for its job.  `progress` hears the seconds waited.  Raises CliError."""
        answer = self.submit(action, tags=tags, **params)
        return self.wait(answer["location"], progress) if "location" in answer else answer

    def submit(self, action_name: str, /, *, tags: tuple[str, ...] = (), **params: Any) -> dict[str, Any]:
        """Call an action; a job's answer is its `location`."""
        action = actions().get(action_name)
        if action is None:
            raise CliError("", f"there is no action {action_name}")
        values = {key: value for key, value in params.items() if value is not None}
        path = action.path
        for key in list(values):
            if f"{{{key}}}" in path:
                path = path.replace(f"{{{key}}}", quote(str(values.pop(key)), safe=""))
        if action.method in ("GET", "DELETE"):
            pairs = [*_pairs(values), *(("systemTags", tag) for tag in tags)]
            return self.request(action.method, path + ("?" + urlencode(pairs) if pairs else ""), None)
        body: dict[str, Any] = {action.body_key: values}
        if tags:
            body["systemTags"] = list(tags)
        return self.request(action.method, path, body)

    def wait(self, location: str, progress: Callable[[float], None] | None = None) -> dict[str, Any]:
        """Ask for a job until it ends."""
        path = urlsplit(location).path.removeprefix("/zstack/v1")
        began = time.monotonic()
        while True:
            status, answer = self._exchange("GET", path, None, {"Prefer": f"wait={_HOLD_SECONDS}"})
            if status != 202:
                return self._decode(status, answer)
            waited = time.monotonic() - began
            if waited > self._timeout:
                raise CliError("SYS.1001", f"the job did not end within {self._timeout:.0f} s: {location}")
            if progress is not None:
                progress(waited)

    def request(self, method: str, path: str, body: object) -> dict[str, Any]:
        """One request below /zstack/v1."""
        return self._decode(*self._exchange(method, path, body, {}))

    def _exchange(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, bytes]:
        sent = {"Content-Type": "application/json", **headers}
        if self.session:
            sent["Authorization"] = f"OAuth {self.session}"
        payload = None if body is None else json.dumps(body)
        if time.monotonic() - self._used > _IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(method, "/zstack/v1" + path, payload, sent)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise CliError("", _no_answer(self.url, error)) from error
        finally:
            self._used = time.monotonic()

    @staticmethod
    def _decode(status: int, text: bytes) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(text)
        except ValueError:
            answer = {}
        if status in (200, 202):
            return answer
        if isinstance(error := answer.get("error"), dict):
            raise CliError(error["code"], _whole(error))
        raise CliError("", f"HTTP {status}: {text.decode(errors='replace').strip()}")


@cache
def actions() -> Mapping[str, Action]:
    """Every action by name."""
    from landbridge.server.services import SERVICES  # noqa: PLC0415  imports all services: only when needed

    return {action.name: action for service in SERVICES for action in service.actions}


def _no_answer(url: str, error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"no answer from {url} ({words}): does `landbridge server` run there?"


def _whole(error: Mapping[str, Any]) -> str:
    """An error's sentence with those of its causes."""
    cause = error.get("cause")
    return str(error["details"]) + (f" (because: {_whole(cause)})" if isinstance(cause, dict) else "")


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Query parameters: a list repeats its key, a map has `key.part`, booleans are lower case."""
    pairs: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            pairs += _pairs({f"{key}.{part}": one for part, one in value.items()})
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            pairs.append((key, str(one).lower() if isinstance(one, bool) else str(one)))
    return pairs
