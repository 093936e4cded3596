"""Places, networks and their addresses in manifests."""

from typing import Any

from landbridge.cli.manifest.links import Joined, Rows, Services
from landbridge.cli.manifest.model import Call, Ref
from landbridge.cli.manifest.sort import Sort, by_path, listed


def _clusters_of_pool(item: Ref, cluster: Any, cidr: Any) -> Call:
    tag = f"l2NetworkUuid::{{0}}::clusterUuid::{{1}}::cidr::{{{{{cidr}}}}}"
    refs = (item, cluster)
    return Call("AttachL2NetworkToCluster", {"l2NetworkUuid": item, "clusterUuid": cluster}, (tag,), refs)


_CLUSTERS = Joined(
    "cluster",
    listed("attachedClusterUuids"),
    by_path("AttachL2NetworkToCluster", "l2NetworkUuid", "clusterUuid"),
    by_path("DetachL2NetworkFromCluster", "l2NetworkUuid", "clusterUuid"),
)
_POOL = Joined(
    "cluster",
    lambda row, _cloud: dict(row.get("attachedCidrs", {})),
    _clusters_of_pool,
    by_path("DetachL2NetworkFromCluster", "l2NetworkUuid", "clusterUuid"),
    mapping=True,
)
_REMOTE_VTEPS = Rows(
    "remoteVteps",
    {"cluster": None, "vtepIp": None},
    lambda item, one: Call(
        "CreateVxlanPoolRemoteVtep",
        {"l2NetworkUuid": item, "clusterUuid": one.get("cluster"), "remoteVtepIp": one.get("vtepIp")},
    ),
    lambda item, one: Call(
        "DeleteVxlanPoolRemoteVtep",
        {"l2NetworkUuid": item, "clusterUuid": one["clusterUuid"], "remoteVtepIp": one["vtepIp"]},
    ),
    nouns={"cluster": "cluster"},
)
_RESERVED = Rows(
    "reservedIpRanges",
    {"startIp": None, "endIp": None},
    lambda item, one: Call("AddReservedIpRange", {"l3NetworkUuid": item, **one}),
    lambda _item, one: Call("DeleteReservedIpRange", {"uuid": one["uuid"]}),
)

NETWORKS = (
    Sort("zone", ("CreateZone",)),
    Sort("cluster", ("CreateCluster",)),
    Sort(
        "l2-vxlan-network-pool",
        ("CreateL2VxlanNetworkPool",),
        links={"clusters": _POOL, "remoteVteps": _REMOTE_VTEPS},
    ),
    Sort("vni-range", ("CreateVniRange",), nouns={"l2NetworkUuid": "l2-vxlan-network-pool"}),
    Sort(
        "l2-no-vlan-network",
        ("CreateL2NoVlanNetwork",),
        links={"clusters": _CLUSTERS},
        listed="l2-network",
        where=lambda row: row["type"] == "L2NoVlanNetwork",
    ),
    Sort(
        "l2-vlan-network",
        ("CreateL2VlanNetwork",),
        links={"clusters": _CLUSTERS},
        where=lambda row: row["type"] == "L2VlanNetwork",
    ),
    Sort(
        "l2-vxlan-network",
        ("CreateL2VxlanNetwork",),
        hidden=frozenset({"zoneUuid", "physicalInterface"}),
    ),
    Sort(
        "l3-network",
        ("CreateL3Network",),
        links={
            "networkServices": Services(),
            "dns": Joined(
                None,
                listed("dns"),
                by_path("AddDnsToL3Network", "l3NetworkUuid", "dns"),
                by_path("RemoveDnsFromL3Network", "l3NetworkUuid", "dns"),
            ),
            "reservedIpRanges": _RESERVED,
        },
        after={"reservedIpRanges": "ip-range"},  # an address is reserved in a subnet
    ),
    Sort(
        "ip-range",
        ("AddIpRange", "AddIpRangeByNetworkCidr"),
    ),
)
