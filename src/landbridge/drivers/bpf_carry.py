"""What the maps of another layout hold, carried over field by field to the maps of this one."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from landbridge.drivers.bpf_map import LRU_HASH, Map, create_map, open_map
from landbridge.drivers.btf import converter, size_of, types_of

_TABLES = "connections"
_KEY, _CONNECTION = "connection_key", "connection"
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
    "shortcuts": ("shortcut_key", "shortcut"),
    "shortcut_stats": (None, "counter"),
    "router_macs": (None, "router_mac"),
    "unrestored": (None, "counter"),
    "relays": ("relay_key", "relay"),
    "vlans": ("vlan_key", None),
    "vlan_devices": (None, "vlan_key"),
}
"""Structs of keys and values; None: a number."""


@contextlib.contextmanager
def predecessor(old: Path, made: Mapping[str, Map]) -> Iterator["Predecessor"]:
    """The maps that are pinned in a directory, beside those that take their place."""
    with contextlib.ExitStack() as stack:
        found = {}
        for path in old.iterdir():
            found[path.name] = open_map(path)
            stack.callback(found[path.name].close)
        yield Predecessor(found, made)


class Predecessor:
    """Maps of another layout, `found`; what they hold goes to `made`.  Maps that are not of ours hold nothing."""

    def __init__(self, found: Mapping[str, Map], made: Mapping[str, Map]) -> None:
        described = "ports" in found and found["ports"].btf_id != 0
        self._before = types_of(found["ports"].btf_id).structs() if described else {}
        self._after = types_of(made["ports"].btf_id).structs()
        self._found = found if described else {}
        self._made = made

    def carry_over(self) -> None:
        """Everything.  BpfError: it does not fit."""
        for name, (key_struct, value_struct) in _SHAPES.items():
            if name in self._found and name in self._made:
                self._made[name].update_each(
                    {
                        self._convert(key_struct, key): [self._convert(value_struct, value) for value in values]
                        for key, values in self._found[name].items()
                        if any(any(value) for value in values)
                    }
                )
        for slot, table in self._tables():
            if self._same:
                # Both versions work on the same table, until the old one is gone.
                self._made[_TABLES].put_map(slot, table)
                continue
            sizes = (size_of(self._after[_KEY]), size_of(self._after[_CONNECTION]))
            with create_map(LRU_HASH, _TABLES, *sizes, table.max_entries) as target:
                self._copy(table, target)
                self._made[_TABLES].put_map(slot, target)

    def carry_over_connections(self) -> None:
        """Connections that the new tables do not have, of ports that still have one."""
        for slot, table in self._tables():
            target = None if self._same else self._made[_TABLES].inner(slot)
            if target is not None:
                with contextlib.closing(target):
                    self._copy(table, target)

    @property
    def _same(self) -> bool:
        return all(self._before.get(struct) == self._after.get(struct) for struct in (_KEY, _CONNECTION))

    def _tables(self) -> Iterator[tuple[bytes, Map]]:
        if _TABLES not in self._found:
            return
        slot = next(field for field in self._before["port"] if field.name == "slot")
        for key in {value[slot.offset : slot.offset + slot.size] for _, [value] in self._found["ports"].items()}:
            table = self._found[_TABLES].inner(key)
            if table is not None:
                with contextlib.closing(table):
                    yield key, table

    def _copy(self, table: Map, target: Map) -> None:
        known = {key for key, _ in target.items()}
        for key, values in table.items():
            name = self._convert(_KEY, key)
            if name not in known:
                target.update_each({name: [self._convert(_CONNECTION, value) for value in values]})

    def _convert(self, struct: str | None, value: bytes) -> bytes:
        if struct is None:
            return value
        return converter(self._before.get(struct, ()), self._after.get(struct, ()))(value)
