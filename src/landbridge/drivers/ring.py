"""A ring buffer of eBPF programs: its one reader."""

import ctypes

from landbridge.drivers.bpf import libbpf
from landbridge.drivers.bpf_map import Map

_SAMPLE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_ENOUGH = -1
_MOST = 4096
"""Read at once: a producer that is faster than us must not keep us here for ever."""


class Ring:
    """Reads a ring buffer.  Not thread-safe, and a buffer has one reader: what is read is gone."""

    def __init__(self, map_: Map) -> None:
        """Open it.

        Raises:
            BpfError: for example ENOMEM.
        """
        lib = libbpf()
        self._samples: list[bytes] = []
        self._callback = _SAMPLE(self._take)
        made = lib.lib.ring_buffer__new(map_.fd, self._callback, None, None)
        if not made:
            lib.check(-ctypes.get_errno(), "ring_buffer__new")
        self._ring = ctypes.c_void_p(made)

    def fileno(self) -> int:
        """Readable while there is something to read."""
        fd: int = libbpf().lib.ring_buffer__epoll_fd(self._ring)
        return fd

    def read(self) -> list[bytes]:
        """What has come since the last call, or the first thousands of it."""
        # The result says nothing that the samples do not: negative is our own `_ENOUGH`.
        libbpf().lib.ring_buffer__consume(self._ring)
        samples, self._samples = self._samples, []
        return samples

    def close(self) -> None:
        """Let go."""
        libbpf().lib.ring_buffer__free(self._ring)

    def _take(self, _context: int | None, data: int, size: int) -> int:
        self._samples.append(ctypes.string_at(data, size))
        return _ENOUGH if len(self._samples) >= _MOST else 0
