"""Which listeners are left out when HAProxy refuses them all together."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.model.balancer_node import Balancer
from landbridge.vrouter.balancers import refused
from tests.unit.render.test_balancers import ONE


def listeners(number: int) -> dict[str, Balancer]:
    return {f"lb/{one:032}": replace(ONE, listener_uuid=f"{one:032}", port=one + 1) for one in range(number)}


@given(st.integers(0, 70), st.sets(st.integers(0, 69)))
def test_exactly_the_bad_ones(number: int, bad: set[int]) -> None:
    bad = {one for one in bad if one < number}
    asked = 0

    def refusal(some: Sequence[Balancer]) -> str | None:
        nonlocal asked
        asked += 1
        found = [one.port - 1 for one in some if one.port - 1 in bad]
        return f"bad: {found}" if found else None

    assert refused(listeners(number), refusal) == {f"lb/{one:032}": f"bad: [{one}]" for one in bad}
    assert asked <= 1 + len(bad) * 2 * number.bit_length()


def test_of_two_that_cannot_be_together_one_stays() -> None:
    def refusal(some: Sequence[Balancer]) -> str | None:
        return "one of two" if {3, 4} <= {one.port for one in some} else None

    assert refused(listeners(9), refusal) == {f"lb/{3:032}": "one of two"}
