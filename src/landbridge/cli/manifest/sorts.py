"""What can be written of each noun: a table.  The parameters are those of its create action, and come from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from landbridge.cli.manifest.links import Join, Joined, Link, Rows, Rules, Services
from landbridge.cli.manifest.model import Call, Cloud, Ref, Row
from landbridge.cli.naming import commands
from landbridge.cli.nouns import MANIFESTS
from landbridge.client.wire import actions
from landbridge.core.api import Action
from landbridge.core.parameters import Parameter, parameters


@dataclass(frozen=True, slots=True)
class Sort:
    """A noun of manifests.

    creates  its create actions: the one that takes what is written is called; exports write for the first
    hidden   parameters of them that are not for manifests
    shown    parameter -> field of the inventory, where they differ
    nouns    parameter -> noun that it names, where its declaration does not say
    listed   the noun whose query lists them, where they have none of their own
    where    which of those rows are these
    """

    noun: str
    creates: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    shown: Mapping[str, str] = field(default_factory=dict)
    nouns: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    listed: str = ""
    where: Callable[[Row], bool] = lambda _row: True

    def parameters(self) -> dict[str, Parameter]:
        """By the key of a manifest: `zoneUuid` is written `zone`."""
        return self._parameters(self.creates)

    def exported(self) -> dict[str, Parameter]:
        """Those of its first create action."""
        return self._parameters(self.creates[:1])

    def _parameters(self, creates: tuple[str, ...]) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        for name in creates:
            for parameter in parameters(actions()[name].request):
                if parameter.name not in _NEVER | self.hidden | {"name"}:
                    found.setdefault(key_of(parameter.name), parameter)
        return found

    def shows(self, parameter: Parameter) -> bool:
        """Whether inventories tell a parameter's value; secrets and what only counts at the creation they do not."""
        kind = query_of(self.listed or self.noun).kind
        assert kind is not None  # each of them is queried
        fields = {one.name for one in parameters(kind.doc)} - kind.internal
        return not parameter.rule.secret and self.shown.get(parameter.name, parameter.name) in fields

    def noun_of(self, parameter: Parameter) -> str | None:
        """What a parameter names, if anything."""
        return self.nouns.get(parameter.name) or nouns_of_kinds().get(parameter.rule.ref or "")


_NEVER = frozenset({"resourceUuid", "tagUuids", "ipVersion", "pvlan", "isolated", "vSwitchType", "sortKey"})
_ALIKE: Mapping[str, str] = {"L2NetworkVO": "l2-network", "VirtualRouterVmVO": "vpc-vrouter", "HostVO": "host"}


@cache
def nouns_of_kinds() -> Mapping[str, str]:
    """`Kind.vo` -> noun."""
    found = dict(_ALIKE)
    for noun, verbs in commands(actions().values()).items():
        query = verbs.get("query")
        if query is not None and query.kind is not None:
            found.setdefault(query.kind.vo, noun)
    return found


def query_of(noun: str) -> Action:
    """The action that lists a noun."""
    return commands(actions().values())[noun]["query"]


def key_of(parameter: str) -> str:
    """`zoneUuid` -> `zone`, `l3NetworkUuids` -> `l3Networks`."""
    if parameter.endswith("Uuids"):
        return parameter.removesuffix("Uuids") + "s"
    return parameter.removesuffix("Uuid")


def by_path(name: str, own: str, other: str, **fixed: Any) -> Join:
    """A call that names the item and the other thing."""
    return lambda item, one, _said: Call(name, {own: item, other: one, **fixed})


def by_list(name: str, own: str, other: str) -> Join:
    """A call that takes a list of the other things."""
    return lambda item, one, _said: Call(name, {own: item, other: [one]})


def listed(field_name: str, inner: str | None = None) -> Callable[[Row, Cloud], Mapping[Any, Any]]:
    """Joined to all that a field lists, or a field of what it lists."""
    return lambda row, _cloud: {one if inner is None else one[inner]: None for one in row.get(field_name, ())}


def _clusters_of_pool(item: Ref, cluster: Any, cidr: Any) -> Call:
    tag = f"l2NetworkUuid::{{0}}::clusterUuid::{{1}}::cidr::{{{{{cidr}}}}}"
    refs = (item, cluster)
    return Call("AttachL2NetworkToCluster", {"l2NetworkUuid": item, "clusterUuid": cluster}, (tag,), refs)


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


def _groups_of_listener(row: Row, _cloud: Cloud) -> Mapping[Any, Any]:
    """Without its default group, whose servers are the listener's own NICs."""
    groups = [one["serverGroupUuid"] for one in row.get("serverGroupRefs", ())]
    return {uuid: None for uuid in groups if uuid != row["serverGroupUuid"]}


def _server(item: Ref, nic: Any, weight: Any) -> Call:
    return Call(
        "AddBackendServerToServerGroup", {"serverGroupUuid": item, "vmNics": [{"uuid": nic, "weight": str(weight)}]}
    )


