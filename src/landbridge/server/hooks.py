"""Web hooks: who sent `X-Web-Hook` is told of the job's end by a POST.

It is the copy of the server that ends the job which tells; if it dies before that, the job's location still says it.
"""

import asyncio
import http.client
from urllib.parse import urlsplit

import msgspec
import structlog

from landbridge.store.jobs import JobRow

TRIES = 15
PAUSE_SECONDS = 2.0
_TIMEOUT_SECONDS = 5.0
_SCHEMES = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}

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
    for _ in range(TRIES):
        try:
            status = await asyncio.to_thread(_post, url, raw, headers)
        except (OSError, http.client.HTTPException) as error:
            log.warning("web_hook_failed", job=row.uuid, error=str(error))
        else:
            if 200 <= status < 300:
                return
            log.warning("web_hook_refused", job=row.uuid, status=status)
        await asyncio.sleep(PAUSE_SECONDS)


def _post(url: str, raw: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    connection = _SCHEMES[parts.scheme](parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, raw, headers)
        status: int = connection.getresponse().status
        return status
    finally:
        connection.close()
