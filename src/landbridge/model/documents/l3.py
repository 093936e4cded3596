"""Layer 3: networks, IP ranges, DNS servers, host routes, addresses in use, service providers."""

import msgspec

from landbridge.model.documents.l2 import L2Network
from landbridge.model.resource import Kind, Ref, Relation, Resource

BASIC = "L3BasicNetwork"
VPC = "L3VpcNetwork"


class L3Network(Resource, kw_only=True):
    """An IP network on an L2 network.

    mtu: set by the user, or None (then computed).  `dhcp_ip`: the DHCP server's address, the
    same on every host, claimed when DHCP is attached and there is a range.
    `router_ip`: the router's interface address when it is not the gateway.
    """

    name: str
    zone_uuid: str
    l2_network_uuid: str
    type: str = BASIC
    description: str | None = None
    state: str = "Enabled"
    dns_domain: str | None = None
    system: bool = False
    category: str = "Private"
    ip_version: int = 4
    enable_ipam: bool = msgspec.field(default=True, name="enableIPAM")
    isolated: bool = False
    mtu: int | None = None
    dhcp_ip: str | None = None
    router_ip: str | None = None


class IpRange(Resource, kw_only=True):
    """Addresses that a network may hand out, both ends included."""

    name: str
    l3_network_uuid: str
    start_ip: str
    end_ip: str
    netmask: str
    gateway: str
    network_cidr: str
    prefix_len: int
    description: str | None = None
    ip_version: int = 4
    ip_range_type: str = "Normal"


class ReservedIpRange(Resource, kw_only=True):
    """Addresses that are not handed out, both ends included: somebody has them who is not of the cloud."""

    name: str
    l3_network_uuid: str
    start_ip: str
    end_ip: str
    description: str | None = None
    ip_version: int = 4


class L3Dns(Resource, kw_only=True):
    """A DNS server that the network's VMs are told."""

    l3_network_uuid: str
    dns: str


class L3HostRoute(Resource, kw_only=True):
    """A route that the network's VMs are told (RFC 3442)."""

    l3_network_uuid: str
    prefix: str
    nexthop: str


class UsedIp(Resource, kw_only=True):
    """An address of a network that somebody uses.  The claim of scope `ip/<l3>` stands behind it."""

    l3_network_uuid: str
    ip_range_uuid: str | None
    ip: str
    netmask: str
    gateway: str
    ip_in_long: int
    used_for: str = ""
    vm_nic_uuid: str | None = None
    ip_version: int = 4


class ServiceProvider(Resource, kw_only=True):
    """Who implements network services: seeded, one per ZStack provider type."""

    name: str
    type: str
    description: str | None = None
    network_service_types: tuple[str, ...] = ()


class NetworkServiceRef(Resource, kw_only=True):
    """A network service is attached to an L3 network."""

    l3_network_uuid: str
    network_service_provider_uuid: str
    network_service_type: str


_L3 = "org.zstack.header.network.l3"

L3_NETWORK = Kind(
    vo="L3NetworkVO",
    doc=L3Network,
    java=f"{_L3}.L3NetworkInventory",
    indexes=("name", "zoneUuid", "l2NetworkUuid", "type", "category"),
    internal=frozenset({"mtu", "dhcpIp", "routerIp"}),
    refs=(Ref("l2NetworkUuid", L2Network, "refuse", "an L3 network is on it"),),
    relations={
        "zone": Relation("ZoneVO", "zoneUuid", "uuid"),
        "l2Network": Relation("L2NetworkVO", "l2NetworkUuid", "uuid"),
        "vmNic": Relation("VmNicVO", "uuid", "l3NetworkUuid"),
        "dns": Relation("L3NetworkDnsVO", "uuid", "l3NetworkUuid", nested=True, shape="dns"),
        "ipRanges": Relation("IpRangeVO", "uuid", "l3NetworkUuid", nested=True),
        "networkServices": Relation("NetworkServiceL3NetworkRefVO", "uuid", "l3NetworkUuid", nested=True),
        "hostRoute": Relation("L3NetworkHostRouteVO", "uuid", "l3NetworkUuid", nested=True),
        "reservedIpRanges": Relation("ReservedIpRangeVO", "uuid", "l3NetworkUuid", nested=True),
        "usedIp": Relation("UsedIpVO", "uuid", "l3NetworkUuid"),
        "serviceProviderRef": Relation("NetworkServiceL3NetworkRefVO", "uuid", "l3NetworkUuid"),
    },
    aliases={"serviceProvider": "serviceProviderRef.serviceProvider"},
    shareable=True,
)

