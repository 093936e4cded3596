"""dnsmasq as a child of the vrouter's agent: configuration in, process kept running."""

import contextlib
import hashlib
import os
import signal
import stat
import subprocess
from pathlib import Path

from landbridge.drivers.children import Child, running_pid
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.supervise import Supervisor


class DnsmasqError(Exception):
    """dnsmasq refuses the configuration (its words) or cannot be run."""


class Dnsmasq:
    """One forwarder, in the namespace of the caller."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._directory = directory
        self._supervisor = supervisor

    @property
    def hosts(self) -> Path:
        """The file with the names that it knows itself."""
        return self._directory / "hosts"

    def apply(self, config: str | None, hosts: str = "") -> None:
        """Have it run with this configuration and these names; None: not at all.  Nothing happens if it does.

        Raises:
            DnsmasqError: it is not installed, or it refuses.
        """
        if config is None:
            self._supervisor.remove(self._directory)
            return
        path = self._directory / "dnsmasq.conf"
        if not path.exists() or path.read_text() != config:
            self._directory.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".wanted")
            new.write_text(config)
            self._check(new)
            write_atomically(path, config.encode())
        self._write_hosts(hosts)
        # A namespace made anew needs a new process, even with the same configuration.
        namespace = os.stat("/proc/self/ns/net").st_ino
        revision = hashlib.sha256(f"{namespace} {config}".encode()).hexdigest()
        argv = ("dnsmasq", "--keep-in-foreground", f"--conf-file={path}")
        try:
            self._supervisor.ensure(Child(argv, self._directory, revision=revision))
        except OSError as error:
            raise DnsmasqError(f"dnsmasq cannot be started: {error.strerror}") from error

    def _write_hosts(self, hosts: str) -> None:
        if self.hosts.exists() and self.hosts.read_text() == hosts:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        closed = next((parent for parent in self.hosts.parents if not parent.stat().st_mode & stat.S_IXOTH), None)
        if hosts and closed is not None:
            raise DnsmasqError(f"dnsmasq runs as nobody and cannot read names below {closed}: make it 0711")
        write_atomically(self.hosts, hosts.encode())
        self.hosts.chmod(0o644)
        pid = running_pid(self._directory)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)

    def _check(self, path: Path) -> None:
        try:
            tested = subprocess.run(
                ["dnsmasq", "--test", f"--conf-file={path}"], capture_output=True, text=True, check=False, timeout=10
            )
        except OSError as error:
            raise DnsmasqError(f"dnsmasq cannot be run: {error.strerror}") from error
        if tested.returncode != 0:
            raise DnsmasqError(tested.stderr.strip())
