"""A process with a directory: started, written down, found again by whoever comes after us.

The directory holds `process.json` and `log`.  The record is written before the start (without
a pid) and after it, and the process carries its directory in its environment; so a process
whose parent was killed between the two is still found.
"""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from landbridge.drivers import processes
from landbridge.drivers.enter import netns_inode
from landbridge.drivers.processes import Process, ProcessRecord, write_atomically

_MARK = "LANDBRIDGE_CHILD"


@dataclass(frozen=True, slots=True)
class Child:
    """What is to run.  A process that was started with anything else is another child.

    `netns`: name of the network namespace, None for our own.
    `revision`: changes when what the program reads at its start has changed.
    `environment`: added to ours.
    """

    argv: tuple[str, ...]
    directory: Path
    netns: str | None = None
    revision: str = ""
    environment: tuple[tuple[str, str], ...] = field(default=())


class _Record(msgspec.Struct, frozen=True):
    """`process.json`.  No process: it was about to be started."""

    argv: tuple[str, ...]
    netns_inode: int | None
    revision: str
    process: ProcessRecord | None = None


def launch(child: Child) -> Process:
    """Start it, with its output in `log`.

    Raises:
        OSError: the program or the namespace is not there.
    """
    child.directory.mkdir(parents=True, exist_ok=True)
    record = _Record(child.argv, _inode(child), child.revision)
    _write(child.directory, record)
    environment = {**os.environ, **dict(child.environment), _MARK: str(child.directory)}
    process = processes.start(child.argv, netns=child.netns, log=child.directory / "log", environment=environment)
    _write(child.directory, msgspec.structs.replace(record, process=process.record))
    return process


def adopt(child: Child) -> Process | None:
    """The process that runs for this directory if it was started as `child`; another one is ended."""
    record = _read(child.directory)
    process = None if record is None else _running(child.directory, record)
    if record is None or process is None:
        return None
    if (record.argv, record.netns_inode, record.revision) == (child.argv, _inode(child), child.revision):
        return process
    process.stop()
    return None


def stop(directory: Path) -> None:
    """End the process of a directory, whoever started it.  Absent is success."""
    record = _read(directory)
    process = None if record is None else _running(directory, record)
    if process is not None:
        process.stop()
    (directory / "process.json").unlink(missing_ok=True)


def runs(directory: Path) -> bool:
    """Whether the process of a directory runs."""
    return running_pid(directory) is not None


def running_pid(directory: Path) -> int | None:
    """Pid of the process of a directory, if it runs."""
    record = _read(directory)
    process = None if record is None else _running(directory, record)
    if process is None:
        return None
    process.close()
    return process.record.pid


def _running(directory: Path, record: _Record) -> Process | None:
    if record.process is not None:
        return processes.adopt(record.process)
    found = processes.find_by_environment(_MARK, str(directory))
    if found is not None:
        _write(directory, msgspec.structs.replace(record, process=found.record))
    return found


def _write(directory: Path, record: _Record) -> None:
    write_atomically(directory / "process.json", msgspec.json.encode(record))


def _read(directory: Path) -> _Record | None:
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        return msgspec.json.decode((directory / "process.json").read_bytes(), type=_Record)
    return None


def _inode(child: Child) -> int | None:
    return None if child.netns is None else netns_inode(child.netns)
