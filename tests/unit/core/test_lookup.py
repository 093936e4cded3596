"""Look-ups in rules and tables, held against every packet that they may be about."""

from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.effective import Row
from landbridge.core.lookup import Packet, Tables, look_up, without
from landbridge.model.questions.router import KernelRule

DESTINATION = "192.0.2.1"
SOURCES, LEGS, PROTOCOLS, PORTS = ("10.1.0.1", "10.1.0.2", "10.2.0.1"), ("eth1", "eth2"), ("tcp", "udp"), (79, 80, 81)
UNKNOWN: dict[str, Any] = {"source": None, "interface": None, "protocol": None, "destination_port": None}
EVERY: list[dict[str, Any]] = [
    dict(zip(UNKNOWN, values, strict=True)) for values in product(SOURCES, LEGS, PROTOCOLS, PORTS)
]


def row(number: int, destination: str = "0.0.0.0/0") -> Row:
    return Row(destination, 0, "PolicyRoute", "InForce", target=f"192.0.2.{number}", table=number)


def tables(rules: list[KernelRule]) -> Tables:
    """Table 13 knows nothing of the destination."""
    return Tables([row(254)], rules, {10: [row(10)], 11: [row(11)], 12: [row(12)], 13: [row(13, "10.0.0.0/8")]})


RULES = st.lists(
    st.builds(
        lambda table, interface, source, protocol, ports: KernelRule(
            0, table, interface, source, "", protocol, None, ports if protocol else None
        ),
        st.integers(10, 13),
        st.sampled_from(("", *LEGS)),
        st.sampled_from(("", "10.1.0.0/24", "10.1.0.1/32", "10.2.0.0/16")),
        st.sampled_from(("", *PROTOCOLS)),
        st.sampled_from((None, (80, 80), (1, 80), (80, 90))),
    ),
    max_size=5,
).map(lambda rules: [KernelRule(1001 + at, *_fields(rule)[1:]) for at, rule in enumerate(rules)])
KNOWN = st.fixed_dictionaries(
    {
        "source": st.sampled_from((None, *SOURCES)),
        "interface": st.sampled_from((None, *LEGS)),
        "protocol": st.sampled_from((None, *PROTOCOLS)),
        "destination_port": st.sampled_from((None, *PORTS)),
    }
)


def _fields(rule: KernelRule) -> list[Any]:
    return [getattr(rule, name) for name in rule.__struct_fields__]


@given(RULES, KNOWN)
def test_every_packet_goes_as_said_or_is_an_exception(rules: list[KernelRule], known: dict[str, Any]) -> None:
    """Of packets of which less is known, the exceptions are those rules, and no others, that take some of them."""
    said = look_up(tables(rules), Packet(DESTINATION, **known))
    assert all(rule.table != 13 for rule in (said.rule, *(taken.rule for taken in said.exceptions)) if rule)
    taking = set()
    for packet in EVERY:
        if all(known[name] in (None, value) for name, value in packet.items()):
            exact = look_up(tables(rules), Packet(DESTINATION, **packet))
            assert exact.exceptions == []
            if exact.rule != said.rule:
                assert exact.rule is not None
                taking.add(exact.rule.number)
    named = [taken.rule.number for taken in said.exceptions]
    assert taking <= set(named)
    assert sorted(named) == named


def test_a_rule_that_another_leaves_nothing_is_no_exception() -> None:
    first = KernelRule(1001, 10, "eth1", "10.1.0.0/24")
    second = KernelRule(1002, 11, "eth1", "10.1.0.1/32", protocol="tcp")
    said = look_up(tables([first, second]), Packet(DESTINATION))
    assert [taken.rule for taken in said.exceptions] == [first]
    said = look_up(tables([second, first]), Packet(DESTINATION))
    assert [taken.rule for taken in said.exceptions] == [second, first]


def test_own_addresses_come_first_and_what_is_gone_carries_nothing() -> None:
    found = replace(tables([KernelRule(1001, 10)]), own=(DESTINATION,))
    carried = []
    while rows := look_up(found, Packet(DESTINATION)).rows:
        carried += [(one.origin, one.table) for one in rows]
        found = without(found, rows)
    assert carried == [("own", None), ("policy", 10), ("policy", 254)]
