"""VMs by name: what the vrouter of their network is told."""

from collections.abc import Iterator

import pytest

from landbridge.model.router_node import DnsName
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def names(cloud: NatCloud) -> set[tuple[str, str]]:
    found = [one for one in cloud.of_router("name/").values() if isinstance(one, DnsName)]
    return {(f"{one.hostname}.{one.domain}", one.ip) for one in found}


def test_made_renamed_and_gone(cloud: NatCloud) -> None:
    vm = cloud.vm(cloud.web, name="DB 1")
    assert names(cloud) == {("db-1.internal", "10.1.0.3")}
    cloud.call("SetVmHostname", uuid=vm["uuid"], hostname="primary")
    assert names(cloud) == {("primary.internal", "10.1.0.3")}
    cloud.call("DeleteVmHostname", uuid=vm["uuid"])
    cloud.call("UpdateVmInstance", uuid=vm["uuid"], name="db-2")
    assert names(cloud) == {("db-2.internal", "10.1.0.3")}
    cloud.call("SetVmStaticIp", vmInstanceUuid=vm["uuid"], l3NetworkUuid=cloud.web, ip="10.1.0.9")
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert names(cloud) == {("db-2.internal", "10.1.0.9")}
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    cloud.call("ExpungeVmInstance", uuid=vm["uuid"])
    assert names(cloud) == set()


def test_in_each_of_its_networks(cloud: NatCloud) -> None:
    cloud.call("UpdateL3Network", uuid=cloud.db, dnsDomain="db.example")
    cloud.vm(cloud.web, cloud.db, cloud.far, name="vm")
    assert names(cloud) == {("vm.internal", "10.1.0.3"), ("vm.db.example", "10.2.0.3")}
    assert cloud.route is not None
    cloud.join(cloud.route, cloud.far)
    assert ("vm.internal", "10.3.0.3") in names(cloud)
