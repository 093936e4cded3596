"""VMs and NICs found by what they are related to."""

from landbridge.model.documents.vm import VM_INSTANCE, VM_NIC
from tests.unit.services.cloudkit import opened


def test_queries_by_relation() -> None:
    with opened(2) as cloud:
        one, two = cloud.subnet("10.1.0.0/24", "one"), cloud.subnet("10.2.0.0/24", "two")
        vm, other = cloud.vm(one, name="a", hostUuid=cloud.hosts[0]), cloud.vm(two, name="b", hostUuid=cloud.hosts[1])
        for condition in (
            "name=a",
            "vmNics.l3Network.name=one",
            "vmNics.ip=10.1.0.3",
            "host.name=host-1",
            "image.name=netns",
        ):
            found = {row["uuid"] for row in cloud.ask(VM_INSTANCE, condition)}
            assert vm["uuid"] in found
            assert other["uuid"] not in found or condition == "image.name=netns"
        (nic,) = cloud.ask(VM_NIC, "vmInstance.name=a", "usedIp.ip=10.1.0.3", f"mac={vm['vmNics'][0]['mac']}")
        assert nic["uuid"] == vm["vmNics"][0]["uuid"]
        assert [used["ip"] for used in nic["usedIps"]] == ["10.1.0.3"]
