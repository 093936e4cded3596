"""Actions that attach L2 networks to clusters, and say what could be attached."""

from typing import Annotated

from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.l2 import L2_NETWORK, VXLAN, L2ClusterRef, L2Network
from landbridge.model.documents.places import CLUSTER, Cluster
from landbridge.services.l2.attach import attach, detach

_HEADER = "org.zstack.header.network.l2"


class AttachL2NetworkToCluster(Request, kw_only=True):
    """Let a cluster's hosts have an L2 network.

    A VXLAN pool needs the system tag
    `l2NetworkUuid::{pool}::clusterUuid::{cluster}::cidr::{10.0.0.0/24}` (the CIDR in literal
    braces): the underlay network in which the hosts' tunnel ends are found.
    """

    l2_network_uuid: Annotated[str, P(help="NoVlan network or VXLAN pool", ref="L2NetworkVO")]
    cluster_uuid: Annotated[str, P(help="the cluster", ref="ClusterVO")]
    l2_provider_type: Annotated[str | None, P(help="kind of switch", values=("LinuxBridge",))] = None


class DetachL2NetworkFromCluster(Request, kw_only=True):
    """Take an L2 network from a cluster; refused while a NIC of it is plugged there."""

    l2_network_uuid: Annotated[str, P(help="NoVlan network or VXLAN pool", ref="L2NetworkVO")]
    cluster_uuid: Annotated[str, P(help="the cluster", ref="ClusterVO")]


class GetCandidateClustersForAttachingL2Network(Request, kw_only=True):
    """The clusters that an L2 network could be attached to."""

    l2_network_uuid: Annotated[str, P(help="the network", ref="L2NetworkVO")]
    cluster_types: Annotated[list[str] | None, P(help="only clusters of these types")] = None
    limit: Annotated[int, P(help="at most this many", low=0)] = 1000
    start: Annotated[int, P(help="skip this many", low=0)] = 0


class GetCandidateL2NetworksForAttachingCluster(Request, kw_only=True):
    """The L2 networks that could be attached to a cluster."""

    cluster_uuid: Annotated[str, P(help="the cluster", ref="ClusterVO")]
    limit: Annotated[int, P(help="at most this many", low=0)] = 1000
    start: Annotated[int, P(help="skip this many", low=0)] = 0


def attach_action(ctx: Context, req: AttachL2NetworkToCluster) -> Outcome:
    """Done with the commit: hosts get the network with their first NIC on it."""
    network = ctx.tx.need(L2Network, req.l2_network_uuid)
    attach(ctx.tx, network, ctx.tx.need(Cluster, req.cluster_uuid), ctx.system_tags)
    return Outcome(inventory=(L2_NETWORK, network.uuid))


def detach_action(ctx: Context, req: DetachL2NetworkFromCluster) -> Outcome:
    """Done with the commit: no NIC is plugged, so no host has the network."""
    network = ctx.tx.need(L2Network, req.l2_network_uuid)
    detach(ctx.tx, network, ctx.tx.need(Cluster, req.cluster_uuid))
    return Outcome(inventory=(L2_NETWORK, network.uuid))


def candidate_clusters(ctx: Context, req: GetCandidateClustersForAttachingL2Network) -> Outcome:
    """Clusters of the network's zone that do not have it."""
    network = ctx.tx.need(L2Network, req.l2_network_uuid)
    if network.type == VXLAN:
        return Outcome(inventories=(CLUSTER, ()))
    attached = {ref.cluster_uuid for ref in ctx.tx.find(L2ClusterRef, l2_network_uuid=network.uuid)}
    found = [
        cluster.uuid
        for cluster in ctx.tx.find(Cluster, zone_uuid=network.zone_uuid)
        if cluster.uuid not in attached and (not req.cluster_types or cluster.type in req.cluster_types)
    ]
    return Outcome(inventories=(CLUSTER, tuple(found[req.start : req.start + req.limit])))


def candidate_networks(ctx: Context, req: GetCandidateL2NetworksForAttachingCluster) -> Outcome:
    """Networks of the cluster's zone that it does not have; VXLAN networks come with their pool."""
    cluster = ctx.tx.need(Cluster, req.cluster_uuid)
    attached = {ref.l2_network_uuid for ref in ctx.tx.find(L2ClusterRef, cluster_uuid=cluster.uuid)}
    found = [
        network.uuid
        for network in ctx.tx.find(L2Network, zone_uuid=cluster.zone_uuid)
        if network.uuid not in attached and network.type != VXLAN
    ]
    return Outcome(inventories=(L2_NETWORK, tuple(found[req.start : req.start + req.limit])))


ACTIONS = (
    action(
        "AttachL2NetworkToCluster",
        "POST",
        "/l2-networks/{l2NetworkUuid}/clusters/{clusterUuid}",
        attach_action,
        AttachL2NetworkToCluster,
        message=f"{_HEADER}.APIAttachL2NetworkToClusterMsg",
        kind=L2_NETWORK,
        body_key="null",
        admin_only=True,
    ),
    action(
        "DetachL2NetworkFromCluster",
        "DELETE",
        "/l2-networks/{l2NetworkUuid}/clusters/{clusterUuid}",
        detach_action,
        DetachL2NetworkFromCluster,
        message=f"{_HEADER}.APIDetachL2NetworkFromClusterMsg",
        kind=L2_NETWORK,
        admin_only=True,
    ),
    action(
        "GetCandidateClustersForAttachingL2Network",
        "GET",
        "/l2-networks/{l2NetworkUuid}/cluster-candidates",
        candidate_clusters,
        GetCandidateClustersForAttachingL2Network,
        message=f"{_HEADER}.APIGetCandidateClustersForAttachingL2NetworkMsg",
        mode="sync",
        result="inventories",
        kind=CLUSTER,
    ),
    action(
        "GetCandidateL2NetworksForAttachingCluster",
        "GET",
        "/cluster/{clusterUuid}/l2-candidates",
        candidate_networks,
        GetCandidateL2NetworksForAttachingCluster,
        message=f"{_HEADER}.APIGetCandidateL2NetworksForAttachingClusterMsg",
        mode="sync",
        result="inventories",
        kind=L2_NETWORK,
    ),
)
