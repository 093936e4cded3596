"""Classic BPF at a socket (Linux's Documentation/networking/filter.rst): what it is to get of all that passes."""

import ctypes
import socket
import struct
from collections.abc import Sequence

ETH_P_ALL = 0x0003
_SO_ATTACH_FILTER = 26

Instruction = tuple[int, int, int, int]
"""Of `struct sock_filter`: code, jump if true, jump if false, k."""


def attach_filter(taker: socket.socket, instructions: Sequence[Instruction]) -> None:
    """Give a socket a filter, or another one in its place; no packet is lost by it."""
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HL", len(instructions), ctypes.addressof(code))
    taker.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)
