"""Requests by several clients that keep their connections: lean, so that the server is what is measured."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any


class Connection:
    """HTTP/1.1, one request at a time."""

    def __init__(self, port: int, session: str = "") -> None:
        self._port = port
        self._headers = f"Host: localhost\r\nAuthorization: OAuth {session}\r\nContent-Type: application/json\r\n"

    async def open(self) -> "Connection":
        """Connected."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def ask(self, method: str, path: str, body: bytes = b"", extra: str = "") -> tuple[int, bytes]:
        """Status and body of the answer."""
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}{extra}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(answer[9:12]), await self._reader.readexactly(length)

    async def create(self, path: str, params: dict[str, Any]) -> None:
        """A POST that is a job, and asking for it until it has ended well."""
        status, text = await self.ask("POST", path, json.dumps({"params": params}).encode())
        where = json.loads(text)["location"].partition("/zstack")[2] if status == 202 else ""
        while status == 202:
            status, text = await self.ask("GET", f"/zstack{where}", extra="Prefer: wait=5\r\n")
        assert status == 200, text

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def per_second(
    port: int, session: str, clients: int, seconds: float, work: Callable[[Connection, int], Any]
) -> float:
    """How often per second `work` (of a connection and a number of its own) gets done by so many clients at once."""
    connections = [await Connection(port, session).open() for _ in range(clients)]
    numbers = iter(range(10**9))
    began = time.perf_counter()
    until = began + seconds
    done = 0

    async def client(connection: Connection) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await work(connection, next(numbers))
            done += 1

    await asyncio.gather(*map(client, connections))
    spent = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return done / spent
