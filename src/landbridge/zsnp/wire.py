"""The form of a message: a header, fields, an authentication code (docs/protocol/zsnp.md, "Wire format").

    0   4  magic "ZSNP"
    4   1  version (1)
    5   1  type
    6   2  length of the whole message, code included; what follows is padding and means nothing
    8   4  key id
    12  4  router: the vrouter's number
    16  8  nonce: of a question, and of its answer
    24  8  sequence: unique among a sender's messages
    32  8  time: milliseconds since the epoch
    40  …  fields: type (1), length (1), value
    -16 16 BLAKE2b (RFC 7693) keyed, over the packet's source and destination address (16 bytes each, IPv4 as
           ::ffff:a.b.c.d) and all before the code

Numbers are big-endian.  Unknown types and fields are ignored.
"""

import functools
import hashlib
import hmac
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

MAGIC = b"ZSNP"
VERSION = 1
MAX_BYTES = 512
CODE_BYTES = 16
_HEADER = struct.Struct(">4sBBHIIQQQ")
_REMEMBERED = 1 << 14
"""Addresses whose other form is remembered: the same ones come again and again."""
_MAPPED = b"\0" * 10 + b"\xff\xff"


class Garbled(ValueError):
    """No ZSNP message, or one that is not built as it must be."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it travels, not yet understood.  `fields` in their order."""

    type: int
    key_id: int
    router: int
    nonce: int
    sequence: int
    time: int
    fields: tuple[tuple[int, bytes], ...]

    def all(self, field: int) -> Iterator[bytes]:
        """The values of a field, in their order."""
        return (value for kind, value in self.fields if kind == field)

    def one(self, field: int, length: int) -> bytes:
        """The value of a field that must be there, of a known length; what a later version appends is cut off.

        Raises:
            Garbled: it is absent or shorter.
        """
        value = next(self.all(field), None)
        if value is None or len(value) < length:
            raise Garbled(f"field {field} is absent or short")
        return value[:length]


def pack(envelope: Envelope, secret: bytes, source: str, destination: str) -> bytes:
    """The bytes of a message, authenticated for one packet's addresses.

    Raises:
        ValueError: it would be longer than MAX_BYTES.
    """
    body = b"".join(bytes((kind, len(value))) + value for kind, value in envelope.fields)
    length = _HEADER.size + len(body) + CODE_BYTES
    if length > MAX_BYTES:
        raise ValueError(f"a message of {length} bytes: at most {MAX_BYTES}")
    head = _HEADER.pack(
        MAGIC,
        VERSION,
        envelope.type,
        length,
        envelope.key_id,
        envelope.router,
        envelope.nonce,
        envelope.sequence,
        envelope.time,
    )
    return head + body + _code(head + body, secret, source, destination)


def unpack(data: bytes) -> Envelope:
    """Read a message; nothing is authenticated yet.

    Raises:
        Garbled: what is wrong with it.
    """
    if len(data) < _HEADER.size + CODE_BYTES:
        raise Garbled("shorter than a header")
    magic, version, kind, length, key_id, router, nonce, sequence, time = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise Garbled("not ZSNP of this version")
    if not _HEADER.size + CODE_BYTES <= length <= min(len(data), MAX_BYTES):
        raise Garbled("its length is not that of the packet")
    return Envelope(
        kind, key_id, router, nonce, sequence, time, tuple(_fields(data[_HEADER.size : length - CODE_BYTES]))
    )


def authentic(data: bytes, secret: bytes, source: str, destination: str) -> bool:
    """Whether a message that `unpack` could read was made by who has the key, for these addresses."""
    length = int.from_bytes(data[6:8], "big")
    signed, code = data[: length - CODE_BYTES], data[length - CODE_BYTES : length]
    return hmac.compare_digest(code, _code(signed, secret, source, destination))


@functools.lru_cache(_REMEMBERED)
def packed_address(text: str) -> bytes:
    """16 bytes; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2)."""
    address = ip_address(text)
    return _MAPPED + address.packed if address.version == 4 else address.packed


@functools.lru_cache(_REMEMBERED)
def address_text(packed: bytes) -> str:
    """The inverse of `packed_address`."""
    return dotted(packed[12:]) if packed.startswith(_MAPPED) else str(IPv6Address(packed))


def dotted(packed: bytes) -> str:
    """An IPv4 address from its 4 bytes, without `ipaddress`, which would take half the time that a message takes."""
    return ".".join(map(str, packed))


def packed_mac(text: str) -> bytes:
    """6 bytes."""
    return bytes.fromhex(text.replace(":", ""))


def mac_text(packed: bytes) -> str:
    """The inverse of `packed_mac`."""
    return packed.hex(":")


def _code(signed: bytes, secret: bytes, source: str, destination: str) -> bytes:
    code = hashlib.blake2b(key=secret, digest_size=CODE_BYTES)
    for part in (packed_address(source), packed_address(destination), signed):
        code.update(part)
    return code.digest()


def _fields(body: bytes) -> Sequence[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            raise Garbled("a field is longer than the message")
        found.append((body[at], body[at + 2 : at + 2 + body[at + 1]]))
        at += 2 + body[at + 1]
    return found
