"""A manifest's text as items, or every fault in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from landbridge.cli.manifest.model import Item, Ref
from landbridge.cli.manifest.sort import Sort
from landbridge.cli.manifest.sorts import SORTS
from landbridge.core.parameters import Parameter

TAGS = "systemTags"
"""A key of every item: what it is created with, and not looked at again."""


def items(document: Any) -> tuple[list[Item], list[str]]:
    """What the parsed YAML says, in the order in which it is made; and what is wrong with it, in sentences."""
    if not isinstance(document, Mapping):
        return [], ["a manifest is a map from nouns (zone, vip, ...) to lists of what there is to be"]
    faults = [
        f"{noun}: no such noun in manifests: there are {', '.join(SORTS)}" for noun in document if noun not in SORTS
    ]
    found: list[Item] = []
    for noun, sort in SORTS.items():
        listed = document.get(noun) or []
        if not isinstance(listed, list):
            faults.append(f"{noun}: must be a list")
            continue
        names: set[str] = set()
        for entry in listed:
            made = _item(sort, entry, names, faults)
            if made is not None:
                found.append(made)
    return found, faults


def _item(sort: Sort, entry: Any, names: set[str], faults: list[str]) -> Item | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        faults.append(f"{sort.noun}: each must have a name, unlike {entry!r}")
        return None
    name = entry["name"]
    if name in names:
        faults.append(f"{sort.noun} {name}: is there twice")
        return None
    names.add(name)
    declared = sort.parameters()
    values, links = {}, {}
    for key, written in entry.items():
        if key in ("name", TAGS):
            continue
        try:
            if key in sort.links:
                links[key] = sort.links[key].read(written)
            elif key in declared:
                values[declared[key].name] = _value(sort, declared[key], written)
            else:
                known = ", ".join(sorted({"name", TAGS, *declared, *sort.links}))
                faults.append(f"{sort.noun} {name}: has no {key}: there are {known}")
        except ValueError as error:
            faults.append(f"{sort.noun} {name}: {key} {error}")
    tags = entry.get(TAGS, [])
    if not isinstance(tags, list):
        faults.append(f"{sort.noun} {name}: {TAGS} must be a list")
    return Item(sort.noun, name, values, links, tuple(map(str, tags)))


def _value(sort: Sort, parameter: Parameter, written: Any) -> Any:
    noun = sort.noun_of(parameter)
    if parameter.shape == "list":
        if not isinstance(written, list):
            raise ValueError("must be a list")
        return [Ref(noun, str(one)) for one in written] if noun else written
    if isinstance(written, list | Mapping) and parameter.shape not in ("map", "any"):
        raise ValueError("must be a single value")
    return Ref(noun, str(written)) if noun else written


def references(wanted: Sequence[Item]) -> Iterator[Ref]:
    """Everything that items name."""
    for item in wanted:
        yield from _refs(item.values)
        yield from _refs(item.links)


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _refs(key)
            yield from _refs(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _refs(inner)
