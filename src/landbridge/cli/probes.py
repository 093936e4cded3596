"""What `landbridge doctor` tries: each probe does on this machine what the agent would do.

Kernel features are used for real, in a scratch network namespace that is gone afterwards: a
feature that is compiled as a module, or forbidden in a container, shows only when it is used.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from landbridge.drivers import bpf_object, bpffs, charon, namespaces, neighbour_limits, rtnl
from landbridge.drivers.enter import NETNS_DIR, in_namespace
from landbridge.drivers.esp import kernel_refusal
from landbridge.drivers.hooks import Hooks
from landbridge.drivers.netlink import Netlink, Request
from landbridge.drivers.nft import Nft, NftError

Role = Literal["host", "server"]

_NAT = """
table inet doctor {
    chain out {
        type nat hook postrouting priority srcnat
        ip saddr 192.0.2.0/24 snat ip to 198.51.100.1
    }
}
"""
_SQLITE_LEAST = (3, 35, 0)


class Absent(Exception):
    """What a probe says when the machine does not offer something."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that a machine offers or not.

    use       what Landbridge needs it for
    instead   what helps or serves when it is missing
    attempt   gets the scratch namespace; returns a detail for people, raises `Absent`, OSError or NftError
    required  whether the role works at all without it
    scratch   whether it needs the scratch namespace, and so root
    """

    name: str
    use: str
    instead: str
    attempt: Callable[[str], str]
    required: bool = True
    scratch: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A probe's outcome."""

    probe: Probe
    ok: bool
    detail: str


def examine(probe: Probe, scratch: str | None) -> Finding:
    """Carry out a probe.  No `scratch` namespace: it could not be made, or nobody is root."""
    if probe.scratch and scratch is None:
        return Finding(probe, False, "could not be tried: it needs root and network namespaces")
    try:
        return Finding(probe, True, probe.attempt(scratch or ""))
    except OSError as error:
        return Finding(probe, False, error.strerror or str(error))
    except (Absent, NftError, subprocess.SubprocessError) as error:
        return Finding(probe, False, str(error))


@contextmanager
def scratch_namespace() -> Iterator[str | None]:
    """A network namespace for the time of the probes; None if there can be none."""
    name = f"lb-doctor-{os.getpid()}"
    try:
        namespaces.create(name)
    except OSError:
        yield None
        return
    try:
        yield name
    finally:
        namespaces.delete(name)


# ---- the kernel ---------------------------------------------------------------------------


def _netlink(*requests: Request) -> Callable[[str], str]:
    """The requests that the agent itself would send."""

    def attempt(scratch: str) -> str:
        def send() -> None:
            netlink = Netlink()
            try:
                netlink.one(*requests)
            finally:
                netlink.close()

        in_namespace(scratch, send)
        return "works"

    return attempt


def _works(_scratch: str) -> str:
    return "works"  # or there would be no scratch namespace


def _veth(scratch: str) -> str:
    with (NETNS_DIR / scratch).open() as guest:
        mac = "fa:00:00:00:00:01"
        return _netlink(rtnl.add_veth("probeveth", guest.fileno(), "probeguest", mac, 1450))(scratch)


def _nat(scratch: str) -> str:
    nft = Nft(scratch)
    try:
        nft.run(_NAT)
    finally:
        nft.close()
    return "works"


def _bpffs(_scratch: str) -> str:
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


def _ebpf(scratch: str) -> str:
    """Load the programs of a port and attach them to one."""
    with _hooks() as hooks:
        _netlink(rtnl.add_bridge("probehook"))(scratch)
        return _netlink(*hooks.attach(_index(scratch, "probehook")))(scratch)


def _vlans(scratch: str) -> str:
    """A VLAN's device, and its programs at both ends."""
    with _hooks() as hooks:
        _netlink(rtnl.add_bridge("probewire"), rtnl.add_ifb("probevlan"))(scratch)
        device, interface = (_index(scratch, name) for name in ("probevlan", "probewire"))
        hooks.trunks.enter(device, interface, 7)
        return _netlink(*hooks.trunks.attach(device, interface))(scratch)


def _index(scratch: str, name: str) -> int:
    return in_namespace(scratch, lambda: socket.if_nametoindex(name))


def _command(*commands: str) -> Callable[[str], str]:
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


def _esp(scratch: str) -> str:
    refusal = in_namespace(scratch, kernel_refusal)
    if refusal is not None:
        raise Absent(refusal)
    return "works"


def _neighbours(_scratch: str) -> str:
    found = neighbour_limits.limits()
    low = [f"{name} is {value}" for name, value in found.items() if value < neighbour_limits.WANTED[name]]
    if low or not found:
        raise Absent(", ".join(low) or "this network namespace does not show its size")
    return f"{found['gc_thresh3']:,} entries"


def _device(path: str) -> Callable[[str], str]:
    def attempt(_scratch: str) -> str:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        return path

    return attempt


# ---- what is installed --------------------------------------------------------------------


def _program(name: str) -> Callable[[str], str]:
    def attempt(_scratch: str) -> str:
        found = shutil.which(name)
        if found is None:
            raise Absent(f"{name} is not installed")
        return found

    return attempt


def _file(path: str) -> Callable[[str], str]:
    def attempt(_scratch: str) -> str:
        if not Path(path).exists():
            raise Absent(f"{path} is not there")
        return path

    return attempt


def _library(name: str) -> Callable[[str], str]:
    def attempt(_scratch: str) -> str:
        try:
            ctypes.CDLL(name)
        except OSError as error:
            raise Absent(f"{name} is not installed") from error
        return name

    return attempt


