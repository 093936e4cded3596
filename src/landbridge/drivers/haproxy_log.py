"""Hears when HAProxy logs something: it is told to log servers that die or come back, and nothing else.

What it was is found by looking; the messages are thrown away.
"""

import contextlib
import os
import socket
from pathlib import Path

SOCKET = "log.sock"


class HaproxyLog:
    """Readable when there was something.  HAProxy sends datagrams to the socket `SOCKET` in its directory."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._bound = False

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    def bind(self, directory: Path) -> None:
        """Listen there, if that is not being done."""
        if self._bound:
            return
        path = directory / SOCKET
        path.unlink(missing_ok=True)
        descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
        try:
            # A path of a Unix socket holds 107 characters, ours may be longer: go through the open directory.
            self._socket.bind(f"/proc/self/fd/{descriptor}/{SOCKET}")
        finally:
            os.close(descriptor)
        # HAProxy's workers are nobody.  All that others can do here is to have us look once more.
        path.chmod(0o666)
        self._bound = True

    def drain(self) -> None:
        """It has been heard."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(1)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()
