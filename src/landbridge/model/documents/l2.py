"""Layer 2: NoVlan networks, VXLAN pools (underlay) and VXLAN networks (overlay), VTEPs."""

from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.resource import Kind, Ref, Relation, Resource

NO_VLAN = "L2NoVlanNetwork"
VLAN = "L2VlanNetwork"
VXLAN_POOL = "VxlanNetworkPool"
VXLAN = "VxlanNetwork"


class L2Network(Resource, kw_only=True):
    """A layer-2 network of any type.

    `net_id` is Landbridge's own number of the network, unique over all pools: device names
    and kernel maps use it.  `port` (pools): UDP port of the tunnel.
    """

    name: str
    zone_uuid: str
    type: str
    physical_interface: str = ""
    description: str | None = None
    v_switch_type: str = "LinuxBridge"
    virtual_network_id: int = 0
    isolated: bool = False
    pvlan: str | None = None
    vlan: int | None = None
    vni: int | None = None
    pool_uuid: str | None = None
    net_id: int = 0
    port: int | None = None


class L2ClusterRef(Resource, kw_only=True):
    """An L2 network is attached to a cluster.  Pools carry the cluster's VTEP CIDR."""

    l2_network_uuid: str
    cluster_uuid: str
    cidr: str | None = None


class VniRange(Resource, kw_only=True):
    """VNIs that a pool may hand out, both ends included."""

    name: str
    l2_network_uuid: str
    start_vni: int
    end_vni: int
    description: str | None = None


class Vtep(Resource, kw_only=True):
    """A host's tunnel end in a pool.  `mtu` is the interface's, as last checked."""

    host_uuid: str
    pool_uuid: str
    vtep_ip: str
    port: int = 8472
    type: str = "KVM_HOST_VXLAN"
    physical_interface: str = ""
    cluster_uuid: str = ""
    mtu: int = 0


class RemoteVtep(Resource, kw_only=True):
    """A VXLAN device that is none of our hosts, in a pool, for the hosts of a cluster."""

    pool_uuid: str
    cluster_uuid: str
    vtep_ip: str
    port: int = 8472
    type: str = "REMOTE_VXLAN"


_L2 = "org.zstack.header.network.l2"
_VXLAN = "org.zstack.network.l2.vxlan"
_INTERNAL = frozenset({"netId", "port"})
_RELATIONS = {
    "zone": Relation("ZoneVO", "zoneUuid", "uuid"),
    "l3Network": Relation("L3NetworkVO", "uuid", "l2NetworkUuid"),
    "clusterRef": Relation("L2NetworkClusterRefVO", "uuid", "l2NetworkUuid"),
    "attachedClusterUuids": Relation(
        "L2NetworkClusterRefVO", "uuid", "l2NetworkUuid", nested=True, shape="clusterUuid"
    ),
}
_ALIASES = {"cluster": "clusterRef.cluster"}
_INDEXES = ("name", "zoneUuid", "type", "poolUuid", "vni", "physicalInterface")
_REFS = (
    Ref("zoneUuid", Zone, "refuse", "an L2 network is in it"),
    Ref("poolUuid", L2Network, "refuse", "a VXLAN network belongs to it"),
)

L2_NETWORK = Kind(
    vo="L2NetworkVO",
    doc=L2Network,
    java=f"{_L2}.L2NetworkInventory",
    indexes=_INDEXES,
    internal=_INTERNAL,
    refs=_REFS,
    relations=_RELATIONS,
    aliases=_ALIASES,
    shareable=True,
)

L2_VXLAN_NETWORK = Kind(
    vo="VxlanNetworkVO",
    doc=L2Network,
    java=f"{_VXLAN}.vxlanNetwork.L2VxlanNetworkInventory",
    where={"type": VXLAN},
    internal=_INTERNAL,
    relations={**_RELATIONS, "vxlanPool": Relation("VxlanNetworkPoolVO", "poolUuid", "uuid")},
    aliases=_ALIASES,
    shareable=True,
)

