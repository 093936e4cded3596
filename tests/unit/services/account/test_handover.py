"""ChangeResourceOwner: what goes along, what is not torn apart, as both tenants see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from landbridge.core.service import Caller
from landbridge.model.documents.l3 import USED_IP, UsedIp
from landbridge.model.documents.labels import USER_TAG
from landbridge.model.documents.ownership import RESOURCE_REF
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.documents.vm import VM_NIC, VmNic
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.model.resource import Kind
from landbridge.services.load_balancer.documents import LISTENER
from tests.unit.services.natkit import NatCloud, opened

PORTS = iter(range(1000, 2000))


@dataclass
class Two:
    """A cloud, an account that had all of it, and one that is given some."""

    cloud: NatCloud
    old: Caller
    new: Caller

    def belongs(self, *uuids: str, to: Caller) -> bool:
        """Whether all of them are an account's."""
        return self.cloud.write(lambda tx: {tx.owner_account(uuid) for uuid in uuids}) == {to.account_uuid}

    def seen(self, kind: Kind, by: Caller) -> set[str]:
        """Uuids that an account's query finds."""
        return {str(row["uuid"]) for row in self.cloud.ask(kind, caller=by)}

    def give(self, uuid: str) -> None:
        self.cloud.call("ChangeResourceOwner", accountUuid=self.new.account_uuid, resourceUuid=uuid)
        self.cloud.check_compiled()

    def torn(self, uuid: str, *words: str) -> None:
        """It cannot be given away, and nothing is."""
        with self.cloud.refused("SYS.1006", "hang together", *words):
            self.cloud.begin("ChangeResourceOwner", accountUuid=self.new.account_uuid, resourceUuid=uuid)
        assert self.belongs(uuid, to=self.old)

    def mine(self, *uuids: str) -> None:
        """They are the old account's."""
        self.cloud.give(*uuids, to=self.old)

    def vip(self) -> str:
        vip = self.cloud.vip()
        self.mine(vip, self.used(vip))
        return vip

    def used(self, vip: str) -> str:
        return self.cloud.get(Vip, vip).used_ip_uuid

    def guest(self) -> tuple[str, str]:
        """A VM and its NIC."""
        nic = self.cloud.guest()
        vm = self.cloud.get(VmNic, nic).vm_instance_uuid
        self.mine(vm)
        return vm, nic

    def eip(self, vip: str, nic: str | None = None) -> str:
        return self._made(self.cloud.eip(vip, nic))

    def rule(self, vip: str, nic: str | None = None) -> str:
        return self._made(self.cloud.rule(vip, next(PORTS), nic))

    def label(self, vm: str) -> str:
        """A tag of the old account's pattern on a VM: the pattern."""
        made = self.cloud.begin("CreateTag", caller=self.old, name="p", value="p", type="simple").inventory
        assert made is not None
        self.cloud.begin("AttachTagToResources", caller=self.old, tagUuid=made[1], resourceUuids=[vm])
        return made[1]

    def _made(self, inventory: Any) -> str:
        self.mine(inventory["uuid"])
        return str(inventory["uuid"])


@pytest.fixture
def two() -> Iterator[Two]:
    with opened() as cloud:
        old, new = (
            Caller(made["uuid"], made["uuid"], is_admin=False)
            for made in (cloud.call("CreateAccount", name=name, password="hash") for name in ("old", "new"))
        )
        yield Two(cloud, old, new)


def test_a_vip_takes_along_what_stands_on_it(two: Two) -> None:
    """Rules that wait, load balancers with their listeners, its address; the new owner can go on with them."""
    vip = two.vip()
    rule, balancer = two.rule(vip), two.cloud.balancer(vip)
    two.mine(balancer)
    listener = two.cloud.listener(balancer, 80)
    two.give(vip)
    assert two.belongs(vip, two.used(vip), rule, balancer, to=two.new)
    for kind, uuid in ((VIP, vip), (USED_IP, two.used(vip)), (LISTENER, listener)):
        assert two.seen(kind, two.new) == {uuid}
        assert two.seen(kind, two.old) == set()
    change: dict[str, Any] = {"uuid": listener, "name": "mine"}
    with two.cloud.refused("SYS.1003", listener):
        two.cloud.begin("UpdateLoadBalancerListener", caller=two.old, **change)
    two.cloud.begin("UpdateLoadBalancerListener", caller=two.new, **change)
    two.cloud.begin("DeleteVip", caller=two.new, uuid=vip)
    assert two.cloud.all(Vip, uuid=vip) == []


def test_a_vm_takes_along_the_eip_that_leads_to_it(two: Two) -> None:
    vm, nic = two.guest()
    vip = two.vip()
    eip = two.eip(vip, nic)
    two.give(vm)
    assert two.belongs(vm, vip, eip, two.used(vip), to=two.new)
    for kind, uuids in ((VM_NIC, {nic}), (USED_IP, {two.cloud.get_used(nic), two.used(vip)})):
        assert two.seen(kind, two.new) == uuids
        assert two.seen(kind, two.old) == set()
    two.cloud.begin("DetachEip", caller=two.new, uuid=eip)


