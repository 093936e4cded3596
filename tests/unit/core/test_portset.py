"""Lists of ports: what they mean, and what is refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.core import portset

STRETCHES = st.lists(
    st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(lambda pair: (min(pair), max(pair))),
    min_size=1,
    max_size=10,
    unique=True,
)


def members(stretches: portset.Ports) -> set[int]:
    return {port for first, last in stretches for port in range(first, last + 1)}


@given(STRETCHES)
def test_the_same_ports_in_as_few_stretches_as_can_be(stretches: list[tuple[int, int]]) -> None:
    text = ",".join(f"{first}-{last}" for first, last in stretches)
    found = portset.parse(text)
    assert members(found) == members(tuple(stretches))
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(found))
    assert portset.parse(",".join(f"{first}-{last}" for first, last in found)) == found


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("22", ((22, 22),)),
        ("0", ((0, 0),)),
        ("1-65535", ((1, 65535),)),
        ("443,80,8000-8999", ((80, 80), (443, 443), (8000, 8999))),
        ("80,81", ((80, 81),)),
        ("80-80", ((80, 80),)),
    ],
)
def test_examples(text: str, ports: portset.Ports) -> None:
    assert portset.parse(text) == ports


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a port"),
        ("ssh", "is not a port"),
        ("65536", "is not a port"),
        ("-1", "is not a port"),
        ("22-", "is not a port"),
        ("22-80-90", "is not a port"),
        ("22,", "is not a port"),
        (",22", "is not a port"),
        ("22, 80", "is not a port"),
        ("1e3", "is not a port"),
        ("٢٢", "is not a port"),
        ("9" * 5000, "is not a port"),
        ("80-22", "ends before it starts"),
        ("22,80,22", "twice"),
        (",".join(map(str, range(1, 12))), "at most 10"),
    ],
)
def test_what_is_no_list_of_ports(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        portset.parse(text)
