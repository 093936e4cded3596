"""Limits of VMs' NICs: set, shown, taken away, and sent to whatever host has the VM."""

from collections.abc import Iterator

import pytest

from landbridge.model.node import Port
from tests.unit.services.natkit import NatCloud, opened

MBIT = 1_000_000


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def rates(cloud: NatCloud, nic: str) -> tuple[int, int]:
    """Inbound and outbound, as the host of the NIC has them."""
    [port] = [found for host in cloud.hosts if (found := cloud.objects(host).get(f"port/{nic}"))]
    assert isinstance(port, Port)
    return port.inbound, port.outbound


def shown(cloud: NatCloud, nic: str) -> tuple[int, int]:
    answer = cloud.call("GetNicQos", uuid=nic)
    return answer["inboundBandwidth"], answer["outboundBandwidth"]


def test_set_shown_and_taken_away(cloud: NatCloud) -> None:
    nic = cloud.guest()
    assert (rates(cloud, nic), shown(cloud, nic)) == ((0, 0), (-1, -1))
    assert cloud.begin("SetNicQos", uuid=nic, inboundBandwidth=10 * MBIT).wait
    cloud.call("SetNicQos", uuid=nic, outboundBandwidth=MBIT)
    assert rates(cloud, nic) == shown(cloud, nic) == (10 * MBIT, MBIT)
    cloud.call("DeleteNicQos", uuid=nic, direction="in")
    assert (rates(cloud, nic), shown(cloud, nic)) == ((0, MBIT), (-1, MBIT))
    cloud.call("DeleteNicQos", uuid=nic, direction="out")
    assert rates(cloud, nic) == (0, 0)


def test_it_goes_along(cloud: NatCloud) -> None:
    vm = cloud.vm(cloud.web)
    nic = vm["vmNics"][0]["uuid"]
    cloud.call("SetNicQos", uuid=nic, inboundBandwidth=MBIT)
    other = next(host for host in cloud.hosts if host != vm["hostUuid"])
    cloud.call("MigrateVm", vmInstanceUuid=vm["uuid"], hostUuid=other)
    assert rates(cloud, nic) == (MBIT, 0)


def test_what_cannot_be(cloud: NatCloud) -> None:
    nic = cloud.guest()
    with cloud.refused("SYS.1007", "cannot both be missing"):
        cloud.call("SetNicQos", uuid=nic)
    with cloud.refused("SYS.1007", "inboundBandwidth"):
        cloud.call("SetNicQos", uuid=nic, inboundBandwidth=8_191)
    assert cloud.route is not None
    leg = cloud.nics(cloud.route)[0]
    with cloud.refused("SYS.1007", "vrouter"):
        cloud.call("SetNicQos", uuid=leg.uuid, inboundBandwidth=MBIT)
