"""Echo requests as they are on the wire."""

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP

from landbridge.drivers.path_probe import LEAST, _checksum, _is_reply, _request


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(LEAST, 1600))
def test_requests_are_what_scapy_makes(identifier: int, number: int, size: int) -> None:
    expected = bytes(ICMP(type=8, id=identifier, seq=number) / bytes(size - LEAST))
    assert _request(identifier, number, size) == expected
    assert _checksum(expected) == 0


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.sampled_from([0, 3, 8, 11]), st.integers(0, 10))
def test_only_replies_to_us_count(ours: int, theirs: int, kind: int, options: int) -> None:
    """Whatever the length of the IP header in front."""
    packet = bytes([0x45 + options]) + bytes(19 + 4 * options) + bytes(ICMP(type=kind, id=theirs))
    assert _is_reply(packet, ours) is (kind == 0 and ours == theirs)
    assert _is_reply(packet, theirs) is (kind == 0)
