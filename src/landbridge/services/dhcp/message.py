"""DHCPv4 messages as bytes and back (RFC 2131 section 2, RFC 2132, long options RFC 3396)."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

BOOTREQUEST, BOOTREPLY = 1, 2
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)

CLIENT_PORT, SERVER_PORT = 68, 67
BROADCAST_FLAG = 0x8000
ZERO = bytes(4)

MINIMUM_SIZE = 300
"""A BOOTP message has 300 octets; some relays and clients drop shorter ones (RFC 1542 section 2.1)."""

_COOKIE = bytes((99, 130, 83, 99))
_FIXED = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s4s")
_PAD, _OVERLOAD, _MESSAGE_TYPE, _END = 0, 52, 53, 255
_FILE_SIZE, _SNAME_SIZE = 128, 64


class MalformedMessage(ValueError):
    """The bytes are no DHCP message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.  Addresses are 4 raw bytes; `options` maps code to the whole value.

    `chaddr` is the hardware address without padding (6 bytes for Ethernet).
    """

    op: int
    xid: int
    chaddr: bytes
    options: Mapping[int, bytes] = field(default_factory=dict)
    flags: int = 0
    secs: int = 0
    ciaddr: bytes = ZERO
    yiaddr: bytes = ZERO
    siaddr: bytes = ZERO
    giaddr: bytes = ZERO

    @property
    def type(self) -> int:
        """The DHCP message type (option 53), 0 for plain BOOTP."""
        value = self.options.get(_MESSAGE_TYPE, b"")
        return value[0] if len(value) == 1 else 0


def decode(data: bytes) -> Message:
    """Read a message.  Options spread over several instances are joined (RFC 3396).

    Raises:
        MalformedMessage: too short, no magic cookie, an impossible hardware address length,
            or an option that reaches beyond its field.
    """
    if len(data) < _FIXED.size:
        raise MalformedMessage(f"{len(data)} bytes are too few for a DHCP message")
    op, _htype, hlen, _hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file, cookie = (
        _FIXED.unpack_from(data)
    )
    if cookie != _COOKIE:
        raise MalformedMessage("the DHCP magic cookie is missing")
    if hlen > len(chaddr):
        raise MalformedMessage(f"hardware address length {hlen}")
    options: dict[int, bytes] = {}
    _join(options, data[_FIXED.size :])
    overload = options.pop(_OVERLOAD, b"\0")
    if len(overload) != 1:
        raise MalformedMessage("option overload must be one byte")
    if overload[0] & 1:
        _join(options, file)
    if overload[0] & 2:
        _join(options, sname)
    options.pop(_OVERLOAD, None)
    return Message(
        op=op,
        xid=xid,
        chaddr=chaddr[:hlen],
        options=options,
        flags=flags,
        secs=secs,
        ciaddr=ciaddr,
        yiaddr=yiaddr,
        siaddr=siaddr,
        giaddr=giaddr,
    )


def _join(options: dict[int, bytes], area: bytes) -> None:
    """Add the options found in one area, appending to values that began earlier."""
    at = 0
    while at < len(area) and area[at] != _END:
        code = area[at]
        at += 1
        if code == _PAD:
            continue
        if at == len(area) or at + 1 + area[at] > len(area):
            raise MalformedMessage(f"option {code} is cut off")
        options[code] = options.get(code, b"") + area[at + 1 : at + 1 + area[at]]
        at += 1 + area[at]


def encode(message: Message, max_size: int = 576 - 28) -> bytes:
    """Write a message of at most `max_size` bytes (UDP payload).

    Options are written in the order given, most important first.  Values above 255 bytes are
    split; what does not fit goes on in the `file` and `sname` fields (option overload), and
    what does not fit there either is left out, the last first.
    """
    room = max(max_size, MINIMUM_SIZE) - _FIXED.size
    kept = list(message.options.items())
    options, file, sname = b"", b"", b""
    while True:
        try:
            # The type goes first, as clients expect; without overload if that is enough.
            options = _fill(kept, (room,))[0]
            break
        except _Full:
            pass
        try:
            # Three bytes are kept free in the first area for the overload option itself.
            options, file, sname = _fill(kept, (room - 3, _FILE_SIZE, _SNAME_SIZE))
            used = (1 if len(file) > 1 else 0) | (2 if len(sname) > 1 else 0)
            options = options[:-1] + bytes((_OVERLOAD, 1, used, _END))
            break
        except _Full:
            kept.pop()
    head = _FIXED.pack(
        message.op,
        1,
        len(message.chaddr),
        0,
        message.xid,
        message.secs,
        message.flags,
        message.ciaddr,
        message.yiaddr,
        message.siaddr,
        message.giaddr,
        message.chaddr,
        sname if len(sname) > 1 else b"",
        file if len(file) > 1 else b"",
        _COOKIE,
    )
    return (head + options).ljust(MINIMUM_SIZE, b"\0")


class _Full(Exception):
    """The options do not fit."""


def _fill(options: list[tuple[int, bytes]], sizes: tuple[int, ...]) -> list[bytes]:
    """Options laid over areas of the given sizes, each closed by the end mark."""
    areas = [bytearray() for _ in sizes]
    now = 0
    for code, value in options:
        for piece in _pieces(value):
            rest = piece
            while True:
                free = sizes[now] - len(areas[now]) - 3
                if free >= min(len(rest), 1):
                    areas[now] += bytes((code, len(rest[:free]))) + rest[:free]
                    rest = rest[free:]
                    if not rest:
                        break
                now += 1
                if now == len(sizes):
                    raise _Full
    return [bytes(area) + bytes((_END,)) for area in areas]


def _pieces(value: bytes) -> Iterator[bytes]:
    """The value in parts of at most 255 bytes; one empty part for an empty value."""
    yield value[:255]
    for start in range(255, len(value), 255):
        yield value[start : start + 255]
