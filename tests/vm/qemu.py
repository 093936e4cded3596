"""A virtual machine: QEMU with a kernel and an initial RAM file system, its console in a file.

KVM is used where a guest really boots under it (a device node proves nothing), else QEMU's own translator.
"""

import contextlib
import functools
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_QEMU = "qemu-system-x86_64"
_TRANSLATED = "tcg,thread=multi"
_PROBE_SECONDS = 10.0
_KERNEL_WORDS = "console=ttyS0 quiet no_timer_check mitigations=off panic=-1"


class Machine:
    """A running QEMU."""

    def __init__(self, process: "subprocess.Popen[bytes]", console: Path) -> None:
        self._process = process
        self._console = console

    def said(self) -> str:
        """Everything that came on the console."""
        return self._console.read_text(errors="replace")

    def wait_for(self, word: str, seconds: float) -> str:
        """Wait until a word is on the console; returns everything that is there.

        Raises:
            TimeoutError: it did not come, or QEMU ended before it; with the end of the console.
        """
        deadline = time.monotonic() + seconds
        while word not in (said := self.said()):
            ended = self._process.poll() is not None
            # What it said with its last breath may have come after our look.
            if (ended and word not in self.said()) or time.monotonic() > deadline:
                why = "QEMU ended" if ended else f"not within {seconds:.0f} s"
                raise TimeoutError(f"{why}: {word}\n{said[-3000:]}")
            time.sleep(0.02)
        return said

    def stop(self) -> None:
        """Pull the plug."""
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def machine(
    directory: Path,
    kernel: Path,
    initrd: Path,
    words: str = "",
    arguments: Sequence[str] = (),
    *,
    memory: int = 256,
    cpus: int = 1,
    netns: str | None = None,
    accelerator: str | None = None,
) -> Iterator[Machine]:
    """Boot; the plug is pulled at the end.

    directory  for its console
    words      more for the kernel's command line
    arguments  more for QEMU
    memory     MiB
    netns      the network namespace that QEMU runs in
    """
    directory.mkdir(parents=True, exist_ok=True)
    console = directory / "console"
    console.touch()
    command = [
        *("setpriv", "--pdeathsig", "KILL"),  # it goes with us, however we go
        *([] if netns is None else ["nsenter", f"--net=/run/netns/{netns}"]),
        *(_QEMU, "-accel", accelerator or best_accelerator(), "-cpu", "max", "-M", "q35"),
        *("-m", str(memory), "-smp", str(cpus), "-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot"),
        *("-serial", f"file:{console}", "-kernel", str(kernel), "-initrd", str(initrd)),
        *("-append", f"{_KERNEL_WORDS} {words}"),
        *arguments,
    ]
    with (directory / "qemu.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    made = Machine(process, console)
    try:
        yield made
    finally:
        made.stop()


@functools.cache
def best_accelerator() -> str:
    """`kvm` if a guest boots under it here, which is tried once per kernel of this machine."""
    from tests.vm import tiny

    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return _TRANSLATED
    known = tiny.cache() / f"accelerator-{platform.release()}"
    if not known.exists():
        known.write_text("kvm" if tiny.boots("kvm", _PROBE_SECONDS) else _TRANSLATED)
    return known.read_text()
