"""Limits of VIPs: set, shown, shared, taken along."""

from collections.abc import Iterator

import pytest

from landbridge.model.router_node import Limit, SharedLimit
from landbridge.services.qos.documents import SHARED_QOS, VipQos, VpcSharedQos, VpcSharedQosVip
from tests.unit.services.natkit import NatCloud, opened

MBIT = 1_000_000


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def limits(cloud: NatCloud) -> list[Limit]:
    found = [one for one in cloud.of_router("limit/").values() if isinstance(one, Limit)]
    return sorted(found, key=lambda one: (one.vip_ip, one.port or 0))


def used_vip(cloud: NatCloud) -> str:
    vip = cloud.vip()
    cloud.rule(vip, 80, cloud.guest())
    return vip


def test_a_vip_and_its_ports(cloud: NatCloud) -> None:
    vip = used_vip(cloud)
    outcome = cloud.begin("SetVipQos", uuid=vip, inboundBandwidth=10 * MBIT, outboundBandwidth=5 * MBIT)
    assert cloud.route is not None
    assert [wait.node for wait in outcome.wait] == [cloud.route["hostUuid"]]
    row = cloud.finish(outcome)
    assert (row["vipUuid"], row["inboundBandwidth"], row["outboundBandwidth"]) == (vip, 10 * MBIT, 5 * MBIT)
    assert "number" not in row
    cloud.call("SetVipQos", uuid=vip, port=443, outboundBandwidth=8 * MBIT)
    whole, port = limits(cloud)
    assert (whole.port, whole.inbound, whole.outbound) == (None, 10 * MBIT, 5 * MBIT)
    assert (port.port, port.inbound, port.outbound) == (443, None, 8 * MBIT)
    assert whole.number != port.number
    rows = {row.get("port"): row for row in cloud.call("GetVipQos", uuid=vip)}
    assert rows[443]["effectiveOutboundBandwidth"] == 5 * MBIT
    assert rows[443]["effectiveInboundBandwidth"] == 10 * MBIT
    assert rows[None]["effectiveInboundBandwidth"] == 10 * MBIT


def test_set_again_it_is_replaced(cloud: NatCloud) -> None:
    vip = used_vip(cloud)
    one = cloud.call("SetVipQos", uuid=vip, inboundBandwidth=10 * MBIT)
    two = cloud.call("SetVipQos", uuid=vip, outboundBandwidth=MBIT)
    assert one["uuid"] == two["uuid"]
    assert [(limit.inbound, limit.outbound) for limit in limits(cloud)] == [(None, MBIT)]


def test_taken_away(cloud: NatCloud) -> None:
    vip = used_vip(cloud)
    for port in ({}, {"port": 80}):
        cloud.call("SetVipQos", uuid=vip, inboundBandwidth=MBIT, **port)
    cloud.call("DeleteVipQos", uuid=vip, port=80)
    assert [limit.port for limit in limits(cloud)] == [None]
    cloud.call("DeleteVipQos", uuid=vip, port=81)
    cloud.call("DeleteVipQos", uuid=vip)
    assert limits(cloud) == []


def test_out_of_range(cloud: NatCloud) -> None:
    vip = used_vip(cloud)
    with cloud.refused("SYS.1007", "cannot both be missing"):
        cloud.call("SetVipQos", uuid=vip)
    for name, value in (("inboundBandwidth", 131_071), ("outboundBandwidth", 32_212_254_721), ("port", 0)):
        with cloud.refused("SYS.1007", name):
            cloud.call("SetVipQos", uuid=vip, **{"inboundBandwidth": MBIT, name: value})


def test_networks_without_the_service(cloud: NatCloud) -> None:
    vip = cloud.vip()
    plain = cloud.served("10.9.0.0/24", "plain", "PortForwarding")
    cloud.rule(vip, 80, cloud.guest(plain))
    with cloud.refused("SYS.1006", "network service VipQos"):
        cloud.call("SetVipQos", uuid=vip, inboundBandwidth=MBIT)


def test_a_vip_that_is_nowhere_yet(cloud: NatCloud) -> None:
    vip = cloud.vip()
    assert cloud.begin("SetVipQos", uuid=vip, inboundBandwidth=MBIT).wait == ()
    assert limits(cloud) == []
    cloud.rule(vip, 80, cloud.guest())
    assert len(limits(cloud)) == 1
    cloud.call("DeleteVip", uuid=vip)
    assert limits(cloud) == []
    assert cloud.all(VipQos) == []


def shared(cloud: NatCloud, bandwidth: int = 20 * MBIT) -> str:
    assert cloud.route is not None
    params = {"vpcUuid": cloud.route["uuid"], "l3NetworkUuid": cloud.public, "bandwidth": bandwidth}
    return str(cloud.call("CreateVpcSharedQos", name="office", **params)["uuid"])


