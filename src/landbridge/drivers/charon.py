"""charon, strongSwan's IKE daemon, as a child of the vrouter's agent: kept running, told connections over VICI.

What is loaded is read back and compared, so that whoever comes after us goes on; a connection that is as it should
be is not touched.  charon has paths below /run compiled in: each has a directory mounted there, all its own, and
its files there are called charon.*, as Debian's AppArmor profile wants it.
"""

import contextlib
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vici import Session
from vici.exception import CommandException, SessionException

from landbridge.drivers.charon_events import CharonEvents
from landbridge.drivers.children import Child, running_pid
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.supervise import Supervisor
from landbridge.model.router_node import IpsecTunnel
from landbridge.render.ipsec import connection, connection_name, daemon_config, pairs, secret

PROGRAM = "/usr/lib/ipsec/charon"
_START_SECONDS, _POLL_SECONDS, _ANSWER_SECONDS = 5.0, 0.02, 5.0
_AGAIN_SECONDS = 8.0
"""A pair that was begun is not begun again so soon."""
_LOG_BYTES = 1 << 20
_ENDING = frozenset({"DELETING", "DELETED", "DESTROYING"})
_NOW = {"timeout": "-1"}
"""Do it, and do not wait until it is done."""
_SOON = {"timeout": "500"}
"""Wait so many milliseconds."""

SecurityAssociations = dict[str, list[Mapping[str, Any]]]
"""What list-sas tells, by the connection's name."""


class CharonError(Exception):
    """charon is not installed, does not answer, or refuses (its words)."""


