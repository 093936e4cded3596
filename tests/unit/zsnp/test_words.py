"""What `landbridge zsnp watch` prints, and which of the sightings of a message."""

import pytest

from landbridge.testing.zsnp_world import KEY
from landbridge.zsnp import frames, words
from landbridge.zsnp.copies import Copies
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import Message, Query, Refusal, Refused, Renew, Revoke, Use
from landbridge.zsnp.moment import Moment
from tests.unit.zsnp.every_message import EVERY

AT = Moment(1_000, 1_800_000_000_000)
BETWEEN = ("10.10.1.5", "10.10.2.1")


def frame(message: Message, secret: bytes = KEY.secret) -> bytes:
    payload = Writer(AT.wall).write(AT, message, (7, KEY), 0xABC, BETWEEN)
    assert secret not in payload
    return frames.build(Frame("fa:00:00:00:00:09", "0e:52:00:00:00:0a", *BETWEEN, payload))


@pytest.mark.parametrize("message", EVERY, ids=lambda one: type(one).__name__)
def test_every_message_has_one_line(message: Message) -> None:
    line = words.line(frame(message))
    assert "\n" not in line
    name, *rest = line.split()
    assert name == words.NAMES[type(message)]
    assert rest[:8] == [BETWEEN[0], ">", BETWEEN[1], "router", "7", "key", "1", "nonce"]
    assert line.endswith(f"nonce abc  {words.said(message)}")
    assert KEY.secret.hex() not in line
    assert KEY.secret.decode() not in line


def test_what_they_say() -> None:
    assert words.said(Query(9, 4, "172.16.0.1")) == "epoch 9: where in net 4? answer to 172.16.0.1"
    assert words.said(Refused("10.10.2.1", Refusal.SHARED)) == "10.10.2.1: shared"
    renewed = words.said(Renew(9, 3, (Use("10.10.2.1", 5, 700),)))
    assert renewed == "epoch 9, from net 3: 10.10.2.1 (5 packets, 700 bytes)"
    assert words.said(Revoke(9, ())) == "epoch 9: no more to anybody"


def test_what_is_no_message() -> None:
    good = frame(EVERY[0])
    for bad, why in (
        (good[:60], "shorter than a header"),
        (good[:34] + b"X" + good[35:], "not ZSNP of this version"),
        (good[:39] + b"\xee" + good[40:], "type 238 is not known"),
        (good[:12] + b"\x86\xdd" + good[14:], "no IPv4"),
    ):
        assert words.line(bad) == f"garbled: {why}"


def test_a_message_is_shown_once_on_its_way() -> None:
    """In by one interface and out by others, through a router; but a replay is shown."""
    copies, one, other = Copies(), frame(EVERY[0]), frame(EVERY[1])
    routed = b"\x01" * 12 + one[12:22] + b"\x3f" + one[23:24] + b"xx" + one[26:]
    seen = [(one, "vnic1.0", False), (one, "lb3", True), (other, "lb3", True), (routed, "vx4", True)]
    assert [copies.is_new(data, name, sent=sent) for data, name, sent in seen] == [True, False, True, False]
    assert copies.is_new(one, "vnic1.0", sent=False)
    assert not copies.is_new(one, "lb3", sent=True)
    assert copies.is_new(one, "lb3", sent=True)


def test_few_are_remembered() -> None:
    copies = Copies()
    for number in range(10_000):
        assert copies.is_new(bytes(26) + number.to_bytes(4, "big"), "lb3", sent=True)
    assert len(copies._seen) == 4096
