"""Who is asked about NICs' traffic and drops, and what users see of the answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from landbridge.core.service import Answered, Asked, Caller
from landbridge.model.drops import DropReason
from landbridge.model.questions.base import HostAnswer
from landbridge.model.questions.ports import (
    AcceptCount,
    AskDrops,
    AskPortCounts,
    DropCount,
    DroppedPacket,
    DroppedPackets,
    PortCounts,
    PortCountsList,
)
from tests.unit.services.cloudkit import Cloud, opened

TENANT = Caller(account_uuid="e" * 32, user_uuid="e" * 32, is_admin=False)
RULE = "b" * 32
FRAME = bytes(
    Ether(src="fa:00:00:00:00:01", dst="fa:00:00:00:00:02")
    / IP(src="10.1.0.9", dst="10.1.0.2")
    / TCP(sport=4000, dport=22)
)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


def asked(cloud: Cloud, action: str, **params: Any) -> Asked:
    outcome = cloud.begin(action, **params)
    assert outcome.asked is not None
    return outcome.asked


def merged(found: Asked, *values: HostAnswer) -> dict[str, Any]:
    answers = [Answered(ask.node, ask.question, value) for ask, value in zip(found.asks, values, strict=True)]
    return dict(found.merge(answers))


def dropped(nic: str, **more: Any) -> DroppedPacket:
    known: dict[str, Any] = {"reason": DropReason.INGRESS, "rule": 7, "rule_uuid": RULE, "egress": False} | more
    return DroppedPacket(time=1_700_000_000.25, nic_uuid=nic, length=len(FRAME), head=FRAME, **known)


def test_a_vms_host_is_asked_about_its_nics(cloud: Cloud) -> None:
    web, db = cloud.subnet("10.1.0.0/24", "web"), cloud.subnet("10.2.0.0/24", "db")
    vm = cloud.vm(web, db, hostUuid=cloud.hosts[1])
    nics = tuple(nic["uuid"] for nic in vm["vmNics"])
    found = asked(cloud, "GetVmNicCounters", vmInstanceUuid=vm["uuid"])
    assert [(ask.node, ask.question) for ask in found.asks] == [(cloud.hosts[1], AskPortCounts(nic_uuids=nics))]
    assert not found.partial
    found = asked(cloud, "GetVmNicDrops", vmInstanceUuid=vm["uuid"], cursor="c", wait=5)
    question = AskDrops(nic_uuids=nics, cursor="c", wait_seconds=5)
    assert [(ask.node, ask.question) for ask in found.asks] == [(cloud.hosts[1], question)]
    assert found.seconds > 5
    found = asked(cloud, "GetVmNicDrops", vmNicUuid=nics[1])
    assert found.asks[0].question == AskDrops(nic_uuids=nics[1:])


def test_nics_on_several_hosts(cloud: Cloud) -> None:
    web = cloud.subnet("10.1.0.0/24", "web")
    nics = [cloud.vm(web, hostUuid=host)["vmNics"][0]["uuid"] for host in cloud.hosts]
    found = asked(cloud, "GetVmNicCounters", vmNicUuids=nics)
    assert [ask.question for ask in found.asks] == [AskPortCounts(nic_uuids=(nic,)) for nic in nics]
    assert found.partial
    values = [
        PortCountsList(
            ports=(
                PortCounts(
                    nic_uuid=nic,
                    sent_packets=1,
                    sent_bytes=100,
                    received_packets=2,
                    received_bytes=200,
                    drops=(
                        DropCount(reason=DropReason.SOURCE_MAC, rule=0, rule_uuid=None, packets=1, bytes=60),
                        DropCount(reason=DropReason.INGRESS, rule=7, rule_uuid=RULE, packets=2, bytes=120),
                    ),
                    accepted=(AcceptCount(rule=0, rule_uuid=None, packets=3, bytes=180),),
                ),
            )
        )
        for nic in nics
    ]
    rows = merged(found, *values)["inventories"]
    assert [row["vmNicUuid"] for row in rows] == nics
    assert [row["hostUuid"] for row in rows] == cloud.hosts
    assert (rows[0]["sentPackets"], rows[0]["receivedBytes"], rows[0]["droppedPackets"]) == (1, 200, 3)
    assert rows[0]["drops"] == [
        {
            "reason": "INGRESS",
            "description": DropReason.INGRESS.sentence,
            "decidedBy": "Rule",
            "ruleUuid": RULE,
            "packets": 2,
            "bytes": 120,
        },
        {"reason": "SOURCE_MAC", "description": DropReason.SOURCE_MAC.sentence, "packets": 1, "bytes": 60},
    ]
    assert rows[0]["accepted"] == [{"decidedBy": "Policy", "packets": 3, "bytes": 180}]


def test_what_a_drop_says(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    nic = vm["vmNics"][0]["uuid"]
    found = asked(cloud, "GetVmNicDrops", vmInstanceUuid=vm["uuid"])
    told = DroppedPackets(drops=(dropped(nic), dropped("f" * 32)), cursor="next", lost=4)
    answer = merged(found, told)
    assert (answer["cursor"], answer["lost"]) == ("next", 4)
    assert answer["inventories"] == [
        {
            "date": "Nov 14, 2023 10:13:20 PM",
            "timestamp": 1_700_000_000_250,
            "vmNicUuid": nic,
            "vmInstanceUuid": vm["uuid"],
            "direction": "Ingress",
            "reason": "INGRESS",
            "description": DropReason.INGRESS.sentence,
            "decidedBy": "Rule",
            "ruleUuid": RULE,
            "summary": "TCP 10.1.0.9:4000 > 10.1.0.2:22 [S]",
            "length": len(FRAME),
            "sourceMac": "fa:00:00:00:00:01",
            "destinationMac": "fa:00:00:00:00:02",
            "protocol": "TCP",
            "sourceIp": "10.1.0.9",
            "destinationIp": "10.1.0.2",
            "sourcePort": 4000,
            "destinationPort": 22,
        }
    ]


@pytest.mark.parametrize(
    ("more", "decided"),
    [
        ({"rule": 0, "rule_uuid": None}, {"decidedBy": "Policy"}),
        ({"rule_uuid": None}, {"decidedBy": "Rule"}),
        ({"reason": DropReason.SOURCE_ADDRESS, "rule": 0, "rule_uuid": None, "egress": True}, {}),
    ],
)
def test_who_decided(cloud: Cloud, more: dict[str, Any], decided: dict[str, str]) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    found = asked(cloud, "GetVmNicDrops", vmInstanceUuid=vm["uuid"])
    told = DroppedPackets(drops=(dropped(vm["vmNics"][0]["uuid"], **more),), cursor="", lost=0)
    [row] = merged(found, told)["inventories"]
    assert {key: row[key] for key in ("decidedBy", "ruleUuid") if key in row} == decided


def test_about_macs_the_line_has_them(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    told = dropped(vm["vmNics"][0]["uuid"], reason=DropReason.SOURCE_MAC, rule=0, rule_uuid=None)
    found = asked(cloud, "GetVmNicDrops", vmInstanceUuid=vm["uuid"])
    [row] = merged(found, DroppedPackets(drops=(told,), cursor="", lost=0))["inventories"]
    assert row["summary"].startswith("fa:00:00:00:00:01 > fa:00:00:00:00:02 TCP ")


def test_an_account_sees_its_own_only(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    nic = vm["vmNics"][0]["uuid"]
    for named in ({"vmInstanceUuid": vm["uuid"]}, {"vmNicUuids": [nic]}):
        with cloud.refused("SYS.1003", "not found"):
            cloud.begin("GetVmNicCounters", caller=TENANT, **named)
    for drops in ({"vmInstanceUuid": vm["uuid"]}, {"vmNicUuid": nic}):
        with cloud.refused("SYS.1003", "not found"):
            cloud.begin("GetVmNicDrops", caller=TENANT, **drops)


def test_a_stopped_vm_drops_nothing(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert asked(cloud, "GetVmNicCounters", vmInstanceUuid=vm["uuid"]).asks == ()
    with cloud.refused("VM.1010", "is Stopped"):
        cloud.begin("GetVmNicDrops", vmInstanceUuid=vm["uuid"])


def test_a_running_vm_without_nics(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24", "web"))
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=vm["vmNics"][0]["uuid"])
    found = asked(cloud, "GetVmNicDrops", vmInstanceUuid=vm["uuid"], cursor="c")
    assert found.asks == ()
    assert merged(found) == {"inventories": [], "cursor": "c", "lost": 0}


def test_something_must_be_named_and_belong_together(cloud: Cloud) -> None:
    web = cloud.subnet("10.1.0.0/24", "web")
    one, other = cloud.vm(web), cloud.vm(web)
    for action in ("GetVmNicCounters", "GetVmNicDrops"):
        with cloud.refused("SYS.1007", "give one"):
            cloud.begin(action)
    with cloud.refused("SYS.1007", "is a NIC of VM"):
        cloud.begin("GetVmNicDrops", vmInstanceUuid=one["uuid"], vmNicUuid=other["vmNics"][0]["uuid"])
    with cloud.refused("SYS.1007", "wait"):
        cloud.begin("GetVmNicDrops", vmInstanceUuid=one["uuid"], wait=31)
