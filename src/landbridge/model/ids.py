"""Identifiers as the API writes them: uuid4 without dashes, 32 lower-case hex digits."""

import re

UUID_RE = re.compile(r"[0-9a-f]{8}[0-9a-f]{4}[1-5][0-9a-f]{3}[89ab][0-9a-f]{3}[0-9a-f]{12}")

ADMIN_ACCOUNT_UUID = "36c27e8ff05c4780bf6d2fa65700f22e"
"""The bootstrap account; ZStack's fixed value, which clients hard-code."""


def is_uuid(text: str) -> bool:
    """Whether `text` is well-formed (version and variant digits included)."""
    return UUID_RE.fullmatch(text) is not None
