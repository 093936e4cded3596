"""The whole cloud but for real hosts: calls by action name, checked as the server checks them.

Hosts answer at once: a job is finished, or undone, by calling its continuation.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from landbridge.core.compile import everything
from landbridge.core.query import parse
from landbridge.core.service import Caller, Outcome
from landbridge.core.validate import from_json
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.node import AnyObject
from landbridge.model.resource import Kind
from landbridge.server.call import Call
from landbridge.server.perform import perform
from landbridge.server.render import render
from landbridge.server.services import SERVICES
from tests.unit.services.netkit import ADMIN, Kit, opened_as

MIB = 1 << 20
HOST_SAYS = ApiError("SYS.1006", "host[host-1]: no such device")


@dataclass
class Cloud(Kit):
    """Documents as in `Kit`, and the API."""

    def begin(self, name: str, /, *, tags: tuple[str, ...] = (), caller: Caller = ADMIN, **params: Any) -> Outcome:
        """Run an action's transaction; its job, if it waits, is not finished."""
        (action,) = (action for action in self.store.catalog.actions if action.name == name)
        values = from_json(action.request, params)
        call = Call(action=action, values=values, caller=caller, request_id="r", system_tags=tags)
        return self.write(lambda tx: perform(tx, self.store.catalog, call), caller)

    def give(self, *uuids: str, to: Caller) -> None:
        """Make an account the owner of resources and their parts."""

        def change(tx: Tx) -> None:
            for uuid in uuids:
                tx.hand_over(uuid, to.account_uuid)

        self.write(change)

    def finish(self, outcome: Outcome, caller: Caller = ADMIN) -> Any:
        """The host has applied it: the answer."""

        while (following := self.go_on(outcome)) is not None:
            outcome = following
        answer = self.write(lambda tx: render(tx, outcome, caller))
        return answer.get("inventory", answer.get("inventories", answer))

    def go_on(self, outcome: Outcome) -> Outcome | None:
        """The hosts have applied it: the job's next step, None at its end."""
        done = outcome.done
        return self.write(lambda tx: self.store.catalog.done[done.name](tx, done.args)) if done else None

    def fail(self, outcome: Outcome, error: ApiError = HOST_SAYS) -> ApiError:
        """The host has not: the error that the user is told."""
        failed = outcome.failed
        assert failed is not None
        return self.write(lambda tx: self.store.catalog.failed[failed.name](tx, failed.args, error))

    def call(self, name: str, /, **params: Any) -> Any:
        """An action from beginning to end: its inventory, inventories or other fields."""
        return self.finish(self.begin(name, **params))

    def vm(self, *l3s: str, name: str = "vm", **params: Any) -> dict[str, Any]:
        """A running VM on networks."""
        return dict(self.call("CreateVmInstance", **{**self.vm_params(*l3s, name=name), **params}))

    @staticmethod
    def vm_params(*l3s: str, name: str = "vm") -> dict[str, Any]:
        """What CreateVmInstance needs."""
        more = {"defaultL3NetworkUuid": l3s[0]} if len(l3s) > 1 else {}
        return {"name": name, "l3NetworkUuids": list(l3s), "cpuNum": 1, "memorySize": 64 * MIB, **more}

    def subnet(self, cidr: str, name: str = "net", vpc: bool = False, services: bool = True) -> str:
        """An L3 network with a range on a VXLAN network of a pool on the cluster."""
        pools = [pool.uuid for pool in self.all(L2Network, type="VxlanNetworkPool")]
        if not pools:
            pools = [self.pool()]
            self.attach(pools[0])
        l3 = self.l3(self.vxlan(pools[0], name), name, type="L3VpcNetwork" if vpc else "L3BasicNetwork")
        if services:
            wanted = {"Flat": ["DHCP"], **({"vrouter": ["SNAT", "DNS", "CentralizedDNS"]} if vpc else {})}
            self.call("AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices=wanted)
        if cidr:
            self.cidr(l3, cidr)
        return l3

    def flat(self, interface: str, cidr: str, name: str, **fields: Any) -> str:
        """An L3 network with a range on a host interface; in a VLAN of its own if others have the interface."""
        others = len(self.all(L2Network, physical_interface=interface))
        l2 = self.vlan(others, f"l2-{name}", interface) if others else self.no_vlan(f"l2-{name}", interface)
        self.attach(l2, tag="")
        return self.l3(l2, name, cidr, **fields)

    def offering(self, **params: Any) -> dict[str, Any]:
        """A vrouter offering; without networks given, with a new management and public network."""
        if "managementNetworkUuid" not in params:
            params["managementNetworkUuid"] = self.flat(
                "eth0", "172.16.9.0/24", "management", category="System", system=True
            )
            params["publicNetworkUuid"] = self.flat("eth1", "203.0.113.0/24", "public", category="Public")
        (image,) = self.query("QueryImage")
        known = {"name": "offering", "zoneUuid": self.zone, "imageUuid": image, "cpuNum": 1, "memorySize": 256 * MIB}
        return dict(self.call("CreateVirtualRouterOffering", **known | params))

    def router(self, **params: Any) -> dict[str, Any]:
        """A running vrouter."""
        if "virtualRouterOfferingUuid" not in params:
            params["virtualRouterOfferingUuid"] = self.offering()["uuid"]
        return dict(self.call("CreateVpcVRouter", **{"name": "router", **params}))

    def query(self, name: str) -> list[str]:
        """Uuids of everything of a query action's kind."""
        (action,) = (action for action in self.store.catalog.actions if action.name == name)
        assert action.kind is not None
        return [found.uuid for found in self.all(action.kind.doc)]

    def ask(self, kind: Kind, *conditions: str, caller: Caller = ADMIN) -> list[dict[str, Any]]:
        """What a query answers."""
        spec = parse(self.store.catalog, kind, {"q": list(conditions)})
        return asyncio.run(self.store.query(kind, spec, caller)).rows

    def join(self, vm: dict[str, Any] | str, l3: str, **params: Any) -> Any:
        """Attach a network."""
        uuid = vm if isinstance(vm, str) else vm["uuid"]
        return self.call("AttachL3NetworkToVm", vmInstanceUuid=uuid, l3NetworkUuid=l3, **params)

    def state(self, vm: dict[str, Any]) -> str:
        """A VM's state now."""
        return self.get(VmInstance, vm["uuid"]).state

    def nics(self, vm: dict[str, Any]) -> list[VmNic]:
        """A VM's NICs now, by device."""
        return sorted(self.all(VmNic, vm_instance_uuid=vm["uuid"]), key=lambda nic: nic.device_id)

    def seen(self, vm: dict[str, Any]) -> dict[str, AnyObject]:
        """What the VM's host is sent of it (and a vrouter's own objects)."""
        uuids = {vm["uuid"], *(nic.uuid for nic in self.nics(vm))}
        host = self.get(VmInstance, vm["uuid"]).host_uuid
        found = self.objects(host) if host else {}
        return {key: value for key, value in found.items() if uuids & set(key.split("/"))}

    def leave(self, host: str) -> None:
        """The host is not connected any more."""
        self.edit(Host, host, status="Disconnected", disconnect_reason="its agent hung up")

    def check_compiled(self) -> None:
        """What is compiled change by change is what a compile of everything gives."""
        catalog = self.store.catalog
        fresh = self.write(lambda tx: everything(catalog.projections.values(), tx)).values()
        placed = {item: value for compiled in fresh for item, value in compiled.objects.items()}
        for host in self.hosts:
            mine = {scope for compiled in fresh for node, scope in compiled.subscriptions if node == host}
            sent = asyncio.run(self.store.node_delta(host, {})).scopes
            assert sent.keys() <= mine
            found = {(scope, key): value for scope, delta in sent.items() for key, value in delta.put.items()}
            assert found == {item: value for item, value in placed.items() if item[0] in mine}


@contextmanager
def opened(hosts: int = 1) -> Iterator[Cloud]:
    """A fresh cloud."""
    with opened_as(Cloud, SERVICES, hosts) as cloud:
        yield cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud of two hosts."""
    with opened(2) as found:
        yield found
