"""Whether servers of UDP live: a thread sends each an empty datagram now and then.

UDP has no answer that everybody gives.  A server is bad when its machine says that nobody listens (ICMP port
unreachable) or cannot be found at all; silence is good.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from landbridge.model.balancer_node import HealthCheck

_IP_RECVERR = 11
"""linux/in.h."""


class Target(NamedTuple):
    """A server of a listener, and the port that is asked."""

    listener_uuid: str
    ip: str
    port: int


@dataclass
class _Probe:
    """`sent`: an answer is waited for until `due`; `streak`: bad answers in a row of one that lives, or good ones."""

    check: HealthCheck
    socket: socket.socket
    due: float
    sent: bool = False
    lives: bool = True
    streak: int = 0
    reason: str = ""
    since: float = 0.0


class Seen(NamedTuple):
    """`since`: seconds that it has been so."""

    lives: bool
    reason: str
    since: float


class UdpChecks:
    """Of one vrouter, in the namespace of the caller.  `fileno` is readable when somebody died or came back."""

    def __init__(self) -> None:
        self._probes: dict[Target, _Probe] = {}
        self._changed = threading.Condition()
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closed = False
        self._thread: threading.Thread | None = None

    def fileno(self) -> int:
        """For a selector."""
        return self._event

    def drain(self) -> None:
        """It has been heard."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._event)

    def watch(self, targets: Mapping[Target, HealthCheck], dead: Collection[Target]) -> None:
        """Check these and no others; one that is new counts as alive, unless it is among the dead."""
        with self._changed:
            for target, probe in list(self._probes.items()):
                if targets.get(target) != probe.check:
                    probe.socket.close()
                    del self._probes[target]
            for target in targets.keys() - self._probes.keys():
                self._probes[target] = _probe(targets[target], target not in dead)
            if self._thread is None and self._probes:
                self._thread = threading.Thread(target=self._run, name="udp-checks", daemon=True)
                self._thread.start()
            self._changed.notify()

    def seen(self, target: Target) -> Seen:
        """How a server does; one that is not watched lives."""
        with self._changed:
            probe = self._probes.get(target)
            if probe is None:
                return Seen(True, "", 0.0)
            return Seen(probe.lives, probe.reason, time.monotonic() - probe.since)

    def close(self) -> None:
        """Stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        for probe in self._probes.values():
            probe.socket.close()
        os.close(self._event)

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                changed = [self._step(*one, now) for one in self._probes.items() if one[1].due <= now]
                if any(changed):
                    os.eventfd_write(self._event, 1)
                due = min((probe.due for probe in self._probes.values()), default=None)
                self._changed.wait(None if due is None else max(0.0, due - time.monotonic()))

    def _step(self, target: Target, probe: _Probe, now: float) -> bool:
        """Ask, or judge; True when it has died or come back."""
        error = _error(probe.socket)
        if not probe.sent:
            error = error or _ask(probe, target)
            # What an earlier question has come to is part of the answer: who is not found is known late.
            probe.sent, probe.reason = True, error
            probe.due = now + min(probe.check.timeout, probe.check.interval)
            return False
        probe.sent = False
        probe.due = now + max(0.0, probe.check.interval - probe.check.timeout)
        probe.reason = error or probe.reason
        good = not probe.reason
        probe.streak = probe.streak + 1 if good != probe.lives else 0
        if probe.streak < (probe.check.rise if good else probe.check.fall):
            return False
        probe.lives, probe.streak, probe.since = good, 0, now
        return True


def _probe(check: HealthCheck, lives: bool) -> _Probe:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    # Without it only "port unreachable" would be told, and not "host unreachable" (udp(7)).
    made.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    now = time.monotonic()
    return _Probe(check, made, due=now, lives=lives, since=now)


def _ask(probe: _Probe, target: Target) -> str:
    """Send it a datagram by the route that there is now; why that cannot be, "" when it can."""
    try:
        probe.socket.connect((target.ip, target.port))
        probe.socket.send(b"")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _error(asked: socket.socket) -> str:
    """What went wrong since the last look; "" when nothing did."""
    found = ""
    for flags in (0, socket.MSG_ERRQUEUE):
        with contextlib.suppress(BlockingIOError):
            while True:
                try:
                    asked.recvmsg(1, 0, flags)
                except BlockingIOError:
                    raise
                except OSError as error:
                    found = error.strerror or str(error)
    return found
