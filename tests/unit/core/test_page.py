"""Pages of what is found."""

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.page import USUAL, page

sizes = st.none() | st.integers(0, 20) | st.integers(2**63 - 2, 2**70)


@given(st.lists(st.integers(), max_size=15), sizes, sizes)
def test_a_page_is_a_slice(found: list[int], start: int | None, limit: int | None) -> None:
    first = start or 0
    assert page(iter(found), start, limit) == found[first : first + (USUAL if limit is None else limit)]
