"""Hears when charon's tunnels come up or go down: something to look at, what it is is found by looking."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable

from vici import Session
from vici.exception import SessionException

_EVENTS = ["ike-updown", "child-updown"]


class CharonEvents:
    """Readable when there was an event.  One background thread, for one charon after the other."""

    def __init__(self) -> None:
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread: threading.Thread | None = None

    def fileno(self) -> int:
        """For selectors."""
        return self._wake

    def drain(self) -> None:
        """Be quiet until the next event."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def follow(self, connect: Callable[[], socket.socket]) -> None:
        """Listen to the charon that `connect` leads to, if that is not being done."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._listen, args=(connect,), name="charon events", daemon=True)
            self._thread.start()

    def _listen(self, connect: Callable[[], socket.socket]) -> None:
        """Until it ends, which is an event as well."""
        with contextlib.suppress(OSError, SessionException), connect() as stream:
            for _ in Session(stream).listen(_EVENTS):
                os.eventfd_write(self._wake, 1)
        os.eventfd_write(self._wake, 1)
