"""VMs that are network namespaces: a DHCP client runs in them, and whatever a test executes.

The agent makes the namespace `<tag>-vm-<first 12 of uuid>` and its interfaces; this driver
makes it live.  `run_dir/vms/<uuid>/` holds what a restarted agent must know: `vm.json` and a
directory for each interface's DHCP client.
"""

import contextlib
import fcntl
import shutil
import socket
import struct
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import msgspec

from landbridge.drivers import children
from landbridge.drivers.children import Child
from landbridge.drivers.enter import in_namespace, netns_inode
from landbridge.drivers.processes import processes_in, write_atomically
from landbridge.model.node import Instance, Port

_ETC_NETNS = Path("/etc/netns")
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_RETRY_SECONDS = "1"
_STANDBY_SECONDS = 5.0
_POLL_SECONDS = 0.01
_BROKEN = -1
"""The boot number of a VM that must be started afresh."""
_WANTED_OPTIONS = ("staticroutes", "mtu", "domain", "hostname", "search")


class _Vm(msgspec.Struct, frozen=True):
    """`vm.json`: what was started.  `netns_inode`: a namespace made anew is another VM."""

    boot: int
    name: str
    netns: str
    netns_inode: int
    devices: tuple[int, ...]


class NetnsInstances:
    """The driver.  `tag` begins the names of namespaces; `run_dir` is the agent's."""

    def __init__(self, tag: str, run_dir: Path) -> None:
        self._tag = tag
        self._vms = run_dir / "vms"
        self._script = self._vms / "udhcpc.sh"

    def namespace(self, vm_uuid: str) -> str:
        """Name of a VM's namespace."""
        return f"{self._tag}-vm-{vm_uuid[:12]}"

    def read(self) -> dict[str, int]:
        """Boot number of every VM that lives: its namespace is there and all its clients run.

        A VM of which something has died, or whose start was interrupted, is reported as boot -1,
        so that it is started afresh.
        """
        found = {}
        for directory in self._vms.glob("*/"):
            vm = self._load(directory.name)
            found[directory.name] = vm.boot if vm is not None and self._lives(directory, vm) else _BROKEN
        return found

    def devices(self, vm_uuid: str) -> tuple[int, ...]:
        """Interfaces (`eth<n>`) that a VM was given."""
        vm = self._load(vm_uuid)
        return () if vm is None else vm.devices

    def start(self, instance: Instance, ports: Sequence[Port]) -> None:
        """Start it (afresh, if it runs).  Its namespace and the ports' `eth<n>` exist already.

        On standby it is started when it has the addresses that DHCP can tell it: it goes on at once then.

        Raises:
            OSError: the namespace or the DHCP client is missing, or on standby an address, in words for the user.
        """
        if self._directory(instance.vm_uuid).exists():
            self.stop(instance.vm_uuid)
        netns = self.namespace(instance.vm_uuid)
        inode = netns_inode(netns)
        if inode is None:
            raise FileNotFoundError(f"VM {instance.name} cannot start: there is no namespace {netns}")
        directory = self._directory(instance.vm_uuid)
        directory.mkdir(parents=True)
        etc = _ETC_NETNS / netns
        etc.mkdir(parents=True, exist_ok=True)
        (etc / "resolv.conf").write_text("")
        (etc / "hostname").write_text(f"{instance.name}\n")
        in_namespace(netns, _prepare)
        self._install_script()
        vm = _Vm(_BROKEN, instance.name, netns, inode, ())
        for port in ports:
            vm = self._plug(instance.vm_uuid, vm, port)
        told = [port for port in ports if port.enabled and port.dhcp is not None]
        self._await_leases(instance, [port for port in told if port.standby])
        # Last, so that a start that was interrupted is seen as such.
        self._save(instance.vm_uuid, msgspec.structs.replace(vm, boot=instance.boot))

    def plug(self, instance: Instance, port: Port) -> None:
        """A running VM got another interface.  Nothing happens if it has it already."""
        vm = self._load(instance.vm_uuid)
        if vm is not None and port.device_id not in vm.devices:
            self._plug(instance.vm_uuid, vm, port)

    def unplug(self, instance: Instance, port: Port) -> None:
        """An interface of a running VM goes (or has gone)."""
        vm = self._load(instance.vm_uuid)
        if vm is None:
            return
        directory = self._directory(instance.vm_uuid)
        children.stop(directory / f"eth{port.device_id}")
        shutil.rmtree(directory / f"eth{port.device_id}", ignore_errors=True)
        for kind in ("lease", "applied", "dns", "new"):
            (directory / f"{kind}.eth{port.device_id}").unlink(missing_ok=True)
        (_ETC_NETNS / vm.netns / "resolv.conf").write_text(
            "".join(path.read_text() for path in sorted(directory.glob("dns.*")))
        )
        devices = tuple(device for device in vm.devices if device != port.device_id)
        self._save(instance.vm_uuid, msgspec.structs.replace(vm, devices=devices))

    def stop(self, vm_uuid: str) -> None:
        """End everything that runs in the VM and leave nothing of it.  Absent is success."""
        directory = self._directory(vm_uuid)
        vm = self._load(vm_uuid)
        for client in directory.glob("eth*"):
            children.stop(client)
        netns = self.namespace(vm_uuid)
        # Only in the very namespace that we started: one made anew belongs to the next boot.
        if vm is not None and netns_inode(netns) == vm.netns_inode:
            for process in processes_in(netns):
                process.stop(grace=0.2)
        shutil.rmtree(_ETC_NETNS / netns, ignore_errors=True)
        # The directory goes last: while it is there, `read` tells of the VM.
        shutil.rmtree(directory, ignore_errors=True)
        with contextlib.suppress(OSError):
            _ETC_NETNS.rmdir()

    def lease(self, vm_uuid: str, device_id: int) -> dict[str, str]:
        """What DHCP told an interface, by option name; empty while it is not bound."""
        try:
            text = (self._directory(vm_uuid) / f"lease.eth{device_id}").read_text()
        except FileNotFoundError:
            return {}
        return dict(line.split("=", 1) for line in text.splitlines())

    def _plug(self, vm_uuid: str, vm: _Vm, port: Port) -> _Vm:
        if port.dhcp is not None:
            client = self._client(vm_uuid, vm, port.device_id)
            # One may be left of a predecessor that was killed before it wrote down the interface.
            children.stop(client.directory)
            children.launch(client).close()
        else:
            in_namespace(vm.netns, lambda: _link_up(f"eth{port.device_id}"))
        vm = msgspec.structs.replace(vm, devices=(*vm.devices, port.device_id))
        self._save(vm_uuid, vm)
        return vm

    def _await_leases(self, instance: Instance, ports: Sequence[Port]) -> None:
        deadline = time.monotonic() + _STANDBY_SECONDS
        for port in ports:
            while not self.lease(instance.vm_uuid, port.device_id):
                if time.monotonic() >= deadline:
                    raise TimeoutError(
                        f"VM {instance.name} is not ready: eth{port.device_id} has no address by DHCP "
                        f"after {_STANDBY_SECONDS:g} s"
                    )
                time.sleep(_POLL_SECONDS)

    def _client(self, vm_uuid: str, vm: _Vm, device_id: int) -> Child:
        """The DHCP client of one interface; it stays, to renew the lease."""
        directory = self._directory(vm_uuid)
        asked = [word for option in _WANTED_OPTIONS for word in ("-O", option)]
        return Child(
            argv=(
                "udhcpc",
                "-f",
                *("-i", f"eth{device_id}"),
                *("-s", str(self._script)),
                *("-T", _RETRY_SECONDS),
                *("-A", _RETRY_SECONDS),
                *("-x", f"hostname:{vm.name}"),
                *asked,
            ),
            directory=directory / f"eth{device_id}",
            netns=vm.netns,
            environment=(("LB_DIR", str(directory)), ("LB_ETC", str(_ETC_NETNS / vm.netns))),
        )

    def _lives(self, directory: Path, vm: _Vm) -> bool:
        if netns_inode(vm.netns) != vm.netns_inode:
            return False
        return all(children.runs(client) for client in directory.glob("eth*"))

    def _directory(self, vm_uuid: str) -> Path:
        return self._vms / vm_uuid

    def _load(self, vm_uuid: str) -> _Vm | None:
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            return msgspec.json.decode((self._directory(vm_uuid) / "vm.json").read_bytes(), type=_Vm)
        return None

    def _save(self, vm_uuid: str, vm: _Vm) -> None:
        write_atomically(self._directory(vm_uuid) / "vm.json", msgspec.json.encode(vm))

    def _install_script(self) -> None:
        text = resources.files(__package__).joinpath("udhcpc.sh").read_bytes()
        if self._script.exists() and self._script.read_bytes() == text:
            return
        new = self._script.with_name("udhcpc.sh.new")
        new.write_bytes(text)
        new.chmod(0o755)
        new.replace(self._script)


def _prepare() -> None:
    """A namespace as a VM wants it: loopback up, no IPv6 by itself."""
    for scope in ("all", "default"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6").write_text("1")
    _link_up("lo")


def _link_up(name: str) -> None:
    """Set an interface up (netdevice(7)), in the thread's namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
        request = struct.pack("16sH", name.encode(), 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(control, _SIOCGIFFLAGS, request.ljust(40, b"\0")), 16)
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH", name.encode(), flags | _IFF_UP).ljust(40, b"\0"))
