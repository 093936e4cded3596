"""Connections on their way from host to host: what arrives is what left, by the other host's clock."""

import zlib

import hypothesis.strategies as st
import pytest
from hypothesis import given

from landbridge.drivers import carried, records

MS = 1_000_000
addresses = st.binary(min_size=16, max_size=16)
ports = st.integers(0, 0xFFFF)
keys = st.tuples(addresses, addresses, ports, ports, st.integers(0, 255))
values = st.tuples(st.integers(0, 10**6), st.integers(0, 63), st.integers(0, 1))


clocks = st.integers(10**12, 10**15)


def entry(key: tuple[object, ...], seen: int, epoch: int, rule: int, rest: tuple[int, int]) -> tuple[bytes, bytes]:
    return records.CONNECTION_KEY.pack(*key, 0, 0), records.CONNECTION.pack(seen, epoch, rule, *rest, bytes(5))


@given(st.dictionaries(keys, values, min_size=1, max_size=50), clocks, clocks)
def test_what_leaves_arrives(table: dict[tuple[object, ...], tuple[int, int, int]], now: int, there: int) -> None:
    left = [entry(key, now - age * MS, 7, 9, (flags, egress)) for key, (age, flags, egress) in table.items()]
    fragment = records.CONNECTION_KEY.pack(bytes(16), bytes(16), 1, 2, 6, 1, 0)
    arrived = carried.unpack(carried.pack([*left, (fragment, bytes(records.CONNECTION.size))], now), there, epoch=3)
    expected = [entry(key, there - age * MS, 3, 0, (flags, egress)) for key, (age, flags, egress) in table.items()]
    assert arrived == dict(expected)


def test_an_empty_table_is_nothing() -> None:
    assert carried.pack([], 0) == b""


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x01", b"\x01abc", b"\x01" + zlib.compress(b"short")])
def test_what_is_not_ours_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="connections"):
        carried.unpack(data, 0, 0)
