"""Netlink sockets: many requests in one send, each with its own answer (RFC 3549).

One `sendmsg` is worked off by the kernel before it returns, so the requests of one send cannot be
cut apart by a kill of this process.
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND = 0x100, 0x200, 0x400, 0x800

_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_ACK_TLVS = 0x200
_NLMSGERR_ATTR_MSG = 1
_SOL_NETLINK, _NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK = 270, 10, 11, 12
NETLINK_NETFILTER = 12
_SO_RCVBUFFORCE = 33
_HEADER = struct.Struct("=IHHII")
_NLA_F_NESTED, _NLA_TYPE_MASK = 0x8000, 0x3FFF

_MAX_SEND = 128 << 10
_BUFFER = 16 << 20
_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """One message.  `fine`: errnos that mean that it was so already."""

    type: int
    flags: int
    body: bytes
    fine: frozenset[int] = frozenset()


class NetlinkError(OSError):
    """The kernel refused a request; the text is its own words where it has some."""


class Netlink:
    """A netlink socket in the network namespace of the thread that opens it."""

    def __init__(self, groups: int = 0, protocol: int = socket.NETLINK_ROUTE, *, strict: bool = False) -> None:
        """`groups`: bit mask of the multicast groups to listen to (RTMGRP_*).

        strict  dumps give only what the request's header and attributes say (NETLINK_GET_STRICT_CHK)
        """
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        for option in (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK):
            self.socket.setsockopt(_SOL_NETLINK, option, 1)
        if strict:
            self.socket.setsockopt(_SOL_NETLINK, _NETLINK_GET_STRICT_CHK, 1)
        self.socket.bind((0, groups))
        self._sequence = 0

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def run(self, operations: Sequence[Sequence[Request]]) -> list[NetlinkError | None]:
        """Carry out operations of several requests each, packed into as few sends as possible.

        Returns, per operation, the first error that is not `fine`.  The rest of a failed operation
        is tried all the same; other operations are not concerned.
        """
        errors: list[NetlinkError | None] = [None] * len(operations)
        packed = bytearray()
        waiting: dict[int, tuple[int, frozenset[int]]] = {}
        for place, requests in enumerate(operations):
            for request in requests:
                self._sequence += 1
                packed += _message(request, self._sequence, NLM_F_ACK)
                waiting[self._sequence] = (place, request.fine)
            if len(packed) >= _MAX_SEND or (packed and place == len(operations) - 1):
                self.socket.send(packed)
                self._collect(waiting, errors)
                packed.clear()
        return errors

    def one(self, *requests: Request) -> None:
        """Carry out a single operation.

        Raises:
            NetlinkError: the kernel refused it.
        """
        [error] = self.run([requests])
        if error is not None:
            raise error

    def dump(self, request: Request) -> Iterator[tuple[int, bytes]]:
        """Everything of a kind, as (message type, body)."""
        self._sequence += 1
        self.socket.send(_message(request, self._sequence, NLM_F_DUMP))
        while True:
            for kind, _, sequence, body in messages(self.socket.recv(_READ)):
                if sequence != self._sequence:
                    continue
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    raise _error(0, body) or NetlinkError(errno.EPROTO, "a dump ended without its end")
                yield kind, body

    def get(self, request: Request) -> tuple[int, bytes] | None:
        """One object, as (message type, body), or None if there is none."""
        self._sequence += 1
        self.socket.send(_message(request, self._sequence, 0))
        while True:
            for kind, _, sequence, body in messages(self.socket.recv(_READ)):
                if sequence == self._sequence:
                    return None if kind == _NLMSG_ERROR else (kind, body)

    def _collect(self, waiting: dict[int, tuple[int, frozenset[int]]], errors: list[NetlinkError | None]) -> None:
        while waiting:
            for kind, flags, sequence, body in messages(self.socket.recv(_READ)):
                if kind != _NLMSG_ERROR or sequence not in waiting:
                    continue
                place, fine = waiting.pop(sequence)
                error = _error(flags, body)
                if error is not None and errors[place] is None and error.errno not in fine:
                    errors[place] = error


def messages(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """The messages of one datagram: type, flags, sequence number, body."""
    offset = 0
    while offset < len(data):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(data, offset)
        yield kind, flags, sequence, data[offset + _HEADER.size : offset + length]
        offset += (length + 3) & ~3


# ---- attributes ---------------------------------------------------------------------------


def attribute(kind: int, payload: bytes) -> bytes:
    """An attribute, padded."""
    return struct.pack("=HH", len(payload) + 4, kind) + payload + bytes(-len(payload) % 4)


def nested(kind: int, attributes: Iterable[bytes]) -> bytes:
    """An attribute of attributes."""
    return attribute(kind | _NLA_F_NESTED, b"".join(attributes))


def u8(kind: int, value: int) -> bytes:
    """An attribute of one byte."""
    return attribute(kind, struct.pack("=B", value))


def u16be(kind: int, value: int) -> bytes:
    """An attribute of two bytes in network order."""
    return attribute(kind, struct.pack("!H", value))


def u32(kind: int, value: int) -> bytes:
    """An attribute of four bytes."""
    return attribute(kind, struct.pack("=I", value))


def text(kind: int, value: str) -> bytes:
    """A null-terminated attribute."""
    return attribute(kind, value.encode() + b"\0")


def attributes(data: bytes, offset: int = 0) -> dict[int, bytes]:
    """The attributes that begin at `offset`."""
    found = {}
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            break
        found[kind & _NLA_TYPE_MASK] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def as_text(payload: bytes | None) -> str:
    """The value of a null-terminated attribute; empty if it is absent."""
    return "" if payload is None else payload.rstrip(b"\0").decode(errors="replace")


def as_int(payload: bytes | None) -> int:
    """The value of an integer attribute in host order; 0 if it is absent."""
    return 0 if payload is None else int.from_bytes(payload, sys.byteorder)


def _message(request: Request, sequence: int, flags: int) -> bytes:
    length = _HEADER.size + len(request.body)
    header = _HEADER.pack(length, request.type, request.flags | NLM_F_REQUEST | flags, sequence, 0)
    return header + request.body + bytes(-length % 4)


def _error(flags: int, body: bytes) -> NetlinkError | None:
    """What an acknowledgement says; None: done."""
    number = -struct.unpack_from("=i", body)[0]
    if number == 0:
        return None
    words = os.strerror(number)
    if flags & _NLM_F_ACK_TLVS:
        # The request's header follows; its body does not (NETLINK_CAP_ACK).
        words = as_text(attributes(body, 4 + _HEADER.size).get(_NLMSGERR_ATTR_MSG)) or words
    return NetlinkError(number, words)
