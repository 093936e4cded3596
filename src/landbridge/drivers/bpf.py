"""eBPF through libbpf 1.x (ctypes): load an object, pin it, run a program on a packet."""

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_LIBRARY = "libbpf.so.1"
_INFO_BYTES = 256
_PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_DEBUG_LEVEL = 2


class BpfError(OSError):
    """The kernel or libbpf refused; the text has the last lines of its log."""


class _Libbpf:
    """The library, opened on first use, with its log kept for error texts."""

    def __init__(self) -> None:
        try:
            self.lib = ctypes.CDLL(_LIBRARY, use_errno=True)
        except OSError as error:
            raise BpfError(errno.ENOENT, f"{_LIBRARY} is not installed: {error}") from error
        for name in (
            "bpf_object__open_file",
            "bpf_object__next_map",
            "bpf_object__next_program",
            "bpf_object__btf",
            "btf__raw_data",
            "ring_buffer__new",
        ):
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


def libbpf() -> _Libbpf:
    """The library; `BpfError` if it is not installed."""
    global _library
    if _library is None:
        _library = _Libbpf()
    return _library


@dataclass(frozen=True, slots=True)
class Program:
    """A loaded program: an open descriptor, and the id by which the kernel lists it."""

    fd: int
    id: int


@dataclass(frozen=True, slots=True)
class MapDefinition:
    """A map as an object file declares it."""

    name: str
    type: int
    key_size: int
    value_size: int
    max_entries: int


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[ctypes.c_void_p]:
    lib = libbpf()
    handle = lib.lib.bpf_object__open_file(str(path).encode(), None)
    if not handle:
        lib.check(-ctypes.get_errno(), f"cannot open {path}")
    object_ = ctypes.c_void_p(handle)
    try:
        yield object_
    finally:
        lib.lib.bpf_object__close(object_)


def describe(path: Path) -> tuple[list[MapDefinition], bytes]:
    """The maps that an object file declares, and its type description (`btf.Types` reads it).

    Raises:
        BpfError: libbpf does not understand the file.
    """
    lib = libbpf()
    with _opened(path) as object_:
        maps = [
            MapDefinition(
                lib.lib.bpf_map__name(entry).decode(),
                lib.lib.bpf_map__type(entry),
                lib.lib.bpf_map__key_size(entry),
                lib.lib.bpf_map__value_size(entry),
                lib.lib.bpf_map__max_entries(entry),
            )
            for entry in _each(lib.lib.bpf_object__next_map, object_)
        ]
        length = ctypes.c_uint32()
        described = ctypes.c_void_p(lib.lib.bpf_object__btf(object_))
        raw = lib.lib.btf__raw_data(described, ctypes.byref(length))
        return maps, ctypes.string_at(raw, length.value)


def load(path: Path, maps: Path, programs: Path) -> None:
    """Load an object file and pin its maps and programs under these directories of a bpffs.

    Maps that are pinned there already are used, with what they hold.

    Raises:
        BpfError: with the verifier's or libbpf's words.
    """
    lib = libbpf()
    with _opened(path) as object_:
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


def load_private(path: Path) -> tuple[dict[str, int], dict[str, Program]]:
    """Load an object file without pins: descriptors of its maps and its programs, by name.

    They live as long as somebody holds them open, or a program is attached somewhere.

    Raises:
        BpfError: with the verifier's or libbpf's words.
    """
    lib = libbpf()
    with _opened(path) as object_:
        lib.check(lib.lib.bpf_object__load(object_), f"the kernel does not load {path.name}")
        maps = {
            lib.lib.bpf_map__name(entry).decode(): os.dup(lib.lib.bpf_map__fd(entry))
            for entry in _each(lib.lib.bpf_object__next_map, object_)
        }
        programs = {
            lib.lib.bpf_program__name(entry).decode(): _program(os.dup(lib.lib.bpf_program__fd(entry)))
            for entry in _each(lib.lib.bpf_object__next_program, object_)
        }
        return maps, programs


def open_program(pin: Path) -> Program:
    """Open a pinned program."""
    return _program(open_pin(pin))


def _program(fd: int) -> Program:
    return Program(fd, struct.unpack_from("=2I", info_of(fd))[1])


def open_pin(pin: Path) -> int:
    """A descriptor of what is pinned there."""
    lib = libbpf()
    return lib.check(lib.lib.bpf_obj_get(str(pin).encode()), f"cannot open {pin}")


def info_of(fd: int) -> bytes:
    """`struct bpf_map_info` or `bpf_prog_info`: both begin with type and id."""
    lib = libbpf()
    buffer = ctypes.create_string_buffer(_INFO_BYTES)
    length = ctypes.c_uint32(_INFO_BYTES)
    lib.check(lib.lib.bpf_obj_get_info_by_fd(fd, buffer, ctypes.byref(length)), "bpf_obj_get_info_by_fd")
    return buffer.raw


class _TestRun(ctypes.Structure):
    """`struct bpf_test_run_opts`."""

    _fields_ = (
        ("sz", ctypes.c_size_t),
        ("data_in", ctypes.c_char_p),
        ("data_out", ctypes.c_void_p),
        ("data_size_in", ctypes.c_uint32),
        ("data_size_out", ctypes.c_uint32),
        ("ctx_in", ctypes.c_char_p),
        ("ctx_out", ctypes.c_void_p),
        ("ctx_size_in", ctypes.c_uint32),
        ("ctx_size_out", ctypes.c_uint32),
        ("retval", ctypes.c_uint32),
        ("repeat", ctypes.c_int),
        ("duration", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("cpu", ctypes.c_uint32),
        ("batch_size", ctypes.c_uint32),
    )


_SK_BUFF = struct.Struct("=40xI120xI8xI12x")
"""`struct __sk_buff`: ifindex, gso_segs, gso_size."""


class DryRun(NamedTuple):
    """The program's verdict (TC_ACT_…), its mean duration in nanoseconds, and what it made of the frame."""

    verdict: int
    duration: int
    frame: bytes


def dry_run(
    program: Program, frame: bytes, ifindex: int, repeat: int = 1, *, segment: int = 0, segments: int = 0
) -> DryRun:
    """Run a tc program on a frame as if it had come by an interface of this namespace.

    segment, segments: payload bytes of each packet into which the kernel will cut the frame, and how many; 0: it is
    one packet.
    """
    context = _SK_BUFF.pack(ifindex, segments, segment)
    result = ctypes.create_string_buffer(len(frame))
    options = _TestRun(
        sz=ctypes.sizeof(_TestRun),
        data_in=frame,
        data_size_in=len(frame),
        data_out=ctypes.addressof(result),
        data_size_out=len(result),
        ctx_in=context,
        ctx_size_in=len(context),
        repeat=repeat,
    )
    lib = libbpf()
    lib.check(lib.lib.bpf_prog_test_run_opts(program.fd, ctypes.byref(options)), "bpf_prog_test_run")
    return DryRun(options.retval, options.duration, result.raw)


def _each(following: "ctypes._NamedFuncPointer", object_: ctypes.c_void_p) -> Iterator[ctypes.c_void_p]:
    entry = following(object_, None)
    while entry:
        yield ctypes.c_void_p(entry)
        entry = following(object_, ctypes.c_void_p(entry))
