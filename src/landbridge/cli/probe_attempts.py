"""What probes do: each attempts on this machine what the agent would do, in the scratch namespace that it is given.

They return a detail for people, or raise `Absent`, OSError or NftError.
"""

import ctypes
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from landbridge.cli.probes import Absent
from landbridge.drivers import bpf_object, bpffs, neighbour_limits, rtnl
from landbridge.drivers.enter import NETNS_DIR, in_namespace
from landbridge.drivers.esp import kernel_refusal
from landbridge.drivers.hooks import Hooks
from landbridge.drivers.netlink import Netlink, Request
from landbridge.drivers.nft import Nft

_NAT = """
table inet doctor {
    chain out {
        type nat hook postrouting priority srcnat
        ip saddr 192.0.2.0/24 snat ip to 198.51.100.1
    }
}
"""
_SQLITE_LEAST = (3, 35, 0)


# ---- the kernel ---------------------------------------------------------------------------


def send(*requests: Request) -> Callable[[str], str]:
    """The requests that the agent itself would send."""

    def attempt(scratch: str) -> str:
        def inside() -> None:
            netlink = Netlink()
            try:
                netlink.one(*requests)
            finally:
                netlink.close()

        in_namespace(scratch, inside)
        return "works"

    return attempt


def works(_scratch: str) -> str:
    """Nothing more: without it there is no scratch namespace."""
    return "works"


def veth(scratch: str) -> str:
    """A pair with its other end in the namespace."""
    with (NETNS_DIR / scratch).open() as guest:
        mac = "fa:00:00:00:00:01"
        return send(rtnl.add_veth("probeveth", guest.fileno(), "probeguest", mac, 1450))(scratch)


def nat(scratch: str) -> str:
    """A table with a rule of source NAT."""
    nft = Nft(scratch)
    try:
        nft.run(_NAT)
    finally:
        nft.close()
    return "works"


def bpf_filesystem(_scratch: str) -> str:
    """A directory in it."""
    tag = f"doctor-{os.getpid()}"
    try:
        return str(bpffs.directory(tag).parent.parent)
    finally:
        bpffs.remove(tag)


@contextmanager
def _hooks() -> Iterator[Hooks]:
    """The programs of a host, loaded for the time of a probe."""
    tag = f"doctor-{os.getpid()}"
    try:
        with tempfile.TemporaryDirectory() as directory:
            hooks = Hooks(bpffs.directory(tag), bpf_object.find_object(Path(directory)))
        yield hooks
        hooks.let_go()
    finally:
        bpffs.remove(tag)


def ebpf(scratch: str) -> str:
    """Load the programs of a port and attach them to one."""
    with _hooks() as hooks:
        send(rtnl.add_bridge("probehook"))(scratch)
        return send(*hooks.attach(_index(scratch, "probehook")))(scratch)


def vlans(scratch: str) -> str:
    """A VLAN's device, and its programs at both ends."""
    with _hooks() as hooks:
        send(rtnl.add_bridge("probewire"), rtnl.add_ifb("probevlan"))(scratch)
        device, interface = (_index(scratch, name) for name in ("probevlan", "probewire"))
        hooks.trunks.enter(device, interface, 7)
        return send(*hooks.trunks.attach(device, interface))(scratch)


def _index(scratch: str, name: str) -> int:
    return in_namespace(scratch, lambda: socket.if_nametoindex(name))


def command(*commands: str) -> Callable[[str], str]:
    """Commands of iproute2, one after the other."""

    def attempt(scratch: str) -> str:
        for command in commands:
            argv = command.split()
            if shutil.which(argv[0]) is None:
                raise Absent(f"could not be tried: {argv[0]} is not installed")
            result = in_namespace(
                scratch,
                lambda argv=argv: subprocess.run(argv, capture_output=True, text=True, check=False, timeout=10),  # type: ignore[misc]  # bound at once
            )
            if result.returncode != 0:
                raise Absent((result.stderr.strip().splitlines() or ["refused"])[0])
        return "works"

    return attempt


def esp(scratch: str) -> str:
    """What charon would ask of the kernel."""
    refusal = in_namespace(scratch, kernel_refusal)
    if refusal is not None:
        raise Absent(refusal)
    return "works"


def neighbours(_scratch: str) -> str:
    """The size of the table."""
    found = neighbour_limits.limits()
    low = [f"{name} is {value}" for name, value in found.items() if value < neighbour_limits.WANTED[name]]
    if low or not found:
        raise Absent(", ".join(low) or "this network namespace does not show its size")
    return f"{found['gc_thresh3']:,} entries"


def device(path: str) -> Callable[[str], str]:
    """A device that can be opened."""

    def attempt(_scratch: str) -> str:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        return path

    return attempt


# ---- what is installed --------------------------------------------------------------------


def program(name: str) -> Callable[[str], str]:
    """One on the path."""

    def attempt(_scratch: str) -> str:
        found = shutil.which(name)
        if found is None:
            raise Absent(f"{name} is not installed")
        return found

    return attempt


def file(path: str) -> Callable[[str], str]:
    """One that is there."""

    def attempt(_scratch: str) -> str:
        if not Path(path).exists():
            raise Absent(f"{path} is not there")
        return path

    return attempt


def library(name: str) -> Callable[[str], str]:
    """One that can be loaded."""

    def attempt(_scratch: str) -> str:
        try:
            ctypes.CDLL(name)
        except OSError as error:
            raise Absent(f"{name} is not installed") from error
        return name

    return attempt


def ebpf_object(_scratch: str) -> str:
    """Found, or compiled."""
    with tempfile.TemporaryDirectory() as directory:
        found = bpf_object.find_object(Path(directory))
        return "compiled by clang" if found.is_relative_to(directory) else "shipped with this installation"


def python(_scratch: str) -> str:
    """Its version."""
    return sys.version.split()[0]


def sqlite(_scratch: str) -> str:
    """A version that is new enough."""
    if sqlite3.sqlite_version_info < _SQLITE_LEAST:
        raise Absent(f"SQLite {sqlite3.sqlite_version} is too old")
    return sqlite3.sqlite_version
