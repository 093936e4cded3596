"""Who is asked for leases, and what users see of the answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.service import Answered, Asked, Caller
from landbridge.model.questions.dhcp import AskDhcpLeases, DhcpLease, DhcpLeaseList, LeaseState
from tests.unit.services.cloudkit import Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


def asked(cloud: Cloud, **params: Any) -> Asked:
    outcome = cloud.begin("GetDhcpLeases", **params)
    assert outcome.asked is not None
    return outcome.asked


def lease(vm: dict[str, Any], state: LeaseState = "Bound", place: int = 0) -> DhcpLease:
    nic = vm["vmNics"][place]
    return DhcpLease(
        nic_uuid=nic["uuid"],
        vm_uuid=vm["uuid"],
        l3_uuid=nic["l3NetworkUuid"],
        mac=nic["mac"],
        ip=nic["ip"],
        hostname="web",
        state=state,
        expires=1_700_003_600.0 if state == "Bound" else None,
        last_message="ack",
        last_at=1_700_000_000.0,
    )


def merged(found: Asked, *leases: DhcpLease) -> list[dict[str, Any]]:
    answers = [Answered(ask.node, ask.question, DhcpLeaseList(leases=leases)) for ask in found.asks[:1]]
    rows: list[dict[str, Any]] = found.merge(answers)["inventories"]
    return rows


def test_of_a_network_every_host_with_a_nic_on_it_is_asked(cloud: Cloud) -> None:
    web, db = cloud.subnet("10.1.0.0/24", "web"), cloud.subnet("10.2.0.0/24", "db")
    for host in cloud.hosts:
        cloud.vm(web, hostUuid=host)
    cloud.vm(db, hostUuid=cloud.hosts[0])
    found = asked(cloud, l3NetworkUuid=web)
    assert [ask.node for ask in found.asks] == sorted(cloud.hosts)
    assert {ask.question for ask in found.asks} == {AskDhcpLeases(l3_uuid=web)}
    assert found.partial
    assert [ask.node for ask in asked(cloud, l3NetworkUuid=db).asks] == [cloud.hosts[0]]


def test_of_one_vm_or_host_an_absent_host_is_the_error(cloud: Cloud) -> None:
    web = cloud.subnet("10.1.0.0/24", "web")
    vm = cloud.vm(web, hostUuid=cloud.hosts[1])
    found = asked(cloud, vmInstanceUuid=vm["uuid"])
    assert [(ask.node, ask.question) for ask in found.asks] == [(cloud.hosts[1], AskDhcpLeases(vm_uuid=vm["uuid"]))]
    assert not found.partial
    assert not asked(cloud, hostUuid=cloud.hosts[1]).partial
    assert asked(cloud, hostUuid=cloud.hosts[0]).asks == ()
    assert asked(cloud, hostUuid=cloud.hosts[0], l3NetworkUuid=web).asks == ()


def test_a_stopped_vm_has_no_host_to_ask(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert asked(cloud, vmInstanceUuid=vm["uuid"]).asks == ()


def test_rows_are_sorted_by_address_and_strangers_left_out(cloud: Cloud) -> None:
    web = cloud.subnet("10.1.0.0/24", "web")
    host = cloud.hosts[0]
    vms = [cloud.vm(web, name=f"vm-{number}", hostUuid=host) for number in range(10)]
    gone = cloud.vm(web, name="gone", hostUuid=host)
    cloud.call("DestroyVmInstance", uuid=gone["uuid"])
    rows = merged(asked(cloud, l3NetworkUuid=web), *(lease(vm) for vm in reversed([*vms, gone])))
    assert [row["ip"] for row in rows] == [vm["vmNics"][0]["ip"] for vm in vms]


def test_what_a_row_says(cloud: Cloud) -> None:
    web = cloud.subnet("10.1.0.0/24", "web")
    vm = cloud.vm(web, hostUuid=cloud.hosts[0])
    (row,) = merged(asked(cloud, vmInstanceUuid=vm["uuid"]), lease(vm))
    nic = vm["vmNics"][0]
    assert row == {
        "vmNicUuid": nic["uuid"],
        "vmInstanceUuid": vm["uuid"],
        "l3NetworkUuid": web,
        "hostUuid": cloud.hosts[0],
        "mac": nic["mac"],
        "ip": nic["ip"],
        "hostname": "web",
        "state": "Bound",
        "expiredDate": "Nov 14, 2023 11:13:20 PM",
        "lastMessage": "ack",
        "lastMessageDate": "Nov 14, 2023 10:13:20 PM",
    }
    (released,) = merged(asked(cloud, vmInstanceUuid=vm["uuid"]), lease(vm, "Released"))
    assert "expiredDate" not in released


def test_an_account_sees_its_own_vms_only(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    tenant = Caller(account_uuid="e" * 32, user_uuid="e" * 32, is_admin=False)
    with cloud.refused("SYS.1003", "not found"):
        asked(cloud, vmInstanceUuid=vm["uuid"], caller=tenant)


@pytest.mark.parametrize("params", [{}, {"l3NetworkUuid": None}])
def test_something_must_be_named(cloud: Cloud, params: dict[str, Any]) -> None:
    with cloud.refused("SYS.1007", "give one"):
        cloud.begin("GetDhcpLeases", **params)
