"""Initial RAM file systems (the kernel's Documentation/driver-api/early-userspace/buffer-format.rst)."""

import gzip
import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

_DIRECTORY, _PROGRAM = 0o040755, 0o100755
_TRAILER = "TRAILER!!!"
_DIRECTORIES = ("bin", "dev", "etc", "mod", "new", "proc", "ro", "rw", "sys", "tmp", "www")


def initramfs(files: Mapping[str, bytes], modules: Sequence[Path]) -> bytes:
    """A root with these files, all of them executable, and these modules (`/mod/order`: as they are loaded)."""
    contents: dict[str, bytes] = dict(files)
    names = []
    for path in modules:
        data = path.read_bytes()
        name = path.name.removesuffix(".xz")
        contents[f"mod/{name}"] = lzma.decompress(data) if path.suffix == ".xz" else data
        names.append(name)
    contents["mod/order"] = "".join(f"{name}\n" for name in names).encode()
    entries = [_entry(number, name, _DIRECTORY, b"") for number, name in enumerate(_DIRECTORIES)]
    for number, (name, data) in enumerate(contents.items(), len(entries)):
        assert str(PurePosixPath(name).parent) in (".", *_DIRECTORIES)
        entries.append(_entry(number, name, _PROGRAM, data))
    return gzip.compress(b"".join((*entries, _entry(0, _TRAILER, 0, b""))), 1)


def _entry(number: int, name: str, mode: int, data: bytes) -> bytes:
    """One member of a `newc` archive."""
    encoded = name.encode() + b"\0"
    numbers = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08x" % value for value in numbers) + encoded
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
