"""A page of what is found on the way: `start` and `limit` as many actions have them."""

import sys
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

USUAL = 1000


def page(found: Iterable[T], start: int | None, limit: int | None) -> list[T]:
    """Those from `start` (absent: the first) on, at most `limit` (absent: `USUAL`); any size of number is fine."""
    first = min(start or 0, sys.maxsize)
    return list(islice(found, first, min(first + (USUAL if limit is None else limit), sys.maxsize)))
