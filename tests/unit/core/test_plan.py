"""`plan` against a model kernel that refuses every wrong order."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.plan import Key, Op, Rules, batches, differing, plan

KINDS = ("base", "middle", "top")


@dataclass(frozen=True)
class Thing:
    """`form` cannot be changed in place, `colour` can."""

    form: int
    colour: int
    over: Key | None


RULES = Rules[Thing](
    kinds=KINDS,
    needs=lambda thing: () if thing.over is None else (thing.over,),
    replaces=lambda before, after: before.form != after.form or before.over != after.over,
)
State = dict[Key, Thing]


class Kernel:
    """Holds objects; dependents may never dangle."""

    def __init__(self, state: Mapping[Key, Thing]) -> None:
        self.state = dict(state)

    def run(self, op: Op[Thing]) -> None:
        assert self.state.get(op.key) == op.before
        if op.after is None:
            assert all(thing.over != op.key for thing in self.state.values())
            del self.state[op.key]
            return
        if op.before is not None:
            assert not RULES.replaces(op.before, op.after)
        assert op.after.over is None or op.after.over in self.state
        self.state[op.key] = op.after


@st.composite
def states(draw: st.DrawFn) -> State:
    """A state in which everything has what it needs."""
    state: State = {}
    for kind, below in (("base", ()), ("middle", ("base",)), ("top", ("base", "middle"))):
        for name in draw(st.sets(st.sampled_from("abcd"))):
            bases = [None, *(key for key in state if key[0] in below)]
            state[kind, name] = Thing(
                draw(st.integers(0, 1)), draw(st.integers(0, 1)), draw(st.sampled_from(sorted(bases, key=str)))
            )
    return state


@given(states(), states())
def test_any_state_becomes_any_other(actual: State, desired: State) -> None:
    kernel = Kernel(actual)
    for op in plan(desired, actual, RULES):
        kernel.run(op)
    assert kernel.state == desired
    assert plan(desired, kernel.state, RULES) == []


@given(states(), states(), st.data())
def test_a_crash_anywhere_is_completed_by_the_next_plan(actual: State, desired: State, data: st.DataObject) -> None:
    kernel = Kernel(actual)
    ops = plan(desired, actual, RULES)
    for op in ops[: data.draw(st.integers(0, len(ops)))]:
        kernel.run(op)
    for op in plan(desired, kernel.state, RULES):
        kernel.run(op)
    assert kernel.state == desired


@given(states(), states())
def test_only_the_difference_gives_the_same_plan(actual: State, desired: State) -> None:
    different = {key for key in {*actual, *desired} if actual.get(key) != desired.get(key)}
    assert differing(desired, actual) == different
    assert plan(desired, actual, RULES, different) == plan(desired, actual, RULES)


@given(states(), states())
def test_nothing_right_is_touched(actual: State, desired: State) -> None:
    """A kept object is only rebuilt if what it needs is rebuilt or goes."""
    touched = {op.key for op in plan(desired, actual, RULES)}
    for key in touched:
        if actual.get(key) == desired.get(key):
            over = desired[key].over
            assert over is not None
            assert over in touched


@given(states(), st.data())
def test_what_has_lost_its_base_is_rebuilt(desired: State, data: st.DataObject) -> None:
    """Somebody removed a base behind our back; what stood on it is not to be trusted."""
    bases = sorted(key for key in desired if any(thing.over == key for thing in desired.values()))
    if not bases:
        return
    actual = dict(desired)
    vanished = data.draw(st.sampled_from(bases))
    del actual[vanished]
    ops = plan(desired, actual, RULES)
    for key, thing in desired.items():
        if thing.over == vanished:
            assert Op(key, thing, None) in ops
            assert Op(key, None, thing) in ops


def test_batches_join_neighbours_of_one_kind_and_direction() -> None:
    a, b = Thing(0, 0, None), Thing(0, 1, None)
    ops = [Op(("top", "x"), a, None), Op(("top", "y"), None, a), Op(("top", "z"), a, b), Op(("base", "z"), None, a)]
    assert [len(batch) for batch in batches(ops)] == [1, 2, 1]


def test_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        plan({("other", "x"): Thing(0, 0, None)}, {}, RULES)
