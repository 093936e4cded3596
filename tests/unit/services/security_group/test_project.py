"""What hosts are sent of security groups: to whom, how much of it, and that it is what a fresh compile gives."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landbridge.core.domain import ROUTED
from landbridge.core.view import Tx
from landbridge.model.documents.address_pair import VmNicAllowedAddressPair
from landbridge.model.documents.places import Host
from landbridge.model.documents.security_group import (
    SecurityGroup,
    SecurityGroupRule,
    VmNicSecurityGroupRef,
    VmNicSecurityPolicy,
)
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.node import AddressPair, GroupMember
from landbridge.store.rows import ResourceRows
from landbridge.store.tx import SqlTx
from tests.unit.services.groupkit import SSH, Groups, opened


@pytest.fixture
def cloud() -> Iterator[Groups]:
    with opened() as cloud:
        yield cloud


def scopes(cloud: Groups, host: int) -> set[str]:
    """The shared scopes of groups that a host reads, by the groups' names."""
    names = {group.uuid: group.name for group in cloud.all(SecurityGroup)}
    found = asyncio.run(cloud.store.node_delta(cloud.hosts[host], {})).scopes
    split = [scope.split(":") for scope in found if scope.startswith(("group:", "members:"))]
    return {f"{kind}:{names[uuid]}" for kind, uuid in split}


def revisions(cloud: Groups, host: int) -> dict[str, int]:
    message = asyncio.run(cloud.store.node_delta(cloud.hosts[host], {}))
    return {scope: delta.revision for scope, delta in message.scopes.items()}


def changed(cloud: Groups, host: int, since: dict[str, int]) -> set[str]:
    message = asyncio.run(cloud.store.node_delta(cloud.hosts[host], since))
    return {key for delta in message.scopes.values() for key in (*delta.put, *delta.gone)}


def member(cloud: Groups, group: str, nic: str, host: int = 0) -> GroupMember:
    found = cloud.objects(cloud.hosts[host])[f"member/{group}/{nic}"]
    assert isinstance(found, GroupMember)
    return found


def test_hosts_read_what_their_ports_need(cloud: Groups) -> None:
    l3 = cloud.net()
    web, db = cloud.group("web"), cloud.group("db")
    front, back = cloud.machine(l3, 0), cloud.machine(l3, 1)
    cloud.enter(web, front.uuid)
    cloud.enter(db, back.uuid)
    assert scopes(cloud, 0) == {"group:web", "members:web"}
    assert scopes(cloud, 1) == {"group:db", "members:db"}
    rule = cloud.rule(db, remoteSecurityGroupUuid=web)
    assert scopes(cloud, 1) == {"group:db", "members:db", "members:web"}
    assert member(cloud, web, front.uuid, 1).addresses == (front.ip,)
    for change, seen in (("Disabled", False), ("Enabled", True)):
        cloud.call("ChangeSecurityGroupRule", uuid=rule, state=change)
        assert ("members:web" in scopes(cloud, 1)) == seen
    for event, seen in (("disable", False), ("enable", True)):
        cloud.call("ChangeSecurityGroupState", uuid=db, stateEvent=event)
        assert ("members:web" in scopes(cloud, 1)) == seen
        assert "group:db" in scopes(cloud, 1)
    cloud.call("ChangeSecurityGroupRule", uuid=rule, srcIpRange="10.0.0.1")
    assert scopes(cloud, 1) == {"group:db", "members:db"}
    cloud.call("ChangeSecurityGroupRule", uuid=rule, remoteSecurityGroupUuid=web)
    cloud.call("DeleteSecurityGroupRule", ruleUuids=[rule])
    assert scopes(cloud, 1) == {"group:db", "members:db"}
    assert scopes(cloud, 0) == {"group:web", "members:web"}
    cloud.exit(db, back.uuid)
    assert scopes(cloud, 1) == set()
    cloud.check_compiled()


def test_pairs_are_members_but_for_cidrs(cloud: Groups) -> None:
    nic, group = cloud.machine(cloud.net()), cloud.group()
    cloud.enter(group, nic.uuid)
    for ip in ("10.1.0.99", "192.168.0.0/24", "2001:db8::1", "2001:db8:1::/48", "192.168.9.9/32"):
        cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip=ip)
    assert member(cloud, group, nic.uuid).addresses == (nic.ip, "10.1.0.99", "2001:db8::1", "192.168.9.9")
    pairs = cloud.port(nic.uuid).pairs
    assert len(pairs) == 5
    assert AddressPair(ip="192.168.0.0/24") in pairs
    cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip="10.1.0.99", mac="00:00:5e:00:01:01")
    assert member(cloud, group, nic.uuid).addresses.count("10.1.0.99") == 1
    cloud.check_compiled()


