"""The compiled eBPF object: shipped with a wheel, else compiled once into the state directory."""

import hashlib
import subprocess
from pathlib import Path

import landbridge
from landbridge.drivers.bpf_compile import compile_command

_PACKAGE = Path(landbridge.__file__).parent
_SOURCE = "nic.c"


def find_object(state_dir: Path) -> Path:
    """The object file to load.

    Raises:
        OSError: it is not shipped and cannot be compiled, with the compiler's words.
    """
    shipped = _PACKAGE / "bpf" / "nic.o"
    if shipped.exists():
        return shipped
    sources = _sources()
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources.rglob("*.[ch]"))))
    compiled = state_dir / "bpf" / f"nic-{digest.hexdigest()[:12]}.o"
    if not compiled.exists():
        compiled.parent.mkdir(parents=True, exist_ok=True)
        draft = compiled.with_suffix(".new")
        result = subprocess.run(
            compile_command(sources / _SOURCE, draft), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise OSError(f"clang does not compile {_SOURCE}: {result.stderr.strip()}")
        draft.rename(compiled)
    return compiled


def _sources() -> Path:
    """The C files: in an installed package, or in the work tree of an editable installation."""
    for path in (_PACKAGE / "bpf", _PACKAGE.parents[1] / "bpf"):
        if (path / _SOURCE).exists():
            return path
    raise FileNotFoundError(f"the eBPF sources ({_SOURCE}) are missing from this installation")
