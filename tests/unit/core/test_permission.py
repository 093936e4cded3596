"""What statements allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.permission import Asked, allows, matches, names
from landbridge.model.documents.identity import PolicyStatement
from landbridge.server.services import SERVICES

ACTIONS = {action.name: action for service in SERVICES for action in service.actions}
START = names(ACTIONS["StartVmInstance"], "vm")
ASKED = Asked("ann", START, frozenset({"v1"}))


def says(
    effect: str, *actions: str, resources: tuple[str, ...] = (), principals: tuple[str, ...] = ()
) -> PolicyStatement:
    return PolicyStatement(effect=effect, actions=actions, resources=resources, principals=principals)  # type: ignore[arg-type]  # either


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("StartVmInstance", True),
        ("APIStartVmInstanceMsg", True),
        ("org.zstack.header.vm.APIStartVmInstanceMsg", True),
        ("org.zstack.header.vm.**", True),
        ("vm:StartVmInstance", True),
        ("vm:.*", True),
        ("vm:*", True),
        (".*", True),
        ("Start", False),
        ("vm:read", False),
        ("vip:*", False),
        ("startvminstance", False),
        ("[S]tartVmInstance", False),
    ],
)
def test_patterns(pattern: str, matched: bool) -> None:
    assert matches(pattern, START) == matched


def test_reads_are_called_so() -> None:
    assert "vm:read" in names(ACTIONS["QueryVmInstance"], "vm")
    assert "l3:read" in names(ACTIONS["GetFreeIp"], "l3")
    assert "vm:read" not in START


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([says("Allow", "vm:*")], True),
        ([says("Allow", "vm:*"), says("Deny", "StartVmInstance")], False),
        ([says("Deny", "StopVmInstance"), says("Allow", "vm:*")], True),
        ([says("Allow", "vm:*", resources=("VmInstanceVO:v1",))], True),
        ([says("Allow", "vm:*", resources=("v2",))], False),
        ([says("Allow", "vm:*", resources=("*",))], True),
        ([says("Allow", "vm:*"), says("Deny", "*", resources=("v1",))], False),
        ([says("Allow", "vm:*"), says("Deny", "*", resources=("v2",))], True),
        ([says("Allow", "vm:*", principals=("user:bob",))], False),
        ([says("Allow", "vm:*", principals=("user:ann",))], True),
    ],
)
def test_statements(statements: list[PolicyStatement], allowed: bool) -> None:
    assert allows(statements, ASKED) == allowed


STATEMENTS = st.lists(
    st.builds(
        says,
        st.sampled_from(["Allow", "Deny"]),
        st.sampled_from(["*", "vm:*", "vm:StartVmInstance", "vip:*"]),
        resources=st.sampled_from([(), ("v1",), ("v2",), ("v1", "v2")]),
        principals=st.sampled_from([(), ("ann",), ("bob",)]),
    ),
    max_size=6,
)


@given(STATEMENTS)
def test_order_is_nothing_and_a_denial_only_takes(statements: list[PolicyStatement]) -> None:
    allowed = allows(statements, ASKED)
    assert allows(list(reversed(statements)), ASKED) == allowed
    assert allows([*statements, says("Deny", "*")], ASKED) is False
    assert allows([one for one in statements if one.effect == "Allow"], ASKED) or not allowed
