"""Instance offerings: made, changed, deleted; every check with its code."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.vm import INSTANCE_OFFERING, InstanceOffering
from tests.unit.services.cloudkit import MIB, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(1) as cloud:
        yield cloud


@pytest.fixture
def offering(cloud: Cloud) -> dict[str, Any]:
    return dict(cloud.call("CreateInstanceOffering", name="small", cpuNum=2, memorySize=512 * MIB, description="d"))


def test_create(cloud: Cloud, offering: dict[str, Any]) -> None:
    assert (offering["cpuNum"], offering["memorySize"], offering["state"]) == (2, 512 * MIB, "Enabled")
    assert (offering["type"], offering["sortKey"], offering["description"]) == ("UserVm", 0, "d")
    assert not {"zoneUuid", "imageUuid", "isDefault"} & offering.keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", "x" * 256),
        ("cpuNum", None),
        ("cpuNum", 0),
        ("cpuNum", 1025),
        ("memorySize", None),
        ("memorySize", 0),
        ("reservedMemorySize", -1),
        ("description", "x" * 2049),
    ],
)
def test_wrong_parameters(cloud: Cloud, field: str, value: Any) -> None:
    with cloud.refused("SYS.1007", field):
        cloud.begin("CreateInstanceOffering", **{"name": "o", "cpuNum": 1, "memorySize": MIB, field: value})


def test_update_and_state(cloud: Cloud, offering: dict[str, Any]) -> None:
    uuid = offering["uuid"]
    changed = cloud.call("UpdateInstanceOffering", uuid=uuid, name="new")
    assert (changed["name"], changed["description"]) == ("new", "d")
    assert cloud.call("UpdateInstanceOffering", uuid=uuid, description="")["name"] == "new"
    assert cloud.call("ChangeInstanceOfferingState", uuid=uuid, stateEvent="disable")["state"] == "Disabled"
    assert cloud.call("ChangeInstanceOfferingState", uuid=uuid, stateEvent="enable")["state"] == "Enabled"
    with cloud.refused("SYS.1007", "stateEvent"):
        cloud.begin("ChangeInstanceOfferingState", uuid=uuid, stateEvent="pause")
    with cloud.refused("SYS.1003", "InstanceOfferingVO"):
        cloud.begin("UpdateInstanceOffering", uuid=ABSENT)
    with cloud.refused("SYS.1003", "InstanceOfferingVO"):
        cloud.begin("ChangeInstanceOfferingState", uuid=ABSENT, stateEvent="enable")


def test_delete_leaves_the_vms(cloud: Cloud, offering: dict[str, Any]) -> None:
    vm = cloud.call("CreateVmInstance", name="vm", instanceOfferingUuid=offering["uuid"], zoneUuid=cloud.zone)
    assert [row["uuid"] for row in cloud.ask(INSTANCE_OFFERING, f"vmInstance.uuid={vm['uuid']}")] == [
        offering["uuid"]
    ]
    cloud.call("DeleteInstanceOffering", uuid=offering["uuid"])
    cloud.call("DeleteInstanceOffering", uuid=offering["uuid"])
    assert cloud.all(InstanceOffering) == []
    assert cloud.state(vm) == "Running"
