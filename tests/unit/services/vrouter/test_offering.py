"""Vrouter offerings: what they may name, and instance offerings beside them."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Caller
from landbridge.model.documents.vm import NETNS_IMAGE_UUID, Image, InstanceOffering
from tests.unit.services.cloudkit import MIB, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15
TENANT = Caller(account_uuid=ABSENT, user_uuid=ABSENT, is_admin=False)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(1) as cloud:
        yield cloud


@pytest.fixture
def management(cloud: Cloud) -> str:
    return cloud.flat("eth0", "172.16.9.0/24", "management", category="System", system=True)


@pytest.fixture
def public(cloud: Cloud) -> str:
    return cloud.flat("eth1", "203.0.113.0/24", "public", category="Public")


def create(cloud: Cloud, management: str, **params: Any) -> Any:
    known: dict[str, Any] = {
        "name": "offering",
        "zoneUuid": cloud.zone,
        "managementNetworkUuid": management,
        "imageUuid": NETNS_IMAGE_UUID,
        "cpuNum": 1,
        "memorySize": 256 * MIB,
    }
    return cloud.begin("CreateVirtualRouterOffering", **known | params)


def test_create(cloud: Cloud, management: str, public: str) -> None:
    made = cloud.finish(create(cloud, management, publicNetworkUuid=public, isDefault=True))
    assert (made["type"], made["managementNetworkUuid"], made["publicNetworkUuid"]) == (
        "VirtualRouter",
        management,
        public,
    )
    assert (made["isDefault"], made["imageUuid"], made["zoneUuid"]) == (True, NETNS_IMAGE_UUID, cloud.zone)
    assert made["state"] == "Enabled"


def test_the_public_network_is_the_management_network_unless_given(cloud: Cloud, management: str) -> None:
    assert cloud.finish(create(cloud, management))["publicNetworkUuid"] == management


@pytest.mark.parametrize("field", ["zoneUuid", "managementNetworkUuid", "publicNetworkUuid", "imageUuid"])
def test_wrong_references(cloud: Cloud, management: str, field: str) -> None:
    with cloud.refused("SYS.1003", f"invalid field[{field}], resource[uuid:{ABSENT}"):
        create(cloud, management, **{field: ABSENT})


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"name": "x" * 256}, "name"),
        ({"cpuNum": 0}, "cpuNum"),
        ({"cpuNum": 1025}, "cpuNum"),
        ({"memorySize": 0}, "memorySize"),
        ({"reservedMemorySize": -1}, "reservedMemorySize"),
        ({"description": "x" * 2049}, "description"),
        ({"cpuNum": None}, "cpuNum"),
        ({"memorySize": None}, "memorySize"),
    ],
)
def test_wrong_parameters(cloud: Cloud, management: str, params: dict[str, Any], words: str) -> None:
    with cloud.refused("SYS.1007", words):
        create(cloud, management, **params)


def test_the_networks_are_in_the_zone(cloud: Cloud, management: str) -> None:
    other = cloud.call("CreateZone", name="zone-2")["uuid"]
    with cloud.refused("SYS.1007", "zone"):
        create(cloud, management, zoneUuid=other)


def test_a_network_behind_a_vrouter_cannot_carry_one(cloud: Cloud, management: str, public: str) -> None:
    subnet = cloud.subnet("10.1.0.0/24", vpc=True)
    with cloud.refused("SYS.1007", "behind a vrouter"):
        create(cloud, management, publicNetworkUuid=subnet)
    with cloud.refused("SYS.1007", "behind a vrouter"):
        create(cloud, subnet)
    cloud.call("AttachNetworkServiceToL3Network", l3NetworkUuid=public, networkServices={"vrouter": ["SNAT"]})
    with cloud.refused("SYS.1007", "SNAT"):
        create(cloud, management, publicNetworkUuid=public)


def test_management_and_public_may_not_overlap(cloud: Cloud, management: str) -> None:
    twin = cloud.flat("eth1", "172.16.9.128/25", "twin", category="Public")
    with cloud.refused("SYS.1007", "overlap", "172.16.9.0/24", "172.16.9.128/25"):
        create(cloud, management, publicNetworkUuid=twin)


@pytest.mark.parametrize("change", [{"media_type": "ISO"}, {"format": "iso"}])
def test_the_image_is_a_root_image(cloud: Cloud, management: str, change: dict[str, str]) -> None:
    cloud.edit(Image, NETNS_IMAGE_UUID, **change)
    with cloud.refused("SYS.1007", "root image"):
        create(cloud, management)


def test_only_administrators_choose_the_default(cloud: Cloud, management: str) -> None:
    cloud.give(management, NETNS_IMAGE_UUID, to=TENANT)
    with cloud.refused("ID.1002", "administrators"):
        create(cloud, management, isDefault=True, caller=TENANT)
    made = cloud.finish(create(cloud, management, caller=TENANT))
    cloud.give(made["uuid"], to=TENANT)
    with cloud.refused("ID.1002", "administrators"):
        cloud.begin("UpdateVirtualRouterOffering", uuid=made["uuid"], isDefault=True, caller=TENANT)


def test_one_default_per_zone(cloud: Cloud, management: str) -> None:
    first = cloud.finish(create(cloud, management, isDefault=True))["uuid"]
    second = cloud.finish(create(cloud, management, isDefault=True))["uuid"]
    defaults = [offering.uuid for offering in cloud.all(InstanceOffering) if offering.is_default]
    assert defaults == [second]
    cloud.call("UpdateVirtualRouterOffering", uuid=first, isDefault=True, name="new", description="d")
    assert [offering.name for offering in cloud.all(InstanceOffering) if offering.is_default] == ["new"]


def test_what_an_offering_names_stays(cloud: Cloud, management: str, public: str) -> None:
    made = cloud.finish(create(cloud, management, publicNetworkUuid=public))
    with cloud.refused("SYS.1006", "a vrouter offering uses it"):
        cloud.begin("DeleteL3Network", uuid=public)
    cloud.call("DeleteInstanceOffering", uuid=made["uuid"])
    cloud.call("DeleteL3Network", uuid=public)


def test_no_user_vm_offering_makes_a_vrouter(cloud: Cloud) -> None:
    small = cloud.call("CreateInstanceOffering", name="small", cpuNum=1, memorySize=MIB)
    assert "managementNetworkUuid" not in small
    with cloud.refused("SYS.1003", "VirtualRouterOfferingVO"):
        cloud.begin("CreateVpcVRouter", name="router", virtualRouterOfferingUuid=small["uuid"])
