"""What stands on the VIPs of a vrouter."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


def uuids(rows: Any) -> list[str]:
    return [row["uuid"] for row in rows]


def test_what_is_there_and_not_what_waits(cloud: NatCloud) -> None:
    assert cloud.route is not None
    router = cloud.route["uuid"]
    own, eip_vip, vip, waiting = cloud.own_vip(), cloud.vip(), cloud.vip(), cloud.vip()
    eip = cloud.eip(eip_vip, cloud.guest())
    rules = [cloud.rule(vip, 80, cloud.guest()), cloud.rule(own, 81, cloud.guest()), cloud.rule(vip, 82)]
    cloud.rule(waiting, 80, cloud.guest(cloud.far))
    assert set(uuids(cloud.call("GetVpcAttachedVip", uuid=router))) == {own, eip_vip, vip}
    assert uuids(cloud.call("GetVpcAttachedEip", uuid=router)) == [eip["uuid"]]
    balancer = cloud.balancer(vip)
    cloud.balancer(waiting)
    assert uuids(cloud.call("GetVpcAttachedLoadBalancer", uuid=router)) == [balancer]
    found = uuids(cloud.call("GetVpcAttachedPortForwardingRules", uuid=router))
    assert set(found) == set(uuids(rules))
    for nothing in ("GetVpcAttachedNetflow", "GetVpcAttachedOspf"):
        assert cloud.call(nothing, uuid=router) == []
        with cloud.refused("SYS.1003", "VpcRouterVmVO"):
            cloud.call(nothing, uuid="0" * 32)
    pages = [cloud.call("GetVpcAttachedPortForwardingRules", uuid=router, start=at, limit=2) for at in (0, 2)]
    assert [uuids(page) for page in pages] == [found[:2], found[2:]]
