"""What is left of a range without reserved addresses, against sets of numbers."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.reserved import Span, without

_EDGE = st.integers(0, 40)
_SPAN = st.tuples(_EDGE, _EDGE).map(lambda ends: (min(ends), max(ends)))


def numbers(spans: list[Span]) -> list[int]:
    return [number for low, high in spans for number in range(low, high + 1)]


@given(_SPAN, st.lists(_SPAN, max_size=5))
def test_what_is_left(span: Span, blocks: list[Span]) -> None:
    """Every number that is in no block, once, ascending, in as few spans as there can be."""
    left = without(span, blocks)
    assert numbers(left) == sorted(set(numbers([span])) - set(numbers(blocks)))
    assert all(one[1] + 1 < two[0] for one, two in itertools.pairwise(left))