def _ebpf_object(_scratch: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        found = bpf_object.find_object(Path(directory))
        return "compiled by clang" if found.is_relative_to(directory) else "shipped with this installation"


def _python(_scratch: str) -> str:
    return sys.version.split()[0]


def _sqlite(_scratch: str) -> str:
    if sqlite3.sqlite_version_info < _SQLITE_LEAST:
        raise Absent(f"SQLite {sqlite3.sqlite_version} is too old")
    return sqlite3.sqlite_version


_KERNEL = "a kernel with it, such as Debian 12's"

PROBES: dict[Role, tuple[Probe, ...]] = {
    "host": (
        Probe("network namespaces", "VMs and vrouters", f"root and {_KERNEL}", _works),
        Probe("veth", "ports of VMs", _KERNEL, _veth),
        Probe("bridge", "L2 networks", _KERNEL, _netlink(rtnl.add_bridge("probebridge"))),
        Probe("vxlan", "the overlay", _KERNEL, _netlink(rtnl.add_vxlan("probevxlan", 1, "192.0.2.1", 4789))),
        Probe("nftables NAT", "source NAT in vrouters", _KERNEL, _nat),
        Probe("bpffs", "what outlives the agent at ports", _KERNEL, _bpffs),
        Probe("eBPF at clsact", "admission and anti-spoofing at ports", _KERNEL, _ebpf),
        Probe("libbpf.so.1", "loading eBPF", "apt-get install libbpf1", _library("libbpf.so.1"), scratch=False),
        Probe(
            "eBPF object",
            "the programs at ports",
            "apt-get install clang libbpf-dev, or install the wheel, which has it compiled",
            _ebpf_object,
            scratch=False,
        ),
        Probe(
            "libnftables.so.1",
            "NAT in vrouters",
            "apt-get install libnftables1",
            _library("libnftables.so.1"),
            scratch=False,
        ),
        Probe("dnsmasq", "DNS in vrouters", "apt-get install dnsmasq-base", _program("dnsmasq"), scratch=False),
        Probe("haproxy", "load balancers in vrouters", "apt-get install haproxy", _program("haproxy"), scratch=False),
        Probe(
            "wg",
            "WireGuard tunnels",
            "apt-get install wireguard-tools",
            _program("wg"),
            required=False,
            scratch=False,
        ),
        Probe(
            "wireguard-go",
            "WireGuard where the kernel lacks it",
            "apt-get install wireguard-go",
            _program("wireguard-go"),
            required=False,
            scratch=False,
        ),
        Probe(
            "charon",
            "IPsec tunnels",
            "apt-get install strongswan-charon",
            _file(charon.PROGRAM),
            required=False,
            scratch=False,
        ),
        Probe(
            "kernel-libipsec",
            "IPsec where the kernel lacks ESP",
            "apt-get install libcharon-extra-plugins",
            _file("/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so"),
            required=False,
            scratch=False,
        ),
        Probe("udhcpc", "DHCP client in netns VMs", "apt-get install udhcpc", _program("udhcpc"), scratch=False),
        Probe(
            "macvlan",
            "nothing yet",
            "NoVlan networks bridge the interface itself",
            _command("ip link add probemv0 type dummy", "ip link add probemv link probemv0 type macvlan"),
            required=False,
        ),
        Probe(
            "VLANs by eBPF",
            "VLAN networks; VLAN devices of the kernel are not needed",
            f"{_KERNEL}, or NoVlan networks on interfaces that the switch untags",
            _vlans,
            required=False,
        ),
        Probe(
            "HTB, ifb, mirred",
            "bandwidth limits of VIPs",
            f"{_KERNEL}; without it limits are refused",
            _command(
                "ip link add probeifb type ifb",
                "tc qdisc add dev probeifb root handle 1: htb default 0",
                "tc qdisc add dev lo clsact",
                "tc filter add dev lo ingress protocol ip prio 1 u32 match u32 0 0 "
                "action mirred egress redirect dev probeifb",
            ),
            required=False,
        ),
        Probe(
            "neighbour table",
            "vrouters with more than a thousand machines and addresses",
            "the agent raises net.ipv4.neigh.default.gc_thresh* when it starts on the machine itself",
            _neighbours,
            required=False,
            scratch=False,
        ),
        Probe("ESP", "IPsec in the kernel", "strongSwan's own ESP, in user space: slower", _esp, required=False),
        Probe(
            "WireGuard",
            "tunnels in the kernel",
            "wireguard-go, in user space: slower",
            _command("ip link add probewg type wireguard"),
            required=False,
        ),
        Probe(
            "netem",
            "delay and loss in tests",
            "tests that need it are left out",
            _command("ip link add probene type dummy", "tc qdisc add dev probene root netem delay 1ms"),
            required=False,
        ),
        Probe(
            "KVM",
            "nothing yet: QEMU guests",
            "VMs of the netns driver",
            _device("/dev/kvm"),
            required=False,
            scratch=False,
        ),
        *(
            Probe(name, use, f"apt-get install {package}", _program(name), required=False, scratch=False)
            for name, use, package in (
                ("ip", "landbridge lab", "iproute2"),
                ("ping", "make demo", "iputils-ping"),
                ("traceroute", "make demo", "traceroute"),
                ("curl", "make demo", "curl"),
                ("tcpdump", "looking at packets", "tcpdump"),
            )
        ),
    ),
    "server": (
        Probe("Python", "everything", "Python 3.11 or newer", _python, scratch=False),
        Probe(
            "SQLite",
            "the database, unless it is PostgreSQL",
            "SQLite 3.35 or newer (Debian 12 has it), or --database postgresql://…",
            _sqlite,
            scratch=False,
        ),
        Probe(
            "postgres",
            "nothing, unless the database is to run here",
            "PostgreSQL on another machine, or the SQLite file",
            _program("psql"),
            required=False,
            scratch=False,
        ),
    ),
}
