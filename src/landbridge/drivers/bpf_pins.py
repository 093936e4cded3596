"""The pinned maps and programs of one host, and their change to another layout.

    <pins>/maps/<layout>/<map>          <layout> is a digest of all map definitions and struct layouts
    <pins>/programs/<version>/<program> <version> is a digest of the object file

Programs of another version share the maps as long as the layout is the same.  With another layout the
new maps are made first and get what the old ones hold (connections, counters, ports), field by field;
ports then get the new programs one by one, and the old ones go on with the old maps until then.
"""

import contextlib
import errno
import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from landbridge.drivers import bpf, records
from landbridge.drivers.bpf import BpfError, Program
from landbridge.drivers.bpf_map import LRU_HASH, Map, create_map, open_map
from landbridge.drivers.btf import Field, Types, converter, types_of

_NESTED = "connections"
_DRAFT = "-draft"
_SHAPES = {
    "ports": (None, "port"),
    "port_stats": (None, "port_stats"),
    "drops": ("drop_key", "counter"),
    "accepted": ("rule_key", "counter"),
    "sources": ("source_key", "source"),
    "macs": ("mac_key", None),
    "programs": ("program_key", "program"),
    "tests": (None, "test"),
    "members": ("member_key", None),
    "settings": (None, "settings"),
}
"""Structs of keys and values; None: a number."""


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
            _carry_over(other, made)
        for map_ in made.values():
            map_.close()
        draft.rename(maps)
    elif not programs.exists() or not any(programs.iterdir()):
        bpf.load(object_file, maps, programs)
    opened = {name: open_map(maps / name) for name in names}
    _check(opened)
    return opened, {path.name: bpf.open_program(path) for path in sorted(programs.iterdir())}


def remove_others(pins: Path, object_file: Path) -> None:
    """Take away the pins of other layouts and versions; programs that are attached live on without."""
    for kept in (pins / "maps" / _layout(object_file), pins / "programs" / _digest(object_file.read_bytes())):
        for other in _others(kept):
            shutil.rmtree(other)


def _others(path: Path) -> list[Path]:
    return [other for other in sorted(path.parent.iterdir()) if other != path and not other.name.endswith(_DRAFT)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _layout(object_file: Path) -> str:
    maps, types = bpf.describe(object_file)
    structs = Types(types).structs()
    return _digest(repr((maps, [(record.name, structs.get(record.name)) for record in records.ALL])).encode())


def _check(maps: Mapping[str, Map]) -> None:
    structs = types_of(maps["ports"].btf_id).structs()
    for record in records.ALL:
        if why := record.differs(structs):
            raise BpfError(errno.EINVAL, f"the eBPF object is not of this agent's version: {why}")


def _carry_over(old: Path, made: Mapping[str, Map]) -> None:
    """Copy what the maps of another layout hold."""
    with contextlib.ExitStack() as stack:
        found = {path.name: open_map(path) for path in old.iterdir()}
        for map_ in found.values():
            stack.callback(map_.close)
        if "ports" not in found or not found["ports"].btf_id:
            return
        before = types_of(found["ports"].btf_id).structs()
        after = types_of(made["ports"].btf_id).structs()

        def convert(struct: str | None, value: bytes) -> bytes:
            if struct is None:
                return value
            return converter(before.get(struct, ()), after.get(struct, ()))(value)

        for name, (key_struct, value_struct) in _SHAPES.items():
            if name in found and name in made:
                made[name].update_each(
                    {
                        convert(key_struct, key): [convert(value_struct, value) for value in values]
                        for key, values in found[name].items()
                        if any(any(value) for value in values)
                    }
                )
        if _NESTED not in found or _NESTED not in made:
            return
        same = all(before.get(name) == after.get(name) for name in ("connection_key", "connection"))
        for key in _slots(found["ports"], before["port"]):
            table = found[_NESTED].inner(key)
            if table is None:
                continue
            stack.callback(table.close)
            if same:
                made[_NESTED].put_map(key, table)
                continue
            sizes = (records.CONNECTION_KEY.size, records.CONNECTION.size)
            with create_map(LRU_HASH, _NESTED, *sizes, table.max_entries) as copy:
                copy.update_each(
                    {
                        convert("connection_key", name): [convert("connection", value) for value in values]
                        for name, values in table.items()
                    }
                )
                made[_NESTED].put_map(key, copy)


def _slots(ports: Map, layout: tuple[Field, ...]) -> set[bytes]:
    slot = next(field for field in layout if field.name == "slot")
    return {value[slot.offset : slot.offset + slot.size] for _, [value] in ports.items()}
