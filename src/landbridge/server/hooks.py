"""Web hooks: who sent `X-Web-Hook` is told of the job's end by a POST.

It is the copy of the server that ends the job which tells; if it dies before that, the job's location still says it.
Tenants choose where the server goes: it goes nowhere for them that only the server itself could reach.
"""

import asyncio
import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
import structlog

from landbridge.store.jobs import JobRow

TRIES = 15
PAUSE_SECONDS = 2.0
_TIMEOUT_SECONDS = 5.0
_SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
_THREADS = ThreadPoolExecutor(4, "web-hook")
"""Of their own: who is slow to listen keeps other hooks waiting and nothing else."""

log = structlog.get_logger(__name__)


def is_url(text: str) -> bool:
    """Whether it is an address that can be told: http or https, with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


async def tell(url: str, row: JobRow) -> None:
    """POST what the job's location answers, until somebody says 2xx, at most `TRIES` times."""
    success = row.error is None
    body = {name: value for name, value in (row.result or {}).items() if name != "schema"}
    raw = msgspec.json.encode(body if success else {"error": row.error})
    headers = {
        "Content-Type": "application/json",
        "X-Job-UUID": row.uuid,
        "X-Job-Success": "true" if success else "false",
    }
    loop = asyncio.get_running_loop()
    for _ in range(TRIES):
        try:
            status = await loop.run_in_executor(_THREADS, _post, url, raw, headers, row.admin)
        except _Forbidden as error:
            log.warning("web_hook_forbidden", job=row.uuid, error=str(error))
            return
        except (OSError, http.client.HTTPException) as error:
            log.warning("web_hook_failed", job=row.uuid, error=str(error))
        else:
            if 200 <= status < 300:
                return
            log.warning("web_hook_refused", job=row.uuid, status=status)
        await asyncio.sleep(PAUSE_SECONDS)


class _Forbidden(Exception):
    """Where a tenant's hook does not go."""


def _post(url: str, raw: bytes, headers: dict[str, str], anywhere: bool) -> int:
    parts = urlsplit(url)
    connection = _SCHEMES[parts.scheme](parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.connect()
        if not anywhere:
            _refuse_own(connection.sock)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, raw, headers)
        status: int = connection.getresponse().status
        return status
    finally:
        connection.close()


def _refuse_own(link: socket.socket) -> None:
    """By whom the connection has come to, not by a name that may mean another the next time."""
    there, here = link.getpeername()[0], link.getsockname()[0]
    address = ip_address(there.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    if there == here or mapped.is_loopback or mapped.is_link_local:
        raise _Forbidden(f"{there} is the server's own or its link's")
