"""A second house with some services twice: their folders copied, names changed by one mapping, nothing else touched.

python -m tests.support.house   types, import rules and the whole suite in it (`make test-house`)

What is made from the declarations (types of the client, the page of actions) is made anew before that.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PLACES = ("src/landbridge/services", "tests/unit/services")


@dataclass(frozen=True, slots=True)
class Twin:
    """A service folder and what its names become: of the folder, of resources, actions, paths, the projection."""

    folder: str
    names: Mapping[str, str]

    def renamed(self, text: str) -> str:
        """A text with the other names."""
        longest_first = sorted(self.names, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, longest_first)), lambda found: self.names[found[0]], text)


TWINS = (
    Twin("eip", {"Eip": "Fip", "EIP": "FIP", "eip": "fip"}),
    Twin(
        "port_forwarding",
        {
            "PortForwarding": "PortMapping",
            "portForwarding": "portMapping",
            "PORT_FORWARDING": "PORT_MAPPING",
            "port_forwarding": "port_mapping",
            "port-forwarding": "port-mapping",
            "portforwarding": "portmapping",
            "port forwarding": "port mapping",
            "Port forwarding": "Port mapping",
            "attached-pf": "attached-pm",
            '"forward': '"mapped',
        },
    ),
)


def build(house: Path) -> list[Path]:
    """What git has or would have of this checkout, and the twins; their folders of tests, relative to the house."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (house / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, house / name)
    for twin in TWINS:
        for place in _PLACES:
            original, copied = house / place / twin.folder, house / place / twin.renamed(twin.folder)
            copied.mkdir()
            for path in original.iterdir():
                (copied / twin.renamed(path.name)).write_text(twin.renamed(path.read_text()))
    subprocess.run(("git", "init", "-q"), cwd=house, check=True)
    subprocess.run(("git", "add", "-A"), cwd=house, check=True)
    return [Path(_PLACES[1]) / twin.renamed(twin.folder) for twin in TWINS]


def run(house: Path, program: str, *arguments: str) -> int:
    """A program of the virtual environment, at work in the house; its exit status."""
    environment = {**os.environ, "PYTHONPATH": str(house / "src")}
    command = (str(Path(sys.executable).with_name(program)), *arguments)
    return subprocess.run(command, cwd=house, env=environment, check=False).returncode


def main() -> int:
    """The number of programs that failed."""
    parallel = ("-n", "auto", "--dist", "loadfile")
    with tempfile.TemporaryDirectory() as directory:
        house = Path(directory)
        build(house)
        house.chmod(0o755)
        runs = (
            *(run(house, "python", "-m", f"tests.support.{maker}") for maker in ("client_types", "api_coverage")),
            run(house, "mypy"),
            run(house, "lint-imports"),
            run(house, "pytest", *parallel, "tests/test_shape.py", "tests/unit", "tests/api", "tests/fuzz"),
            run(house, "pytest", *parallel, "tests/netns", "tests/cloud", "tests/vm/test_tap.py"),
        )
    return sum(status != 0 for status in runs)


if __name__ == "__main__":
    sys.exit(main())