def test_a_shared_one_follows_its_vips(cloud: NatCloud) -> None:
    """To the next vrouter that has one of them: when theirs is gone, and when only the subnet has moved."""
    assert cloud.route is not None
    [offering] = cloud.query("QueryVirtualRouterOffering")
    one, office = used_vip(cloud), shared(cloud)
    cloud.call("AttachVipToVpcSharedQos", sharedQosUuid=office, vipUuids=[one])
    cloud.call("DestroyVmInstance", uuid=cloud.route["uuid"])
    assert "vpcUuid" not in cloud.call("UpdateVpcSharedQos", uuid=office, name="waits")
    assert cloud.of_router("shared-limit/") == {}
    for name in ("second", "third"):
        cloud.route = cloud.router(virtualRouterOfferingUuid=offering, name=name)
        cloud.join(cloud.route, cloud.web)
        assert cloud.get(VpcSharedQos, office).vpc_uuid == cloud.route["uuid"]
        [limit] = cloud.of_router("shared-limit/").values()
        assert [found.shared for found in limits(cloud)] == [limit.number]
        cloud.check_compiled()
        [leg] = [nic.uuid for nic in cloud.nics(cloud.route) if nic.l3_network_uuid == cloud.web]
        cloud.call("DetachL3NetworkFromVm", vmNicUuid=leg)


def test_a_shared_one_stays_with_the_vips_that_stay(cloud: NatCloud) -> None:
    """Its vrouter has one of them; another that comes to be elsewhere does not take it along."""
    assert cloud.route is not None
    [offering] = cloud.query("QueryVirtualRouterOffering")
    stays, goes, office = used_vip(cloud), cloud.vip(), shared(cloud)
    cloud.rule(goes, 80, cloud.guest(cloud.far))
    cloud.call("AttachVipToVpcSharedQos", sharedQosUuid=office, vipUuids=[stays, goes])
    cloud.join(cloud.router(virtualRouterOfferingUuid=offering, name="second"), cloud.far)
    assert cloud.get(VpcSharedQos, office).vpc_uuid == cloud.route["uuid"]
    assert len(cloud.of_router("shared-limit/")) == 1
    cloud.check_compiled()


def test_shared(cloud: NatCloud) -> None:
    one, two, office = used_vip(cloud), used_vip(cloud), shared(cloud)
    cloud.call("SetVipQos", uuid=two, inboundBandwidth=30 * MBIT)
    cloud.call("AttachVipToVpcSharedQos", sharedQosUuid=office, vipUuids=[one, two])
    [row] = cloud.ask(SHARED_QOS)
    assert (sorted(row["vips"]), row["bandwidth"]) == (sorted([one, two]), 20 * MBIT)
    [limit] = cloud.of_router("shared-limit/").values()
    assert isinstance(limit, SharedLimit)
    assert {(found.shared, found.inbound) for found in limits(cloud)} == {
        (limit.number, None),
        (limit.number, 30 * MBIT),
    }
    [shown] = cloud.call("GetVipQos", uuid=two)
    assert shown["effectiveInboundBandwidth"] == 20 * MBIT
    changed = cloud.call("ChangeVpcSharedQosBandwidth", sharedQosUuid=office, bandwidth=40 * MBIT)
    assert changed["bandwidth"] == 40 * MBIT
    [limit] = cloud.of_router("shared-limit/").values()
    assert limit.bandwidth == 40 * MBIT
    cloud.call("DetachVipFromVpcSharedQos", sharedQosUuid=office, vipUuids=[one])
    assert [(found.shared, found.inbound) for found in limits(cloud)] == [(limit.number, 30 * MBIT)]
    cloud.call("DeleteVpcSharedQos", uuid=office)
    assert [(found.shared, found.inbound) for found in limits(cloud)] == [(None, 30 * MBIT)]
    assert not cloud.all(VpcSharedQos)
    assert not cloud.all(VpcSharedQosVip)


def test_what_cannot_share(cloud: NatCloud) -> None:
    office, other = shared(cloud), shared(cloud)
    vip = used_vip(cloud)
    cloud.call("AttachVipToVpcSharedQos", sharedQosUuid=office, vipUuids=[vip])
    with cloud.refused("SYS.1006", "already"):
        cloud.call("AttachVipToVpcSharedQos", sharedQosUuid=other, vipUuids=[vip])
    carrier = cloud.flat("eth2", "198.51.100.0/24", "carrier", category="Public")
    unused = cloud.vip(carrier)
    with cloud.refused("SYS.1007", "is not of the network"):
        cloud.call("AttachVipToVpcSharedQos", sharedQosUuid=office, vipUuids=[unused])
    assert cloud.route is not None
    with cloud.refused("SYS.1007", "no public network of"):
        params = {"vpcUuid": cloud.route["uuid"], "l3NetworkUuid": carrier, "bandwidth": MBIT}
        cloud.call("CreateVpcSharedQos", name="s", **params)
