"""Bandwidth limits: of VIPs and their ports, and what VIPs share."""

from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmInstance
from landbridge.model.resource import Kind, Ref, Relation, Resource


class VipQos(Resource, kw_only=True):
    """Bits per second towards a VIP and from it, or of one of its ports.

    number  of its class at the vrouter, unique in the VIP's network
    """

    vip_uuid: str
    l3_network_uuid: str
    number: int
    port: int | None = None
    inbound_bandwidth: int | None = None
    outbound_bandwidth: int | None = None
    type: str = "VipQos"


class VpcSharedQos(Resource, kw_only=True):
    """Bits per second that VIPs of a network on one vrouter share, each way.

    vpc_uuid  None: its vrouter is gone, and it waits for the next one that has one of the VIPs
    """

    name: str
    l3_network_uuid: str
    bandwidth: int
    number: int
    vpc_uuid: str | None = None
    description: str | None = None


class VpcSharedQosVip(Resource, kw_only=True):
    """A VIP is in a shared limit."""

    vip_uuid: str
    shared_qos_uuid: str
    number: int


_PACKAGE = "org.zstack.header.vipQos"

VIP_QOS = Kind(
    vo="VipQosVO",
    doc=VipQos,
    java=f"{_PACKAGE}.VipQosInventory",
    indexes=("vipUuid", "l3NetworkUuid"),
    internal=frozenset({"number", "l3NetworkUuid"}),
    refs=(Ref("vipUuid", Vip, "ignore"),),
    relations={"vip": Relation("VipVO", "vipUuid", "uuid")},
    within="vipUuid",
)

SHARED_QOS = Kind(
    vo="VpcSharedQosVO",
    doc=VpcSharedQos,
    java=f"{_PACKAGE}.VpcSharedQosInventory",
    indexes=("name", "l3NetworkUuid", "vpcUuid"),
    internal=frozenset({"number"}),
    refs=(
        Ref("l3NetworkUuid", L3Network, "refuse", "a shared bandwidth is on it"),
        Ref("vpcUuid", VmInstance, "ignore"),
    ),
    relations={
        "vips": Relation("VpcSharedQosRefVipVO", "uuid", "sharedQosUuid", nested=True, shape="vipUuid"),
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
    },
)

SHARED_QOS_VIP = Kind(
    vo="VpcSharedQosRefVipVO",
    doc=VpcSharedQosVip,
    java=f"{_PACKAGE}.VpcSharedQosRefVipInventory",
    indexes=("vipUuid", "sharedQosUuid"),
    internal=frozenset({"number"}),
    refs=(Ref("vipUuid", Vip, "ignore"), Ref("sharedQosUuid", VpcSharedQos, "ignore")),
    relations={"vip": Relation("VipVO", "vipUuid", "uuid")},
    within="sharedQosUuid",
)

KINDS = (VIP_QOS, SHARED_QOS, SHARED_QOS_VIP)
