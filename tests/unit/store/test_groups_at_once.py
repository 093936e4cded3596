"""Changes of one security group, and of one NIC's, at once: they happen one after the other, on either engine."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from landbridge.core import nics
from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller, Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3Network, NetworkServiceRef
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.documents.security_group import (
    SecurityGroup,
    SecurityGroupRule,
    VmNicSecurityGroupRef,
    VmNicSecurityPolicy,
)
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.server.services import SERVICES
from landbridge.services.security_group import actions_group, actions_nic, actions_rule
from landbridge.store import Store
from landbridge.store.tx import SqlTx

pytestmark = pytest.mark.anyio
ADMIN = Caller(account_uuid=ADMIN_ACCOUNT_UUID, user_uuid=ADMIN_ACCOUNT_UUID, is_admin=True)
ZONE, CLUSTER, HOST, L2, L3, VM, NIC = (f"{number:032x}" for number in range(1, 8))
MANY = 8


def ctx(tx: Tx) -> Context:
    return Context(tx=tx, caller=ADMIN, request_id="r")


def places(tx: Tx) -> None:
    """A stopped VM with a NIC on a network with the service."""
    tx.put(Zone(uuid=ZONE, name="z"))
    tx.put(Cluster(uuid=CLUSTER, name="c", zone_uuid=ZONE))
    tx.put(Host(uuid=HOST, name="h", zone_uuid=ZONE, cluster_uuid=CLUSTER, management_ip="10.0.0.1"))
    tx.put(L2Network(uuid=L2, name="l2", zone_uuid=ZONE, type="L2NoVlanNetwork", physical_interface="eth0", net_id=1))
    tx.put(L3Network(uuid=L3, name="l3", zone_uuid=ZONE, l2_network_uuid=L2))
    tx.put(
        NetworkServiceRef(
            uuid=tx.new_uuid(),
            l3_network_uuid=L3,
            network_service_provider_uuid="p",
            network_service_type="SecurityGroup",
        )
    )
    tx.put(VmInstance(uuid=VM, name="vm", zone_uuid=ZONE, state="Stopped"))
    tx.put(VmNic(uuid=NIC, vm_instance_uuid=VM, l3_network_uuid=L3, l2_network_uuid=L2, mac="fa:00:00:00:00:01"))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await Store.open(url, Catalog(SERVICES))
    await opened.write(places)
    yield opened
    await opened.close()


async def group(store: Store, name: str) -> str:
    request = actions_group.CreateSecurityGroup(name=name)
    outcome = await store.write(lambda tx: actions_group.create(ctx(tx), request))
    assert outcome.inventory is not None
    return outcome.inventory[1]


def rule(group_uuid: str, port: int) -> Callable[[Tx], Outcome]:
    """Adds one that no host hears of; it looks for free numbers elsewhere than the others, as server copies do."""
    rules = [{"type": "Ingress", "protocol": "TCP", "dstPortRange": str(port), "state": "Disabled"}]
    request = actions_rule.AddSecurityGroupRule(security_group_uuid=group_uuid, rules=rules)

    def add(tx: Tx) -> Outcome:
        assert isinstance(tx, SqlTx)
        tx._claims._hints = {"sgrule": 1000 * (port + 1)}
        return actions_rule.add(ctx(tx), request)

    return add


def join(group_uuid: str) -> Callable[[Tx], Outcome]:
    request = actions_nic.AddVmNicToSecurityGroup(security_group_uuid=group_uuid, vm_nic_uuids=[NIC])
    return lambda tx: actions_nic.add_nics(ctx(tx), request)


async def test_rules(store: Store) -> None:
    made = await group(store, "g")
    await asyncio.gather(*(store.write(rule(made, port)) for port in range(MANY)))
    rules = await store.read(lambda view: view.find(SecurityGroupRule, security_group_uuid=made))
    assert sorted(rule.priority for rule in rules) == [0] * 4 + list(range(1, MANY + 1))
    assert len({rule.number for rule in rules}) == 4 + MANY


async def test_memberships(store: Store) -> None:
    groups = [await group(store, f"g{number}") for number in range(MANY)]
    await asyncio.gather(*(store.write(join(one)) for one in groups))
    refs = await store.read(lambda view: view.find(VmNicSecurityGroupRef, vm_nic_uuid=NIC))
    assert sorted(ref.priority for ref in refs) == list(range(1, MANY + 1))
    assert {ref.security_group_uuid for ref in refs} == set(groups)
    assert await store.read(lambda view: view.count(VmNicSecurityPolicy)) == 1
    assert await store.read(lambda view: view.count(SecurityGroup)) == MANY


async def test_a_join_while_the_vm_is_started(store: Store) -> None:
    """Whichever is first: the membership is where the NIC is."""
    for number in range(MANY):
        made = await group(store, f"g{number}")
        host = HOST if number % 2 else ""

        def start(tx: Tx, host: str = host) -> None:
            nics.plug(tx, tx.need(VmInstance, VM), host)

        await asyncio.gather(store.write(join(made)), store.write(start))
        refs = await store.read(lambda view: view.find(VmNicSecurityGroupRef, vm_nic_uuid=NIC))
        assert {ref.host_uuid for ref in refs} == {host}
