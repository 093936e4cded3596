"""Failures by key: how many within a time, counted against a list of all of them."""

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.throttle import Throttle

SECONDS = 60.0


@given(st.lists(st.floats(0, 30), max_size=40), st.integers(1, 6))
def test_within_any_time_there_are_no_more_than_that_many(pauses: list[float], most: int) -> None:
    """Whoever waits as long as it is told, fails at most so often in any window."""
    throttle, now, failed = Throttle(), 0.0, list[float]()
    for pause in pauses:
        now += pause
        waits = throttle.wait("key", now, most, SECONDS)
        recent = [one for one in failed if one > now - SECONDS]
        assert (waits > 0) == (len(recent) >= most)
        if waits == 0:
            throttle.failed("key", now)
            failed.append(now)
        else:
            assert throttle.wait("key", now + waits + 1e-6, most, SECONDS) == 0.0
            return


def test_zero_is_never() -> None:
    throttle = Throttle()
    for _ in range(100):
        throttle.failed("key", 0.0)
    assert throttle.wait("key", 0.0, 0, SECONDS) == 0.0


def test_keys_are_apart_and_success_is_forgiven() -> None:
    throttle = Throttle()
    throttle.failed("one", 0.0)
    assert (throttle.wait("one", 1.0, 1, SECONDS), throttle.wait("other", 1.0, 1, SECONDS)) == (59.0, 0.0)
    throttle.forget("one")
    assert throttle.wait("one", 1.0, 1, SECONDS) == 0.0


def test_only_so_many_keys_are_remembered() -> None:
    throttle = Throttle(most_keys=2)
    for key in ("a", "b", "c"):
        throttle.failed(key, 0.0)
    assert [throttle.wait(key, 0.0, 1, SECONDS) for key in ("a", "b", "c")] == [0.0, SECONDS, SECONDS]
