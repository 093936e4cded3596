"""Debian packages that guests are made of: downloaded and unpacked once, never installed.

They are kept in $LANDBRIDGE_TEST_CACHE, else in ~/.cache/landbridge-tests.  apt checks what it downloads
against the archive's signatures; a directory is there only when all of it is unpacked.
"""

import contextlib
import hashlib
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_KERNEL = "linux-image-amd64"
_SECONDS = 300


class Archive:
    """Packages as apt knows them; `suite`: of that suite of Debian's archive only, whatever apt is set up for."""

    def __init__(self, suite: str | None = None) -> None:
        self._cache = Path(os.environ.get("LANDBRIDGE_TEST_CACHE") or Path.home() / ".cache" / "landbridge-tests")
        self._cache.mkdir(parents=True, exist_ok=True)
        self._options: list[str] = []
        if suite is not None:
            own = self._cache / suite
            for directory in ("lists/partial", "apt/archives/partial"):
                (own / directory).mkdir(parents=True, exist_ok=True)
            (own / "sources.list").write_text(f"deb [signed-by={_KEYRING}] {_archive()} {suite} main\n")
            settings = {
                "Dir::Etc::SourceList": own / "sources.list",
                "Dir::Etc::SourceParts": "/dev/null",
                "Dir::State::Lists": own / "lists",
                "Dir::Cache": own / "apt",
            }
            self._options = [f"-o{name}={value}" for name, value in settings.items()]

    @property
    def cache(self) -> Path:
        """Where things are kept from one run to the next."""
        return self._cache

    def kernel(self) -> str:
        """The package of the newest stock kernel."""
        return self._knowing(self._newest_kernel)

    def unpacked(self, package: str) -> Path:
        """The directory with what a package contains."""
        return self._knowing(lambda: self._unpacked(package))

    def _newest_kernel(self) -> str:
        found = re.search(r"Depends: (linux-image-\S+)", self._run("apt-cache", "depends", _KERNEL))
        if found is None:
            raise LookupError(f"apt knows no {_KERNEL}")
        return found[1]

    def _unpacked(self, package: str) -> Path:
        shown = self._run("apt-cache", "show", "--no-all-versions", package)
        fields = dict(re.findall(r"^(Version|SHA256): (\S+)$", shown, re.MULTILINE))
        target = self._cache / f"{package}_{fields['Version'].replace(':', '%3a')}"
        if target.exists():
            return target
        with tempfile.TemporaryDirectory(dir=self._cache) as directory:
            draft = Path(directory)
            draft.chmod(0o755)
            self._run("apt-get", "-qq", "-oAPT::Sandbox::User=root", "download", package, directory=draft)
            [file] = draft.glob("*.deb")
            assert hashlib.sha256(file.read_bytes()).hexdigest() == fields["SHA256"]
            self._run("dpkg-deb", "-x", str(file), str(draft / "all"), plain=True)
            with contextlib.suppress(FileExistsError, OSError):  # another run was faster
                (draft / "all").rename(target)
        return target

    def _knowing(self, ask: Callable[[], T]) -> T:
        """Ask apt; if it does not know, or what it knows is not there any more, once again with fresh lists."""
        try:
            return ask()
        except (LookupError, subprocess.CalledProcessError):
            self._run("apt-get", "-qq", "update")
            return ask()

    def _run(self, *command: str, directory: Path | None = None, plain: bool = False) -> str:
        words = [command[0], *([] if plain else self._options), *command[1:]]
        environment = {**os.environ, "LC_ALL": "C"}
        done = subprocess.run(
            words,
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, words, done.stdout, done.stderr)
        return done.stdout


class Kernel:
    """A stock kernel, unpacked: its image, its modules."""

    def __init__(self, archive: Archive) -> None:
        package = archive.kernel()
        self.release = package.removeprefix("linux-image-")
        root = archive.unpacked(package)
        self.image = root / "boot" / f"vmlinuz-{self.release}"
        self.modules = next(path for path in root.rglob(self.release) if path.parent.name == "modules")
        self._base = self.modules.parents[2]
        if not (self.modules / "modules.dep.bin").exists():
            _tool("depmod", "-b", str(self._base), self.release)

    def closure(self, names: Sequence[str]) -> list[Path]:
        """The files of modules and of what they need, in the order of loading."""
        found: dict[Path, None] = {}
        for name in names:
            shown = _tool("modprobe", "-d", str(self._base), "-S", self.release, "--show-depends", name)
            found.update(dict.fromkeys(Path(line.split()[1]) for line in shown.splitlines() if "insmod" in line))
        return list(found)


def _archive() -> str:
    """Where this machine gets its release from: any of its suites may be asked for there."""
    listed = _tool("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages")
    return next(uri for uri, release in map(str.split, listed.splitlines()) if release == codename())


def codename() -> str:
    """Of the Debian release that this machine runs."""
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def _tool(*command: str) -> str:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    done = subprocess.run(
        command, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    return done.stdout
