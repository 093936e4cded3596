"""The actions on clusters."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.model.documents.places import CLUSTER, ZONE, Cluster

_PACKAGE = "org.zstack.header.cluster"
_ARCHITECTURES = ("x86_64", "aarch64", "mips64el", "loongarch64")


class CreateCluster(CreateRequest, kw_only=True):
    """Make a cluster: hosts that share layer-2 networks."""

    zone_uuid: Annotated[str, P(help="the zone to make it in", ref=ZONE.vo)]
    name: Annotated[str, P(help="display name", max=255)]
    hypervisor_type: Annotated[str, P(help="what its hosts are", values=("KVM",))]
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    type: Annotated[str | None, P(help="kind of cluster", values=("zstack",))] = None
    architecture: Annotated[str | None, P(help="processor architecture", values=_ARCHITECTURES)] = None


def create_cluster(ctx: Context, req: CreateCluster) -> Outcome:
    """An empty cluster."""
    cluster = Cluster(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        zone_uuid=req.zone_uuid,
        description=req.description,
        hypervisor_type=req.hypervisor_type,
        architecture=req.architecture or "x86_64",
    )
    ctx.tx.put(cluster)
    return Outcome(inventory=(CLUSTER, cluster.uuid))


class UpdateCluster(Request, kw_only=True):
    """Change a cluster's name or description."""

    uuid: Annotated[str, P(help="the cluster", ref=CLUSTER.vo)]
    name: Annotated[str | None, P(help="display name", max=255)] = None
    description: Annotated[str | None, P(help="free text", max=2048)] = None


def update_cluster(ctx: Context, req: UpdateCluster) -> Outcome:
    """What is not given stays."""
    cluster = ctx.tx.need(Cluster, req.uuid)
    if req.name is not None:
        cluster.name = req.name
    if req.description is not None:
        cluster.description = req.description
    ctx.tx.put(cluster)
    return Outcome(inventory=(CLUSTER, cluster.uuid))


class ChangeClusterState(Request, kw_only=True):
    """Enable or disable a cluster."""

    uuid: Annotated[str, P(help="the cluster", ref=CLUSTER.vo)]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable"))]


def change_cluster_state(ctx: Context, req: ChangeClusterState) -> Outcome:
    """A disabled cluster takes no new VMs; what runs, runs on."""
    cluster = ctx.tx.need(Cluster, req.uuid)
    cluster.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(cluster)
    return Outcome(inventory=(CLUSTER, cluster.uuid))


class DeleteCluster(DeleteRequest, kw_only=True):
    """Delete an empty cluster."""


def delete_cluster(ctx: Context, req: DeleteCluster) -> Outcome:
    """Refused (SYS.1006) while a host is in it or an L2 network is attached to it."""
    ctx.tx.delete(ctx.tx.need(Cluster, req.uuid))
    return Outcome()


SERVICE = Service(
    name="cluster",
    kinds=(CLUSTER,),
    actions=(
        action("CreateCluster", "POST", "/clusters", create_cluster, CreateCluster,
               message=f"{_PACKAGE}.APICreateClusterMsg", kind=CLUSTER, admin_only=True),
        action("UpdateCluster", "PUT", "/clusters/{uuid}/actions", update_cluster, UpdateCluster,
               message=f"{_PACKAGE}.APIUpdateClusterMsg", kind=CLUSTER, admin_only=True),
        action("ChangeClusterState", "PUT", "/clusters/{uuid}/actions", change_cluster_state, ChangeClusterState,
               message=f"{_PACKAGE}.APIChangeClusterStateMsg", kind=CLUSTER, admin_only=True),
        action("DeleteCluster", "DELETE", "/clusters/{uuid}", delete_cluster, DeleteCluster,
               message=f"{_PACKAGE}.APIDeleteClusterMsg", result="none", admin_only=True,
               absent_ok=("uuid", CLUSTER.vo)),
        query("QueryCluster", "/clusters", CLUSTER, message=f"{_PACKAGE}.APIQueryClusterMsg", help="Find clusters."),
    ),
)  # fmt: skip
