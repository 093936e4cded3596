"""The demo's VPC, made through the public API and nothing else.

One vrouter with a public leg and two subnets, `web` (10.10.1.0/24) and `db` (10.10.2.0/24); on no router
`twin`, which has web's CIDR, and in it `twin-1`, which has web-1's address.  The VMs of `db` are in the
security group `databases`, which opens port 5432 to the group `clients`, and that is web-1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from landbridge.client import Client
from landbridge.lab.layout import PUBLIC, ROUTER_MANAGEMENT, UNDERLAY, Lab

Say = Callable[[str], None]
Inventory = Mapping[str, Any]

WEB, DB, TWIN = "web", "db", "twin"
CIDRS: Mapping[str, str] = {WEB: "10.10.1.0/24", DB: "10.10.2.0/24", TWIN: "10.10.1.0/24"}
GATEWAYS: Mapping[str, str] = {WEB: "10.10.1.1", DB: "10.10.2.1"}
_ROUTED = {
    "vrouter": ["SNAT", "DNS", "CentralizedDNS", "Eip", "PortForwarding", "LoadBalancer"],
    "Flat": ["DHCP"],
    "SecurityGroup": ["SecurityGroup"],
}
_ALONE = {"Flat": ["DHCP"]}
_PLACES = {
    "web-1": (WEB, 1),
    "web-2": (WEB, 2),
    "db-1": (DB, 3),
    "db-2": (DB, 1),
    "twin-1": (TWIN, 2),
    "twin-2": (TWIN, 3),
}
"""VM -> its subnet and the number of its host."""

DATABASE_PORT = 5432
SERVED_PORT, FORWARDED_PORT, BALANCED_PORT = 8080, 8081, 80
"""Of VMs; of the vrouter's own address, to one of them, and to both."""
_CLIENTS, _DATABASES = ("web-1",), ("db-1", "db-2")


@dataclass
class Vpc:
    """What was made: inventories by name."""

    l3: dict[str, str] = field(default_factory=dict)
    vms: dict[str, Inventory] = field(default_factory=dict)
    router: Inventory = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    """Public addresses: `eip` of web-1, `own` of the vrouter."""

    def address(self, name: str) -> str:
        """A VM's address."""
        return str(self.vms[name]["vmNics"][0]["ip"])

    def mac(self, name: str) -> str:
        """A VM's MAC."""
        return str(self.vms[name]["vmNics"][0]["mac"])

    def leg(self, network: str) -> Inventory:
        """The router's NIC in a network."""
        nics: list[Inventory] = self.router["vmNics"]
        return next(nic for nic in nics if nic["l3NetworkUuid"] == self.l3[network])


class _Maker:
    """Calls, shortened."""

    def __init__(self, api: Client) -> None:
        self.api = api

    def make(self, action: str, tags: tuple[str, ...] = (), **params: Any) -> dict[str, Any]:
        """The inventory that an action answers with."""
        inventory: dict[str, Any] = self.api.call(action, tags=tags, **params)["inventory"]
        return inventory

    def uuid(self, action: str, **params: Any) -> str:
        """The uuid of what an action made."""
        return str(self.make(action, **params)["uuid"])

    def one(self, action: str, *conditions: str) -> dict[str, Any]:
        """The one row of a query."""
        rows: list[dict[str, Any]] = self.api.call(action, q=list(conditions))["inventories"]
        return rows[0]


