"""A lab of the test's own: made by the product's command, removed whatever happens."""

import contextlib
import json
import os
import random
import signal
import socket
import string
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import open_up
from tests.support.v1 import V1

LANDBRIDGE = str(Path(sys.executable).with_name("landbridge"))


@dataclass
class Lab:
    """A running lab and how to look into it."""

    directory: Path
    prefix: str
    port: int
    status: dict[str, Any]
    _session: str = ""

    @property
    def url(self) -> str:
        """Base address of the API."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `landbridge lab …` for this lab."""
        return landbridge("lab", *arguments, "--dir", str(self.directory), **options)

    def exec(self, name: str, *command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command inside a host, VM, vrouter or the Internet of this lab."""
        return landbridge(
            "lab", "exec", "--dir", str(self.directory), name, "--", *command, timeout=timeout, check=False
        )

    def client(self) -> V1:
        """A client with the admin session that all clients of the lab share: an account has a limited number."""
        client = V1(self.url)
        if not self._session:
            self._session = client.login().session
        client.session = self._session
        return client

    @property
    def database(self) -> Path:
        """The server's SQLite file."""
        return next(self.directory.rglob("landbridge.sqlite"))

    def processes(self) -> list[dict[str, Any]]:
        """What runs now: server, agents, vrouter-agents, each with name and pid."""
        shown = json.loads(self.command("status", "--output", "json").stdout)
        return [process for process in shown["processes"] if process["pid"]]

    def restart(self) -> None:
        """Start again whatever of server and agents is dead."""
        hosts = str(len(self.status["hosts"]))
        self.command("up", "--prefix", self.prefix, "--port", str(self.port), "--hosts", hosts)

    @property
    def host_namespaces(self) -> dict[str, str]:
        """Host uuid -> namespace name."""
        return {host["uuid"]: host["namespace"] for host in self.status["hosts"]}

    def vm_namespace(self, vm: dict[str, Any]) -> str:
        """Where a VM lives, from its inventory."""
        number = next(i for i, host in enumerate(self.status["hosts"], 1) if host["uuid"] == vm["hostUuid"])
        return f"{self.prefix}-h{number}-vm-{vm['uuid'][:12]}"


def landbridge(*arguments: str, timeout: float = 180, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the product's command."""
    done = subprocess.run([LANDBRIDGE, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode:
        raise AssertionError(
            f"landbridge {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done


def free_port() -> int:
    """A port that is free for the API, with the one for nodelink a thousand above."""
    for port in random.sample(range(20000, 30000), 50):
        with socket.socket() as one, socket.socket() as other, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 1000))
            return port
    raise AssertionError("no free port found")


def free_prefix() -> str:
    """A lab prefix that nobody else has, so that what a killed run left behind is not in the way."""
    return "t" + "".join(random.choices(string.ascii_lowercase + string.digits, k=4))


@contextmanager
def lab(directory: Path, prefix: str, port: int, hosts: int = 3) -> Iterator[Lab]:
    """A fresh lab for the length of a `with`."""
    open_up(directory)
    place = ("--dir", str(directory), "--prefix", prefix, "--port", str(port))
    try:
        landbridge("lab", "up", *place, "--hosts", str(hosts))
        status = json.loads(landbridge("lab", "status", "--dir", str(directory), "--output", "json").stdout)
        yield Lab(directory, prefix, port, status)
    except BaseException:
        _show_server_errors(directory)
        raise
    finally:
        landbridge("lab", "down", "--dir", str(directory))


def _show_server_errors(directory: Path) -> None:
    """What the server logged as errors, before the lab and its logs go."""
    log = directory / "server" / "log"
    for line in log.read_text().splitlines() if log.exists() else ():
        if '"level": "error"' in line or "Traceback" in line:
            print(line, file=sys.stderr)


def in_namespace(namespace: str, *command: str, check: bool = True) -> str:
    """Output of a command that runs in a named network namespace (only the network changes)."""
    done = subprocess.run(
        ["nsenter", f"--net=/run/netns/{namespace}", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"{command} in {namespace}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def move_vtep(namespace: str, before: str, after: str) -> None:
    """What an administrator types on a host to give it another address; whoever has it keeps its prefix length."""
    links = json.loads(in_namespace(namespace, "ip", "-j", "-4", "addr", "show"))
    ((device, length),) = [
        (link["ifname"], found["prefixlen"])
        for link in links
        for found in link["addr_info"]
        if found.get("local") == before
    ]
    in_namespace(namespace, "ip", "addr", "del", f"{before}/{length}", "dev", device)
    in_namespace(namespace, "ip", "addr", "add", f"{after}/{length}", "dev", device)


def eventually(what: str, holds: Any, timeout: float = 20.0, pause: float = 0.1) -> None:
    """Wait until `holds()` returns no complaint (an empty value), or fail with the last one."""
    deadline = time.monotonic() + timeout
    while True:
        complaint = holds()
        if not complaint:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}, after {timeout} s: {complaint}")
        time.sleep(pause)


def kill(pid: int) -> None:
    """kill -9 of a process that the caller has identified."""
    os.kill(pid, signal.SIGKILL)
