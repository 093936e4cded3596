"""Whom a vrouter hints: every reason not to, by name."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.zsnp.messages import Ingress, Target
from landbridge.zsnp.router import Allowed, Flow, Forbidden
from landbridge.zsnp.verdict import Diversion, Subnet, Way, judge

WEB = Subnet(1, 101, 8472, IPv4Network("10.1.0.0/24"), "10.1.0.1", "0e:52:00:00:00:01")
DB = Subnet(2, 102, 8472, IPv4Network("10.2.0.0/24"), "10.2.0.1", "0e:52:00:00:00:02")
SUBNETS = {"eth1": WEB, "eth2": DB}
OWN = {WEB.address, DB.address, "203.0.113.7"}
MAC = "fa:00:00:00:00:09"
TO_DB = Flow("10.1.0.9", "10.2.0.9")


def test_straight_to_another_subnet() -> None:
    target = Target("10.2.0.9", MAC, DB.net_id, DB.vni, DB.port, DB.mac)
    right = Allowed(WEB.address, Ingress(WEB.net_id, "10.1.0.0/24", WEB.mac), target)
    assert judge(TO_DB, SUBNETS, OWN, Way("eth2", None), MAC) == right


def test_reasons_are_few_however_many_next_hops_there_are() -> None:
    """They are labels of a metric."""
    verdicts = [judge(TO_DB, SUBNETS, OWN, Way("eth2", f"10.2.0.{last}"), MAC) for last in (253, 254)]
    assert {verdict.reason for verdict in verdicts if isinstance(verdict, Forbidden)} == {
        "the route to the destination has a next hop"
    }


@pytest.mark.parametrize(
    ("flow", "way", "mac", "reason"),
    [
        (Flow("10.3.0.9", "10.2.0.9"), Way("eth2", None), MAC, "the source is in no overlay subnet of the vrouter"),
        (Flow("10.1.0.9", DB.address), Way("lo", None), None, "the destination is the vrouter itself"),
        (TO_DB, None, None, "the vrouter has no route to the destination, or a black hole"),
        (TO_DB, Way("eth0", None), MAC, "the destination is in no overlay subnet of the vrouter"),
        (TO_DB, Way("eth2", "10.2.0.254"), MAC, "the route to the destination has a next hop, 10.2.0.254"),
        (Flow("10.1.0.9", "10.1.0.8"), Way("eth1", None), MAC, "both are in the same subnet"),
        (TO_DB, Way("eth2", None), None, "the vrouter does not know the destination's MAC"),
    ],
)
def test_refused(flow: Flow, way: Way | None, mac: str | None, reason: str) -> None:
    verdict = judge(flow, SUBNETS, OWN, way, mac)
    assert isinstance(verdict, Forbidden)
    assert str(verdict) == reason


NETWORKS = st.one_of(
    st.none(),
    st.builds(
        lambda address, bits: IPv4Network((address, bits), strict=False),
        st.sampled_from([int(IPv4Address(text)) for text in ("10.1.0.9", "10.1.0.200", "10.2.0.9", "192.0.2.1")]),
        st.sampled_from([0, 16, 24, 25, 32]),
    ),
)
DIVERSIONS = st.builds(
    Diversion,
    st.sampled_from(["eth1", "eth2"]),
    NETWORKS,
    NETWORKS,
    st.lists(NETWORKS.filter(lambda one: one is not None), max_size=2).map(tuple),
)


@given(st.lists(DIVERSIONS, max_size=3))
def test_no_packet_that_a_policy_rule_sends_elsewhere_is_shortened(found: list[Diversion]) -> None:
    """An entry is for the whole subnet and every port: one machine of which a rule speaks is enough."""
    address = IPv4Address(TO_DB.destination)
    diverted = any(
        one.leg == "eth1"
        and (one.source is None or any(machine in one.source for machine in WEB.cidr))
        and (one.destination is None or address in one.destination)
        and any(address in network for network in one.routes)
        for one in found
    )
    verdict = judge(TO_DB, SUBNETS, OWN, Way("eth2", None), MAC, diversions=found)
    assert isinstance(verdict, Forbidden) == diverted
    if isinstance(verdict, Forbidden):
        assert str(verdict) == "a policy route decides about such packets"
