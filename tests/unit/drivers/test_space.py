"""Places for programs in the array of tests."""

from hypothesis import given
from hypothesis import strategies as st

from landbridge.drivers.policies import _REST_SECONDS, Space

SIZE = 40
steps = st.lists(st.tuples(st.sampled_from(("take", "give back", "wait")), st.integers(1, 12)), max_size=60)


@given(steps)
def test_nobody_is_given_what_another_has_or_had_a_moment_ago(history: list[tuple[str, int]]) -> None:
    space, now = Space(SIZE, ()), 0.0
    held: list[tuple[int, int]] = []
    resting: list[tuple[float, int, int]] = []
    for what, number in history:
        if what == "wait":
            now += number / 10
            resting = [rest for rest in resting if rest[0] > now]
        elif what == "give back" and held:
            start, length = held.pop(number % len(held))
            space.give_back(start, length, now)
            resting.append((now + _REST_SECONDS, start, length))
        elif what == "take":
            start_or_none = space.take(number, now)
            busy = {at for s, n in held for at in range(s, s + n)} | {
                at for _, s, n in resting for at in range(s, s + n)
            }
            if start_or_none is None:
                assert not any(set(range(at, at + number)).isdisjoint(busy) for at in range(SIZE - number + 1)), (
                    "there was room"
                )
                continue
            taken = set(range(start_or_none, start_or_none + number))
            assert taken.isdisjoint(busy)
            assert max(taken) < SIZE
            held.append((start_or_none, number))


def test_what_is_in_use_at_a_start_is_not_given_out() -> None:
    space = Space(10, [(0, 3), (5, 2)])
    assert space.take(3, 0) == 7
    assert space.take(2, 0) == 3
    assert space.take(1, 0) is None
