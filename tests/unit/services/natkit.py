"""A cloud with a vrouter, subnets that have its services, and VMs in them: for what stands on VIPs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from landbridge.model.balancer_node import Balancer
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vip import VIP, Vip
from landbridge.server.services import SERVICES
from tests.unit.services.cloudkit import Cloud
from tests.unit.services.netkit import interface, opened_as

NAT_SERVICES = tuple(
    one.type for service in SERVICES for one in service.network_services if "vrouter" in one.providers
)


@dataclass
class NatCloud(Cloud):
    """`route`: the vrouter; `web` and `db` are attached to it, `far` to none."""

    route: dict[str, Any] | None = None
    web: str = ""
    db: str = ""
    far: str = ""

    @property
    def public(self) -> str:
        """The vrouter's public network."""
        assert self.route is not None
        return str(self.route["publicNetworkUuid"])

    def served(self, cidr: str, name: str, *services: str) -> str:
        """A VPC subnet that has the services."""
        l3 = self.subnet(cidr, name, vpc=True)
        wanted = {"vrouter": list(services or NAT_SERVICES)}
        self.call("AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices=wanted)
        return l3

    def guest(self, *l3s: str, **params: Any) -> str:
        """The first NIC of a new running VM."""
        return str(self.vm(*(l3s or (self.web,)), **params)["vmNics"][0]["uuid"])

    def vip(self, l3: str = "", **params: Any) -> str:
        """A new VIP of the public network."""
        return str(self.call("CreateVip", **{"name": "vip", "l3NetworkUuid": l3 or self.public, **params})["uuid"])

    def own_vip(self) -> str:
        """The vrouter's."""
        assert self.route is not None
        [vip] = self.all(Vip, router_uuid=self.route["uuid"])
        return vip.uuid

    def eip(self, vip: str, nic: str | None = None, **params: Any) -> Any:
        """A new EIP."""
        wanted = {"name": "eip", "vipUuid": vip, **({"vmNicUuid": nic} if nic else {}), **params}
        return self.call("CreateEip", **wanted)

    def rule(self, vip: str, port: int, nic: str | None = None, **params: Any) -> Any:
        """A new port forwarding rule."""
        wanted = {"name": "rule", "vipUuid": vip, "vipPortStart": port, "protocolType": "TCP"}
        return self.call("CreatePortForwardingRule", **(wanted | ({"vmNicUuid": nic} if nic else {}) | params))

    def balancer(self, vip: str, **params: Any) -> str:
        """A new load balancer."""
        return str(self.call("CreateLoadBalancer", **{"name": "lb", "vipUuid": vip, **params})["uuid"])

    def listener(self, balancer: str, port: int, *nics: str, tags: tuple[str, ...] = (), **params: Any) -> str:
        """A new listener of a load balancer that sends to NICs."""
        wanted = {"name": "listener", "loadBalancerUuid": balancer, "loadBalancerPort": port, **params}
        made = self.finish(self.begin("CreateLoadBalancerListener", tags=tags, **wanted))
        if nics:
            self.call("AddVmNicToLoadBalancer", listenerUuid=made["uuid"], vmNicUuids=list(nics))
        return str(made["uuid"])

    def listening(self, listener: str) -> Balancer | None:
        """What the vrouter is told of a listener, if anything."""
        return self.of_router("lb/").get(f"lb/{listener}")

    def get_used(self, nic: str) -> str:
        """The address of a NIC, as a resource."""
        [used] = self.all(UsedIp, vm_nic_uuid=nic)
        return used.uuid

    def shown(self, vip: str) -> dict[str, Any]:
        """A VIP as users see it."""
        [row] = self.ask(VIP, f"uuid={vip}")
        return row

    def of_router(self, prefix: str) -> dict[str, Any]:
        """What the vrouter's host is sent, of the keys that begin so."""
        assert self.route is not None
        return {key: value for key, value in self.objects(self.route["hostUuid"]).items() if key.startswith(prefix)}


@contextmanager
def opened() -> Iterator[NatCloud]:
    """A fresh one."""
    with opened_as(NatCloud, SERVICES, 0) as cloud:
        for number in (1, 2):
            cloud.add_host(interface("eth0"), interface("eth1", f"10.0.0.{number}/24"), interface("eth2"))
        cloud.route = cloud.router()
        for name, cidr in (("web", "10.1.0.0/24"), ("db", "10.2.0.0/24"), ("far", "10.3.0.0/24")):
            setattr(cloud, name, cloud.served(cidr, name))
        for l3 in (cloud.web, cloud.db):
            cloud.join(cloud.route, l3)
        yield cloud
