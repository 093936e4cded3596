"""A store with zones, clusters, hosts and L2/L3 services, for the tests of those services."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller, Context, Outcome, Placed, Projection, Service
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.documents.vm import GUEST, VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.facts import HostFacts, InterfaceFact
from landbridge.model.ids import ADMIN_ACCOUNT_UUID
from landbridge.model.node import AnyObject
from landbridge.model.resource import Resource
from landbridge.services import config, host, l2, l3
from landbridge.services.l2 import actions_attach, actions_network, actions_pool, actions_vlan
from landbridge.services.l3 import actions_network as l3_network
from landbridge.services.l3 import actions_range
from landbridge.store import Store

ADMIN = Caller(account_uuid=ADMIN_ACCOUNT_UUID, user_uuid=ADMIN_ACCOUNT_UUID, is_admin=True)
VTEP_CIDR = "10.0.0.0/24"
SERVICES = (config.SERVICE, host.SERVICE, l2.SERVICE, l3.SERVICE)

D = TypeVar("D", bound=Resource)
Q = TypeVar("Q")
R = TypeVar("R")
K = TypeVar("K", bound="Kit")


def interface(name: str, *addresses: str, mtu: int = 1600) -> InterfaceFact:
    return InterfaceFact(name=name, mac="02:00:00:00:00:01", mtu=mtu, up=True, addresses=addresses)


def facts(*interfaces: InterfaceFact) -> HostFacts:
    return HostFacts(
        hostname="h", management_ip="172.16.0.1", interfaces=interfaces, cpu_num=2, memory_bytes=2**30, kernel="6.1"
    )


@dataclass
class Kit:
    """One zone, one cluster, and as many connected hosts as asked for."""

    store: Store
    zone: str
    cluster: str
    hosts: list[str]

    def write(self, fn: Callable[[Tx], R], caller: Caller = ADMIN) -> R:
        """One transaction; what it makes is the caller's."""
        return self.store.sync_write(fn, account=caller.account_uuid)

    def run(self, handler: Callable[[Context, Q], Outcome], request: Q, tags: tuple[str, ...] = ()) -> Outcome:
        return self.write(lambda tx: handler(Context(tx=tx, caller=ADMIN, request_id="r", system_tags=tags), request))

    def make(self, handler: Callable[[Context, Q], Outcome], request: Q, tags: tuple[str, ...] = ()) -> str:
        """Run a create action; returns the new uuid."""
        outcome = self.run(handler, request, tags)
        assert outcome.inventory is not None
        return outcome.inventory[1]

    @contextmanager
    def refused(self, code: str, *words: str) -> Iterator[pytest.ExceptionInfo[ApiError]]:
        """The block raises the error, whose details have the words, and nothing stored changes."""
        before = self.everything()
        with pytest.raises(ApiError) as caught:
            yield caught
        assert caught.value.code == code, caught.value
        for word in words:
            assert word in caught.value.details
        assert self.everything() == before

    def everything(self) -> list[Resource]:
        """All documents, to compare a state with another."""
        docs = self.store.catalog.docs.values()
        return self.write(lambda tx: [document for doc in docs for document in tx.find(doc)])

    def all(self, doc: type[D], **equal: Any) -> list[D]:
        return self.write(lambda tx: tx.find(doc, **equal))

    def get(self, doc: type[D], uuid: str) -> D:
        return self.write(lambda tx: tx.need(doc, uuid))

    def edit(self, doc: type[D], uuid: str, **fields: Any) -> None:
        def change(tx: Tx) -> None:
            document = tx.need(doc, uuid)
            for name, value in fields.items():
                setattr(document, name, value)
            tx.put(document)

        self.write(change)

    def placed(self, projection: Projection, *key: str) -> list[Placed]:
        """The node objects that a projection places for a key."""
        found = self.write(lambda tx: list(projection.project(tx, key)))
        return [one for one in found if isinstance(one, Placed)]

    def objects(self, host: str) -> dict[str, AnyObject]:
        """What the host's agent is sent, by key, its own settings left out."""
        message = asyncio.run(self.store.node_delta(host, {}))
        found = {key: value for scope in message.scopes.values() for key, value in scope.put.items()}
        del found["host"]
        return found

    def add_host(self, *interfaces: InterfaceFact, cluster: str = "", **fields: Any) -> str:
        """A connected host; without interfaces it has `eth1` with the next address of VTEP_CIDR."""
        number = len(self.hosts) + 1
        shown = interfaces or (interface("eth0"), interface("eth1", f"10.0.0.{number}/24"))

        def put(tx: Tx) -> str:
            values: dict[str, Any] = {"status": "Connected", "facts": facts(*shown), "number": number, **fields}
            host = Host(
                uuid=tx.new_uuid(),
                name=f"host-{number}",
                zone_uuid=self.zone,
                cluster_uuid=cluster or self.cluster,
                management_ip=f"172.16.0.{number}",
                **values,
            )
            tx.put(host)
            return host.uuid

        self.hosts.append(self.write(put))
        return self.hosts[-1]

    def add_cluster(self, name: str = "c2") -> str:
        def put(tx: Tx) -> str:
            cluster = Cluster(uuid=tx.new_uuid(), name=name, zone_uuid=self.zone)
            tx.put(cluster)
            return cluster.uuid

        return self.write(put)

    def pool(self, name: str = "pool", start: int = 100, end: int = 199) -> str:
        uuid = self.make(
            actions_pool.create_pool, actions_pool.CreateL2VxlanNetworkPool(name=name, zone_uuid=self.zone)
        )
        if end:
            self.vni_range(uuid, start, end)
        return uuid

    def vni_range(self, pool: str, start: int, end: int) -> str:
        request = actions_pool.CreateVniRange(l2_network_uuid=pool, name="vnis", start_vni=start, end_vni=end)
        return self.make(actions_pool.create_range, request)

    def attach(self, l2: str, cluster: str = "", cidr: str = VTEP_CIDR, tag: str | None = None) -> None:
        where = cluster or self.cluster
        text = f"l2NetworkUuid::{l2}::clusterUuid::{where}::cidr::{{{cidr}}}" if tag is None else tag
        request = actions_attach.AttachL2NetworkToCluster(l2_network_uuid=l2, cluster_uuid=where)
        self.run(actions_attach.attach_action, request, (text,) if text else ())

    def vxlan(self, pool: str, name: str = "net", vni: int | None = None) -> str:
        request = actions_network.CreateL2VxlanNetwork(name=name, pool_uuid=pool, vni=vni)
        return self.make(actions_network.create_vxlan, request)

    def no_vlan(self, name: str = "flat", physical_interface: str = "eth0", **fields: Any) -> str:
        request = actions_network.CreateL2NoVlanNetwork(
            name=name, zone_uuid=self.zone, physical_interface=physical_interface, **fields
        )
        return self.make(actions_network.create_no_vlan, request)

    def vlan(self, vlan: int, name: str = "vlan", physical_interface: str = "eth0", **fields: Any) -> str:
        request = actions_vlan.CreateL2VlanNetwork(
            name=name, zone_uuid=self.zone, physical_interface=physical_interface, vlan=vlan, **fields
        )
        return self.make(actions_vlan.create_vlan, request)

    def l3(self, l2: str, name: str = "l3", cidr: str = "", **fields: Any) -> str:
        uuid = self.make(l3_network.create, l3_network.CreateL3Network(name=name, l2_network_uuid=l2, **fields))
        if cidr:
            self.cidr(uuid, cidr)
        return uuid

    def cidr(self, l3: str, cidr: str, **fields: Any) -> Outcome:
        request = actions_range.AddIpRangeByNetworkCidr(l3_network_uuid=l3, name="r", network_cidr=cidr, **fields)
        return self.run(actions_range.add_range_by_cidr, request)

    def nic(self, l3: str, host: str = "", ip: str = "192.168.1.77", router: bool = False) -> str:
        """A VM (or vrouter) with one NIC on a network, plugged on a host."""

        def put(tx: Tx) -> str:
            network = tx.need(L3Network, l3)
            vm = VmInstance(uuid=tx.new_uuid(), name="vm-1", zone_uuid=self.zone)
            tx.put(vm)
            nic = VmNic(
                uuid=tx.new_uuid(),
                vm_instance_uuid=vm.uuid,
                l3_network_uuid=l3,
                l2_network_uuid=network.l2_network_uuid,
                mac="fa:00:00:00:00:01",
                ip=ip,
                meta_data=str(GUEST) if router else None,
                host_uuid=host,
            )
            tx.put(nic)
            return nic.uuid

        return self.write(put)


@contextmanager
def opened(hosts: int = 0) -> Iterator[Kit]:
    """A fresh in-memory cloud."""
    with opened_as(Kit, SERVICES, hosts) as kit:
        yield kit


@contextmanager
def opened_as(kind: type[K], services: Iterable[Service], hosts: int) -> Iterator[K]:
    """A fresh in-memory cloud of certain services, as a certain kit."""
    store = asyncio.run(Store.open("sqlite://", Catalog(services)))

    def places(tx: Tx) -> tuple[str, str]:
        zone = Zone(uuid=tx.new_uuid(), name="zone-1")
        tx.put(zone)
        cluster = Cluster(uuid=tx.new_uuid(), name="cluster-1", zone_uuid=zone.uuid)
        tx.put(cluster)
        return zone.uuid, cluster.uuid

    try:
        kit = kind(store, *store.sync_write(places), [])
        for _ in range(hosts):
            kit.add_host()
        yield kit
    finally:
        asyncio.run(store.close())
