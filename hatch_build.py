"""Build hook: compiles the eBPF programs into the wheel (`clang` and libbpf's headers are needed).

An editable installation has no object file; the agent then compiles it on first use
(`landbridge.drivers.bpf_object`).
"""

import runpy
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BpfBuildHook(BuildHookInterface[Any]):
    """Compile the programs of `bpf/` and put the objects where the package looks for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects the files."""
        if version == "editable":
            return
        root = Path(self.root)
        compiling = runpy.run_path(str(root / "src/landbridge/drivers/bpf_compile.py"))
        for source in root.glob("bpf/*.c"):
            output = root / "build" / f"{source.stem}.o"
            output.parent.mkdir(exist_ok=True)
            subprocess.run(compiling["compile_command"](source, output), check=True)
            build_data["force_include"][str(output)] = f"landbridge/bpf/{output.name}"
