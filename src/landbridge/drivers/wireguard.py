"""WireGuard interfaces of a vrouter: the kernel's where it has them, else wireguard-go in user space.

Works in the network namespace of the caller.  Both are configured by wg(8); tunnels go on when this process ends,
and the next one finds them by their names.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from landbridge.drivers.children import Child
from landbridge.drivers.supervise import Supervisor
from landbridge.model.router_node import WireGuard
from landbridge.render.wireguard import MTU, config, routes

PREFIX = "wg"
ROUTE_PROTOCOL = "77"
"""Marks routes into tunnels; those with 76 are the vrouter's own (`drivers.router_kernel`)."""
_START_SECONDS = 5.0


class WireGuardError(Exception):
    """What a command refused, in its words."""


class Tunnels:
    """All of one vrouter."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._directory = directory
        self._supervisor = supervisor
        self._applied: dict[str, tuple[int, WireGuard]] = {}
        """With the interface's index: one that was made anew under its name knows nothing."""

    def apply(self, wanted: Iterable[WireGuard]) -> tuple[int, dict[str, str]]:
        """Have these and no others: how many changed, and what failed, by interface."""
        by_name = {tunnel.interface: tunnel for tunnel in wanted}
        changed, failed = 0, {}
        for name in _present().keys() - by_name.keys():
            self._remove(name)
            changed += 1
        for name, tunnel in by_name.items():
            index = _present().get(name)
            if index is not None and self._applied.get(name) == (index, tunnel):
                continue
            try:
                self._ensure(name)
                _configure(tunnel)
            except (WireGuardError, OSError) as error:
                failed[name] = str(error)
                self._applied.pop(name, None)
                continue
            # What a predecessor of this process has set up is set up again, and that is no change.
            changed += index is None or name in self._applied
            self._applied[name] = (socket.if_nametoindex(name), tunnel)
        return changed, failed

    def show(self) -> Mapping[str, list[dict[str, str]]]:
        """Of each tunnel its peers: key, endpoint, last handshake (seconds since the epoch), bytes."""
        found = {}
        for name in _present():
            rows = [line.split("\t") for line in _run("wg", "show", name, "dump").splitlines()[1:]]
            keys = (
                "publicKey",
                "presharedKey",
                "endpoint",
                "allowed",
                "lastHandshake",
                "received",
                "sent",
                "keepalive",
            )
            found[name] = [
                {key: value for key, value in zip(keys, row, strict=False) if key != "presharedKey"} for row in rows
            ]
        return found

    def _ensure(self, name: str) -> None:
        """Have the interface, ready to be configured: wireguard-go makes its device before its socket."""
        if name not in _present():
            self._make(name)
        deadline = time.monotonic() + _START_SECONDS
        while (why := _refusal(name)) is not None:
            if time.monotonic() > deadline:
                raise WireGuardError(f"{name} cannot be configured: {why}; see also {self._directory / name}")
            time.sleep(0.02)

    def _make(self, name: str) -> None:
        try:
            _run("ip", "link", "add", name, "type", "wireguard")
        except WireGuardError:
            child = Child(("wireguard-go", "-f", name), self._directory / name, revision=_namespace())
            self._supervisor.ensure(child)

    def _remove(self, name: str) -> None:
        self._applied.pop(name, None)
        self._supervisor.remove(self._directory / name)
        if name in _present():
            _run("ip", "link", "del", name)


def _present() -> dict[str, int]:
    """Index by name."""
    return {name: index for index, name in socket.if_nameindex() if name.startswith(PREFIX)}


def _refusal(name: str) -> str | None:
    """Why an interface cannot be configured; None when it can."""
    try:
        _run("wg", "show", name, "public-key")
    except WireGuardError as error:
        return str(error)
    return None


def _namespace() -> str:
    """A namespace made anew needs a new process."""
    return str(os.stat("/proc/self/ns/net").st_ino)


def _configure(tunnel: WireGuard) -> None:
    """Peers that stay keep their sessions (`wg syncconf`)."""
    name = tunnel.interface
    _run("wg", "syncconf", name, "/dev/stdin", stdin=config(tunnel))
    addresses = json.loads(_run("ip", "-j", "addr", "show", "dev", name))[0]["addr_info"]
    for one in addresses:
        own = f"{one['local']}/{one['prefixlen']}"
        if one["family"] == "inet" and own != tunnel.address:
            _run("ip", "addr", "del", own, "dev", name)
    if tunnel.address is not None:
        _run("ip", "addr", "replace", tunnel.address, "dev", name)
    _run("ip", "link", "set", name, "mtu", str(MTU), "up")
    wanted = routes(tunnel)
    for route in json.loads(_run("ip", "-j", "route", "show", "dev", name, "proto", ROUTE_PROTOCOL)):
        if route["dst"] not in {cidr.removesuffix("/32") for cidr in wanted}:
            _run("ip", "route", "del", route["dst"], "dev", name)
    for cidr in sorted(wanted):
        _run("ip", "route", "replace", cidr, "dev", name, "proto", ROUTE_PROTOCOL)


def _run(*command: str, stdin: str = "") -> str:
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=10)
    except FileNotFoundError:
        raise WireGuardError(f"{command[0]} is not installed") from None
    if done.returncode != 0:
        raise WireGuardError(f"{' '.join(command[:3])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
