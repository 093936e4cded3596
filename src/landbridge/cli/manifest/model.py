"""What a manifest is made of, and what a plan is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ref:
    """Something by its noun and name; a NIC is `<VM>/<L3 network>`."""

    noun: str
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Call:
    """An action with its parameters, in which anything may be a `Ref`; tags may hold `{0}`, `{1}` of `tag_refs`."""

    action: str
    params: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    tag_refs: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A resource as it is written.

    values  parameters of its action by their names on the wire
    links   what it is joined to by actions of their own, by key
    tags    system tags to create it with
    """

    noun: str
    name: str
    values: Mapping[str, Any]
    links: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def ref(self) -> Ref:
        """How others name it."""
        return Ref(self.noun, self.name)


@dataclass(frozen=True, slots=True)
class Step:
    """One call, and what it is for.  `what`: create, change, join or leave."""

    what: str
    noun: str
    name: str
    details: str
    call: Call


@dataclass(frozen=True, slots=True)
class Plan:
    """`same`: how many items need nothing; `problems`: what no action can do."""

    steps: tuple[Step, ...]
    problems: tuple[str, ...]
    same: int


Row = Mapping[str, Any]


class Cloud:
    """What is there: inventories by noun.  Names that several have are in `ambiguous`."""

    def __init__(self, rows: Mapping[str, Sequence[Row]]) -> None:
        self.rows = rows
        self._by_name = {noun: _names(noun, found, rows) for noun, found in rows.items()}
        self._names = {
            row["uuid"]: name for named in self._by_name.values() for name, some in named.items() for row in some
        }

    def named(self, ref: Ref) -> Sequence[Row]:
        """All that are called so."""
        return self._by_name.get(ref.noun, {}).get(ref.name, ())

    def uuid(self, ref: Ref) -> str | None:
        """The uuid of the only one that is called so."""
        found = self.named(ref)
        return str(found[0]["uuid"]) if len(found) == 1 else None

    def name(self, uuid: str) -> str | None:
        """The name by which a manifest speaks of it; None if no name means it alone."""
        name = self._names.get(uuid)
        if name is None:
            return None
        return (
            name
            if any(
                len(named.get(name, ())) == 1 and named[name][0]["uuid"] == uuid for named in self._by_name.values()
            )
            else None
        )


def _names(noun: str, found: Sequence[Row], rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    named: dict[str, list[Row]] = {}
    for row in found:
        named.setdefault(_nic_name(row, rows) if noun == "vm-nic" else str(row.get("name", row["uuid"])), []).append(
            row
        )
    return named


def _nic_name(row: Row, rows: Mapping[str, Sequence[Row]]) -> str:
    machines = {one["uuid"]: one["name"] for noun in ("vm-instance", "vpc-vrouter") for one in rows.get(noun, ())}
    networks = {one["uuid"]: one["name"] for one in rows.get("l3-network", ())}
    return f"{machines.get(row.get('vmInstanceUuid'), '?')}/{networks.get(row.get('l3NetworkUuid'), '?')}"
