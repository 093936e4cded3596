"""The pinned maps and programs of one host, and their change to another layout.

    <pins>/maps/<layout>/<map>          <layout> is a digest of all map definitions and struct layouts
    <pins>/programs/<version>/<program> <version> is a digest of the object file

Programs of another version share the maps as long as the layout is the same.  With another layout the
new maps are made first and get what the old ones hold (connections, counters, ports), field by field;
ports then get the new programs one by one, and the old ones go on with the old maps until then.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from landbridge.drivers import bpf, records
from landbridge.drivers.bpf import Program
from landbridge.drivers.bpf_carry import predecessor
from landbridge.drivers.bpf_map import Map, open_map
from landbridge.drivers.btf import Types, types_of

_DRAFT = "-draft"


def open_pins(pins: Path, object_file: Path) -> tuple[dict[str, Map], dict[str, Program]]:
    """Open what is pinned, load what is not: maps and programs by name.

    Raises:
        BpfError: the kernel does not take the programs, or their maps are not what this agent expects.
    """
    layout, version = _layout(object_file), _digest(object_file.read_bytes())
    maps, programs = pins / "maps" / layout, pins / "programs" / version
    maps.parent.mkdir(parents=True, exist_ok=True)
    names = [definition.name for definition in bpf.describe(object_file)[0]]
    if not maps.exists():
        draft = maps.with_name(f"{layout}{_DRAFT}")  # a bpffs wants no dots in names
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        bpf.load(object_file, draft, programs)
        made = {name: open_map(draft / name) for name in names}
        for other in _others(maps):
            with predecessor(other, made) as old:
                old.carry_over()
        for map_ in made.values():
            map_.close()
        draft.rename(maps)
    elif not programs.exists() or not any(programs.iterdir()):
        bpf.load(object_file, maps, programs)
    opened = {name: open_map(maps / name) for name in names}
    check_layout(opened)
    return opened, {path.name: bpf.open_program(path) for path in sorted(programs.iterdir())}


def retire_others(pins: Path, object_file: Path, maps: Mapping[str, Map]) -> None:
    """Take away the pins of other layouts and versions, when their programs are at no port any more.

    Connections that began while the old programs were still at work are carried over first.
    """
    for other in _others(pins / "maps" / _layout(object_file)):
        with predecessor(other, maps) as old:
            old.carry_over_connections()
        shutil.rmtree(other)
    for other in _others(pins / "programs" / _digest(object_file.read_bytes())):
        shutil.rmtree(other)


def _others(path: Path) -> list[Path]:
    return [other for other in sorted(path.parent.iterdir()) if other != path and not other.name.endswith(_DRAFT)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _layout(object_file: Path) -> str:
    maps, types = bpf.describe(object_file)
    structs = Types(types).structs()
    return _digest(repr((maps, [(record.name, structs.get(record.name)) for record in records.OF_NIC])).encode())


def map_sets(pins: Path) -> list[Path]:
    """The directories of all maps there are: of the agent's version and, while ports change to it, of others."""
    return [path for path in pins.glob("maps/*") if not path.name.endswith(_DRAFT)]


def check_layout(maps: Mapping[str, Map]) -> None:
    """Whether this code reads them as they were meant.

    Raises:
        BpfError: they are of another version.
    """
    records.check(records.OF_NIC, types_of(maps["ports"].btf_id).structs())