def test_an_address_counts_in_its_own_scope(cloud: Groups) -> None:
    """A subnet is a domain of its own until a vrouter serves it; two vrouters' domains never meet."""
    nets = [cloud.net("10.1.0.0/24", name, vpc=True) for name in ("one", "two", "three")]
    nics = [cloud.machine(l3, 0) for l3 in nets]
    group = cloud.group()
    cloud.enter(group, *(nic.uuid for nic in nics))

    def seen() -> list[int]:
        found = [cloud.port(nic.uuid).domain for nic in nics]
        assert [member(cloud, group, nic.uuid).domain for nic in nics] == found
        return found

    alone = seen()
    assert len(set(alone)) == 3
    assert not any(scope & ROUTED for scope in alone)
    offering = cloud.offering()["uuid"]
    routers = [cloud.router(virtualRouterOfferingUuid=offering) for _ in range(2)]
    before = revisions(cloud, 0), revisions(cloud, 1)
    cloud.join(routers[0], nets[0])
    news = set().union(*(changed(cloud, host, before[host]) for host in (0, 1)))
    touched = {key for key in news if key.startswith(("port/", "member/"))}
    own = {f"port/{nic.uuid}" for nic in cloud.nics(routers[0])}
    assert touched - own == {f"port/{nics[0].uuid}", f"member/{group}/{nics[0].uuid}"}
    cloud.join(routers[1], nets[1])
    numbers = [cloud.get(VmInstance, router["uuid"]).number for router in routers]
    assert seen() == [ROUTED | numbers[0], ROUTED | numbers[1], alone[2]]
    cloud.check_compiled()
    for nic in nics:
        cloud.call("StopVmInstance", uuid=nic.vm_instance_uuid)
    leg = next(nic for nic in cloud.nics(routers[0]) if nic.l3_network_uuid == nets[0])
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=leg.uuid)
    for nic in nics:
        cloud.call("StartVmInstance", uuid=nic.vm_instance_uuid, hostUuid=cloud.hosts[0])
    assert seen() == [alone[0], ROUTED | numbers[1], alone[2]]
    cloud.check_compiled()


def test_two_subnets_of_a_vrouter_are_one_scope(cloud: Groups) -> None:
    nets = [cloud.net(f"10.{n}.0.0/24", f"n{n}", vpc=True) for n in (1, 2)]
    nics = [cloud.machine(l3) for l3 in nets]
    router = cloud.router()
    for l3 in nets:
        cloud.join(router, l3)
    assert len({cloud.port(nic.uuid).domain for nic in nics}) == 1


def crowd(cloud: Groups, group: str, number: int) -> None:
    """Many running VMs of a group on the second host, as rows."""
    one = cloud.all(VmNicSecurityGroupRef, security_group_uuid=group)[0]
    nic = cloud.get(VmNic, one.vm_nic_uuid)

    def put(tx: Tx) -> None:
        for index in range(number):
            nic.uuid, nic.ip, nic.mac = tx.new_uuid(), f"10.9.{index // 250}.{index % 250}", f"fa:{index}"
            nic.host_uuid = cloud.hosts[1]
            tx.put(nic)
            one.uuid, one.vm_nic_uuid, one.host_uuid = tx.new_uuid(), nic.uuid, cloud.hosts[1]
            tx.put(one)

    cloud.write(put)


