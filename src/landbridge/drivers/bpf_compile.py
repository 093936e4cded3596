"""How the eBPF programs are compiled: by the build hook for a wheel, else by the agent on first use.

Imports nothing of the package: the build hook runs this file before the package is there.
"""

import platform
from pathlib import Path


def compile_command(source: Path, output: Path) -> list[str]:
    """The command line.

    Debian keeps `asm/types.h` in a directory of the machine's architecture, which clang does not
    look into for another target.
    """
    include = f"/usr/include/{platform.machine()}-linux-gnu"
    flags = ["-O2", "-g", "-Wall", "-Werror", "-target", "bpf", f"-I{include}"]
    return ["clang", *flags, "-c", str(source), "-o", str(output)]
