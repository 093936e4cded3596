"""The compiled eBPF objects: shipped with a wheel, else compiled once into the state directory."""

import hashlib
import os
import subprocess
from pathlib import Path

import landbridge
from landbridge.drivers.bpf_compile import compile_command

_PACKAGE = Path(landbridge.__file__).parent
_NIC = "nic"
OF_ROUTERS = ("router", "shape")
"""What a vrouter has: at its guest legs, and in its shapers."""


def find_object(state_dir: Path, name: str = _NIC) -> Path:
    """The object file to load: `nic` for the ports of a host, for a vrouter one of OF_ROUTERS.

    Raises:
        OSError: it is not shipped and cannot be compiled, with the compiler's words.
    """
    shipped = _PACKAGE / "bpf" / f"{name}.o"
    if shipped.exists():
        return shipped
    sources = _sources()
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources.rglob("*.[ch]"))))
    compiled = state_dir / "bpf" / f"{name}-{digest.hexdigest()[:12]}.o"
    if not compiled.exists():
        compiled.parent.mkdir(parents=True, exist_ok=True)
        draft = compiled.with_suffix(f".{os.getpid()}")  # others may be at it too
        source = sources / f"{name}.c"
        result = subprocess.run(compile_command(source, draft), capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise OSError(f"clang does not compile {source.name}: {result.stderr.strip()}")
        draft.rename(compiled)
    return compiled


def _sources() -> Path:
    """The C files: in an installed package, or in the work tree of an editable installation."""
    for path in (_PACKAGE / "bpf", _PACKAGE.parents[1] / "bpf"):
        if (path / f"{_NIC}.c").exists():
            return path
    raise FileNotFoundError(f"the eBPF sources ({_NIC}.c) are missing from this installation")
