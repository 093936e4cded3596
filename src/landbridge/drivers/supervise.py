"""Keep children running: start again what dies, later and later while it keeps dying.

Closing the supervisor, or its death, leaves the children alone; the next one adopts them.
"""

import contextlib
import os
import selectors
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from landbridge.drivers import children
from landbridge.drivers.children import Child
from landbridge.drivers.enter import netns_inode
from landbridge.drivers.processes import Process

_log = structlog.get_logger(__name__)

_FIRST_DELAY, _MAX_DELAY = 0.1, 30.0
_STEADY = 10.0
"""Seconds after which a child counts as healthy, and its next restart is immediate again."""


class _Watched:
    """A child with what is known of it."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.inode = _inode(child)
        self.process: Process | None = None
        self.delay = _FIRST_DELAY
        self.started = time.monotonic()
        self.due: float | None = None


class Supervisor:
    """Runs children; thread-safe.  One background thread waits for all their ends."""

    def __init__(self, on_restart: Callable[[Child], None] = lambda _child: None) -> None:
        """`on_restart` is called, in the background thread, after a child that had died was started again."""
        self._on_restart = on_restart
        self._lock = threading.RLock()
        self._watched: dict[Path, _Watched] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._closed = False
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def ensure(self, child: Child) -> bool:
        """Have it running: adopt it, start it, or start it afresh.  True if it was started now.

        Raises:
            OSError: it cannot be started.
        """
        with self._lock:
            known = self._watched.get(child.directory)
            if known is not None and (known.child != child or known.inode != _inode(child)):
                self._end(known)
                known = None
            if known is None:
                known = _Watched(child)
                known.process = children.adopt(child)
                self._watched[child.directory] = known
                if known.process is not None:
                    self._follow(known)
                    return False
            elif known.process is not None and known.process.alive():
                return False
            # Dead, new, or waiting for its turn: whoever asks wants it now.
            self._start(known)
            return True

    def remove(self, directory: Path) -> None:
        """End the child of this directory, ours or left by a predecessor.  Absent is success."""
        with self._lock:
            known = self._watched.get(directory)
            if known is not None:
                self._end(known)
            else:
                children.stop(directory)

    def close(self) -> None:
        """Stop watching.  The children go on."""
        with self._lock:
            self._closed = True
        self._wake()
        self._thread.join()
        for watched in self._watched.values():
            if watched.process is not None:
                watched.process.close()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _start(self, watched: _Watched) -> None:
        self._release(watched)
        watched.process = children.launch(watched.child)
        watched.started = time.monotonic()
        watched.due = None
        self._follow(watched)

    def _follow(self, watched: _Watched) -> None:
        assert watched.process is not None
        self._selector.register(watched.process.pidfd, selectors.EVENT_READ, watched)
        self._wake()

    def _release(self, watched: _Watched) -> None:
        """Let go of its process."""
        if watched.process is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(watched.process.pidfd)
            watched.process.close()
            watched.process = None

    def _end(self, watched: _Watched) -> None:
        """End it for good."""
        del self._watched[watched.child.directory]
        self._release(watched)
        children.stop(watched.child.directory)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    def _watch(self) -> None:
        while True:
            ready = self._selector.select(self._next_due())
            restarted: list[Child] = []
            with self._lock:
                if self._closed:
                    return
                for key, _ in ready:
                    if key.data is None:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self._wake_read, 4096)
                    else:
                        self._died(key.data)
                for watched in self._watched.values():
                    if watched.due is not None and watched.due <= time.monotonic():
                        self._restart(watched, restarted)
            for child in restarted:
                self._on_restart(child)

    def _next_due(self) -> float | None:
        with self._lock:
            due = [watched.due for watched in self._watched.values() if watched.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _died(self, watched: _Watched) -> None:
        """Plan the restart: at once if it ran well, later and later if it did not."""
        if watched.process is None or watched.process.alive():
            return
        now = time.monotonic()
        steady = now - watched.started > _STEADY
        watched.delay = 0.0 if steady else max(_FIRST_DELAY, min(watched.delay * 2, _MAX_DELAY))
        watched.due = now + watched.delay
        _log.warning("child_ended", directory=str(watched.child.directory), pid=watched.process.record.pid)
        self._release(watched)

    def _restart(self, watched: _Watched, restarted: list[Child]) -> None:
        try:
            self._start(watched)
        except OSError as error:
            watched.delay = max(_FIRST_DELAY, min(watched.delay * 2, _MAX_DELAY))
            watched.due = time.monotonic() + watched.delay
            _log.error("child_not_started", directory=str(watched.child.directory), error=str(error))
        else:
            restarted.append(watched.child)


def _inode(child: Child) -> int | None:
    return None if child.netns is None else netns_inode(child.netns)
