"""eBPF through libbpf 1.x (ctypes): load an object, pin it, read and write its maps."""

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_LIBRARY = "libbpf.so.1"
_BPF_ANY = 0
_INFO_BYTES = 256
_PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_DEBUG_LEVEL = 2
_BATCH = 4096


class BpfError(OSError):
    """The kernel or libbpf refused; the text has the last lines of its log."""


class _Libbpf:
    """The library, opened on first use, with its log kept for error texts."""

    def __init__(self) -> None:
        try:
            self.lib = ctypes.CDLL(_LIBRARY, use_errno=True)
        except OSError as error:
            raise BpfError(errno.ENOENT, f"{_LIBRARY} is not installed: {error}") from error
        for name in ("bpf_object__open_file", "bpf_object__next_map", "bpf_object__next_program"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        for name in ("bpf_map__name", "bpf_program__name"):
            getattr(self.lib, name).restype = ctypes.c_char_p
        self.log: list[str] = []
        self._libc = ctypes.CDLL(None)
        self._print = _PRINT(self._keep)
        self.lib.libbpf_set_print(self._print)

    def _keep(self, level: int, text: bytes, arguments: int) -> int:
        if level < _DEBUG_LEVEL:
            buffer = ctypes.create_string_buffer(1 << 14)
            self._libc.vsnprintf(buffer, len(buffer), text, ctypes.c_void_p(arguments))
            self.log.append(buffer.value.decode(errors="replace").strip())
        return 0

    def check(self, result: int, what: str) -> int:
        """Pass a good result on; raise with the library's words otherwise."""
        if result >= 0:
            self.log.clear()
            return result
        number = ctypes.get_errno() or -result
        words = "; ".join(self.log[-6:]) or os.strerror(number)
        self.log.clear()
        raise BpfError(number, f"{what}: {words}")


_library: _Libbpf | None = None


def _libbpf() -> _Libbpf:
    global _library
    if _library is None:
        _library = _Libbpf()
    return _library


@dataclass(frozen=True, slots=True)
class Program:
    """A loaded program: an open descriptor, and the id by which the kernel lists it."""

    fd: int
    id: int


class Map:
    """A map by its open descriptor.  Keys and values are bytes of the map's fixed sizes."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        info = _info(fd)
        self.type, _, self.key_size, self.value_size = struct.unpack_from("=4I", info)
        per_cpu = self.type in (5, 6, 10)  # PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH
        self._cpus = _libbpf().lib.libbpf_num_possible_cpus() if per_cpu else 1
        self._slot = (self.value_size + 7) & ~7 if per_cpu else self.value_size

    def update(self, entries: Mapping[bytes, bytes]) -> None:
        """Write entries in one system call.  A per-CPU map gets the value on every CPU.

        Raises:
            BpfError: for example E2BIG, the map is full.
        """
        if not entries:
            return
        keys = b"".join(entries)
        values = b"".join(value.ljust(self._slot, b"\0") * self._cpus for value in entries.values())
        count = ctypes.c_uint32(len(entries))
        lib = _libbpf()
        result = lib.lib.bpf_map_update_batch(self.fd, keys, values, ctypes.byref(count), None)
        lib.check(result, "bpf_map_update_batch")

    def delete(self, key: bytes) -> None:
        """Remove an entry; absent is fine."""
        lib = _libbpf()
        if lib.lib.bpf_map_delete_elem(self.fd, key) < 0 and ctypes.get_errno() != errno.ENOENT:
            lib.check(-ctypes.get_errno(), "bpf_map_delete_elem")

    def get(self, key: bytes) -> list[bytes] | None:
        """The value (one per CPU of a per-CPU map), or None."""
        buffer = ctypes.create_string_buffer(self._slot * self._cpus)
        if _libbpf().lib.bpf_map_lookup_elem(self.fd, key, buffer) < 0:
            return None
        return self._values(buffer.raw, 0)

    def items(self) -> Iterator[tuple[bytes, list[bytes]]]:
        """All entries of a hash map, read in batches."""
        lib = _libbpf()
        position = ctypes.create_string_buffer(max(self.key_size, 4))
        start: ctypes.Array[ctypes.c_char] | None = None
        keys = ctypes.create_string_buffer(self.key_size * _BATCH)
        values = ctypes.create_string_buffer(self._slot * self._cpus * _BATCH)
        while True:
            count = ctypes.c_uint32(_BATCH)
            result = lib.lib.bpf_map_lookup_batch(self.fd, start, position, keys, values, ctypes.byref(count), None)
            if result < 0 and ctypes.get_errno() != errno.ENOENT:
                lib.check(result, "bpf_map_lookup_batch")
            for place in range(count.value):
                key = keys.raw[place * self.key_size : (place + 1) * self.key_size]
                yield key, self._values(values.raw, place)
            if result < 0:
                return
            start = position

    def _values(self, raw: bytes, place: int) -> list[bytes]:
        base = place * self._slot * self._cpus
        return [raw[base + cpu * self._slot : base + cpu * self._slot + self.value_size] for cpu in range(self._cpus)]


def load(path: Path, maps: Path, programs: Path) -> None:
    """Load an object file and pin its maps and programs under these directories of a bpffs.

    Maps that are pinned there already are used, with what they hold.

    Raises:
        BpfError: with the verifier's or libbpf's words.
    """
    lib = _libbpf()
    handle = lib.lib.bpf_object__open_file(str(path).encode(), None)
    if not handle:
        lib.check(-ctypes.get_errno(), f"cannot open {path}")
    object_ = ctypes.c_void_p(handle)
    try:
        for entry in _each(lib.lib.bpf_object__next_map, object_):
            name = lib.lib.bpf_map__name(entry).decode()
            if not name.startswith("."):
                lib.check(lib.lib.bpf_map__set_pin_path(entry, str(maps / name).encode()), name)
        lib.check(lib.lib.bpf_object__load(object_), f"the kernel does not load {path.name}")
        programs.mkdir(parents=True, exist_ok=True)
        for entry in _each(lib.lib.bpf_object__next_program, object_):
            pin = programs / lib.lib.bpf_program__name(entry).decode()
            with contextlib.suppress(FileNotFoundError):
                pin.unlink()
            lib.check(lib.lib.bpf_program__pin(entry, str(pin).encode()), f"cannot pin {pin}")
    finally:
        lib.lib.bpf_object__close(object_)


def open_map(pin: Path) -> Map:
    """Open a pinned map."""
    return Map(_open(pin))


def open_program(pin: Path) -> Program:
    """Open a pinned program."""
    fd = _open(pin)
    return Program(fd, struct.unpack_from("=2I", _info(fd))[1])


def _open(pin: Path) -> int:
    lib = _libbpf()
    return lib.check(lib.lib.bpf_obj_get(str(pin).encode()), f"cannot open {pin}")


def _info(fd: int) -> bytes:
    """`struct bpf_map_info` or `bpf_prog_info`: both begin with type and id."""
    lib = _libbpf()
    buffer = ctypes.create_string_buffer(_INFO_BYTES)
    length = ctypes.c_uint32(_INFO_BYTES)
    lib.check(lib.lib.bpf_obj_get_info_by_fd(fd, buffer, ctypes.byref(length)), "bpf_obj_get_info_by_fd")
    return buffer.raw


def _each(following: "ctypes._NamedFuncPointer", object_: ctypes.c_void_p) -> Iterator[ctypes.c_void_p]:
    entry = following(object_, None)
    while entry:
        yield ctypes.c_void_p(entry)
        entry = following(object_, ctypes.c_void_p(entry))
