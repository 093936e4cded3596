"""Which actions a method and a path name.

Path variables are positional: `/zones/{uuid}` and `/zones/{id}` are one path.  A literal
segment beats a variable.  One path holds at most one POST, GET and DELETE, and any number of
PUTs, told apart by the key of their body.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from landbridge.core.api import Action


@dataclass(frozen=True, slots=True)
class Match:
    """An action and the values of its path variables by name."""

    action: Action
    variables: Mapping[str, str]


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    here: dict[str, list[tuple[Action, tuple[str, ...]]]] = field(default_factory=dict)


class Routes:
    """All routes as a tree of path segments: a look-up costs the length of the path."""

    def __init__(self, actions: Iterable[Action]) -> None:
        self._root = _Node()
        declared = tuple(actions)
        for action in declared:
            self._add(action, action.path, gives_way=False)
        for action in declared:
            for path in action.extra_paths:
                self._add(action, path, gives_way=True)

    def match(self, method: str, path: str) -> list[Match]:
        """The actions at `path` (below `/v1`), without a trailing slash; empty if there is none."""
        segments = path.strip("/").split("/")
        return _find(self._root, method, segments, 0, ())

    def _add(self, action: Action, path: str, *, gives_way: bool) -> None:
        """Extra paths (a query's `/{uuid}` form) give way to an action of that very path."""
        node, names = self._root, []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        there = node.here.setdefault(action.method, [])
        rivals = [other for other, _ in there if action.method != "PUT" or other.body_key == action.body_key]
        if rivals and gives_way:
            return
        if rivals:
            raise ValueError(f"{action.name}: {action.method} {path} is already the route of {rivals[0].name}")
        there.append((action, tuple(names)))


def _find(node: _Node, method: str, segments: list[str], at: int, values: tuple[str, ...]) -> list[Match]:
    if at == len(segments):
        return [Match(action, dict(zip(names, values, strict=True))) for action, names in node.here.get(method, ())]
    literal = node.literals.get(segments[at])
    if literal is not None and (found := _find(literal, method, segments, at + 1, values)):
        return found
    if node.variable is not None and segments[at]:
        return _find(node.variable, method, segments, at + 1, (*values, segments[at]))
    return []
