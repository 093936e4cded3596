"""NICs in security groups: who may be, in which order, with which policy, and what their hosts are sent."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core.membership import MOST_GROUPS
from landbridge.core.view import Tx
from landbridge.model.documents.account import Account, SystemTag
from landbridge.model.documents.security_group import (
    NIC_POLICY,
    SecurityGroup,
    VmNicSecurityGroupRef,
    VmNicSecurityPolicy,
)
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.node import Filter, GroupMember
from landbridge.store.tx import SqlTx
from tests.unit.services.groupkit import Groups, opened

ABSENT = "f" * 32


@pytest.fixture
def cloud() -> Iterator[Groups]:
    with opened() as cloud:
        yield cloud


@pytest.fixture
def l3(cloud: Groups) -> str:
    return cloud.net()


@pytest.fixture
def group(cloud: Groups) -> str:
    return cloud.group()


def members(cloud: Groups, group: str, host: int = 0) -> dict[str, tuple[str, ...]]:
    """NIC -> addresses, as a host is sent them."""
    prefix = f"member/{group}/"
    return {
        key.removeprefix(prefix): value.addresses
        for key, value in cloud.objects(cloud.hosts[host]).items()
        if key.startswith(prefix) and isinstance(value, GroupMember)
    }


def test_joining_and_leaving(cloud: Groups, l3: str, group: str) -> None:
    nic, other = cloud.machine(l3), cloud.group("other")
    assert cloud.port(nic.uuid).filter is None
    outcome = cloud.begin("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=[nic.uuid, nic.uuid])
    assert ([wait.node for wait in outcome.wait], outcome.everywhere) == ([cloud.hosts[0]], True)
    cloud.enter(other, nic.uuid)
    assert cloud.groups_of(nic.uuid) == [group, other]
    assert cloud.port(nic.uuid).filter == Filter(groups=(group, other), ingress="DROP", egress="ACCEPT")
    assert members(cloud, group) == {nic.uuid: (nic.ip,)}
    cloud.exit(group, nic.uuid)
    assert cloud.groups_of(nic.uuid) == [other]
    assert members(cloud, group) == {}
    cloud.exit(group, nic.uuid)
    cloud.exit(other, nic.uuid)
    assert cloud.port(nic.uuid).filter is None
    assert cloud.all(VmNicSecurityPolicy) == []
    cloud.check_compiled()


def test_who_may_not_join(cloud: Groups, l3: str, group: str) -> None:
    nic = cloud.machine(l3)
    bare = cloud.machine(cloud.subnet("10.2.0.0/24", "bare"))
    cloud.enter(group, nic.uuid)
    params = {"securityGroupUuid": group}
    for nics, code, words in (
        ([nic.uuid], "SYS.1007", "already"),
        ([bare.uuid], "SYS.1007", "does not have the network service SecurityGroup"),
        ([ABSENT], "SYS.1003", "VmNicVO"),
        ([], "SYS.1007", "empty list"),
    ):
        with cloud.refused(code, words):
            cloud.call("AddVmNicToSecurityGroup", **params, vmNicUuids=nics)
    with cloud.refused("SYS.1003", "SecurityGroupVO"):
        cloud.call("AddVmNicToSecurityGroup", securityGroupUuid=ABSENT, vmNicUuids=[nic.uuid])


def test_a_vrouter_joins_no_group(cloud: Groups, group: str) -> None:
    router = cloud.router()
    with cloud.refused("SYS.1007", "it is a vrouter's"):
        cloud.enter(group, router["vmNics"][0]["uuid"])


def test_a_nic_is_in_so_many_groups(cloud: Groups, l3: str) -> None:
    nic = cloud.machine(l3)
    for _ in range(MOST_GROUPS):
        cloud.enter(cloud.group(), nic.uuid)
    one_more = cloud.group()
    with cloud.refused("SYS.1007", "would be in 9 security groups, at most 8"):
        cloud.enter(one_more, nic.uuid)


def test_groups_of_another_account(cloud: Groups, l3: str) -> None:
    accounts = {"admin": "SystemAdmin", "ann": "Normal", "bob": "Normal"}

    def people(tx: Tx) -> dict[str, str]:
        made = {name: Account(uuid=tx.new_uuid(), name=name, type=type_) for name, type_ in accounts.items()}
        for account in made.values():
            tx.put(account)
        return {name: account.uuid for name, account in made.items()}

    uuids = cloud.write(people)
    nic = cloud.machine(l3)
    groups = {name: cloud.group(name) for name in accounts}

    def own(resource: str, account: str) -> None:
        def give(tx: Tx) -> None:
            assert isinstance(tx, SqlTx)
            tx.run("UPDATE resource SET owner = :o WHERE uuid = :u", o=uuids[account], u=resource)

        cloud.write(give)

    own(nic.vm_instance_uuid, "ann")
    for name, group in groups.items():
        own(group, name)
    with cloud.refused("SYS.1007", "belongs to another account"):
        cloud.enter(groups["bob"], nic.uuid)
    cloud.enter(groups["ann"], nic.uuid)
    cloud.enter(groups["admin"], nic.uuid)
    own(nic.vm_instance_uuid, "admin")
    cloud.enter(groups["bob"], nic.uuid)


def test_all_groups_and_their_order(cloud: Groups, l3: str) -> None:
    nic = cloud.machine(l3)
    one, two, three = (cloud.group(name) for name in ("one", "two", "three"))

    def refs(*groups: str) -> list[dict[str, Any]]:
        return [{"securityGroupUuid": group, "priority": number} for number, group in enumerate(groups, 1)]

    def put(refs: Any) -> Any:
        return cloud.call("SetVmNicSecurityGroup", vmNicUuid=nic.uuid, refs=refs)

    with cloud.refused("SYS.1007", "in no security group"):
        put([])
    answer = put(refs(one, two)[::-1])
    assert [(row["securityGroupUuid"], row["priority"]) for row in answer] == [(one, 1), (two, 2)]
    assert answer[0].keys() >= {"vmNicUuid", "vmInstanceUuid", "createDate"}
    put(refs(three, one))
    filter_ = cloud.port(nic.uuid).filter
    assert filter_ is not None
    assert filter_.groups == (three, one)
    for wrong, words in (
        ([{"securityGroupUuid": one, "priority": 2}], "must be 1 to 1"),
        ([{"securityGroupUuid": one, "priority": 0}], "must be 1 to 1"),
        (refs(one)[:1] * 2, "must be 1 to 2"),
        (refs(one, one), "twice"),
        (refs(ABSENT), "not found"),
        ([{"securityGroupUuid": one}], "priority"),
        (["x"], "securityGroupUuid"),
    ):
        with cloud.refused("SYS.1007", words):
            put(wrong)
    put([])
    assert cloud.port(nic.uuid).filter is None
    cloud.check_compiled()


def test_policies(cloud: Groups, l3: str, group: str) -> None:
    nic = cloud.machine(l3)
    with cloud.refused("SYS.1007", "no policy"):
        cloud.call("ChangeVmNicSecurityPolicy", vmNicUuid=nic.uuid, ingressPolicy="ALLOW")
    cloud.enter(group, nic.uuid)
    outcome = cloud.begin("ChangeVmNicSecurityPolicy", vmNicUuid=nic.uuid, ingressPolicy="ALLOW")
    assert [wait.node for wait in outcome.wait] == [cloud.hosts[0]]
    row = cloud.finish(outcome)
    assert (row["ingressPolicy"], row["egressPolicy"], row["vmNicUuid"]) == ("ALLOW", "ALLOW", nic.uuid)
    cloud.call("ChangeVmNicSecurityPolicy", vmNicUuid=nic.uuid, egressPolicy="DENY")
    assert cloud.port(nic.uuid).filter == Filter(groups=(group,), ingress="ACCEPT", egress="DROP")
    assert [row["egressPolicy"] for row in cloud.ask(NIC_POLICY, f"vmNic.ip={nic.ip}")] == ["DENY"]
    for wrong, words in (({}, "must say what to change"), ({"ingressPolicy": "DROP"}, "[DENY, ALLOW]")):
        with cloud.refused("SYS.1007", words):
            cloud.call("ChangeVmNicSecurityPolicy", vmNicUuid=nic.uuid, **wrong)


def test_the_first_policy_is_a_setting(cloud: Groups, l3: str, group: str) -> None:
    for name, value in (("ingress.defaultPolicy", "accept"), ("egress.defaultPolicy", "drop")):
        cloud.call("UpdateGlobalConfig", category="securityGroup", name=name, value=value)
    nic = cloud.machine(l3)
    cloud.enter(group, nic.uuid)
    assert cloud.port(nic.uuid).filter == Filter(groups=(group,), ingress="ACCEPT", egress="DROP")
    with cloud.refused("SYS.1007", "[accept, drop]"):
        cloud.call("UpdateGlobalConfig", category="securityGroup", name="egress.defaultPolicy", value="DENY")


def test_candidates(cloud: Groups, l3: str, group: str) -> None:
    one, two = cloud.machine(l3), cloud.machine(l3)
    cloud.machine(cloud.subnet("10.2.0.0/24", "bare"))
    cloud.enter(group, one.uuid)
    rows = cloud.call("GetCandidateVmNicForSecurityGroup", securityGroupUuid=group)
    assert [row["uuid"] for row in rows] == [two.uuid]


def test_a_host_that_is_away(cloud: Groups, l3: str, group: str) -> None:
    """A running VM's own host must be there; a stopped VM needs none, and others' are waited for only if there."""
    nic = cloud.machine(l3)
    stopped = cloud.machine(l3)
    cloud.call("StopVmInstance", uuid=stopped.vm_instance_uuid)
    cloud.leave(cloud.hosts[0])
    for name, params in (
        ("AddVmNicToSecurityGroup", {"securityGroupUuid": group, "vmNicUuids": [nic.uuid]}),
        ("SetVmNicSecurityGroup", {"vmNicUuid": nic.uuid, "refs": [{"securityGroupUuid": group, "priority": 1}]}),
    ):
        with cloud.refused("HOST.1010", "its agent hung up"):
            cloud.begin(name, **params)
    outcome = cloud.begin("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=[stopped.uuid])
    assert outcome.wait == ()


def test_a_vm_that_is_made_in_groups(cloud: Groups, l3: str, group: str) -> None:
    other, bare = cloud.group("other"), cloud.subnet("10.2.0.0/24", "bare")
    tags = (
        f"l3::{l3}::SecurityGroupUuids::{group},{other}",
        f"l3::{l3}::securityGroupIngressPolicy::ALLOW::securityGroupEgressPolicy::DENY",
    )
    vm = cloud.vm(l3, bare, tags=tags, hostUuid=cloud.hosts[0])
    nic, unfiltered = cloud.nics(vm)
    assert cloud.port(nic.uuid).filter == Filter(groups=(group, other), ingress="ACCEPT", egress="DROP")
    assert cloud.port(unfiltered.uuid).filter is None
    assert members(cloud, group) == {nic.uuid: (nic.ip,)}
    assert cloud.all(SystemTag, resource_uuid=vm["uuid"]) == []
    cloud.check_compiled()


@pytest.mark.parametrize(
    ("tags", "refusal"),
    [
        (["l3::{l3}::SecurityGroupUuids::"], ("SYS.1007", "is not of the form")),
        (["l3::{l3}::SecurityGroups::{group}"], ("SYS.1007", "is not of the form")),
        (["l3::{group}::SecurityGroupUuids::{group}"], ("SYS.1007", "no NIC will be on")),
        (["l3::{l3}::SecurityGroupUuids::" + ABSENT], ("SYS.1003", "SecurityGroupVO")),
        (
            ["l3::{l3}::securityGroupIngressPolicy::DENY::securityGroupEgressPolicy::DENY"],
            ("SYS.1007", "no SecurityGroupUuids"),
        ),
        (
            [
                "l3::{l3}::SecurityGroupUuids::{group}",
                "l3::{l3}::securityGroupIngressPolicy::DROP::securityGroupEgressPolicy::DENY",
            ],
            ("SYS.1007", "is not of the form"),
        ),
        (["cleanTraffic::maybe"], ("SYS.1007", "cleanTraffic::true or cleanTraffic::false")),
    ],
)
def test_wrong_tags_of_a_new_vm(
    cloud: Groups, l3: str, group: str, tags: list[str], refusal: tuple[str, str]
) -> None:
    with cloud.refused(*refusal):
        cloud.vm(l3, tags=tuple(tag.format(l3=l3, group=group) for tag in tags))


def test_groups_need_the_networks_service_at_birth_too(cloud: Groups, group: str) -> None:
    bare = cloud.subnet("10.2.0.0/24", "bare")
    with cloud.refused("SYS.1007", "does not have the network service"):
        cloud.vm(bare, tags=(f"l3::{bare}::SecurityGroupUuids::{group}",))


def test_what_goes_with_the_nic(cloud: Groups, l3: str, group: str) -> None:
    nic, other = cloud.machine(l3), cloud.machine(l3)
    cloud.enter(group, nic.uuid, other.uuid)
    cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip="10.1.0.99")
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=nic.uuid)
    assert {ref.vm_nic_uuid for ref in cloud.all(VmNicSecurityGroupRef)} == {other.uuid}
    assert {policy.vm_nic_uuid for policy in cloud.all(VmNicSecurityPolicy)} == {other.uuid}
    assert cloud.query("QueryVmNicAllowedAddressPair") == []
    cloud.call("DestroyVmInstance", uuid=other.vm_instance_uuid)
    assert cloud.all(VmNicSecurityGroupRef) == []
    assert cloud.all(VmNicSecurityPolicy) == []
    assert cloud.all(SecurityGroup, uuid=group)
    cloud.check_compiled()


def test_members_follow_the_vm(cloud: Groups, l3: str, group: str) -> None:
    watcher, nic = cloud.machine(l3, host=1), cloud.machine(l3)
    cloud.enter(group, watcher.uuid, nic.uuid)
    both = {watcher.uuid: (watcher.ip,), nic.uuid: (nic.ip,)}
    assert members(cloud, group, 1) == both
    cloud.call("StopVmInstance", uuid=nic.vm_instance_uuid)
    assert members(cloud, group, 1) == {watcher.uuid: (watcher.ip,)}
    assert f"group/{group}" not in cloud.objects(cloud.hosts[0])
    cloud.call("StartVmInstance", uuid=nic.vm_instance_uuid, hostUuid=cloud.hosts[1])
    assert members(cloud, group, 1) == both
    assert cloud.port(nic.uuid).filter is not None
    outcome = cloud.begin("SetVmStaticIp", vmInstanceUuid=nic.vm_instance_uuid, l3NetworkUuid=l3, ip="10.1.0.50")
    assert outcome.everywhere
    assert members(cloud, group, 1)[nic.uuid] == ("10.1.0.50",)
    cloud.check_compiled()


def test_a_nic_in_groups_moves_only_where_they_hold(cloud: Groups, l3: str, group: str) -> None:
    nic = cloud.machine(l3)
    cloud.enter(group, nic.uuid)
    cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip="10.1.0.99")
    cloud.call("StopVmInstance", uuid=nic.vm_instance_uuid)
    bare = cloud.subnet("10.2.0.0/24", "bare")
    with cloud.refused("SYS.1006", "does not have the network service SecurityGroup"):
        cloud.call("ChangeVmNicNetwork", vmNicUuid=nic.uuid, destL3NetworkUuid=bare)
    cloud.call("ChangeVmNicNetwork", vmNicUuid=nic.uuid, destL3NetworkUuid=cloud.net("10.3.0.0/24", "three"))
    assert cloud.groups_of(nic.uuid) == [group]
    assert cloud.query("QueryVmNicAllowedAddressPair") == []
    cloud.call("StartVmInstance", uuid=nic.vm_instance_uuid, hostUuid=cloud.hosts[0])
    assert members(cloud, group) == {nic.uuid: (cloud.get(VmNic, nic.uuid).ip,)}
    assert cloud.get(VmInstance, nic.vm_instance_uuid).state == "Running"
    cloud.check_compiled()
