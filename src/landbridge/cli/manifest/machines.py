"""VMs and vrouters in manifests, what they are made from, and the groups that guard them."""

from collections.abc import Mapping
from typing import Any

from landbridge.cli.manifest.links import Joined, Rows, Rules
from landbridge.cli.manifest.model import Call, Cloud, Ref, Row
from landbridge.cli.manifest.sort import Sort, by_list, by_path, listed


def _guests(row: Row, cloud: Cloud) -> Mapping[Any, Any]:
    """Subnets of a vrouter, without the networks that its offering gives it."""
    offering = next(
        (
            one
            for one in cloud.rows.get("virtual-router-offering", ())
            if one["uuid"] == row.get("instanceOfferingUuid")
        ),
        {},
    )
    given = {offering.get("managementNetworkUuid"), offering.get("publicNetworkUuid")}
    return {nic["l3NetworkUuid"]: None for nic in row.get("vmNics", ()) if nic["l3NetworkUuid"] not in given}


def _leave_network(item: Ref, network: Any, _said: Any) -> Call:
    return Call("DetachL3NetworkFromVm", {"vmNicUuid": Ref("vm-nic", f"{item.name}/{network.name}")})


def _members(row: Row, cloud: Cloud) -> Mapping[Any, Any]:
    refs = cloud.rows.get("vm-nic-in-security-group", ())
    return {ref["vmNicUuid"]: None for ref in refs if ref["securityGroupUuid"] == row["uuid"]}


_NETWORKS_OF_VM = by_path("AttachL3NetworkToVm", "vmInstanceUuid", "l3NetworkUuid")
_PLACES = frozenset({"hostUuid", "clusterUuid", "primaryStorageUuidForRootVolume", "rootVolumeSystemTags"})
_DISKS = frozenset({"rootDiskOfferingUuid", "rootDiskSize", "dataDiskSizes", "dataDiskOfferingUuids", "diskAOs"}) | {
    *("dataVolumeSystemTags", "dataVolumeSystemTagsOnIndex", "sshKeyPairUuids", "vmNicParams", "strategy", "virtio"),
    "reservedMemorySize",
}


MACHINES = (
    Sort(
        "instance-offering",
        ("CreateInstanceOffering",),
        hidden=frozenset({"type"}),
        where=lambda row: row["type"] == "UserVm",
    ),
    Sort("virtual-router-offering", ("CreateVirtualRouterOffering",), hidden=frozenset({"type"})),
    Sort(
        "vpc-vrouter",
        ("CreateVpcVRouter",),
        hidden=_PLACES,
        shown={"virtualRouterOfferingUuid": "instanceOfferingUuid"},
        links={
            "l3Networks": Joined("l3-network", _guests, _NETWORKS_OF_VM, _leave_network),
            "dns": Joined(
                None,
                listed("dns", "dns"),
                by_path("AddDnsToVpcRouter", "uuid", "dns"),
                by_path("RemoveDnsFromVpcRouter", "uuid", "dns"),
            ),
        },
    ),
    Sort(
        "route-table",
        ("CreateVRouterRouteTable",),
        links={
            "routeEntries": Rows(
                "routeEntries",
                {"destination": None, "target": None, "type": "UserStatic", "distance": 128},
                lambda item, one: Call("AddVRouterRouteEntry", {"routeTableUuid": item, **one}),
                lambda item, one: Call("DeleteVRouterRouteEntry", {"routeTableUuid": item, "uuid": one["uuid"]}),
            ),
            "vpcVRouters": Joined(
                "vpc-vrouter",
                listed("attachedRouterRefs", "virtualRouterVmUuid"),
                by_path("AttachVRouterRouteTableToVRouter", "routeTableUuid", "virtualRouterVmUuid"),
                by_path("DetachVRouterRouteTableFromVRouter", "routeTableUuid", "virtualRouterVmUuid"),
            ),
        },
    ),
    Sort(
        "vm-instance",
        ("CreateVmInstance",),
        hidden=_PLACES | _DISKS | {"type"},
        nouns={"defaultL3NetworkUuid": "l3-network"},
        links={
            "l3Networks": Joined(
                "l3-network", listed("vmNics", "l3NetworkUuid"), _NETWORKS_OF_VM, _leave_network, creates=True
            )
        },
        where=lambda row: row.get("type", "UserVm") == "UserVm",
    ),
    Sort(
        "security-group",
        ("CreateSecurityGroup",),
        links={
            "l3Networks": Joined(
                "l3-network",
                listed("attachedL3NetworkUuids"),
                by_path("AttachSecurityGroupToL3Network", "securityGroupUuid", "l3NetworkUuid"),
                by_path("DetachSecurityGroupFromL3Network", "securityGroupUuid", "l3NetworkUuid"),
            ),
            "rules": Rules(),
            "vmNics": Joined(
                "vm-nic",
                _members,
                by_list("AddVmNicToSecurityGroup", "securityGroupUuid", "vmNicUuids"),
                by_list("DeleteVmNicFromSecurityGroup", "securityGroupUuid", "vmNicUuids"),
            ),
        },
    ),
)
