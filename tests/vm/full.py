"""A guest with a stock kernel and this machine's whole file system: what runs here runs there, on another kernel.

The root is this machine's, read only over 9p, under an overlay in the guest's memory: nothing to build, and
nothing that the guest writes is seen here.
"""

import contextlib
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.vm import qemu
from tests.vm.initramfs import initramfs
from tests.vm.packages import Archive, Kernel

_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
_MEMORY, _CPUS = 3072, 2
_BOOT_SECONDS = 90.0
_SHIFT = 2
_COUNTED = ("-icount", f"shift={_SHIFT}")
NANOSECONDS = 1 << _SHIFT
"""Per instruction, in a guest that counts them."""
_READY, _END = "GUEST-READY", "GUEST-END"

_INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod /mod/$module; done < /mod/order
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose hostroot /ro
mount -t tmpfs -o size=75% tmpfs /rw
mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work overlay /new
for place in proc sys dev run tmp; do mkdir -p /new/$place; done
mount -t proc proc /new/proc; mount -t sysfs sys /new/sys; mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/pts /new/dev/shm
mount -t devpts pts /new/dev/pts; mount -t tmpfs shm /new/dev/shm
mount -t tmpfs run /new/run
mount -t cgroup2 cgroup /new/sys/fs/cgroup; mount -t bpf bpf /new/sys/fs/bpf
modules=/new/usr/lib/modules/$(uname -r)
mkdir -p $modules
mount --bind "/ro@MODULES@" $modules
cat > /new/run/commands <<'COMMANDS'
@COMMANDS@
COMMANDS
umount /proc /sys /dev
exec switch_root /new /bin/bash /run/commands
"""
_COMMANDS = """export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8
ip link set lo up
ln -s /proc/self/fd /dev/fd; ln -s fd/0 /dev/stdin; ln -s fd/1 /dev/stdout; ln -s fd/2 /dev/stderr
echo {ready} $(uname -r)
cd {directory}
{{ {commands}
}} </dev/null
echo {end} $?
sync
echo o > /proc/sysrq-trigger
sleep 100
"""


@contextlib.contextmanager
def guest(
    archive: Archive, directory: Path, commands: str, *, memory: int = _MEMORY, counted: bool = False
) -> Iterator["Run"]:
    """Boot the newest stock kernel of an archive and run commands of bash in a directory of this machine.

    memory   MiB
    counted  one emulated processor, whose clock advances by NANOSECONDS per instruction: what the guest measures
             of its own work does not depend on what else this machine does
    """
    kernel = Kernel(archive)
    script = _COMMANDS.format(ready=_READY, end=_END, directory=shlex.quote(str(directory)), commands=commands)
    init = _INIT.replace("@MODULES@", str(kernel.modules)).replace("@COMMANDS@", script)
    busybox = (Archive().unpacked("busybox-static") / "bin" / "busybox").read_bytes()
    with tempfile.TemporaryDirectory() as scratch:
        initrd = Path(scratch) / "initrd.gz"
        initrd.write_bytes(initramfs({"init": init.encode(), "bin/busybox": busybox}, kernel.closure(_MODULES)))
        root = "local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap"
        with qemu.machine(
            Path(scratch),
            kernel.image,
            initrd,
            arguments=("-virtfs", root, *(_COUNTED if counted else ())),
            memory=memory,
            cpus=1 if counted else _CPUS,
            accelerator="tcg,thread=single" if counted else None,
        ) as machine:
            machine.wait_for(_READY, _BOOT_SECONDS)
            yield Run(machine, kernel.release)


class Run:
    """Commands under way in a guest.  `release`: its kernel's."""

    def __init__(self, machine: qemu.Machine, release: str) -> None:
        self._machine = machine
        self.release = release

    def output(self, seconds: float) -> tuple[int, str]:
        """Exit status of the last command, and what all of them said, when they have ended.

        Raises:
            TimeoutError: they have not.
        """
        said = self._machine.wait_for(f"\n{_END} ", seconds).replace("\r", "")
        said = said.partition(_READY)[2]
        output, _, status = said.partition(f"\n{_END} ")
        return int(status.split()[0]), output
