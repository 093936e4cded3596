"""Named network namespaces, as `ip netns` makes them, without a fork."""

import contextlib
import ctypes
import os
import threading
from pathlib import Path

from landbridge.drivers.enter import NETNS_DIR

_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_SHARED = 0x1000, 0x4000, 0x100000
_MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)


def names(prefixes: tuple[str, ...]) -> list[str]:
    """Namespaces whose names begin with one of the prefixes."""
    if not NETNS_DIR.is_dir():
        return []
    return [path.name for path in NETNS_DIR.iterdir() if path.name.startswith(prefixes) and _mounted(path)]


def create(name: str) -> None:
    """Make a namespace, with IPv6 off for interfaces to come; one of that name is fine.

    Raises:
        OSError: the kernel refuses.
    """
    _share_directory()
    path = NETNS_DIR / name
    try:
        path.touch(mode=0o444, exist_ok=False)
    except FileExistsError:
        if _mounted(path):
            return
    errors: list[BaseException] = []

    def make() -> None:
        try:
            _check(_libc.unshare(_CLONE_NEWNET), "unshare")
            for scope in ("all", "default"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6").write_text("1")
            _check(_libc.mount(b"/proc/thread-self/ns/net", bytes(path), None, _MS_BIND, None), "mount")
        except BaseException as error:  # carried over to the caller's thread
            errors.append(error)

    # A namespace belongs to a thread: this one ends in it.
    thread = threading.Thread(target=make, name=f"make {name}")
    thread.start()
    thread.join()
    if errors:
        path.unlink(missing_ok=True)
        raise errors[0]


def delete(name: str) -> None:
    """Remove a namespace; absent is fine.  It lives on as long as a process is in it."""
    path = NETNS_DIR / name
    _libc.umount2(bytes(path), _MNT_DETACH)
    path.unlink(missing_ok=True)


def _mounted(path: Path) -> bool:
    """Whether a namespace is there, not only the file of a maker that was killed in between."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_dev != NETNS_DIR.stat().st_dev
    return False


def _share_directory() -> None:
    """Have the directory be a shared mount, so that namespaces are seen (and go) everywhere."""
    if NETNS_DIR.is_dir() and _libc.mount(b"", bytes(NETNS_DIR), b"none", _MS_SHARED | _MS_REC, None) == 0:
        return
    NETNS_DIR.mkdir(parents=True, exist_ok=True)
    _check(_libc.mount(bytes(NETNS_DIR), bytes(NETNS_DIR), b"none", _MS_BIND | _MS_REC, None), "mount")
    _check(_libc.mount(b"", bytes(NETNS_DIR), b"none", _MS_SHARED | _MS_REC, None), "mount")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
