"""Virtual IPs, and what stands on them: which services, which ports, on whose behalf."""

from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import VmInstance
from landbridge.model.resource import Kind, Ref, Relation, Resource


class Vip(Resource, kw_only=True):
    """A public address that network services share.

    use_for     the kinds of services on it, comma-joined; None: free
    router_uuid of a system VIP: the vrouter whose own address it is
    claims      goes up with every change of what stands on it, so that two callers cannot miss each other
    """

    name: str
    l3_network_uuid: str
    ip: str
    gateway: str
    netmask: str
    prefix_len: int
    used_ip_uuid: str
    description: str | None = None
    state: str = "Enabled"
    service_provider: str | None = None
    use_for: str | None = None
    system: bool = False
    router_uuid: str | None = None
    claims: int = 0


class VipService(Resource, kw_only=True):
    """One service on a VIP."""

    vip_uuid: str
    service_uuid: str
    service_type: str


class VipPeer(Resource, kw_only=True):
    """A service on a VIP serves a guest network; as many as there are pairs of them."""

    vip_uuid: str
    service_uuid: str
    l3_network_uuid: str


class VipPorts(Resource, kw_only=True):
    """Ports of a VIP that one service has, both ends included."""

    vip_uuid: str
    service_uuid: str
    protocol: str
    first: int
    last: int


_VIP = "org.zstack.network.service.vip"

VIP = Kind(
    vo="VipVO",
    doc=Vip,
    java=f"{_VIP}.VipInventory",
    indexes=("name", "l3NetworkUuid", "ip", "useFor", "usedIpUuid", "routerUuid"),
    internal=frozenset({"usedIpUuid", "routerUuid", "claims"}),
    refs=(
        Ref("l3NetworkUuid", L3Network, "refuse", "a VIP is on it"),
        Ref("routerUuid", VmInstance, "ignore"),
    ),
    relations={
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
        "usedIp": Relation("UsedIpVO", "usedIpUuid", "uuid"),
        "servicesRefs": Relation("VipNetworkServicesRefVO", "uuid", "vipUuid", nested=True),
        "NetworkServicesRef": Relation("VipNetworkServicesRefVO", "uuid", "vipUuid"),
        "peerL3NetworkUuids": Relation(
            "VipPeerL3NetworkRefVO", "uuid", "vipUuid", nested=True, shape="l3NetworkUuid"
        ),
        "peerL3Network": Relation("VipPeerL3NetworkRefVO", "uuid", "vipUuid"),
    },
)

VIP_SERVICE = Kind(
    vo="VipNetworkServicesRefVO",
    doc=VipService,
    java=f"{_VIP}.VipNetworkServicesRefInventory",
    indexes=("vipUuid", "serviceUuid", "serviceType", "vipUuid,serviceType"),
    shown_uuid="serviceUuid",
    refs=(Ref("vipUuid", Vip, "ignore"),),
    relations={"vip": Relation("VipVO", "vipUuid", "uuid")},
    within="vipUuid",
)

VIP_PEER = Kind(
    vo="VipPeerL3NetworkRefVO",
    doc=VipPeer,
    java=f"{_VIP}.VipPeerL3NetworkRefInventory",
    indexes=("vipUuid", "serviceUuid", "l3NetworkUuid", "vipUuid,l3NetworkUuid"),
    internal=frozenset({"serviceUuid"}),
    refs=(Ref("vipUuid", Vip, "ignore"),),
    relations={
        "vip": Relation("VipVO", "vipUuid", "uuid"),
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
    },
    within="vipUuid",
)

VIP_PORTS = Kind(
    vo="VipPortsVO",
    doc=VipPorts,
    java="org.landbridge.VipPortsInventory",
    indexes=("vipUuid", "serviceUuid", "protocol", "vipUuid,protocol"),
    refs=(Ref("vipUuid", Vip, "ignore"),),
    within="vipUuid",
)

KINDS = (VIP, VIP_SERVICE, VIP_PEER, VIP_PORTS)
