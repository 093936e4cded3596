"""What each noun of the command line is, in a few words, and the columns of its table.

Each service says it of its own in its `cli.toml`, which is read without importing it: `landbridge --help` has to be
quick.  A test holds the nouns equal to what the action declarations give.

    [names]                 what the API calls a noun besides
    Vm = "vm-instance"
    [aliases]               short forms for the hands
    vm = "vm-instance"
    [nouns.vm-instance]     columns: paths into an inventory, `vmNics.ip` reaches into nested rows
    help = "Virtual machines."
    columns = ["name", "uuid"]
    [manifests.vm-instance] what `landbridge apply` writes: its create action, parameters that are not for manifests
    creates = "CreateVmInstance"
    hidden = ["strategy"]
    [answers]               columns of actions whose rows are no resources
    GetVmNicDrops = ["date", "reason"]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SERVICES = Path(__file__).parents[1] / "services"


@dataclass(frozen=True, slots=True)
class Noun:
    """Help, and columns; none: what an inventory has first."""

    help: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """How a noun is written in manifests: its create action, and which parameters of that are not for them."""

    creates: str
    hidden: frozenset[str] = frozenset()


def merged(parts: list[dict[str, Any]], table: str) -> dict[str, Any]:
    """A table of all services together."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in part.get(table, {}).items():
            if name in found:
                raise ValueError(f"two services declare {name} in [{table}] of their cli.toml")
            found[name] = value
    return found


_PARTS = [tomllib.loads(path.read_text()) for path in sorted(_SERVICES.glob("*/cli.toml"))]

NOUNS: Mapping[str, Noun] = {
    name: Noun(value["help"], tuple(value.get("columns", ())))
    for name, value in sorted(merged(_PARTS, "nouns").items())
}
MANIFESTS: Mapping[str, Manifest] = {
    name: Manifest(value["creates"], frozenset(value.get("hidden", ())))
    for name, value in merged(_PARTS, "manifests").items()
}
"""Of nouns that others do not need and nothing is joined to; a service's own in the order of its file."""
ANSWERS: Mapping[str, tuple[str, ...]] = {name: tuple(value) for name, value in merged(_PARTS, "answers").items()}
ALIASES: Mapping[str, str] = merged(_PARTS, "aliases")
NAMES: Mapping[str, str] = merged(_PARTS, "names")
