"""The way from what is to what must be, as an ordered list of operations.

A state maps (kind, name) to a value.  Order is data: the kinds are listed so that whatever an
object needs comes earlier; deletes run the list backwards, and come first.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")

Key = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True)
class Op(Generic[V]):
    """One step.  `before` None: create; `after` None: delete; both: change in place."""

    key: Key
    before: V | None
    after: V | None


@dataclass(frozen=True)
class Rules(Generic[V]):
    """What holds for the objects of one world.

    kinds     every kind, what others need first
    needs     the objects that a value cannot exist without: it vanishes with them
    replaces  whether (before, after) can only be reached by deleting and creating
    needed    kinds that `needs` may name (None: any); when one of another kind goes, nothing has to be looked for
    """

    kinds: tuple[str, ...]
    needs: Callable[[V], Iterable[Key]] = lambda _value: ()
    replaces: Callable[[V, V], bool] = lambda _before, _after: False
    needed: Collection[str] | None = None


def plan(
    desired: Mapping[Key, V], actual: Mapping[Key, V], rules: Rules[V], only: Collection[Key] | None = None
) -> list[Op[V]]:
    """Operations that turn `actual` into `desired`; run them in this order.

    `only`: look at these keys alone (the caller knows that nothing else differs or has vanished),
    so that the cost of what is new is that of the difference.  What needs an object that goes or is
    replaced goes or is rebuilt with it all the same; to find it, all of `actual` is gone through, unless
    what goes is of a kind that nothing needs.
    Interrupted anywhere, planning again from the new actual state completes the work.
    """
    keys = {*desired, *actual} if only is None else set(only)
    gone = {key for key in keys if key in actual and key not in desired}
    replaced = {key for key in keys if _both(key, desired, actual) and rules.replaces(actual[key], desired[key])}
    missing = {key for key in keys if key not in actual}
    bases = {key for key in gone | replaced | missing if rules.needed is None or key[0] in rules.needed}
    candidates = actual if only is None or bases & actual.keys() else keys & actual.keys()
    lost = _closure(bases, candidates, actual, rules)
    deletes = (gone | replaced | lost) & actual.keys()
    puts = {key for key in keys | lost if key in desired and (key in deletes or desired[key] != actual.get(key))}
    order = {kind: place for place, kind in enumerate(rules.kinds)}
    return [
        *(Op(key, actual[key], None) for key in sorted(deletes, key=lambda key: (-order[key[0]], key))),
        *(
            Op(key, None if key in deletes else actual.get(key), desired[key])
            for key in sorted(puts, key=lambda key: (order[key[0]], key))
        ),
    ]


def differing(desired: Mapping[Key, V], actual: Mapping[Key, V]) -> set[Key]:
    """All keys that `plan` has to look at: quick where most values are the same objects."""
    gone = actual.keys() - desired.keys()
    return gone | {key for key, value in desired.items() if (old := actual.get(key)) is not value and old != value}


def batches(ops: Iterable[Op[V]]) -> Iterator[list[Op[V]]]:
    """Neighbouring operations of the same kind and direction: what a driver can do at once."""
    batch: list[Op[V]] = []
    for op in ops:
        if batch and (op.key[0], op.after is None) != (batch[0].key[0], batch[0].after is None):
            yield batch
            batch = []
        batch.append(op)
    if batch:
        yield batch


def _both(key: Key, desired: Mapping[Key, V], actual: Mapping[Key, V]) -> bool:
    return key in desired and key in actual


def _closure(bases: set[Key], candidates: Iterable[Key], actual: Mapping[Key, V], rules: Rules[V]) -> set[Key]:
    """What cannot stay when `bases` go (or have gone already), directly and indirectly."""
    lost: set[Key] = set()
    order = {kind: place for place, kind in enumerate(rules.kinds)}
    for key in sorted(candidates, key=lambda key: order[key[0]]):
        if any(need in bases or need in lost for need in rules.needs(actual[key])):
            lost.add(key)
    return lost
