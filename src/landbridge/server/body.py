"""Bodies of requests: neither larger nor slower than they have any reason to be."""

import asyncio

from starlette.requests import Request

from landbridge.server.call import HttpError

MOST_BYTES = 4 << 20
MOST_SECONDS = 30.0
"""For the whole body, however it trickles in."""


async def read(request: Request) -> bytes:
    """The body.  HttpError 400 for one that is too large, 408 for one that does not come."""
    raw = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > MOST_BYTES:
                    raise HttpError(400, f"the body is larger than {MOST_BYTES} bytes")
    except TimeoutError:
        raise HttpError(408, f"the body did not come within {MOST_SECONDS:g} s") from None
    return bytes(raw)
