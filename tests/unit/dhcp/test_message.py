"""The codec: round trips, long options, overload, and bytes from hell."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.services.dhcp import options as opt
from landbridge.services.dhcp.message import (
    BOOTREPLY,
    BOOTREQUEST,
    DISCOVER,
    MINIMUM_SIZE,
    MalformedMessage,
    Message,
    decode,
    encode,
)

addresses = st.binary(min_size=4, max_size=4)
option_codes = st.integers(1, 254).filter(lambda code: code != 52)
option_maps = st.dictionaries(option_codes, st.binary(max_size=600), max_size=12)
messages = st.builds(
    Message,
    op=st.sampled_from((BOOTREQUEST, BOOTREPLY)),
    xid=st.integers(0, 2**32 - 1),
    chaddr=st.binary(min_size=0, max_size=16),
    options=option_maps,
    flags=st.integers(0, 0xFFFF),
    secs=st.integers(0, 0xFFFF),
    ciaddr=addresses,
    yiaddr=addresses,
    siaddr=addresses,
    giaddr=addresses,
)


@given(messages)
def test_round_trip(message: Message) -> None:
    assert decode(encode(message, max_size=65535)) == message


@given(messages, st.integers(0, 1500))
def test_never_too_long_and_the_first_options_survive(message: Message, max_size: int) -> None:
    data = encode(message, max_size)
    assert len(data) <= max(max_size, MINIMUM_SIZE)
    back = decode(data)
    kept = list(message.options.items())[: len(back.options)]
    assert dict(back.options) == dict(kept)


@given(st.binary(max_size=800))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        decode(data)


@given(messages, st.data())
def test_damaged_messages_are_read_or_malformed(message: Message, data: st.DataObject) -> None:
    raw = bytearray(encode(message, 65535))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedMessage):
        decode(bytes(raw[: data.draw(st.integers(0, len(raw)))]))


def test_short_messages_are_padded_to_bootp_size() -> None:
    message = Message(op=BOOTREQUEST, xid=1, chaddr=b"\xfa" * 6, options={53: bytes((DISCOVER,))})
    assert len(encode(message)) == MINIMUM_SIZE
    assert decode(encode(message)).type == DISCOVER


def test_options_go_on_in_file_and_sname() -> None:
    """RFC 2131 section 4.1: option 52 says that the two fields hold options."""
    options = {53: b"\x02", 12: b"h" * 200, 15: b"d" * 100, 119: b"s" * 40}
    data = encode(Message(op=BOOTREPLY, xid=1, chaddr=bytes(6), options=options), max_size=548)
    assert 52 not in decode(data).options
    assert decode(data).options == options
    assert bytes((52, 1, 1)) in data or bytes((52, 1, 3)) in data


def test_long_options_are_split_and_joined() -> None:
    """RFC 3396: instances of one option are one value, in order."""
    value = bytes(range(256)) * 2
    data = encode(Message(op=BOOTREPLY, xid=1, chaddr=bytes(6), options={121: value}), max_size=1400)
    assert data.count(bytes((121, 255))) == 2
    assert decode(data).options[121] == value


@pytest.mark.parametrize(
    ("routes", "value"),
    [
        # The examples of RFC 3442
        ([("0.0.0.0/0", "10.0.0.1")], "00 0a000001"),
        ([("10.0.0.0/8", "10.0.0.1")], "08 0a 0a000001"),
        ([("10.17.0.0/16", "10.0.0.1")], "10 0a11 0a000001"),
        ([("10.27.129.0/24", "10.0.0.1")], "18 0a1b81 0a000001"),
        ([("10.229.0.128/25", "10.0.0.1")], "19 0ae50080 0a000001"),
        ([("10.198.122.47/32", "10.0.0.1")], "20 0ac67a2f 0a000001"),
        ([("10.0.0.0/8", "10.0.0.1"), ("0.0.0.0/0", "10.0.0.2")], "08 0a 0a000001 00 0a000002"),
    ],
)
def test_classless_routes(routes: list[tuple[str, str]], value: str) -> None:
    assert opt.classless_routes(routes) == bytes.fromhex(value)
    assert opt.parse_classless_routes(bytes.fromhex(value)) == routes


@pytest.mark.parametrize("value", ["21 00", "18 0a1b", "00 0a0000"])
def test_classless_routes_cut_off(value: str) -> None:
    with pytest.raises(ValueError, match="cut off"):
        opt.parse_classless_routes(bytes.fromhex(value))
