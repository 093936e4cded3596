"""The wire: what is written is read, and nothing else gets in."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from landbridge.core.shortcut import SIGNALLING
from landbridge.testing.zsnp_world import KEY
from landbridge.zsnp import frames, messages, wire
from landbridge.zsnp.facts import Key
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Gate, Writer
from landbridge.zsnp.messages import (
    MAX_ADDRESSES,
    MAX_TARGETS,
    MAX_USES,
    Answer,
    Hint,
    Ingress,
    Message,
    Moved,
    Probe,
    ProbeAck,
    Query,
    Refusal,
    Refused,
    Renew,
    RenewAck,
    Revoke,
    RevokeAck,
    Target,
    Use,
)
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.wire import Envelope, Garbled

u16, u32, u64 = (st.integers(0, (1 << bits) - 1) for bits in (16, 32, 64))
ip4 = st.ip_addresses(v=4).map(str)
ip = st.ip_addresses().map(str).filter(lambda text: not text.startswith("::ffff:"))
mac = st.binary(min_size=6, max_size=6).map(wire.mac_text)
prefix = st.tuples(ip, st.integers(0, 32)).map(lambda pair: str(ip_network(f"{pair[0]}/{pair[1]}", strict=False)))
ingress = st.builds(Ingress, u32, prefix, mac)
target = st.builds(Target, ip, mac, u32, u32, u16, mac)
few_ips = st.lists(ip, max_size=MAX_ADDRESSES).map(tuple)
any_message: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        Hint, u64, u32, st.builds(Ingress, u32, prefix, mac), st.lists(target, max_size=MAX_TARGETS).map(tuple)
    ),
    st.builds(Query, u64, u32, ip),
    st.builds(Answer, ip, mac, ip, u32, u32, u16, u64),
    st.builds(Refused, ip, st.sampled_from(Refusal)),
    st.builds(Probe, u32, ip, mac),
    st.builds(ProbeAck, ip, u16),
    st.builds(Renew, u64, u32, st.lists(st.builds(Use, ip, u64, u64), max_size=MAX_USES).map(tuple)),
    st.builds(RenewAck, u64, u32, u32, few_ips),
    st.builds(Revoke, u64, few_ips),
    st.builds(RevokeAck, u64),
    st.builds(Moved, ip, u32),
)
AT = Moment(1_000, 1_800_000_000_000)


def written(message: Message, between: tuple[str, str]) -> bytes:
    return Writer(AT.wall).write(AT, message, (7, KEY), 42, between)


@given(any_message, ip, ip)
def test_what_is_written_is_read(message: Message, source: str, destination: str) -> None:
    payload = written(message, (source, destination))
    assert len(payload) <= wire.MAX_BYTES
    gate = Gate()
    envelope = gate.envelope(payload + b"\0" * 100)
    assert envelope is not None
    assert (envelope.router, envelope.nonce, envelope.time) == (7, 42, AT.wall)
    assert gate.admit(envelope, payload, (KEY,), (source, destination)) == message
    assert not gate.refused


@given(any_message, ip4, ip4, st.data())
def test_one_bit_changed_anywhere_is_refused(
    message: Message, source: str, destination: str, data: st.DataObject
) -> None:
    payload = bytearray(written(message, (source, destination)))
    bit = data.draw(st.integers(0, 8 * len(payload) - 1))
    payload[bit // 8] ^= 1 << bit % 8
    assert not admitted(bytes(payload), (source, destination))


@given(any_message, ip4, ip4, ip4)
def test_another_address_or_key_is_refused(message: Message, source: str, destination: str, other: str) -> None:
    payload = written(message, (source, destination))
    assert admitted(payload, (source, destination))
    for between in ((other, destination), (source, other), (destination, source)):
        if between != (source, destination):
            assert not admitted(payload, between)
    assert not admitted(payload, (source, destination), Key(KEY.id, b"x" * 16))
    assert not admitted(payload, (source, destination), Key(KEY.id + 1, KEY.secret))


@given(st.binary(max_size=700))
def test_garbage_is_refused(garbage: bytes) -> None:
    assert not admitted(garbage, ("10.0.0.1", "10.0.0.2"))


@given(st.integers(0, 255), st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60)), max_size=6))
def test_whatever_fields_a_type_has_reading_ends_well(kind: int, fields: list[tuple[int, bytes]]) -> None:
    """Authentic, but of another version: read or refused, nothing else."""
    envelope = Envelope(kind, KEY.id, 7, 1, 1, AT.wall, tuple(fields))
    payload = wire.pack(envelope, KEY.secret, "10.0.0.1", "10.0.0.2")
    gate = Gate()
    understood = gate.admit(envelope, payload, (KEY,), ("10.0.0.1", "10.0.0.2"))
    assert (understood is None) == (gate.refused["garbled"] == 1)


def test_a_message_that_would_be_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="at most"):
        written(Revoke(1, tuple(f"10.0.0.{number}" for number in range(MAX_ADDRESSES + 4))), ("10.0.0.1", "10.0.0.2"))


@pytest.mark.parametrize("prefix", ["10.1.0.5/24", "10.1.0.0/33", "fd00::/129"])
def test_senders_are_in_a_prefix(prefix: str) -> None:
    payload = written(Hint(1, 60_000, Ingress(3, prefix, "0e:52:00:00:00:0a"), ()), ("10.1.0.1", "10.1.0.5"))
    assert not admitted(payload, ("10.1.0.1", "10.1.0.5"))


def test_stale_and_repeated_messages_are_not_fresh() -> None:
    gate, writer = Gate(), Writer(AT.wall)

    def envelope(wall: int) -> Envelope:
        return wire.unpack(writer.write(Moment(0, wall), RevokeAck(1), (7, KEY), 1, ("10.0.0.1", "10.0.0.2")))

    first = envelope(AT.wall)
    assert gate.fresh(first, AT)
    assert not gate.fresh(first, AT)
    assert gate.fresh(envelope(AT.wall), AT)
    assert not gate.fresh(envelope(AT.wall - 30_001), AT)
    assert not gate.fresh(envelope(AT.wall + 30_001), AT)
    assert gate.refused == {"replayed": 1, "stale": 2}


@given(st.builds(Frame, mac, mac, ip4, ip4, st.binary(max_size=512)), st.integers(0, 1500))
def test_frames(frame: Frame, size: int) -> None:
    data = frames.build(frame, size)
    assert frames.packet_bytes(len(data)) == max(size, 20 + len(frame.payload))
    parsed = frames.parse(data)
    assert parsed.payload.startswith(frame.payload)
    assert replace(parsed, payload=b"") == replace(frame, payload=b"")
    assert frames.parse_packet(data[14:])[:2] == (frame.source, frame.destination)
    assert frames._checksum(data[14:34]) == 0


@given(st.binary(max_size=80))
def test_frames_that_are_none(garbage: bytes) -> None:
    try:
        frames.parse(garbage)
    except Garbled:
        return
    assert garbage[12:14] == b"\x08\x00"
    assert garbage[23] == SIGNALLING


def admitted(payload: bytes, between: tuple[str, str], key: Key = KEY) -> Any:
    gate = Gate()
    envelope = gate.envelope(payload)
    return envelope is not None and gate.admit(envelope, payload, (key,), between)


def test_types_are_numbered_once() -> None:
    assert {kind for kind, _ in messages._WRITERS.values()} == set(messages._READERS)
