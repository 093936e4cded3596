"""The network that most tests and benchmarks of the running product start from.

One VXLAN pool, two VPC subnets on one vrouter, a third VXLAN network that carries the first
one's CIDR and is on no router, a public network, a management network for the vrouter.
"""

import ipaddress
from dataclasses import dataclass, field
from typing import Any

from tests.support.lab import Lab
from tests.support.v1 import V1

SERVICES = {
    "vrouter": ("SNAT", "DNS", "CentralizedDNS", "Eip", "PortForwarding"),
    "Flat": ("DHCP",),
    "SecurityGroup": ("SecurityGroup",),
}


@dataclass
class Cloud:
    """What was made, by name."""

    api: V1
    zone: str
    cluster: str
    pool: str = ""
    l3: dict[str, str] = field(default_factory=dict)
    l2: dict[str, str] = field(default_factory=dict)
    router: str = ""
    offering: str = ""

    def subnet(self, name: str, cidr: str, dns: str = "", vpc: bool = True) -> str:
        """A VXLAN network with an L3 network and a range; returns the L3 uuid."""
        l2 = self.api.post("/l2-networks/vxlan", name=name, poolUuid=self.pool)
        kind = "L3VpcNetwork" if vpc else "L3BasicNetwork"
        l3 = self.api.post("/l3-networks", name=name, l2NetworkUuid=l2["uuid"], type=kind, category="Private")
        providers = {p["type"]: p["uuid"] for p in self.api.query("/network-services/providers")}
        services = {providers[kind]: list(types) for kind, types in SERVICES.items()}
        self.api.post(f"/l3-networks/{l3['uuid']}/network-services", networkServices=services)
        self.api.post(f"/l3-networks/{l3['uuid']}/ip-ranges/by-cidr", name=name, networkCidr=cidr)
        if dns:
            self.api.post(f"/l3-networks/{l3['uuid']}/dns", dns=dns)
        self.l2[name], self.l3[name] = l2["uuid"], l3["uuid"]
        return str(l3["uuid"])

    def vm(self, name: str, *subnets: str, host: str = "", **params: Any) -> dict[str, Any]:
        """A running VM on the named subnets."""
        uuids = [self.l3[subnet] for subnet in subnets]
        if host:
            params["hostUuid"] = host
        if len(uuids) > 1:
            params.setdefault("defaultL3NetworkUuid", uuids[0])
        params |= {"cpuNum": 1, "memorySize": 67108864}
        return self.api.post("/vm-instances", name=name, l3NetworkUuids=uuids, **params)

    def remove_vm(self, uuid: str) -> None:
        """Destroy and expunge."""
        self.api.delete(f"/vm-instances/{uuid}")
        self.api.put(f"/vm-instances/{uuid}/actions", "expungeVmInstance")

    def serve(self, subnet: str, service: str) -> None:
        """Let vrouters do a service for a subnet, from now on."""
        l3 = self.l3[subnet]
        if not self.api.query("/l3-networks", f"uuid={l3}", f"networkServices.networkServiceType={service}"):
            self.api.post(f"/l3-networks/{l3}/network-services", networkServices={"vrouter": [service]})

    def new_router(self, name: str, **params: Any) -> None:
        """Another vrouter, which is the one from now on."""
        made = self.api.post("/vpc/virtual-routers", name=name, virtualRouterOfferingUuid=self.offering, **params)
        self.router = made["uuid"]

    def attach(self, subnet: str) -> None:
        """Attach a subnet to the vrouter."""
        self.api.post(f"/vm-instances/{self.router}/l3-networks/{self.l3[subnet]}")


def add_pool(cloud: Cloud, cidr: str, start: int = 1000, end: int = 1999, name: str = "pool") -> str:
    """A VXLAN pool with one VNI range, attached to the cluster."""
    pool = cloud.api.post("/l2-networks/vxlan-pool", name=name, zoneUuid=cloud.zone)["uuid"]
    cloud.api.post(f"/l2-networks/vxlan-pool/{pool}/vni-ranges", name="vnis", startVni=start, endVni=end)
    tag = f"l2NetworkUuid::{pool}::clusterUuid::{cloud.cluster}::cidr::{{{cidr}}}"
    body = {"null": {"systemTags": [tag]}}
    cloud.api.call("POST", f"/l2-networks/{pool}/clusters/{cloud.cluster}", body)
    return str(pool)


def flat_network(cloud: Cloud, name: str, interface: str) -> str:
    """A NoVlan L2 network on a host interface, attached, with a public L3 network."""
    api = cloud.api
    l2 = api.post("/l2-networks/no-vlan", name=name, zoneUuid=cloud.zone, physicalInterface=interface)
    api.call("POST", f"/l2-networks/{l2['uuid']}/clusters/{cloud.cluster}", {"null": {}})
    category = "System" if name == "management" else "Public"
    l3 = api.post("/l3-networks", name=name, l2NetworkUuid=l2["uuid"], category=category, system=category == "System")
    cloud.l2[name], cloud.l3[name] = l2["uuid"], l3["uuid"]
    return str(l3["uuid"])


def build(lab: Lab, router: bool = True) -> Cloud:
    """The whole scenario (or, without the router, its pool and subnets)."""
    api, status = lab.client(), lab.status
    cloud = Cloud(api, status["zone"]["uuid"], status["cluster"]["uuid"])
    cloud.pool = add_pool(cloud, status["underlay"]["cidr"])
    cloud.subnet("web", "10.10.1.0/24")
    cloud.subnet("db", "10.10.2.0/24")
    cloud.subnet("twin", "10.10.1.0/24", vpc=False)
    if router:
        add_router(cloud, lab)
    return cloud


def add_router(cloud: Cloud, lab: Lab) -> None:
    """Public and management networks, the offering, the vrouter with `web` and `db` attached."""
    add_outside(cloud, lab)
    cloud.new_router("router")
    cloud.attach("web")
    cloud.attach("db")


def add_outside(cloud: Cloud, lab: Lab, **addresses: str) -> None:
    """Public and management networks, and the offering of vrouters between them.

    addresses   startIp, endIp, netmask, gateway of the public network, if it is not the lab's
    """
    api, public = cloud.api, lab.status["public"]
    pub = flat_network(cloud, "public", public["interface"])
    own = {
        "startIp": public["freeStart"],
        "endIp": public["freeEnd"],
        "netmask": _netmask(public["cidr"]),
        "gateway": public["gateway"],
    }
    api.post(f"/l3-networks/{pub}/ip-ranges", name="public", **(addresses or own))
    management = flat_network(cloud, "management", lab.status["hosts"][0]["underlayInterface"])
    api.post(f"/l3-networks/{management}/ip-ranges/by-cidr", name="management", networkCidr="172.29.250.0/24")
    image = api.one("/images", "name=netns")["uuid"]
    cloud.offering = api.post(
        "/instance-offerings/virtual-routers",
        name="vrouter",
        zoneUuid=cloud.zone,
        managementNetworkUuid=management,
        publicNetworkUuid=pub,
        imageUuid=image,
        cpuNum=1,
        memorySize=268435456,
    )["uuid"]


def _netmask(cidr: str) -> str:
    return str(ipaddress.ip_network(cidr).netmask)
