"""The lab's network: namespaces, bridges, links, in one batch of `ip` commands per namespace.

    management bridge in the machine's own namespace (server)
       |            |            |
    mgmt0        mgmt0        mgmt0
  [host-1]     [host-2]     [host-3]
underlay0 …   public0 …   router0 …      to the switch namespace's bridges
       |            |            |
    underlay      public ------ internet (web server)
"""

import contextlib
import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from landbridge.drivers import bpffs, namespaces, neighbour_limits
from landbridge.drivers.processes import boot_id, write_atomically
from landbridge.lab.layout import PUBLIC, UNDERLAY, Lab, LabHost

SEGMENTS = ("underlay", "public", "router")
"""Bridges of the switch; each host has an interface `<segment>0` in it.  `router` is for vrouters' management."""

_MADE = "network"
"""File that says in which boot of the machine the network was made, whole."""
_LOCK = Path("/run/landbridge-lab.lock")
_ETC_NETNS = Path("/etc/netns")
_SHORT = {"underlay": "u", "public": "p", "router": "r"}


def complete(lab: Lab) -> bool:
    """Whether all of it was made since the machine booted, and is still there."""
    names = (lab.switch, lab.internet, *(host.namespace for host in lab.members))
    made = lab.path / _MADE
    return made.exists() and made.read_text() == boot_id() and lab.bridge in _links() and all(map(_exists, names))


def build(lab: Lab) -> None:
    """Make it.  Nothing of it is there."""
    neighbour_limits.raise_limits()
    namespaces.create(lab.switch)
    _ip(lab.switch, _switch_commands(lab))
    namespaces.create(lab.internet)
    _ip(lab.switch, [f"link add pi type veth peer name eth0 netns {lab.internet}", "link set pi master public up"])
    _ip(lab.internet, ["link set lo up", f"addr add {PUBLIC[1]}/{PUBLIC.prefixlen} dev eth0", "link set eth0 up"])
    address = f"{lab.server_address}/{lab.management.prefixlen}"
    _ip(
        None,
        [f"link add {lab.bridge} type bridge", f"addr add {address} dev {lab.bridge}", f"link set {lab.bridge} up"],
    )
    for host in lab.members:
        _build_host(lab, host)
    write_atomically(lab.path / _MADE, boot_id().encode())


def strays(lab: Lab) -> list[str]:
    """What stands in the way of a new lab with this prefix."""
    return _namespaces(lab) + _own_links(lab)


def destroy(lab: Lab) -> None:
    """Remove every trace: namespaces of hosts, VMs and vrouters, links, pinned eBPF objects, resolver files."""
    (lab.path / _MADE).unlink(missing_ok=True)
    # Links first: the kernel takes a namespace's links away some time after the namespace.
    _ip(None, [f"link del {link}" for link in _own_links(lab)])
    for name in _namespaces(lab):
        namespaces.delete(name)
    for path in _ETC_NETNS.glob(f"{lab.prefix}-*"):
        if lab.owns(path.name):
            shutil.rmtree(path)
    with contextlib.suppress(OSError):  # others have theirs there, or it is not there
        _ETC_NETNS.rmdir()
    for host in lab.members:
        bpffs.remove(host.tag)


@contextlib.contextmanager
def choosing() -> Iterator[None]:
    """Held from choosing a slot until it is taken, so that two labs that start at once do not choose the same."""
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_slot(wanted: Iterable[int]) -> int:
    """A slot whose management network no interface of this machine has."""
    taken = {address.rsplit(".", 1)[0] for address in _addresses()}
    return next(slot for slot in wanted if f"172.31.{slot}" not in taken)


def _namespaces(lab: Lab) -> list[str]:
    return sorted(name for name in namespaces.names((f"{lab.prefix}-",)) if lab.owns(name))


def _own_links(lab: Lab) -> list[str]:
    """The lab's links in the machine's own namespace."""
    ours = {lab.bridge, *(_management_port(lab, host) for host in lab.members)}
    return [link for link in _links() if link in ours]


def _management_port(lab: Lab, host: LabHost) -> str:
    return f"{lab.prefix}m{host.number}"


def _build_host(lab: Lab, host: LabHost) -> None:
    name = host.namespace
    namespaces.create(name)
    port = _management_port(lab, host)
    _ip(None, [f"link add {port} type veth peer name mgmt0 netns {name}", f"link set {port} master {lab.bridge} up"])
    ports = [(f"{_SHORT[segment]}{host.number}", segment) for segment in SEGMENTS]
    commands = []
    for port, segment in ports:
        mtu = lab.underlay_mtu if segment == "underlay" else 1500
        commands += [
            f"link add {port} mtu {mtu} type veth peer name {segment}0 mtu {mtu} netns {name}",
            f"link set {port} master {segment} up",
        ]
    _ip(lab.switch, commands)
    _ip(
        name,
        [
            "link set lo up",
            f"addr add {host.management_address}/{lab.management.prefixlen} dev mgmt0",
            f"addr add {host.underlay_address}/{UNDERLAY.prefixlen} dev underlay0",
            *(f"link set {interface} up" for interface in ("mgmt0", "underlay0", "public0", "router0")),
        ],
    )


def _switch_commands(lab: Lab) -> list[str]:
    _no_bridge_filter(lab.switch)
    commands = ["link set lo up"]
    for segment in SEGMENTS:
        mtu = lab.underlay_mtu if segment == "underlay" else 1500
        commands += [f"link add {segment} mtu {mtu} type bridge", f"link set {segment} up"]
    return commands


def _no_bridge_filter(namespace: str) -> None:
    """What crosses a bridge of the lab is not the business of anybody's packet filter."""
    with contextlib.suppress(OSError):  # a kernel without br_netfilter has no such knob
        _run(["ip", "netns", "exec", namespace, "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0"])


def _ip(namespace: str | None, commands: list[str]) -> None:
    if commands:
        where = ["-n", namespace] if namespace else []
        _run(["ip", *where, "-batch", "-"], "\n".join(commands) + "\n")


def _links(namespace: str | None = None) -> list[str]:
    where = ["-n", namespace] if namespace else []
    return [link["ifname"] for link in json.loads(_run(["ip", *where, "-j", "link", "show"]))]


def _addresses() -> list[str]:
    shown = json.loads(_run(["ip", "-j", "-4", "addr", "show"]))
    return [info["local"] for link in shown for info in link.get("addr_info", ())]


def _exists(namespace: str) -> bool:
    return Path("/run/netns", namespace).exists()


def _run(argv: list[str], text: str | None = None) -> str:
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout
