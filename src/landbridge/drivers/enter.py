"""Do something inside another network namespace, without a fork.

A namespace belongs to a thread.  So a fresh thread enters it, does the one thing and ends;
sockets that it opened and processes that it started stay where they were made.
"""

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

NETNS_DIR = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def netns_inode(name: str) -> int | None:
    """What tells one namespace from another of the same name; None if there is none."""
    try:
        return (NETNS_DIR / name).stat().st_ino
    except FileNotFoundError:
        return None


def in_namespace(name: str | None, do: Callable[[], T]) -> T:
    """Run `do` in the named network namespace (None: in the caller's own) and return its result.

    Raises:
        FileNotFoundError: there is no such namespace.
        Whatever `do` raises.
    """
    if name is None:
        return do()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            fd = os.open(NETNS_DIR / name, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(fd, _CLONE_NEWNET) != 0:
                    number = ctypes.get_errno()
                    raise OSError(number, os.strerror(number), name)
            finally:
                os.close(fd)
            results.append(do())
        except BaseException as error:  # carried over to the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name=f"netns {name}")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