def build(lab: Lab, api: Client, zone: str, cluster: str, say: Say) -> Vpc:
    """All of it, in the order in which things need each other.  Raises CliError with the API's words."""
    maker, vpc = _Maker(api), Vpc()
    say("VXLAN pool with a VNI range, attached to the cluster with the underlay's CIDR")
    pool = maker.uuid("CreateL2VxlanNetworkPool", name="pool", zoneUuid=zone)
    maker.make("CreateVniRange", l2NetworkUuid=pool, name="vnis", startVni=1000, endVni=1999)
    tag = f"l2NetworkUuid::{pool}::clusterUuid::{cluster}::cidr::{{{UNDERLAY}}}"
    maker.make("AttachL2NetworkToCluster", (tag,), l2NetworkUuid=pool, clusterUuid=cluster)
    say("subnets web and db; twin, with web's CIDR, on no router")
    for name in CIDRS:
        vpc.l3[name] = _subnet(maker, pool, name)
    say("public network, the vrouters' management network, a vrouter offering")
    public = _outer_network(maker, zone, cluster, "public", "Public")
    vpc.l3["public"] = public
    maker.make(
        "AddIpRange",
        l3NetworkUuid=public,
        name="public",
        startIp=str(PUBLIC[100]),
        endIp=str(PUBLIC[199]),
        netmask=str(PUBLIC.netmask),
        gateway=lab.gateway,
    )
    maker.make("AddDnsToL3Network", l3NetworkUuid=public, dns=lab.gateway)
    management = _outer_network(maker, zone, cluster, "router", "System")
    maker.make(
        "AddIpRangeByNetworkCidr", l3NetworkUuid=management, name="management", networkCidr=str(ROUTER_MANAGEMENT)
    )
    offering = maker.uuid(
        "CreateVirtualRouterOffering",
        name="vrouter",
        zoneUuid=zone,
        managementNetworkUuid=management,
        publicNetworkUuid=public,
        imageUuid=maker.one("QueryImage", "name=netns")["uuid"],
        cpuNum=1,
        memorySize=256 << 20,
    )
    say("VPC vrouter, with web and db attached; hosts route for it")
    router = maker.uuid("CreateVpcVRouter", name="router", virtualRouterOfferingUuid=offering)
    for name in GATEWAYS:
        maker.make("AttachL3NetworkToVm", vmInstanceUuid=router, l3NetworkUuid=vpc.l3[name])
    api.call("SetVpcVRouterDistributedRoutingEnabled", uuid=router, stateEvent="enable")
    vpc.router = maker.one("QueryVpcRouter", f"uuid={router}")
    say("six VMs over the three hosts")
    hosts = {row["name"]: row["uuid"] for row in api.call("QueryHost")["inventories"]}
    for name, (subnet, number) in _PLACES.items():
        tags = (f"staticIp::{vpc.l3[TWIN]}::{vpc.address('web-1')}",) if name == "twin-1" else ()
        vpc.vms[name] = _vm(maker, name, vpc.l3[subnet], hosts[f"host-{number}"], *tags)
    say("security groups: databases open their port to clients only")
    clients, databases = (maker.uuid("CreateSecurityGroup", name=name) for name in ("clients", "databases"))
    for group, members, rules in (
        (clients, _CLIENTS, [{"protocol": "ALL"}]),
        (
            databases,
            _DATABASES,
            [
                {"protocol": "TCP", "dstPortRange": str(DATABASE_PORT), "remoteSecurityGroupUuid": clients},
                {"protocol": "UDP", "dstPortRange": "1024-65535"},
                {"protocol": "ICMP"},
            ],
        ),
    ):
        ingress = [{"type": "Ingress", **rule} for rule in rules]
        maker.make("AddSecurityGroupRule", securityGroupUuid=group, rules=ingress)
        nics = [vpc.vms[name]["vmNics"][0]["uuid"] for name in members]
        api.call("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=nics)
    _services(maker, vpc, say)
    return vpc


def _services(maker: _Maker, vpc: Vpc, say: Say) -> None:
    say("an EIP for web-1; on the vrouter's own address a port for web-2, and one balanced between both")
    nics = {name: vpc.vms[name]["vmNics"][0]["uuid"] for name in ("web-1", "web-2")}
    vip = maker.make("CreateVip", name="eip", l3NetworkUuid=vpc.l3["public"])
    maker.make("CreateEip", name="web-1", vipUuid=vip["uuid"], vmNicUuid=nics["web-1"])
    own = maker.one("QueryVip", "system=true")
    vpc.services = {"eip": str(vip["ip"]), "own": str(own["ip"])}
    maker.make(
        "CreatePortForwardingRule",
        name="web-2",
        vipUuid=own["uuid"],
        vipPortStart=FORWARDED_PORT,
        privatePortStart=SERVED_PORT,
        protocolType="TCP",
        vmNicUuid=nics["web-2"],
    )
    balancer = maker.uuid("CreateLoadBalancer", name="web", vipUuid=own["uuid"])
    checks = ("healthCheckInterval::1", "healthCheckTimeout::1", "healthyThreshold::1", "unhealthyThreshold::1")
    listener = maker.uuid(
        "CreateLoadBalancerListener",
        tags=checks,
        name="web",
        loadBalancerUuid=balancer,
        loadBalancerPort=BALANCED_PORT,
        instancePort=SERVED_PORT,
        protocol="tcp",
    )
    maker.make("AddVmNicToLoadBalancer", listenerUuid=listener, vmNicUuids=list(nics.values()))


def _subnet(maker: _Maker, pool: str, name: str) -> str:
    routed = name in GATEWAYS
    l2 = maker.uuid("CreateL2VxlanNetwork", name=name, poolUuid=pool)
    kind = "L3VpcNetwork" if routed else "L3BasicNetwork"
    l3 = maker.uuid("CreateL3Network", name=name, l2NetworkUuid=l2, type=kind, dnsDomain=f"{name}.example")
    services = _ROUTED if routed else _ALONE
    maker.make("AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices=services)
    maker.make("AddIpRangeByNetworkCidr", l3NetworkUuid=l3, name=name, networkCidr=CIDRS[name])
    if routed:
        maker.make("AddDnsToL3Network", l3NetworkUuid=l3, dns=GATEWAYS[name])
    return l3


def _outer_network(maker: _Maker, zone: str, cluster: str, name: str, category: str) -> str:
    """An L3 network on the hosts' interface `<name>0`."""
    l2 = maker.uuid("CreateL2NoVlanNetwork", name=name, zoneUuid=zone, physicalInterface=f"{name}0")
    maker.make("AttachL2NetworkToCluster", l2NetworkUuid=l2, clusterUuid=cluster)
    return maker.uuid("CreateL3Network", name=name, l2NetworkUuid=l2, category=category, system=category == "System")


def _vm(maker: _Maker, name: str, l3: str, host: str, *tags: str) -> dict[str, Any]:
    return maker.make(
        "CreateVmInstance", tags, name=name, l3NetworkUuids=[l3], hostUuid=host, cpuNum=1, memorySize=64 << 20
    )