def installed_version() -> str | None:
    """strongSwan's, of the program that would be started; None where it is not installed."""
    try:
        # The last word of "Linux strongSwan 5.9.8".
        said = subprocess.run((PROGRAM, "--version"), capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return said.split()[-1]


class Charon:
    """One daemon, in the namespace of the caller.  `directory` is its own."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._directory = directory
        self._run = directory / "run"
        self._supervisor = supervisor
        self._begun: dict[tuple[str, str], float] = {}
        self.events = CharonEvents()

    def stop(self) -> None:
        """Have none.  Absent is fine."""
        self._supervisor.remove(self._directory)
        self._begun.clear()

    def ensure(self, *, kernel: bool) -> None:
        """Have it running and answering.

        Raises:
            CharonError: it cannot be started, or does not answer.
        """
        config = daemon_config(kernel=kernel)
        self._run.mkdir(parents=True, exist_ok=True)
        path = self._run / "charon.conf"
        if not path.exists() or path.read_text() != config:
            write_atomically(path, config.encode())
        # A namespace made anew needs a new process, even with the same configuration.
        namespace = os.stat("/proc/self/ns/net").st_ino
        revision = hashlib.sha256(f"{namespace} {config}".encode()).hexdigest()
        script = 'mount --bind "$0" /run && exec "$1"'
        argv = ("unshare", "--mount", "sh", "-c", script, str(self._run), PROGRAM)
        if not Path(PROGRAM).exists():
            raise CharonError("charon is not installed: apt-get install strongswan-charon libcharon-extra-plugins")
        try:
            environment = (("STRONGSWAN_CONF", "/run/charon.conf"),)
            self._supervisor.ensure(Child(argv, self._directory, revision=revision, environment=environment))
        except OSError as error:
            raise CharonError(f"charon cannot be started: {error.strerror}") from error
        self._await()
        self.events.follow(self._connect)

    def runs(self) -> bool:
        """Whether there is one."""
        return running_pid(self._directory) is not None

    def version(self) -> str:
        """strongSwan's, of the process that runs.

        Raises:
            CharonError: it does not answer.
        """
        with self._session() as session:
            return str(session.version()["version"].decode())

    def unload(self, tunnels: Iterable[IpsecTunnel]) -> None:
        """Have no other connections than these; peers are told.

        Raises:
            CharonError: it does not answer.
        """
        wanted = {connection_name(tunnel) for tunnel in tunnels}
        with self._session() as session:
            for name in _texts(session.get_conns()["conns"]):
                if name not in wanted:
                    session.unload_conn({"name": name})
                    _try(session, "terminate", {"ike": name, **_SOON})
            for name in _texts(session.get_shared()["keys"]):
                if name not in wanted:
                    session.unload_shared({"id": name})

    def load(self, tunnels: Iterable[IpsecTunnel], *, kernel: bool) -> dict[str, str]:
        """Have these connections, and negotiate what is not up; why not, by the connection's uuid.

        Raises:
            CharonError: it does not answer.
        """
        failed, loaded = {}, {}
        with self._session() as session:
            for tunnel in tunnels:
                name = connection_name(tunnel)
                try:
                    session.load_shared(secret(tunnel))
                    session.load_conn({name: connection(tunnel, kernel=kernel)})
                    loaded[name] = tunnel
                except CommandException as error:
                    failed[tunnel.uuid] = f"charon: {error}"
            self._begin(session, loaded)
        self._rotate()
        return failed

    def security_associations(self) -> SecurityAssociations:
        """What is negotiated, and being negotiated.

        Raises:
            CharonError: it does not answer.
        """
        with self._session() as session:
            return _listed(session)

    def log(self) -> list[str]:
        """The last lines that it wrote."""
        lines: list[str] = []
        for name in ("charon.log.old", "charon.log"):
            with contextlib.suppress(FileNotFoundError):
                lines += (self._run / name).read_text(errors="replace").splitlines()
        return lines

    def _begin(self, session: Session, wanted: Mapping[str, IpsecTunnel]) -> None:
        """Negotiate pairs that are not up, end those that are nobody's."""
        listed = _listed(session)
        now = time.monotonic()
        self._begun = {key: at for key, at in self._begun.items() if now - at < _AGAIN_SECONDS}
        for name, tunnel in wanted.items():
            present = listed.get(name, [])
            children = {child for sa in present for child in _children(sa)}
            for child in children - pairs(tunnel).keys():
                _try(session, "terminate", {"child": child, "ike": name, **_NOW})
            for child in children:
                self._begun.pop((name, child), None)
            missing = pairs(tunnel).keys() - children
            for child in missing if not any(map(_is_busy, present)) else ():
                if (name, child) not in self._begun:
                    self._begun[name, child] = now
                    _try(session, "initiate", {"child": child, "ike": name, **_NOW})

    def _rotate(self) -> None:
        """Begin a new log when it is long; the old one is kept until the next time."""
        path = self._run / "charon.log"
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".log.old"))
            with self._session() as session:
                session.reload_settings()

    def _await(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                with self._session() as session:
                    session.version()
                return
            except CharonError:
                if time.monotonic() > deadline or running_pid(self._directory) is None:
                    raise
                time.sleep(_POLL_SECONDS)

    def _connect(self) -> socket.socket:
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            # By the directory's descriptor: a socket's path has room for 107 bytes.
            directory = os.open(self._run, os.O_PATH | os.O_CLOEXEC)
            try:
                stream.connect(f"/proc/self/fd/{directory}/charon.vici")
            finally:
                os.close(directory)
        except OSError:
            stream.close()
            raise
        return stream

    @contextlib.contextmanager
    def _session(self) -> Iterator[Session]:
        """A connection to it.  Raises CharonError, also for what goes wrong within."""
        try:
            with self._connect() as stream:
                stream.settimeout(_ANSWER_SECONDS)
                yield Session(stream)
        except (OSError, SessionException, CommandException) as error:
            raise CharonError(f"charon does not answer: {error}") from error


def _try(session: Session, command: str, message: Mapping[str, str]) -> None:
    """What has ended by itself in the meantime, or is not there yet, is the next look's concern."""
    with contextlib.suppress(CommandException):
        session.request(command, dict(message))


def _listed(session: Session) -> SecurityAssociations:
    found: SecurityAssociations = {}
    for row in session.list_sas():
        for name, sa in row.items():
            found.setdefault(name, []).append(_text(sa))
    return found


def _children(sa: Mapping[str, Any]) -> set[str]:
    return {child["name"] for child in sa.get("child-sas", {}).values() if child["state"] not in _ENDING}


def _is_busy(sa: Mapping[str, Any]) -> bool:
    """Whether it will have more pairs in a moment, or none."""
    return sa["state"] not in ("ESTABLISHED", "REKEYED") or bool(sa.get("tasks-active") or sa.get("tasks-queued"))


def _texts(values: Iterable[bytes]) -> list[str]:
    return [value.decode() for value in values]


def _text(value: Any) -> Any:
    """VICI's bytes as text, however deep."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {name: _text(inner) for name, inner in value.items()}
    return [_text(inner) for inner in value] if isinstance(value, list) else value