IP_RANGE = Kind(
    vo="IpRangeVO",
    doc=IpRange,
    java=f"{_L3}.IpRangeInventory",
    indexes=("name", "l3NetworkUuid"),
    refs=(Ref("l3NetworkUuid", L3Network, "ignore"),),
    relations={"l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid")},
    within="l3NetworkUuid",
)

RESERVED_IP_RANGE = Kind(
    vo="ReservedIpRangeVO",
    doc=ReservedIpRange,
    java=f"{_L3}.ReservedIpRangeInventory",
    indexes=("l3NetworkUuid",),
    refs=(Ref("l3NetworkUuid", L3Network, "ignore"),),
    relations={"l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid")},
    within="l3NetworkUuid",
)

ADDRESS_POOL_RANGE = Kind(
    vo="AddressPoolVO",
    doc=IpRange,
    java=f"{_L3}.AddressPoolInventory",
    where={"ipRangeType": "AddressPool"},
    relations={"l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid")},
    within="l3NetworkUuid",
)

L3_DNS = Kind(
    vo="L3NetworkDnsVO",
    doc=L3Dns,
    java=f"{_L3}.L3NetworkDnsInventory",
    indexes=("l3NetworkUuid",),
    refs=(Ref("l3NetworkUuid", L3Network, "ignore"),),
    within="l3NetworkUuid",
)

L3_HOST_ROUTE = Kind(
    vo="L3NetworkHostRouteVO",
    doc=L3HostRoute,
    java="org.zstack.header.network.service.L3NetworkHostRouteInventory",
    indexes=("l3NetworkUuid",),
    refs=(Ref("l3NetworkUuid", L3Network, "ignore"),),
    within="l3NetworkUuid",
)

USED_IP = Kind(
    vo="UsedIpVO",
    doc=UsedIp,
    java=f"{_L3}.UsedIpInventory",
    indexes=("l3NetworkUuid", "ip", "vmNicUuid", "ipRangeUuid", "l3NetworkUuid,ip"),
    refs=(Ref("l3NetworkUuid", L3Network, "refuse", "addresses of it are in use"),),
    relations={
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
        "vmNic": Relation("VmNicVO", "vmNicUuid", "uuid"),
        "ipRange": Relation("IpRangeVO", "ipRangeUuid", "uuid"),
    },
    within="vmNicUuid",
)

SERVICE_PROVIDER = Kind(
    vo="NetworkServiceProviderVO",
    doc=ServiceProvider,
    java="org.zstack.header.network.service.NetworkServiceProviderInventory",
    indexes=("type",),
    seen_by="everyone",
)

SERVICE_REF = Kind(
    vo="NetworkServiceL3NetworkRefVO",
    doc=NetworkServiceRef,
    java="org.zstack.header.network.service.NetworkServiceL3NetworkRefInventory",
    indexes=("l3NetworkUuid", "networkServiceType", "l3NetworkUuid,networkServiceType"),
    refs=(Ref("l3NetworkUuid", L3Network, "ignore"),),
    relations={
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
        "serviceProvider": Relation("NetworkServiceProviderVO", "networkServiceProviderUuid", "uuid"),
    },
    within="l3NetworkUuid",
)

KINDS = (
    L3_NETWORK,
    IP_RANGE,
    RESERVED_IP_RANGE,
    ADDRESS_POOL_RANGE,
    L3_DNS,
    L3_HOST_ROUTE,
    USED_IP,
    SERVICE_PROVIDER,
    SERVICE_REF,
)
