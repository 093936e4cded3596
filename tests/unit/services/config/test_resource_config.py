"""Settings of single resources: who may have which, what is in force, and that it is heeded at once."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Caller
from landbridge.model.documents.labels import ResourceConfig
from landbridge.model.documents.sharing import SharedResource
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import ApiError
from landbridge.model.node import DhcpSubnet
from tests.unit.services.cloudkit import Cloud, opened
from tests.unit.services.netkit import ADMIN


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened() as made:
        yield made


def _set(cloud: Cloud, uuid: str, category: str, name: str, value: str) -> Any:
    return cloud.call("UpdateResourceConfig", resourceUuid=uuid, category=category, name=name, value=value)


def _get(cloud: Cloud, uuid: str, category: str, name: str) -> Any:
    return cloud.call("GetResourceConfig", resourceUuid=uuid, category=category, name=name)


def test_a_vm_has_its_own_deletion_policy_and_takes_it_along(cloud: Cloud) -> None:
    net = cloud.subnet("10.0.1.0/24")
    kept, gone = cloud.vm(net)["uuid"], cloud.vm(net)["uuid"]
    made = _set(cloud, gone, "vm", "deletionPolicy", "Direct")
    assert (made["resourceType"], made["resourceUuid"], made["value"]) == ("VmInstanceVO", gone, "Direct")
    for uuid in (kept, gone):
        cloud.call("DestroyVmInstance", uuid=uuid)
    assert [vm.uuid for vm in cloud.all(VmInstance)] == [kept]
    assert cloud.all(ResourceConfig) == []


def test_what_hosts_are_sent_follows(cloud: Cloud) -> None:
    net = cloud.subnet("10.0.1.0/24")
    cloud.vm(net)

    def seconds() -> list[int]:
        cloud.check_compiled()
        return [one.lease_seconds for one in cloud.objects(cloud.hosts[0]).values() if isinstance(one, DhcpSubnet)]

    assert seconds() == [3600]
    _set(cloud, net, "networkService", "dhcpLeaseSeconds", "60")
    assert seconds() == [60]
    cloud.call("DeleteResourceConfig", resourceUuid=net, category="networkService", name="dhcpLeaseSeconds")
    assert seconds() == [3600]


def test_a_vms_guard_is_switched(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.0.1.0/24"))
    before = cloud.seen(vm)
    _set(cloud, vm["uuid"], "vm", "cleanTraffic", "false")
    cloud.check_compiled()
    assert cloud.seen(vm) != before
    _set(cloud, vm["uuid"], "vm", "cleanTraffic", "true")
    assert cloud.seen(vm) == before


def test_the_nearest_value_is_in_force(cloud: Cloud) -> None:
    host, name = cloud.hosts[0], ("host", "cpu.overProvisioning.ratio")
    assert _get(cloud, host, *name)["value"] == "10"
    for uuid, value in ((cloud.zone, "2"), (cloud.cluster, "3")):
        _set(cloud, uuid, *name, value)
    answer = _get(cloud, host, *name)
    assert answer["value"] == "3"
    assert [one["resourceUuid"] for one in answer["effectiveConfigs"]] == [cloud.cluster, cloud.zone]
    assert _get(cloud, cloud.zone, *name)["value"] == "2"
    configs = cloud.call("GetResourceConfigs", resourceUuid=host, category="host", names=[name[1]])["configs"]
    assert [(one["name"], one["value"]) for one in configs] == [(name[1], "3")]


def test_several_at_once_are_all_or_none(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.0.1.0/24"))["uuid"]
    good = [{"category": "vm", "name": "deletionPolicy", "value": "Never"}]
    for bad in ({"category": "vm", "name": "cleanTraffic", "value": "x"}, {"category": "vm"}, 5):
        with cloud.refused("SYS.1007"):
            cloud.call("UpdateResourceConfigs", resourceUuid=vm, resourceConfigs=[*good, bad])
    made = cloud.call("UpdateResourceConfigs", resourceUuid=vm, resourceConfigs=good * 2)
    assert [(one["name"], one["value"]) for one in made] == [("deletionPolicy", "Never")]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (("vm", "deletionPolicy"), "cannot be set for a ZoneVO: it can be set for VmInstanceVO"),
        (("identity", "session.timeout"), "it is one of the whole cloud"),
        (("vm", "nothing"), "settings of vm"),
    ],
)
def test_what_cannot_be_set_for_a_zone(cloud: Cloud, name: tuple[str, str], words: str) -> None:
    with cloud.refused("SYS.1007", words):
        _set(cloud, cloud.zone, *name, "1")
    with pytest.raises(ApiError, match=r"SYS\.1007"):
        _get(cloud, cloud.zone, *name)


def test_which_can_be_bound_are_named(cloud: Cloud) -> None:
    rows = cloud.call("GetResourceBindableConfig", category="vm")["bindableConfigs"]
    assert {row["name"]: row["bindResourceTypes"] for row in rows}["deletionPolicy"] == ["VmInstanceVO"]
    every = cloud.call("GetResourceBindableConfig")["bindableConfigs"]
    settings = cloud.write(lambda tx: list(tx.settings()))
    assert len(every) == sum(1 for setting in settings if setting.binds) > len(rows)


def test_options(cloud: Cloud) -> None:
    options = cloud.call("GetGlobalConfigOptions", category="vm", name="deletionPolicy")["options"]
    assert options == {"validValue": ["Direct", "Delay", "Never"]}
    options = cloud.call("GetGlobalConfigOptions", category="securityGroup", name="rules.num.limit")["options"]
    assert options == {"numberGreaterThanOrEqual": 1, "numberLessThanOrEqual": 200}


def test_what_is_shared_is_not_the_receivers_to_set(cloud: Cloud) -> None:
    tenant = Caller(account_uuid="1" * 32, user_uuid="1" * 32, is_admin=False)
    net = cloud.subnet("10.0.1.0/24")
    shared = SharedResource(
        uuid="2" * 32,
        owner_account_uuid=ADMIN.account_uuid,
        resource_uuid=net,
        resource_type="L3NetworkVO",
        receiver=tenant.account_uuid,
    )
    cloud.give(net, to=ADMIN)
    cloud.write(lambda tx: tx.put(shared))
    name: dict[str, Any] = {"resourceUuid": net, "category": "networkService", "name": "dhcpLeaseSeconds"}
    assert cloud.begin("GetResourceConfig", caller=tenant, **name).body["value"] == "3600"
    with cloud.refused("ID.1002", "for its owner"):
        cloud.begin("UpdateResourceConfig", caller=tenant, **name, value="60")
    with cloud.refused("ID.1002", "for its owner"):
        cloud.begin("CreateSystemTag", caller=tenant, resourceType="L3NetworkVO", resourceUuid=net, tag="x")
    made = cloud.begin("CreateUserTag", caller=tenant, resourceType="L3NetworkVO", resourceUuid=net, tag="mine")
    assert made.inventory is not None
