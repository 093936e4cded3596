"""Many VMs at once: nothing is handed out twice."""

import asyncio
from collections.abc import Iterator

import pytest

from landbridge.core.service import Context
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vm import HostLoad, VmInstance, VmNic
from landbridge.services.vm import actions_create
from landbridge.services.vm.actions_create import CreateVmInstance
from tests.unit.services.cloudkit import Cloud, opened
from tests.unit.services.netkit import ADMIN

CROWD = 200


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(3) as cloud:
        yield cloud


def test_two_hundred_creates_at_once(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    request = CreateVmInstance(name="vm", l3_network_uuids=[l3], cpu_num=1, memory_size=1 << 26)

    async def crowd() -> None:
        await asyncio.gather(
            *(
                cloud.store.write(
                    lambda tx: actions_create.create_vm(Context(tx=tx, caller=ADMIN, request_id="r"), request)
                )
                for _ in range(CROWD)
            )
        )

    asyncio.run(crowd())
    vms, nics = cloud.all(VmInstance), cloud.all(VmNic)
    assert len({vm.number for vm in vms}) == len(vms) == CROWD
    for taken in ({nic.mac for nic in nics}, {nic.ip for nic in nics}, {nic.internal_name for nic in nics}):
        assert len(taken) == CROWD
    assert {used.ip for used in cloud.all(UsedIp)} == {nic.ip for nic in nics} | {"10.1.0.2"}
    assert sorted(load.vms for load in cloud.all(HostLoad)) == [66, 67, 67]
    assert all(len(nic.internal_name) <= 15 for nic in nics)
    cloud.check_compiled()
