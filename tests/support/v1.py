"""A v1 client for tests: plain requests as any SDK sends them, jobs waited for.

Written against the wire conventions, not against the product's own client, so that a mistake
in one is not hidden by the same mistake in the other.
"""

import hashlib
import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit


class ApiFailure(Exception):
    """The API answered with an error envelope, or with a plain-text refusal."""

    def __init__(self, status: int, error: dict[str, Any] | str) -> None:
        super().__init__(f"{status}: {error}")
        self.status = status
        self.error = error

    @property
    def code(self) -> str:
        """The error code, or "" for a plain text."""
        return str(self.error["code"]) if isinstance(self.error, dict) else ""

    @property
    def details(self) -> str:
        """The free text."""
        return str(self.error["details"]) if isinstance(self.error, dict) else self.error


class V1:
    """One connection to one server, one session."""

    def __init__(self, url: str = "http://127.0.0.1:8080", timeout: float = 90.0, *, hold: bool = False) -> None:
        """`hold`: ask the server to hold the answer of a poll until the job ends (RFC 7240 `Prefer: wait`)."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 8080
        self._timeout = timeout
        self._hold = hold
        self._connection: http.client.HTTPConnection | None = None
        self.session = ""

    def login(self, account: str = "admin", password: str = "password") -> "V1":
        """Open a session; returns self."""
        digest = hashlib.sha512(password.encode()).hexdigest()
        body = {"logInByAccount": {"accountName": account, "password": digest}}
        self.session = self.call("PUT", "/accounts/login", body)["inventory"]["uuid"]
        return self

    def close(self) -> None:
        """Close the connection; the session stays valid."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def raw(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """One request; the status and the body as they are.  A stale connection is opened anew once."""
        headers = {"Content-Type": "application/json"}
        if self._hold:
            headers["Prefer"] = "wait=10"
        if self.session:
            headers["Authorization"] = f"OAuth {self.session}"
        payload = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            try:
                self._connection.request(method, path, payload, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError):
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def submit(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One request under /zstack/v1; the decoded body (of a 200 or a 202)."""
        status, text = self.raw(method, "/zstack/v1" + path, body)
        return self._decode(status, text)

    def wait(self, location: str) -> dict[str, Any]:
        """Poll a job until it ends."""
        path = urlsplit(location).path
        deadline = time.monotonic() + self._timeout
        pause = 0.002
        while time.monotonic() < deadline:
            status, text = self.raw("GET", path)
            if status != 202:
                return self._decode(status, text)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        raise TimeoutError(f"job {location} did not end within {self._timeout} s")

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One action from request to end."""
        answer = self.submit(method, path, body)
        return self.wait(answer["location"]) if "location" in answer else answer

    def post(self, path: str, tags: tuple[str, ...] = (), **params: Any) -> dict[str, Any]:
        """A POST action; returns the inventory when there is one."""
        body: dict[str, Any] = {"params": params}
        if tags:
            body["systemTags"] = list(tags)
        answer = self.call("POST", path, body)
        inventory: dict[str, Any] = answer.get("inventory", answer)
        return inventory

    def put(self, path: str, key: str, **params: Any) -> dict[str, Any]:
        """A PUT action under its body key."""
        answer = self.call("PUT", path, {key: params})
        inventory: dict[str, Any] = answer.get("inventory", answer)
        return inventory

    def delete(self, path: str, **params: str) -> dict[str, Any]:
        """A DELETE action."""
        return self.call("DELETE", path + ("?" + urlencode(params) if params else ""))

    def query(self, path: str, *conditions: str, **params: Any) -> list[dict[str, Any]]:
        """The inventories that meet the conditions."""
        pairs = [("q", condition) for condition in conditions] + list(params.items())
        answer = self.call("GET", path + ("?" + urlencode(pairs) if pairs else ""))
        rows: list[dict[str, Any]] = answer["inventories"]
        return rows

    def one(self, path: str, *conditions: str) -> dict[str, Any]:
        """The one inventory that meets the conditions."""
        rows = self.query(path, *conditions)
        assert len(rows) == 1, f"{path} {conditions}: {len(rows)} rows"
        return rows[0]

    @staticmethod
    def _decode(status: int, text: bytes) -> dict[str, Any]:
        if status in (200, 202):
            decoded: dict[str, Any] = json.loads(text)
            return decoded
        try:
            raise ApiFailure(status, json.loads(text)["error"])
        except (ValueError, KeyError, TypeError):
            raise ApiFailure(status, text.decode(errors="replace")) from None