L2_VXLAN_POOL = Kind(
    vo="VxlanNetworkPoolVO",
    doc=L2Network,
    java=f"{_VXLAN}.vxlanNetworkPool.L2VxlanNetworkPoolInventory",
    where={"type": VXLAN_POOL},
    internal=_INTERNAL,
    relations={
        **_RELATIONS,
        "attachedVtepRefs": Relation("VtepVO", "uuid", "poolUuid", nested=True),
        "remoteVteps": Relation("RemoteVtepVO", "uuid", "poolUuid", nested=True),
        "attachedVxlanNetworkRefs": Relation("VxlanNetworkVO", "uuid", "poolUuid", nested=True),
        "attachedVniRanges": Relation("VniRangeVO", "uuid", "l2NetworkUuid", nested=True),
        "attachedCidrs": Relation(
            "L2NetworkClusterRefVO", "uuid", "l2NetworkUuid", nested=True, shape="clusterUuid:cidr"
        ),
        "vniRange": Relation("VniRangeVO", "uuid", "l2NetworkUuid"),
        "l2VxlanNetwork": Relation("VxlanNetworkVO", "uuid", "poolUuid"),
        "vtep": Relation("VtepVO", "uuid", "poolUuid"),
    },
    aliases=_ALIASES,
    shareable=True,
)

L2_NO_VLAN = Kind(
    vo="L2NoVlanNetworkVO",
    doc=L2Network,
    java=f"{_L2}.L2NetworkInventory",
    where={"type": NO_VLAN},
    internal=_INTERNAL,
    relations=_RELATIONS,
    aliases=_ALIASES,
    shareable=True,
)

L2_VLAN = Kind(
    vo="L2VlanNetworkVO",
    doc=L2Network,
    java=f"{_L2}.L2VlanNetworkInventory",
    where={"type": VLAN},
    internal=_INTERNAL,
    relations=_RELATIONS,
    aliases=_ALIASES,
    shareable=True,
)

L2_CLUSTER_REF = Kind(
    vo="L2NetworkClusterRefVO",
    doc=L2ClusterRef,
    java=f"{_L2}.L2NetworkClusterRefInventory",
    indexes=("l2NetworkUuid", "clusterUuid", "l2NetworkUuid,clusterUuid"),
    refs=(
        Ref("l2NetworkUuid", L2Network, "ignore"),
        Ref("clusterUuid", Cluster, "refuse", "an L2 network is attached to it"),
    ),
    relations={
        "l2Network": Relation("L2NetworkVO", "l2NetworkUuid", "uuid"),
        "cluster": Relation("ClusterVO", "clusterUuid", "uuid"),
    },
    within="l2NetworkUuid",
)

VNI_RANGE = Kind(
    vo="VniRangeVO",
    doc=VniRange,
    java=f"{_VXLAN}.vxlanNetworkPool.VniRangeInventory",
    indexes=("name", "l2NetworkUuid"),
    refs=(Ref("l2NetworkUuid", L2Network, "ignore"),),
    relations={"vxlanPool": Relation("VxlanNetworkPoolVO", "l2NetworkUuid", "uuid")},
    within="l2NetworkUuid",
)

VTEP = Kind(
    vo="VtepVO",
    doc=Vtep,
    java=f"{_VXLAN}.vtep.VtepInventory",
    indexes=("hostUuid", "poolUuid", "vtepIp", "clusterUuid", "hostUuid,poolUuid", "poolUuid,vtepIp"),
    internal=frozenset({"clusterUuid", "mtu"}),
    refs=(Ref("hostUuid", Host, "ignore"), Ref("poolUuid", L2Network, "ignore")),
    relations={
        "host": Relation("HostVO", "hostUuid", "uuid"),
        "vxlanPool": Relation("VxlanNetworkPoolVO", "poolUuid", "uuid"),
    },
    seen_by="admins",
)

REMOTE_VTEP = Kind(
    vo="RemoteVtepVO",
    doc=RemoteVtep,
    java=f"{_VXLAN}.vtep.RemoteVtepInventory",
    indexes=("poolUuid", "clusterUuid", "vtepIp"),
    refs=(Ref("poolUuid", L2Network, "ignore"), Ref("clusterUuid", Cluster, "ignore")),
    relations={"vxlanPool": Relation("VxlanNetworkPoolVO", "poolUuid", "uuid")},
    seen_by="admins",
)

KINDS = (
    L2_NETWORK,
    L2_VXLAN_NETWORK,
    L2_VXLAN_POOL,
    L2_NO_VLAN,
    L2_VLAN,
    L2_CLUSTER_REF,
    VNI_RANGE,
    VTEP,
    REMOTE_VTEP,
)
