"""A vrouter's life: made from an offering, reconnected, default route moved, destroyed."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vm import (
    APPLIANCE,
    VIRTUAL_ROUTER,
    VM_INSTANCE,
    VPC_ROUTER,
    VROUTER_OFFERING,
    HostLoad,
    SnatState,
    VmInstance,
    VmNic,
    VpcDns,
)
from landbridge.model.node import Instance
from landbridge.model.router_node import RouterRoute
from tests.unit.services.cloudkit import HOST_SAYS, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


@pytest.fixture
def offering(cloud: Cloud) -> dict[str, Any]:
    return cloud.offering()


def create(cloud: Cloud, offering: dict[str, Any], **params: Any) -> Any:
    known = {"name": "router", "virtualRouterOfferingUuid": offering["uuid"]}
    return cloud.begin("CreateVpcVRouter", **known | params)


def test_create(cloud: Cloud, offering: dict[str, Any]) -> None:
    outcome = create(cloud, offering, description="d")
    (router,) = cloud.all(VmInstance)
    assert (router.state, router.status) == ("Starting", "Connecting")
    made = cloud.finish(outcome)
    assert (made["state"], made["status"], made["type"]) == ("Running", "Connected", "ApplianceVm")
    assert (made["applianceVmType"], made["agentPort"], made["hypervisorType"]) == ("vpcvrouter", 7272, "KVM")
    assert made["managementNetworkUuid"] == offering["managementNetworkUuid"]
    assert made["publicNetworkUuid"] == made["defaultRouteL3NetworkUuid"] == offering["publicNetworkUuid"]
    assert made["dns"] == []
    assert [(nic["metaData"], nic["ip"]) for nic in made["vmNics"]] == [("2", "172.16.9.2"), ("1", "203.0.113.2")]
    assert [(snat.l3_network_uuid, snat.state) for snat in cloud.all(SnatState)] == [
        (offering["publicNetworkUuid"], "enable")
    ]


def test_one_network_for_both_roles(cloud: Cloud) -> None:
    public = cloud.flat("eth1", "203.0.113.0/24", "public", category="Public")
    router = cloud.router(virtualRouterOfferingUuid=cloud.offering(managementNetworkUuid=public)["uuid"])
    assert [nic["metaData"] for nic in router["vmNics"]] == ["3"]


def test_asked_addresses_and_host(cloud: Cloud, offering: dict[str, Any]) -> None:
    public, two = offering["publicNetworkUuid"], cloud.hosts[1]
    made = cloud.finish(create(cloud, offering, hostUuid=two, tags=(f"staticVip::{public}::203.0.113.99",)))
    assert (made["hostUuid"], made["vmNics"][1]["ip"]) == (two, "203.0.113.99")
    with cloud.refused("SYS.1006", "already in use"):
        create(cloud, offering, tags=(f"staticVip::{public}::203.0.113.99",))
    with cloud.refused("SYS.1007", "198.51.100.1"):
        create(cloud, offering, tags=(f"staticVip::{public}::198.51.100.1",))
    with cloud.refused("SYS.1007", "staticVip::"):
        create(cloud, offering, tags=(f"staticVip::{public}",))
    with cloud.refused("SYS.1006", "HA group"):
        create(cloud, offering, tags=(f"haUuid::{ABSENT}",))


@pytest.mark.parametrize("field", ["virtualRouterOfferingUuid", "zoneUuid", "clusterUuid", "hostUuid"])
def test_wrong_references(cloud: Cloud, offering: dict[str, Any], field: str) -> None:
    with cloud.refused("SYS.1003", f"invalid field[{field}], resource[uuid:{ABSENT}"):
        create(cloud, offering, **{field: ABSENT})


def test_refused(cloud: Cloud, offering: dict[str, Any]) -> None:
    with cloud.refused("SYS.1007", "name"):
        create(cloud, offering, name="x" * 256)
    other = cloud.call("CreateZone", name="zone-2")["uuid"]
    with cloud.refused("SYS.1007", "offering's zone"):
        create(cloud, offering, zoneUuid=other)
    cloud.call("ChangeL3NetworkState", uuid=offering["publicNetworkUuid"], stateEvent="disable")
    with cloud.refused("SYS.1006", "Disabled"):
        create(cloud, offering)
    cloud.call("ChangeL3NetworkState", uuid=offering["publicNetworkUuid"], stateEvent="enable")
    cloud.call("ChangeInstanceOfferingState", uuid=offering["uuid"], stateEvent="disable")
    with cloud.refused("SYS.1006", "Disabled"):
        create(cloud, offering)
    cloud.call("ChangeInstanceOfferingState", uuid=offering["uuid"], stateEvent="enable")
    for host in cloud.hosts:
        cloud.leave(host)
    with cloud.refused("HOST.1004", "host-1", "host-2"):
        create(cloud, offering)
    with cloud.refused("HOST.1010", "host-1"):
        create(cloud, offering, hostUuid=cloud.hosts[0])


def test_what_the_host_refuses_leaves_nothing(cloud: Cloud, offering: dict[str, Any]) -> None:
    before = cloud.everything()
    told = cloud.fail(create(cloud, offering))
    assert (told.code, told.cause) == ("VM.1000", HOST_SAYS)
    assert cloud.everything() == before


def test_stop_start_reboot_are_the_vm_actions(cloud: Cloud) -> None:
    router = cloud.router()
    assert cloud.call("StopVmInstance", uuid=router["uuid"])["state"] == "Stopped"
    assert cloud.get(VmInstance, router["uuid"]).status == "Disconnected"
    assert cloud.seen(router) == {}
    cloud.call("StartVmInstance", uuid=router["uuid"])
    cloud.call("RebootVmInstance", uuid=router["uuid"])
    found = cloud.seen(router)[f"vm/{router['uuid']}"]
    assert isinstance(found, Instance)
    assert (found.driver, found.boot) == ("router", 3)
    assert cloud.get(VmInstance, router["uuid"]).status == "Connected"


def test_destroy_takes_all_of_it(cloud: Cloud) -> None:
    router = cloud.router()
    cloud.join(router, cloud.subnet("10.1.0.0/24", vpc=True, services=False))
    cloud.call("AddDnsToVpcRouter", uuid=router["uuid"], dns="9.9.9.9")
    cloud.call("DestroyVmInstance", uuid=router["uuid"])
    for doc in (VmInstance, VmNic, VpcDns, SnatState, UsedIp, HostLoad):
        assert cloud.all(doc) == []
    assert all(cloud.objects(host) == {} for host in cloud.hosts)


@pytest.mark.parametrize("name", ["ReconnectVirtualRouter", "ProvisionVirtualRouterConfig"])
def test_reconnect(cloud: Cloud, name: str) -> None:
    router = cloud.router()
    outcome = cloud.begin(name, vmInstanceUuid=router["uuid"])
    assert [wait.node for wait in outcome.wait] == [router["hostUuid"]]
    found = cloud.seen(router)[f"vm/{router['uuid']}"]
    assert isinstance(found, Instance)
    assert (found.boot, found.reconnect) == (1, 1)
    answer = cloud.finish(outcome)
    assert answer["status"] == "Connected"
    assert cloud.fail(outcome).cause == HOST_SAYS
    cloud.leave(router["hostUuid"])
    with cloud.refused("HOST.1010"):
        cloud.begin("ReconnectVirtualRouter", vmInstanceUuid=router["uuid"])
    cloud.edit(VmInstance, router["uuid"], state="Stopped")
    with cloud.refused("VM.1010", "Stopped"):
        cloud.begin("ReconnectVirtualRouter", vmInstanceUuid=router["uuid"])
    with cloud.refused("SYS.1003", "VirtualRouterVmVO"):
        cloud.begin("ReconnectVirtualRouter", vmInstanceUuid=ABSENT)


def test_the_default_route_moves(cloud: Cloud) -> None:
    router = cloud.router()
    second = cloud.flat("eth0", "198.51.100.0/24", "second", category="Public")

    def move(l3: str) -> Any:
        return cloud.begin("UpdateVirtualRouter", vmInstanceUuid=router["uuid"], defaultRouteL3NetworkUuid=l3)

    for l3 in (second, router["managementNetworkUuid"]):
        with cloud.refused("SYS.1007", "no public network"):
            move(l3)
    with cloud.refused("SYS.1003", "L3NetworkVO"):
        move(ABSENT)
    cloud.join(router, second)
    assert cloud.finish(move(second))["defaultRouteL3NetworkUuid"] == second
    routes = [value for value in cloud.seen(router).values() if isinstance(value, RouterRoute)]
    assert routes == [RouterRoute(destination="0.0.0.0/0", via="198.51.100.1", distance=0)]
    nic = next(nic for nic in cloud.nics(router) if nic.l3_network_uuid == second)
    with cloud.refused("SYS.1006", "default route"):
        cloud.begin("DetachL3NetworkFromVm", vmNicUuid=nic.uuid)


def test_queries_by_kind(cloud: Cloud, offering: dict[str, Any]) -> None:
    router = cloud.finish(create(cloud, offering))
    vm = cloud.vm(zoneUuid=cloud.zone)
    for kind in (VPC_ROUTER, VIRTUAL_ROUTER, APPLIANCE):
        (row,) = cloud.ask(kind, "name=router", "vmNics.ip=203.0.113.2")
        assert (row["uuid"], row["applianceVmType"]) == (router["uuid"], "vpcvrouter")
    assert {row["uuid"] for row in cloud.ask(VM_INSTANCE)} == {router["uuid"], vm["uuid"]}
    (found,) = cloud.ask(VROUTER_OFFERING, "publicL3Network.name=public")
    assert found["uuid"] == offering["uuid"]
    assert cloud.ask(VPC_ROUTER, "virtualRouterOffering.name=offering") == cloud.ask(VPC_ROUTER)
