"""Signatures of requests by access keys: HMAC-SHA1 over method, date and path.

`Authorization: ZStack <key id>:<base64 of the HMAC>` with `Date: EEE, dd MMM yyyy HH:mm:ss zone`.
"""

import base64
import datetime
import hashlib
import hmac
from collections.abc import Sequence

MOST_SKEW = 15 * 60
"""Seconds that a request's date may be off."""

_ZONES = {"GMT": (0,), "UTC": (0,), "Z": (0,), "CST": (-6, 8), "EST": (-5,), "EDT": (-4,), "CDT": (-5,), "MST": (-7,),
          "MDT": (-6,), "PST": (-8,), "PDT": (-7,), "CET": (1,), "CEST": (2,), "JST": (9,)}  # fmt: skip
"""Hours from UTC.  CST is two zones, and the Python SDK says it in either."""


def sign(secret: str, method: str, date: str, path: str) -> str:
    """The signature.  `path` is without the context path and the query: `/v1/vips`."""
    text = f"{method}\n{date}\n{path}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha1).digest()).decode()


def is_signed(signature: str, secret: str, method: str, date: str, path: str) -> bool:
    """Whether it is the signature, compared in the same time whatever it is."""
    return hmac.compare_digest(sign(secret, method, date, path).encode(), signature.encode())


def is_recent(date: str, now: float) -> bool:
    """Whether a date header is near `now` (seconds since the epoch); one that cannot be read is not."""
    return any(abs(moment - now) <= MOST_SKEW for moment in _moments(date))


def _moments(date: str) -> Sequence[float]:
    text, _, zone = date.strip().rpartition(" ")
    try:
        local = datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S").replace(tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return ()
    if zone[:1] in ("+", "-") and zone[1:].replace(":", "").isdecimal():
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = (int(digits[:2]) * 60 + int(digits[2:4])) * 60
        return (local - offset if zone[0] == "+" else local + offset,)
    return tuple(local - 3600 * hours for hours in _ZONES.get(zone.upper(), ()))
