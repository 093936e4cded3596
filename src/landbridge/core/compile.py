"""Documents -> node objects, incrementally: only what a change may touch is projected again.

A *source* is one (projection, key).  What a source placed before is stored with the source's
name, so that projecting it again and comparing says exactly what to write.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landbridge.core.service import Change, Placed, Projection, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model.node import AnyObject


@dataclass(frozen=True, slots=True)
class Source:
    """One projection of one key."""

    projection: str
    key: SourceKey

    def __str__(self) -> str:
        return "/".join((self.projection, *self.key))


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a source places: objects by (scope, key), and (node, scope) subscriptions."""

    objects: Mapping[tuple[str, str], AnyObject]
    subscriptions: frozenset[tuple[str, str]]


def affected(projections: Iterable[Projection], view: View, changes: Iterable[Change]) -> list[Source]:
    """The sources that the changes may touch, each once, in a stable order."""
    found: dict[Source, None] = {}
    changed = list(changes)
    for projection in projections:
        for change in changed:
            document = change.new if change.new is not None else change.old
            react = projection.affected.get(type(document)) if document is not None else None
            for key in react(view, change) if react is not None else ():
                found[Source(projection.name, key)] = None
    return list(found)


def compile_source(projection: Projection, view: View, key: SourceKey) -> Compiled:
    """Project one source.  Placing one (scope, key) twice is a mistake of the service."""
    objects: dict[tuple[str, str], AnyObject] = {}
    subscriptions: set[tuple[str, str]] = set()
    for item in projection.project(view, key):
        match item:
            case Placed(scope, name, value):
                if (scope, name) in objects:
                    raise ValueError(f"projection {projection.name} of {key} places {scope} {name} twice")
                objects[scope, name] = value
            case Subscribed(node, scope):
                subscriptions.add((node, scope))
    return Compiled(objects, frozenset(subscriptions))


def everything(projections: Iterable[Projection], view: View) -> dict[Source, Compiled]:
    """The compile from scratch: every key of every projection."""
    found: dict[Source, Compiled] = {}
    for projection in projections:
        for key in projection.keys(view):
            compiled = compile_source(projection, view, key)
            if compiled.objects or compiled.subscriptions:
                found[Source(projection.name, key)] = compiled
    return found
