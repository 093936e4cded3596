"""A PostgreSQL of the tests' own: Debian's binaries, a scratch directory, a unix socket."""

import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

_USER = "postgres"
_numbers = itertools.count()


def binaries() -> Path:
    """Where the newest installed server's programs are; an error that says what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("no PostgreSQL server is installed: install Debian's package postgresql")
    return found[-1].parent


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """A running server; yields the URL of its first database.  `durable`: what is committed is on the disk."""
    programs = binaries()
    directory = Path(tempfile.mkdtemp(prefix="landbridge-pg-"))
    try:
        shutil.chown(directory, _USER)
        data = directory / "data"
        _as_user(programs / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        options = f"-k {directory} -c listen_addresses='' -c fsync={'on' if durable else 'off'} -c max_connections=50"
        _as_user(programs / "pg_ctl", "-D", data, "-w", "-l", directory / "log", "-o", options, "start")
        try:
            yield f"postgresql://{_USER}@/postgres?host={directory}"
        finally:
            _as_user(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory)


def processes(url: str) -> list[int]:
    """The server's processes, to stop and continue."""
    directory = Path(url.partition("?host=")[2])
    first = int((directory / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


async def empty_database(base: str) -> str:
    """The URL of a new database beside the server's first one."""
    name = f"test{next(_numbers)}"
    connection = await asyncpg.connect(base)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return base.replace("/postgres?", f"/{name}?")


def _as_user(*command: object) -> None:
    argv = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--init-groups", *map(str, command)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")
