"""The shortcuts that are in force on this host, from the pinned maps alone: the agent may be dead.  Only reads."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from landbridge.core.shortcut import Shortcut, ShortcutKey
from landbridge.drivers import bpf_pins, bpffs
from landbridge.drivers.bpf_map import Map, open_map
from landbridge.drivers.counters import Count
from landbridge.drivers.shortcuts import Shortcuts

_MAPS = ("ports", "shortcuts", "shortcut_stats", "router_macs", "unrestored", "gateways")


def read_pinned(tag: str) -> dict[ShortcutKey, tuple[Shortcut, Count]]:
    """Entries and counters of the host whose agent has this tag.

    Raises:
        OSError: there are no maps, or they are those of another version.
    """
    with _opened(_newest(tag)) as maps:
        bpf_pins.check_layout(maps)
        shortcuts = Shortcuts(maps)
        traffic = shortcuts.traffic()
        return {key: (entry, traffic.get(key, Count())) for key, entry in shortcuts.read().items()}


def _newest(tag: str) -> Path:
    """While programs are exchanged there are two sets: the agent works with the one made last."""
    found = [path for base in bpffs.existing(tag) for path in bpf_pins.map_sets(base)]
    if not found:
        raise FileNotFoundError(f"no agent with the tag {tag} has run on this host: see --tag, and be root")
    return max(found, key=lambda path: path.stat().st_mtime)


@contextlib.contextmanager
def _opened(directory: Path) -> Iterator[dict[str, Map]]:
    with contextlib.ExitStack() as stack:
        maps = {name: open_map(directory / name) for name in _MAPS}
        for map_ in maps.values():
            stack.callback(map_.close)
        yield maps
