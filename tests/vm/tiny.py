"""A guest of a kernel and busybox, up in seconds, which does what it is told over a serial line."""

import contextlib
import functools
import hashlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.vm import qemu
from tests.vm.initramfs import initramfs
from tests.vm.packages import Archive, Kernel

READY = "GUEST-READY"
_MODULES = ("virtio_pci", "virtio_net", "af_packet")
_BOOT_SECONDS = 60.0
_DONE = "@done@"

_INIT = f"""#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod /mod/$module; done < /mod/order
ip link set lo up
stty -F /dev/ttyS1 raw -echo
exec 3<>/dev/ttyS1
echo {READY} > /dev/console
while :; do
    while read -r line <&3; do
        (eval "$line") 2>&1 </dev/null | cat >&3
        echo "{_DONE}" >&3
    done
    sleep 1
done
"""


_LEASE = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/$mask dev $interface
ip link set $interface mtu $mtu
ip route add default via $router
echo "server $serverid mtu $mtu" > /tmp/lease
"""
"""What udhcpc does with a lease."""


class Shell:
    """What the guest is told, and what it answers.  `socket`: the far end of its serial line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def run(self, command: str, seconds: float = 30.0) -> str:
        """Run one line of shell in the guest; its output.

        Raises:
            AssertionError: it ended with another status than 0.
            TimeoutError: it did not end.
        """
        output, _, status = self.ask(f"{command}; echo @$?", seconds).rstrip("\n").rpartition("@")
        assert status == "0", f"{command}: exit {status}: {output}"
        return output

    def ask(self, command: str, seconds: float = 30.0) -> str:
        """Run one line of shell in the guest; its output, however it ended."""
        deadline = time.monotonic() + seconds
        self._line.sendall(command.encode() + b"\n")
        heard = b""
        while not heard.endswith(f"{_DONE}\n".encode()):
            self._line.settimeout(max(0.01, deadline - time.monotonic()))
            heard += self._line.recv(1 << 16)
        return heard.decode(errors="replace").removesuffix(f"{_DONE}\n")


@contextlib.contextmanager
def guest(directory: Path, netns: str, tap: str, mac: str) -> Iterator[Shell]:
    """Boot it with one virtio NIC on a tap that QEMU makes, every offload on."""
    line = directory / "line"
    arguments = (
        *("-serial", f"unix:{line},server=on,wait=off"),
        *("-netdev", f"tap,id=n,ifname={tap},script=no,downscript=no,vnet_hdr=on"),
        *("-device", f"virtio-net-pci,netdev=n,mac={mac},romfile="),
    )
    kernel, initrd = _files()
    with qemu.machine(directory, kernel, initrd, arguments=arguments, netns=netns) as machine:
        machine.wait_for(READY, _BOOT_SECONDS)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(line))
            yield Shell(connection)


def boots(accelerator: str, seconds: float) -> bool:
    """Whether it comes up under an accelerator."""
    kernel, initrd = _files()
    with tempfile.TemporaryDirectory() as directory:
        arguments = ("-serial", "null")
        with qemu.machine(Path(directory), kernel, initrd, arguments=arguments, accelerator=accelerator) as machine:
            try:
                machine.wait_for(READY, seconds)
            except TimeoutError:
                return False
    return True


def cache() -> Path:
    """Where things are kept from one run to the next."""
    return Archive().cache


@functools.cache
def _files() -> tuple[Path, Path]:
    """Kernel and initial RAM file system."""
    archive = Archive()
    kernel = Kernel(archive)
    files = {
        "init": _INIT.encode(),
        "etc/udhcpc.sh": _LEASE.encode(),
        "bin/busybox": (archive.unpacked("busybox-static") / "bin" / "busybox").read_bytes(),
        "bin/send-frame": _send_frame(),
    }
    digest = hashlib.sha256(repr((kernel.release, _MODULES, sorted(files.items()))).encode()).hexdigest()[:12]
    initrd = archive.cache / f"tiny-{digest}.gz"
    if not initrd.exists():
        with tempfile.TemporaryDirectory(dir=archive.cache) as directory:
            draft = Path(directory) / "initrd.gz"
            draft.write_bytes(initramfs(files, kernel.closure(_MODULES)))
            draft.rename(initrd)
    return kernel.image, initrd


def _send_frame() -> bytes:
    """The guest's only program of our own."""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "send-frame"
        source = Path(__file__).with_name("send_frame.c")
        flags = ("-O2", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-mno-sse", "-fno-builtin")
        include = "-I/usr/include/x86_64-linux-gnu"
        subprocess.run(["clang", *flags, include, str(source), "-o", str(program)], check=True)
        return program.read_bytes()
