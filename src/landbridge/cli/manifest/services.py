"""VIPs and what stands on them in manifests."""

from collections.abc import Mapping
from typing import Any

from landbridge.cli.manifest.links import Joined
from landbridge.cli.manifest.model import Call, Cloud, Ref, Row
from landbridge.cli.manifest.sort import Sort, by_list, by_path, listed
from landbridge.cli.nouns import MANIFESTS


def _groups_of_listener(row: Row, _cloud: Cloud) -> Mapping[Any, Any]:
    """Without its default group, whose servers are the listener's own NICs."""
    groups = [one["serverGroupUuid"] for one in row.get("serverGroupRefs", ())]
    return {uuid: None for uuid in groups if uuid != row["serverGroupUuid"]}


def _server(item: Ref, nic: Any, weight: Any) -> Call:
    return Call(
        "AddBackendServerToServerGroup", {"serverGroupUuid": item, "vmNics": [{"uuid": nic, "weight": str(weight)}]}
    )


SERVICES = (
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