_CLUSTERS = Joined(
    "cluster",
    listed("attachedClusterUuids"),
    by_path("AttachL2NetworkToCluster", "l2NetworkUuid", "clusterUuid"),
    by_path("DetachL2NetworkFromCluster", "l2NetworkUuid", "clusterUuid"),
)
_NETWORKS_OF_VM = by_path("AttachL3NetworkToVm", "vmInstanceUuid", "l3NetworkUuid")
_POOL = Joined(
    "cluster",
    lambda row, _cloud: dict(row.get("attachedCidrs", {})),
    _clusters_of_pool,
    by_path("DetachL2NetworkFromCluster", "l2NetworkUuid", "clusterUuid"),
    mapping=True,
)
_PLACES = frozenset({"hostUuid", "clusterUuid", "primaryStorageUuidForRootVolume", "rootVolumeSystemTags"})
_DISKS = frozenset({"rootDiskOfferingUuid", "rootDiskSize", "dataDiskSizes", "dataDiskOfferingUuids", "diskAOs"}) | {
    *("dataVolumeSystemTags", "dataVolumeSystemTagsOnIndex", "sshKeyPairUuids", "vmNicParams", "strategy", "virtio"),
    "reservedMemorySize",
}

_ALL = (
    Sort("zone", ("CreateZone",)),
    Sort("cluster", ("CreateCluster",)),
    Sort("l2-vxlan-network-pool", ("CreateL2VxlanNetworkPool",), links={"clusters": _POOL}),
    Sort("vni-range", ("CreateVniRange",), nouns={"l2NetworkUuid": "l2-vxlan-network-pool"}),
    Sort(
        "l2-no-vlan-network",
        ("CreateL2NoVlanNetwork",),
        links={"clusters": _CLUSTERS},
        listed="l2-network",
        where=lambda row: row["type"] == "L2NoVlanNetwork",
    ),
    Sort("l2-vlan-network", ("CreateL2VlanNetwork",), links={"clusters": _CLUSTERS}),
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
        },
    ),
    Sort(
        "ip-range",
        ("AddIpRange", "AddIpRangeByNetworkCidr"),
    ),
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
                lambda item, uuid: Call("DeleteVRouterRouteEntry", {"routeTableUuid": item, "uuid": uuid}),
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
    Sort(
        "vip",
        ("CreateVip",),
        shown={"requiredIp": "ip"},
        hidden=frozenset({"allocatorStrategy", "ipRangeUuid"}),
        where=lambda row: not row.get("system"),
    ),
    *(Sort(noun, (declared.creates,), hidden=declared.hidden) for noun, declared in MANIFESTS.items()),
    Sort(
        "load-balancer",
        ("CreateLoadBalancer",),
        hidden=frozenset({"ipv6VipUuid", "type"}),
    ),
    Sort(
        "load-balancer-server-group",
        ("CreateLoadBalancerServerGroup",),
        links={
            "vmNics": Joined(
                "vm-nic",
                lambda row, _cloud: {one["vmNicUuid"]: one["weight"] for one in row.get("vmNicRefs", ())},
                _server,
                by_list("RemoveBackendServerFromServerGroup", "serverGroupUuid", "vmNicUuids"),
                mapping=True,
            )
        },
        where=lambda row: not row["name"].startswith("default-server-group-"),
    ),
    Sort(
        "load-balancer-listener",
        ("CreateLoadBalancerListener",),
        hidden=frozenset(
            {
                "certificateUuid",
                "aclUuids",
                "aclType",
                "aclStatus",
                "httpVersions",
                "httpCompressAlgos",
                "tcpProxyProtocol",
            }
        ),
        links={
            "serverGroups": Joined(
                "load-balancer-server-group",
                _groups_of_listener,
                by_path("AddServerGroupToLoadBalancerListener", "listenerUuid", "serverGroupUuid"),
                by_path("RemoveServerGroupFromLoadBalancerListener", "listenerUuid", "serverGroupUuid"),
            ),
            "vmNics": Joined(
                "vm-nic",
                listed("vmNicRefs", "vmNicUuid"),
                by_list("AddVmNicToLoadBalancer", "listenerUuid", "vmNicUuids"),
                by_list("RemoveVmNicFromLoadBalancer", "listenerUuid", "vmNicUuids"),
            ),
        },
    ),
    Sort(
        "ipsec-connection",
        ("CreateIPsecConnection",),
        hidden=frozenset({"peerCidrs", "l3NetworkUuid"}),
        links={
            "l3Networks": Joined(
                "l3-network",
                lambda row, _cloud: {one["l3NetworkUuid"]: None for one in row.get("l3NetworkRefs", ())},
                by_list("AttachL3NetworksToIPsecConnection", "uuid", "l3NetworkUuids"),
                by_list("DetachL3NetworksFromIPsecConnection", "uuid", "l3NetworkUuids"),
            ),
            "peerCidrs": Joined(
                None,
                lambda row, _cloud: {one["cidr"]: None for one in row.get("peerCidrs", ())},
                by_list("AddRemoteCidrsToIPsecConnection", "uuid", "peerCidrs"),
                by_list("RemoveRemoteCidrsFromIPsecConnection", "uuid", "peerCidrs"),
            ),
        },
    ),
)

SORTS: Mapping[str, Sort] = {sort.noun: sort for sort in _ALL}
"""In the order in which they are made: what others need comes first."""

OTHERS = ("host", "image", "vm-nic", "vm-nic-in-security-group", "l2-network", "network-service-provider")
"""Nouns that manifests name, or plans look at, and do not make."""
