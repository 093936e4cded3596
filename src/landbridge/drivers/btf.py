"""The types that a compiled eBPF object describes (BTF): layouts of its structs, values of its enums.

Format: the kernel's Documentation/bpf/btf.rst.  Only what describes maps is read.
"""

import ctypes
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from landbridge.drivers.bpf import libbpf

_HEADER = struct.Struct("=HBBIIIII")
_TYPE = struct.Struct("=III")
_INT, _PTR, _ARRAY, _STRUCT, _UNION, _ENUM, _TYPEDEF = 1, 2, 3, 4, 5, 6, 8
_MODIFIERS = (_TYPEDEF, 9, 10, 11, 18)  # typedef, volatile, const, restrict, type tag
_EXTRA_BYTES = {_INT: 4, _ARRAY: 12, 13: 0, 14: 4, 17: 4}  # FUNC_PROTO by parameters, VAR, DECL_TAG
_PER_MEMBER_BYTES = {_STRUCT: 12, _UNION: 12, _ENUM: 8, 13: 8, 15: 12, 19: 12}
_POINTER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a struct, in bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Type:
    kind: int
    name: str
    size_or_type: int
    count: int
    extra: bytes


class Types:
    """What one object describes."""

    def __init__(self, raw: bytes) -> None:
        _, _, _, header, type_at, type_length, string_at, string_length = _HEADER.unpack_from(raw)
        strings = raw[header + string_at : header + string_at + string_length]
        self._types = [_Type(0, "", 0, 0, b"")]
        place, end = header + type_at, header + type_at + type_length
        while place < end:
            name_at, info, size_or_type = _TYPE.unpack_from(raw, place)
            kind, count = info >> 24 & 0x1F, info & 0xFFFF
            length = _EXTRA_BYTES.get(kind, 0) + _PER_MEMBER_BYTES.get(kind, 0) * count
            place += _TYPE.size
            name = strings[name_at : strings.index(b"\0", name_at)].decode()
            self._types.append(_Type(kind, name, size_or_type, count, raw[place : place + length]))
            place += length
        self._strings = strings

    def structs(self) -> dict[str, tuple[Field, ...]]:
        """Members of every named struct."""
        return {type_.name: self._fields(type_) for type_ in self._types if type_.kind == _STRUCT and type_.name}

    def enum(self, name: str) -> dict[str, int]:
        """Values of an enum by name; empty if there is none."""
        for type_ in self._types:
            if type_.kind == _ENUM and type_.name == name:
                pairs = struct.iter_unpack("=Ii", type_.extra)
                return {self._text(at): value for at, value in pairs}
        return {}

    def _fields(self, type_: _Type) -> tuple[Field, ...]:
        members = struct.iter_unpack("=III", type_.extra)
        return tuple(Field(self._text(at), bits // 8, self._size(member)) for at, member, bits in members)

    def _size(self, number: int) -> int:
        type_ = self._types[number]
        if type_.kind in _MODIFIERS:
            return self._size(type_.size_or_type)
        if type_.kind == _ARRAY:
            element, _, count = struct.unpack("=III", type_.extra)
            return self._size(element) * int(count)
        return _POINTER_BYTES if type_.kind == _PTR else type_.size_or_type

    def _text(self, at: int) -> str:
        return self._strings[at : self._strings.index(b"\0", at)].decode()


def types_of(btf_id: int) -> Types:
    """What the kernel keeps under a number (`Map.btf_id`).

    Raises:
        BpfError: there is no such description.
    """
    lib = libbpf()
    fd = lib.check(lib.lib.bpf_btf_get_fd_by_id(btf_id), "bpf_btf_get_fd_by_id")
    try:
        info = (ctypes.c_uint64 * 8)()  # struct bpf_btf_info: pointer; size and id; …
        length = ctypes.c_uint32(ctypes.sizeof(info))
        lib.check(lib.lib.bpf_obj_get_info_by_fd(fd, info, ctypes.byref(length)), "bpf_obj_get_info_by_fd")
        size = info[1] & 0xFFFFFFFF
        raw = ctypes.create_string_buffer(size)
        info = (ctypes.c_uint64 * 8)(ctypes.addressof(raw), size)
        length = ctypes.c_uint32(ctypes.sizeof(info))
        lib.check(lib.lib.bpf_obj_get_info_by_fd(fd, info, ctypes.byref(length)), "bpf_obj_get_info_by_fd")
        return Types(raw.raw)
    finally:
        os.close(fd)


def size_of(layout: tuple[Field, ...]) -> int:
    """Bytes of a struct that ends with its last member."""
    return max((field.offset + field.size for field in layout), default=0)


def converter(before: tuple[Field, ...], after: tuple[Field, ...]) -> Callable[[bytes], bytes]:
    """A function that carries a struct over from one layout to another, member by member of the same name.

    A member that is new is zero; one that became longer is filled up with zeros, as little-endian
    numbers and byte strings are; one that became shorter loses its end.
    """
    size = size_of(after)
    old: Mapping[str, Field] = {field.name: field for field in before}
    moves = [(old[field.name], field) for field in after if field.name in old]

    def convert(value: bytes) -> bytes:
        made = bytearray(size)
        for source, target in moves:
            length = min(source.size, target.size)
            made[target.offset : target.offset + length] = value[source.offset : source.offset + length]
        return bytes(made)

    return convert
