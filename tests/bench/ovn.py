"""OVN on kernel Open vSwitch, set up by hand: one central, one chassis per network namespace.

Its programs are Debian's, unpacked and not installed, so that no daemon starts where the tests run.  Meant for a
guest that is thrown away: what is started here is not stopped.
"""

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("ovn-common", "ovn-central", "ovn-host", "openvswitch-common", "openvswitch-switch")
LIBRARIES = ("libunbound8", "libevent-2.1-7", "libnuma1", "libxdp1")
"""What of their libraries a machine does not have for us anyway."""

_SECONDS = 900
_AT_ONCE = 5000
"""Addresses per call: a command line has its limit."""


@dataclass(frozen=True)
class Chassis:
    """A namespace with an Open vSwitch and OVN's controller, `address` on the underlay."""

    netns: str
    address: str


class Ovn:
    """A cloud of chassis; `packages`: where each package is unpacked; databases and sockets lie in `directory`."""

    def __init__(self, packages: Sequence[Path], directory: Path, chassis: Iterable[Chassis]) -> None:
        self._packages = packages
        self._directory = directory
        places = {
            "PATH": [
                root / place for root in packages for place in ("usr/bin", "usr/sbin", "usr/lib/openvswitch-switch")
            ],
            "LD_LIBRARY_PATH": [path for root in packages for path in root.glob("usr/lib/*-linux-gnu")],
        }
        self._environment = dict(os.environ)
        for name, paths in places.items():
            self._environment[name] = ":".join([*map(str, paths), os.environ.get(name, "")]).rstrip(":")
        for database in ("nb", "sb"):
            self._database(directory, database, f"ovn-{database}.ovsschema")
            self._environment[f"OVN_{database.upper()}_DB"] = self._socket(database)
        databases = (f"--ovnnb-db={self._socket('nb')}", f"--ovnsb-db={self._socket('sb')}")
        self._daemon(directory, "ovn-northd", *databases)
        self.nbctl("init")
        for one in chassis:
            self._start(one)

    def nbctl(self, *words: str) -> None:
        """A command to the northbound database."""
        self._run("ovn-nbctl", *words)

    def settle(self) -> None:
        """Wait until every chassis has in its switch what the northbound database says."""
        self.nbctl("--wait=hv", "sync")

    def plug(self, chassis: Chassis, switch: str, vm: str, *, mac: str, address: str, mtu: int) -> None:
        """A machine, namespace `vm`, at a logical switch; it may send from its own address (with prefix) only."""
        own = f"{mac} {address.partition('/')[0]}"
        self.nbctl(
            *("lsp-add", switch, vm, "--", "lsp-set-addresses", vm, own),
            *("--", "lsp-set-port-security", vm, own),
        )
        for command in (
            f"ip netns add {vm}",
            f"ip link add {vm} netns {chassis.netns} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {vm}",
            f"ip -n {vm} link set eth0 address {mac} up",
            f"ip -n {vm} addr add {address} dev eth0",
            f"ip -n {chassis.netns} link set {vm} up",
        ):
            self._run(*command.split())
        self._vsctl(chassis, "add-port", "br-int", vm, "--", "set", "interface", vm, f"external-ids:iface-id={vm}")

    def address_set(self, name: str, addresses: Sequence[str]) -> None:
        """Make an address set."""
        self.nbctl("create", "address_set", f"name={name}")
        for first in range(0, len(addresses), _AT_ONCE):
            self.nbctl("add", "address_set", name, "addresses", *addresses[first : first + _AT_ONCE])

    def _start(self, chassis: Chassis) -> None:
        directory = self._directory / chassis.netns
        directory.mkdir()
        self._database(directory, "db", "vswitch.ovsschema")
        settings = {
            "system-id": chassis.netns,
            "ovn-remote": self._socket("sb"),
            "ovn-encap-type": "geneve",
            "ovn-encap-ip": chassis.address,
            "ovn-encap-csum": "false",  # no checksum outside, as our VXLAN has none
            "ovn-bridge-datapath-type": "system",
            "ovn-openflow-probe-interval": "0",
        }
        ids = (f"external-ids:{name}={value}" for name, value in settings.items())
        # A large change takes longer under emulation than the switch has patience for.
        patience = f"other_config:bundle-idle-timeout={_SECONDS}"
        self._vsctl(chassis, "--no-wait", "init", "--", "set", "open_vswitch", ".", *ids, patience)
        inside = ("nsenter", f"--net=/run/netns/{chassis.netns}")
        for name in ("ovs-vswitchd", "ovn-controller"):
            self._daemon(directory, name, f"unix:{directory}/db.sock", inside=inside)

    def _socket(self, database: str) -> str:
        return f"unix:{self._directory / database}.sock"

    def _database(self, directory: Path, name: str, schema: str) -> None:
        [found] = (path for root in self._packages for path in root.glob(f"usr/share/*/{schema}"))
        file = str(directory / f"{name}.db")
        self._run("ovsdb-tool", "create", file, str(found))
        self._daemon(directory, "ovsdb-server", f"--remote=punix:{directory / name}.sock", file, title=name)

    def _daemon(
        self, directory: Path, program: str, *words: str, title: str = "", inside: Sequence[str] = ()
    ) -> None:
        """Start one that goes to the background when it is ready."""
        base = directory / (title or program)
        files = (f"--pidfile={base}.pid", f"--log-file={base}.log")
        self._environment |= {"OVS_RUNDIR": str(directory), "OVN_RUNDIR": str(directory)}
        self._run(*inside, program, "--detach", "--no-chdir", *files, *words)

    def _vsctl(self, chassis: Chassis, *words: str) -> None:
        self._run("ovs-vsctl", f"--db=unix:{self._directory / chassis.netns}/db.sock", *words)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert done.returncode == 0, f"{command[:8]}: {done.stderr}"
        return done.stdout
