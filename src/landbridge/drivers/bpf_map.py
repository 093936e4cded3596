"""eBPF maps: read and write entries, many in one system call; make maps and put them into maps."""

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from landbridge.drivers.bpf import info_of, libbpf, open_pin

_BATCH = 4096
_ANY = 0
_PER_CPU = (5, 6, 10)  # PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH
LRU_HASH = 9


class Map:
    """A map by its open descriptor, which it owns.  Keys and values are bytes of the map's fixed sizes."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        info = info_of(fd)
        self.type, self.id, self.key_size, self.value_size, self.max_entries = struct.unpack_from("=5I", info)
        (self.btf_id,) = struct.unpack_from("=I", info, 64)
        """Of the description that the program's object came with; 0: none."""
        self._cpus = libbpf().lib.libbpf_num_possible_cpus() if self.type in _PER_CPU else 1
        self._slot = (self.value_size + 7) & ~7 if self.type in _PER_CPU else self.value_size

    def close(self) -> None:
        """Let go of the descriptor; a pinned map stays."""
        os.close(self.fd)

    def update(self, entries: Mapping[bytes, bytes]) -> None:
        """Write entries in one system call.  A per-CPU map gets the value on every CPU.

        Raises:
            BpfError: for example E2BIG, the map is full.
        """
        self.update_each({key: [value] * self._cpus for key, value in entries.items()})

    def update_each(self, entries: Mapping[bytes, Iterable[bytes]]) -> None:
        """`update` with a value for each CPU, as `items` gives them."""
        if not entries:
            return
        keys = b"".join(entries)
        values = b"".join(value.ljust(self._slot, b"\0") for each in entries.values() for value in each)
        count = ctypes.c_uint32(len(entries))
        lib = libbpf()
        result = lib.lib.bpf_map_update_batch(self.fd, keys, values, ctypes.byref(count), None)
        lib.check(result, "bpf_map_update_batch")

    def put_map(self, key: bytes, inner: "Map") -> None:
        """Put a map into a map of maps."""
        lib = libbpf()
        result = lib.lib.bpf_map_update_elem(self.fd, key, struct.pack("=I", inner.fd), _ANY)
        lib.check(result, "bpf_map_update_elem")

    def delete(self, *keys: bytes) -> None:
        """Remove entries; absent ones are fine."""
        lib = libbpf()
        for key in keys:
            if lib.lib.bpf_map_delete_elem(self.fd, key) < 0 and ctypes.get_errno() != errno.ENOENT:
                lib.check(-ctypes.get_errno(), "bpf_map_delete_elem")

    def get(self, key: bytes) -> list[bytes] | None:
        """The value (one per CPU of a per-CPU map), or None."""
        buffer = ctypes.create_string_buffer(self._slot * self._cpus)
        if libbpf().lib.bpf_map_lookup_elem(self.fd, key, buffer) < 0:
            return None
        return self._values(buffer.raw, 0)

    def inner(self, key: bytes) -> "Map | None":
        """A map that is in this map of maps, or None."""
        value = self.get(key)
        if value is None:
            return None
        lib = libbpf()
        fd = lib.lib.bpf_map_get_fd_by_id(struct.unpack("=I", value[0])[0])
        if fd < 0 and ctypes.get_errno() == errno.ENOENT:
            return None
        return Map(lib.check(fd, "bpf_map_get_fd_by_id"))

    def items(self) -> Iterator[tuple[bytes, list[bytes]]]:
        """All entries, read in batches."""
        lib = libbpf()
        position = ctypes.create_string_buffer(max(self.key_size, 4))
        start: ctypes.Array[ctypes.c_char] | None = None
        size = min(_BATCH, self.max_entries)
        keys = ctypes.create_string_buffer(self.key_size * size)
        values = ctypes.create_string_buffer(self._slot * self._cpus * size)
        while True:
            count = ctypes.c_uint32(size)
            result = lib.lib.bpf_map_lookup_batch(self.fd, start, position, keys, values, ctypes.byref(count), None)
            if result < 0 and ctypes.get_errno() != errno.ENOENT:
                lib.check(result, "bpf_map_lookup_batch")
            raw_keys = ctypes.string_at(keys, count.value * self.key_size)
            raw_values = ctypes.string_at(values, count.value * self._slot * self._cpus)
            for place in range(count.value):
                at = place * self.key_size
                yield raw_keys[at : at + self.key_size], self._values(raw_values, place)
            if result < 0:
                return
            start = position

    def _values(self, raw: bytes, place: int) -> list[bytes]:
        base = place * self._slot * self._cpus
        return [raw[base + cpu * self._slot : base + cpu * self._slot + self.value_size] for cpu in range(self._cpus)]


def open_map(pin: Path) -> Map:
    """Open a pinned map."""
    return Map(open_pin(pin))


@contextlib.contextmanager
def create_map(type_: int, name: str, key_size: int, value_size: int, max_entries: int) -> Iterator[Map]:
    """A map without a pin: it lives while it is open, or in a map of maps.

    Raises:
        BpfError: for example ENOMEM.
    """
    lib = libbpf()
    fd = lib.lib.bpf_map_create(type_, name.encode(), key_size, value_size, max_entries, None)
    made = Map(lib.check(fd, f"cannot make the map {name}"))
    try:
        yield made
    finally:
        made.close()
