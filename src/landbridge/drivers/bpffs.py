"""Where pinned eBPF objects live: `<bpffs>/landbridge/<tag>/`.

The machine's own bpffs if there is one, else one of ours beside the run directories.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

_SYSTEM = Path("/sys/fs/bpf")
_OWN = Path("/run/landbridge/bpf")
_BPF_FS_MAGIC = 0xCAFE4A11
_PRODUCT = "landbridge"
_libc = ctypes.CDLL(None, use_errno=True)


def directory(tag: str) -> Path:
    """The pin directory of a host, made if need be; mounts our own bpffs if there is no other.

    Raises:
        OSError: a bpffs cannot be mounted.
    """
    with _turn():
        path = _mount() / _PRODUCT / tag
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


def existing(tag: str) -> list[Path]:
    """Pin directories that the host has; nothing is made."""
    return [path for base in (_SYSTEM, _OWN) if _is_bpffs(base) and (path := base / _PRODUCT / tag).is_dir()]


def remove(tag: str) -> None:
    """Remove a host's pins; a bpffs of ours goes with the last one.  Absent is success."""
    with _turn():
        for base in (_SYSTEM, _OWN):
            if _is_bpffs(base):
                _remove(base, tag)


def _remove(base: Path, tag: str) -> None:
    shutil.rmtree(base / _PRODUCT / tag, ignore_errors=True)
    if not (base / _PRODUCT).is_dir() or any((base / _PRODUCT).iterdir()):
        return
    (base / _PRODUCT).rmdir()
    if base == _OWN and _libc.umount(str(base).encode()) == 0:
        base.rmdir()
        with contextlib.suppress(OSError):  # others live in it
            base.parent.rmdir()


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """Agents of several hosts on one machine mount and unmount one after the other."""
    place = os.open(_OWN.parents[1], os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


def _mount() -> Path:
    for base in (_SYSTEM, _OWN):
        if _is_bpffs(base):
            return base
    _OWN.mkdir(parents=True, exist_ok=True)
    if _libc.mount(b"bpf", str(_OWN).encode(), b"bpf", 0, b"mode=0700") != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot mount a bpffs: {os.strerror(number)}", str(_OWN))
    return _OWN


def _is_bpffs(path: Path) -> bool:
    buffer = ctypes.create_string_buffer(256)  # struct statfs begins with its type, a long
    if _libc.statfs(str(path).encode(), buffer) != 0:
        return False
    return ctypes.c_long.from_buffer(buffer).value == _BPF_FS_MAGIC
