"""Signatures of requests."""

import pytest

from landbridge.core.signature import is_recent, is_signed, sign

DATE = "Thu, 26 Nov 2026 08:00:00 GMT"
NOW = 1795680000.0


def test_a_known_signature() -> None:
    """RFC 2202's way of HMAC-SHA1, over the three lines; worked out with openssl."""
    assert sign("secret", "GET", DATE, "/v1/vips") == "nBGenojwVbq7icXaZNZTQDDianA="


@pytest.mark.parametrize(
    "other",
    [
        ("Secret", "GET", DATE, "/v1/vips"),
        ("secret", "PUT", DATE, "/v1/vips"),
        ("secret", "GET", DATE + "x", "/v1/vips"),
        ("secret", "GET", DATE, "/v1/eips"),
    ],
)
def test_everything_counts(other: tuple[str, str, str, str]) -> None:
    signature = sign("secret", "GET", DATE, "/v1/vips")
    assert is_signed(signature, "secret", "GET", DATE, "/v1/vips")
    assert not is_signed(signature, *other)
    assert not is_signed("é", *other)


@pytest.mark.parametrize(
    ("date", "recent"),
    [
        (DATE, True),
        ("Thu, 26 Nov 2026 08:14:59 GMT", True),
        ("Thu, 26 Nov 2026 08:15:01 GMT", False),
        ("Thu, 26 Nov 2026 07:44:59 GMT", False),
        ("Thu, 26 Nov 2026 16:00:00 CST", True),
        ("Thu, 26 Nov 2026 02:00:00 CST", True),
        ("Thu, 26 Nov 2026 09:30:00 +0130", True),
        ("Thu, 26 Nov 2026 03:00:00 -05:00", True),
        ("Thu, 26 Nov 2026 08:00:00 XYZ", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_dates(date: str, recent: bool) -> None:
    assert is_recent(date, NOW) == recent
