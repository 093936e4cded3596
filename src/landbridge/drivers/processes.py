"""Processes that outlive us: start, recognise, signal, stop.

A process is known by its pid *and* its start time, so a reused pid is never mistaken for
it, and it is held by a pidfd, so a signal cannot hit a successor.  Nothing here goes by name.
"""

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from landbridge.drivers.enter import NETNS_DIR, in_namespace

_ZOMBIE_STATES = frozenset("ZX")


class ProcessRecord(msgspec.Struct, frozen=True):
    """What identifies a process on this machine until it ends.

    `start`: field 22 of /proc/<pid>/stat, clock ticks after boot; `boot_id` because both
    begin anew with the machine.
    """

    pid: int
    start: int
    boot_id: str


@dataclass(frozen=True, slots=True)
class Process:
    """A living process that is certainly the one that was recorded.  Close it when done."""

    record: ProcessRecord
    pidfd: int

    def alive(self) -> bool:
        """Whether it still runs (a zombie does not)."""
        return not select.select([self.pidfd], [], [], 0)[0]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False if it still runs after `seconds`."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def stop(self, grace: float = 2.0) -> None:
        """End it: SIGTERM, and SIGKILL after `grace` seconds.  Reaps it if it is our child."""
        self.signal(signal.SIGTERM)
        if not self.wait(grace):
            self.signal(signal.SIGKILL)
            self.wait(grace)
        self.close()

    def close(self) -> None:
        """Let go of it (it goes on) and, if it was our child and has ended, reap it."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.record.pid, os.WNOHANG)
        os.close(self.pidfd)


def boot_id() -> str:
    """The machine's current boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start_time(pid: int) -> int | None:
    """Start time of a process that runs; None for none or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command, in parentheses, may hold anything; fields 3 and on follow the last one.
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in _ZOMBIE_STATES else int(fields[19])


def adopt(record: ProcessRecord) -> Process | None:
    """Take hold of a recorded process, if it still runs."""
    if record.boot_id != boot_id():
        return None
    try:
        pidfd = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return None
    # Checked after the pidfd is open: from now on the pid cannot be reused unnoticed.
    started = _start_time(record.pid)
    if started != record.start:
        os.close(pidfd)
        if started is None:
            # A zombie: if it was our own child, nobody else will reap it.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(record.pid, os.WNOHANG)
        return None
    return Process(record, pidfd)


def start(
    argv: Sequence[str], *, netns: str | None, log: Path, environment: Mapping[str, str] | None = None
) -> Process:
    """Start a program in its own session, in a network namespace, with its output in a log.

    It gets an empty standard input, `/` as its directory and no other file of ours.

    Raises:
        OSError: the program or the namespace is not there.
    """
    with log.open("ab") as output:
        child = in_namespace(
            netns,
            lambda: subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=None if environment is None else dict(environment),
                start_new_session=True,
            ),
        )
    # We keep the process by its pidfd; Popen must not reap it behind our back.
    child.returncode = 0
    pidfd = os.pidfd_open(child.pid)
    started = _start_time(child.pid)
    return Process(ProcessRecord(child.pid, -1 if started is None else started, boot_id()), pidfd)


def find_by_environment(variable: str, value: str) -> Process | None:
    """The process that was started with this value of this environment variable.

    Its own children inherit it, so of several the eldest is meant.
    """
    entry = f"{variable}={value}".encode()
    marked = []
    for process in _all_processes():
        with contextlib.suppress(OSError):
            if entry in Path(f"/proc/{process.record.pid}/environ").read_bytes().split(b"\0"):
                marked.append(process)
                continue
        process.close()
    marked.sort(key=lambda process: process.record.start)
    for process in marked[1:]:
        process.close()
    return marked[0] if marked else None


def processes_in(netns: str) -> list[Process]:
    """Every process whose network namespace is the named one (threads' own are not seen).

    The caller's own namespace is never meant: then the list is empty.
    """
    namespace = (NETNS_DIR / netns).stat()
    ours = os.stat("/proc/self/ns/net")
    if (namespace.st_dev, namespace.st_ino) == (ours.st_dev, ours.st_ino):
        return []
    found = []
    for process in _all_processes():
        with contextlib.suppress(OSError):
            theirs = os.stat(f"/proc/{process.record.pid}/ns/net")
            if (theirs.st_dev, theirs.st_ino) == (namespace.st_dev, namespace.st_ino):
                found.append(process)
                continue
        process.close()
    return found


def _all_processes() -> Iterator[Process]:
    """Every running process; the caller closes each."""
    boot = boot_id()
    for entry in os.listdir("/proc"):
        started = _start_time(int(entry)) if entry.isdigit() else None
        process = None if started is None else adopt(ProcessRecord(int(entry), started, boot))
        if process is not None:
            yield process


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file so that a reader, or a successor after a crash, sees old or new, whole."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    new.replace(path)
