"""The shape of the house: short files, each saying what it is for, bound to no machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 600
PYTHON = sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("tests/**/*.py")])
SERVICES = sorted(path.parent for path in ROOT.glob("src/landbridge/services/*/__init__.py"))
PACKAGES = sorted(ROOT.glob("src/landbridge/**/__init__.py"))

OF_A_MACHINE = re.compile(
    r"/home/[a-z]|(?<!\})/root/|/work/|/Users/|--index-url|file://|https?://[^/\s\"']*(artifact|mirror)"
)
"""What only the author's machine has: home directories (`/proc/{pid}/root/` is none), package indexes."""


def tracked() -> list[Path]:
    """Files of the repository."""
    shown = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in shown.split("\0") if name and (ROOT / name).is_file()]


def name(path: Path) -> str:
    """A test id."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_files_are_short(path: Path) -> None:
    if "Made from the declarations" in path.read_text().partition("\n")[0]:
        return  # a table that a program writes
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [one for one in PYTHON if one.stat().st_size and "src" in one.parts], ids=name)
def test_files_say_what_they_are_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "the first lines must say what the file is for"


@pytest.mark.parametrize("path", PACKAGES, ids=name)
def test_packages_have_a_docstring(path: Path) -> None:
    words = (ast.get_docstring(ast.parse(path.read_text())) or "").split()
    assert len(words) > 3, "a package's docstring must say what belongs into it"


@pytest.mark.parametrize("folder", SERVICES, ids=name)
def test_services_have_a_user_page(folder: Path) -> None:
    assert (folder / "README.md").is_file()


def test_nothing_of_a_machine() -> None:
    found = [
        f"{name(path)}: {match.group()}"
        for path in tracked()
        if path != Path(__file__) and path.suffix not in (".png", ".o")
        for match in OF_A_MACHINE.finditer(path.read_text(errors="replace"))
    ]
    assert found == []