def test_nothing_is_torn_apart(two: Two) -> None:
    """What leads to a VM and stands on a VIP with others; a part of what goes along."""
    vm, nic = two.guest()
    vip, other = two.vip(), two.vip()
    rule, eip = two.rule(vip, nic), two.eip(other, nic)
    two.torn(vm, vm, rule, "take them apart")
    two.torn(vip, rule, vm, "take them apart")
    two.torn(other, eip, vm, "give that one")
    two.torn(eip, eip, "give that one")
    two.torn(rule, rule)
    two.cloud.call("DetachPortForwardingRule", uuid=rule)
    two.give(vm)
    two.give(vip)
    assert two.belongs(vm, vip, rule, other, eip, to=two.new)


def test_what_is_the_new_owners_already_holds_nothing_back(two: Two) -> None:
    """As when the VM has gone first, by hand."""
    _, nic = two.guest()
    vip = two.vip()
    rule = two.rule(vip, nic)
    two.cloud.give(two.cloud.get(VmNic, nic).vm_instance_uuid, to=two.new)
    two.give(vip)
    assert two.belongs(vip, rule, to=two.new)


def test_servers_of_a_balancer(two: Two) -> None:
    vm, nic = two.guest()
    vip = two.vip()
    balancer = two.cloud.balancer(vip)
    two.mine(balancer)
    listener = two.cloud.listener(balancer, 80, nic)
    two.torn(vm, vm, balancer)
    two.torn(vip, balancer, vm)
    two.cloud.call("RemoveVmNicFromLoadBalancer", listenerUuid=listener, vmNicUuids=[nic])
    two.give(vm)


def test_a_vrouter_takes_along_its_own_vip(two: Two) -> None:
    assert two.cloud.route is not None
    router, own = two.cloud.route["uuid"], two.cloud.own_vip()
    two.mine(router, own)
    rule = two.rule(own)
    two.torn(own, own, router, "give that one")
    shared = two.cloud.call(
        "CreateVpcSharedQos", name="q", vpcUuid=router, l3NetworkUuid=two.cloud.public, bandwidth=10**6
    )["uuid"]
    two.mine(shared)
    table = two.cloud.call("CreateVRouterRouteTable", name="t")["uuid"]
    two.mine(table)
    two.cloud.call("AttachVRouterRouteTableToVRouter", routeTableUuid=table, virtualRouterVmUuid=router)
    two.torn(router, router, table, "take them apart")
    two.cloud.call("DetachVRouterRouteTableFromVRouter", routeTableUuid=table, virtualRouterVmUuid=router)
    two.give(router)
    assert two.belongs(router, own, rule, shared, to=two.new)
    assert two.belongs(table, to=two.old)


def test_networks_that_others_build_on_go_alone(two: Two) -> None:
    """With their DHCP server's address, which is nobody else's."""
    addresses = two.cloud.all(UsedIp, l3_network_uuid=two.cloud.web)
    [dhcp] = [used.uuid for used in addresses if used.used_for == "DHCP server"]
    vm, _ = two.guest()
    two.mine(two.cloud.web, dhcp)
    two.give(two.cloud.web)
    assert two.belongs(two.cloud.web, dhcp, to=two.new)
    assert two.belongs(vm, to=two.old)


def test_quotas_count_what_goes_along(two: Two) -> None:
    vm, nic = two.guest()
    vip = two.vip()
    two.eip(vip, nic)
    two.cloud.call("UpdateQuota", identityUuid=two.new.account_uuid, name="vip.num", value=0)
    with two.cloud.refused("ID.1003", "vip.num"):
        two.cloud.begin("ChangeResourceOwner", accountUuid=two.new.account_uuid, resourceUuid=vm)


def test_labels(two: Two) -> None:
    """Plain tags go along, those by a pattern go; others' stay."""
    vm, nic = two.guest()
    two.label(vm)
    for kind, uuid, tag in (("VmNicVO", nic, "plain"), ("VmInstanceVO", vm, "plain too")):
        two.cloud.begin("CreateUserTag", caller=two.old, resourceUuid=uuid, resourceType=kind, tag=tag)
    two.cloud.begin("CreateUserTag", resourceUuid=vm, resourceType="VmInstanceVO", tag="the admin's")
    two.give(vm)
    assert {row["tag"] for row in two.cloud.ask(USER_TAG, caller=two.new)} == {"plain", "plain too"}
    assert two.cloud.ask(USER_TAG, caller=two.old) == []
    assert len(two.cloud.ask(USER_TAG)) == 3


def test_a_pattern_leaves_its_tags(two: Two) -> None:
    vm, _ = two.guest()
    pattern = two.label(vm)
    two.give(pattern)
    assert two.cloud.ask(USER_TAG) == []
    assert two.belongs(pattern, to=two.new)


def test_deleting_an_account_moves_all_of_it_at_once(two: Two) -> None:
    vm, nic = two.guest()
    vip = two.vip()
    rule = two.rule(vip, nic)
    two.cloud.call("DeleteAccount", uuid=two.old.account_uuid, deleteMode="Enforcing")
    seen = {row["resourceUuid"] for row in two.cloud.ask(RESOURCE_REF, f"accountUuid={ADMIN_ACCOUNT_UUID}")}
    assert seen >= {vm, vip, rule}
