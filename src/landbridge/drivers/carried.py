"""The connections of a port on their way to another host.

    version (1 byte), then zlib: per connection struct connection_key, age in ms (4), flags (2), who began (1), 0 (1)

What the two hosts number for themselves stays behind: the clock, the epoch and the number of the rule.  The rules
judge each connection again with its next packet, in the direction of who began it.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping

from landbridge.drivers import records

_VERSION = b"\x01"
_REST = struct.Struct("=IHBx")
_NS_PER_MS = 1_000_000
_OLDEST = 0xFFFFFFFF


def pack(table: Iterable[tuple[bytes, bytes]], now: int) -> bytes:
    """The entries of a table, at `now` of the monotonic clock (ns); nothing for an empty one.

    Names of fragments are left out: they last seconds.
    """
    found = bytearray()
    for key, value in table:
        if records.CONNECTION_KEY.unpack(key).by_fragment_id:
            continue
        connection = records.CONNECTION.unpack(value)
        age = min(max(0, now - connection.seen) // _NS_PER_MS, _OLDEST)
        found += key + _REST.pack(age, connection.flags, connection.egress)
    return _VERSION + zlib.compress(bytes(found)) if found else b""


def unpack(data: bytes, now: int, epoch: int) -> Mapping[bytes, bytes]:
    """Entries for a table of this host, as last judged in `epoch`.

    Raises:
        ValueError: it is none of this version's.
    """
    if data[:1] != _VERSION:
        raise ValueError(f"connections of version {data[:1].hex() or 'none'} cannot be read here")
    try:
        raw = zlib.decompress(data[1:])
    except zlib.error as error:
        raise ValueError(f"connections are garbled: {error}") from None
    size = records.CONNECTION_KEY.size
    if len(raw) % (size + _REST.size):
        raise ValueError("connections are cut off")
    found = {}
    for at in range(0, len(raw), size + _REST.size):
        age, flags, egress = _REST.unpack_from(raw, at + size)
        seen = max(0, now - age * _NS_PER_MS)
        found[raw[at : at + size]] = records.CONNECTION.pack(seen, epoch, 0, flags, egress, bytes(5))
    return found