def test_a_crowd_costs_nothing(cloud: Groups, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents read and objects sent for a join, a rule and a switch are the same in a group of 3 and of 63."""
    reads = 0
    normal = ResourceRows._normal

    def counted(self: ResourceRows, *args: Any) -> bytes:
        nonlocal reads
        reads += 1
        return normal(self, *args)

    monkeypatch.setattr(ResourceRows, "_normal", counted)
    l3, group, other = cloud.net(), cloud.group(), cloud.group("other")
    cloud.enter(group, cloud.machine(l3, 0).uuid, cloud.machine(l3, 1).uuid)
    spare = [cloud.machine(l3) for _ in range(2)]
    costs, news = [], []
    for number, nic in enumerate(spare):
        crowd(cloud, group, 60 * number)
        steps: tuple[tuple[str, dict[str, Any]], ...] = (
            ("AddVmNicToSecurityGroup", {"vmNicUuids": [nic.uuid]}),
            ("AddSecurityGroupRule", {"rules": [SSH], "remoteSecurityGroupUuids": [other]}),
        )
        for name, params in steps:
            before, reads = revisions(cloud, 1), 0
            cloud.begin(name, securityGroupUuid=group, **params)
            costs.append(reads)
            news.append({key.replace(nic.uuid, "NIC") for key in changed(cloud, 1, before)})
        cloud.call("DeleteSecurityGroupRule", ruleUuids=[cloud.rules(group)[0].uuid])
        cloud.exit(group, nic.uuid)
    assert costs[:2] == costs[2:]
    assert costs[0] <= 30
    assert news[0] == news[2] == {f"member/{group}/NIC"}
    assert news[1] == news[3] == {f"group/{group}"}


def test_a_group_that_went_meanwhile_opens_nothing(cloud: Groups) -> None:
    """Two server copies: one deletes a group while the other names it in a rule and puts a NIC into it."""
    group, gone = cloud.group(), cloud.group("gone")
    nic = cloud.machine(cloud.net())
    cloud.enter(group, nic.uuid)
    cloud.enter(gone, nic.uuid)
    rule = cloud.rule(group, remoteSecurityGroupUuid=gone)

    def delete(tx: Tx) -> None:
        assert isinstance(tx, SqlTx)
        tx.run("DELETE FROM resource WHERE uuid = :u", u=gone)

    cloud.write(delete)
    cloud.call("ChangeSecurityGroupRule", uuid=cloud.rule(group, dstPortRange="80"), description="why")
    assert rule not in {one.uuid for one in cloud.sent(group).rules}
    cloud.call(
        "SetVmStaticIp", vmInstanceUuid=nic.vm_instance_uuid, l3NetworkUuid=nic.l3_network_uuid, ip="10.1.0.50"
    )
    assert f"member/{gone}/{nic.uuid}" not in cloud.objects(cloud.hosts[0])
    cloud.call("SetVmNicSecurityGroup", vmNicUuid=nic.uuid, refs=[{"securityGroupUuid": group, "priority": 1}])
    cloud.check_compiled()


OPERATIONS = (
    "create",
    "create",
    "stop",
    "start",
    "destroy",
    "detach",
    "move",
    "static",
    "enter",
    "enter",
    "exit",
    "arrange",
    "policy",
    "rule",
    "rule",
    "remote",
    "rule state",
    "rule delete",
    "group",
    "group state",
    "group delete",
    "pair",
    "pair delete",
    "clean",
    "config",
    "serve",
    "leave",
    "away",
    "back",
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 11), st.booleans()), min_size=5, max_size=30))
def test_compiled_change_by_change_or_from_scratch(steps: list[tuple[str, int, bool]]) -> None:
    """Whatever is done in whatever order, whether the hosts agree or not."""
    with opened() as cloud:
        nets = [cloud.net("10.1.0.0/24", "one", vpc=True), cloud.net("10.2.0.0/24", "two", vpc=True)]
        router = cloud.router()["uuid"]
        for name in ("red", "green"):
            cloud.group(name)
        vms = [cloud.vm(net) for net in nets]
        cloud.enter(cloud.all(SecurityGroup)[0].uuid, *(vm["vmNics"][0]["uuid"] for vm in vms))
        for operation, which, agreed in steps:
            try:
                outcome = _begin(cloud, nets, router, operation, which)
            except ApiError:
                continue
            if outcome is not None and (agreed or outcome.failed is None):
                cloud.finish(outcome)
            elif outcome is not None:
                cloud.fail(outcome)
        cloud.check_compiled()
        for nic in cloud.all(VmNic):
            cloud.groups_of(nic.uuid)
            refs = cloud.all(VmNicSecurityGroupRef, vm_nic_uuid=nic.uuid)
            assert {ref.host_uuid for ref in refs} <= {nic.host_uuid}
            pairs = cloud.all(VmNicAllowedAddressPair, vm_nic_uuid=nic.uuid)
            policies = cloud.all(VmNicSecurityPolicy, vm_nic_uuid=nic.uuid)
            assert nic.guard or not (refs or pairs or policies)
            assert len(policies) == bool(refs)


def _begin(cloud: Groups, nets: list[str], router: str, operation: str, which: int) -> Any:
    """Begin an operation; `which` chooses among what there is."""
    vms = [vm for vm in cloud.all(VmInstance) if vm.uuid != router]
    nics = [nic for nic in cloud.all(VmNic) if nic.meta_data is None]
    groups, net = cloud.all(SecurityGroup), nets[which % 2]

    def pick(among: list[Any]) -> Any:
        return among[which % len(among)].uuid

    match operation:
        case "create":
            return cloud.begin("CreateVmInstance", **cloud.vm_params(net))
        case "away" | "back":
            cloud.edit(Host, cloud.hosts[which % 2], status="Connected" if operation == "back" else "Disconnected")
            return None
        case "config":
            value = ("true", "false")[which % 2]
            return cloud.begin("UpdateGlobalConfig", category="vm", name="cleanTraffic", value=value)
        case "serve":
            return cloud.begin("AttachL3NetworkToVm", vmInstanceUuid=router, l3NetworkUuid=net)
        case "leave":
            legs = [nic for nic in cloud.all(VmNic, vm_instance_uuid=router) if nic.l3_network_uuid == net]
            return cloud.begin("DetachL3NetworkFromVm", vmNicUuid=legs[0].uuid) if legs else None
        case "group":
            return cloud.begin("CreateSecurityGroup", name=f"g{which}")
        case _ if groups and "group" in operation:
            return _on_group(cloud, operation, pick(groups), which)
        case _ if groups and operation in ("rule", "remote", "rule state", "rule delete"):
            return _on_rule(cloud, operation, pick(groups), groups[which // 2 % len(groups)].uuid, which)
        case _ if nics and groups and operation in ("enter", "exit", "arrange"):
            return _on_membership(cloud, operation, pick(nics), groups[which // 3 % len(groups)].uuid)
        case _ if nics and operation in ("policy", "pair", "pair delete", "detach", "move"):
            return _on_nic(cloud, operation, pick(nics), net, which)
        case _ if vms and operation in ("stop", "start", "destroy"):
            return cloud.begin(f"{operation.capitalize()}VmInstance", uuid=pick(vms))
        case "clean" if vms:
            return cloud.begin("SetVmCleanTraffic", uuid=pick(vms), enable=bool(which // 2 % 2))
        case "static" if vms:
            ip = f"10.{which % 2 + 1}.0.{100 + which}"
            return cloud.begin("SetVmStaticIp", vmInstanceUuid=pick(vms), l3NetworkUuid=net, ip=ip)
    return None


def _on_group(cloud: Groups, operation: str, group: str, which: int) -> Any:
    if operation == "group delete":
        return cloud.begin("DeleteSecurityGroup", uuid=group)
    event = ("enable", "disable")[which // 2 % 2]
    return cloud.begin("ChangeSecurityGroupState", uuid=group, stateEvent=event)


def _on_rule(cloud: Groups, operation: str, group: str, other: str, which: int) -> Any:
    if operation in ("rule", "remote"):
        rule = SSH | {"type": ("Ingress", "Egress")[which % 2], "dstPortRange": str(which)}
        remotes = [other] if operation == "remote" else None
        return cloud.begin(
            "AddSecurityGroupRule", securityGroupUuid=group, rules=[rule], remoteSecurityGroupUuids=remotes
        )
    rules = cloud.all(SecurityGroupRule, security_group_uuid=group)
    rule_uuid = rules[which % len(rules)].uuid
    if operation == "rule delete":
        return cloud.begin("DeleteSecurityGroupRule", ruleUuids=[rule_uuid])
    state = ("Enabled", "Disabled")[which // 2 % 2]
    return cloud.begin("ChangeSecurityGroupRuleState", securityGroupUuid=group, ruleUuids=[rule_uuid], state=state)


def _on_membership(cloud: Groups, operation: str, nic: str, group: str) -> Any:
    if operation == "enter":
        return cloud.begin("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=[nic])
    if operation == "exit":
        return cloud.begin("DeleteVmNicFromSecurityGroup", securityGroupUuid=group, vmNicUuids=[nic])
    order = [group, *(uuid for uuid in cloud.groups_of(nic) if uuid != group)]
    refs = [{"securityGroupUuid": uuid, "priority": number} for number, uuid in enumerate(order, 1)]
    return cloud.begin("SetVmNicSecurityGroup", vmNicUuid=nic, refs=refs)


def _on_nic(cloud: Groups, operation: str, nic: str, net: str, which: int) -> Any:
    match operation:
        case "policy":
            policy = ("ALLOW", "DENY")[which // 2 % 2]
            return cloud.begin("ChangeVmNicSecurityPolicy", vmNicUuid=nic, egressPolicy=policy)
        case "pair":
            ip = f"192.168.{which}.0/24" if which % 2 else f"192.168.{which}.1"
            return cloud.begin("AddVmNicAllowedAddressPair", vmNicUuid=nic, ip=ip)
        case "pair delete":
            pairs = cloud.query("QueryVmNicAllowedAddressPair")
            return cloud.begin("RemoveVmNicAllowedAddressPair", uuid=pairs[which % len(pairs)]) if pairs else None
        case "detach":
            return cloud.begin("DetachL3NetworkFromVm", vmNicUuid=nic)
        case _:
            return cloud.begin("ChangeVmNicNetwork", vmNicUuid=nic, destL3NetworkUuid=net)
