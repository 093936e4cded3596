"""Whom a vrouter hints: every reason not to, by name."""

from ipaddress import IPv4Network

import pytest

from landbridge.zsnp.messages import Ingress, Target
from landbridge.zsnp.router import Allowed, Flow, Forbidden
from landbridge.zsnp.verdict import Subnet, Way, judge

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
