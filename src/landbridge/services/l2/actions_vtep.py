"""Actions on VTEPs that nobody finds by himself: devices of others, and hosts whose address is said by hand."""

from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

from landbridge.core.api import CreateRequest, P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import REMOTE_VTEP, VTEP, VXLAN_POOL, L2ClusterRef, L2Network, RemoteVtep, Vtep
from landbridge.model.documents.places import Cluster, Host
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.net import VXLAN_PORT, cidr_or_none
from landbridge.services.l2.attach import named
from landbridge.services.l2.vtep import sync_vtep

_VXLAN = "org.zstack.network.l2.vxlan"


class CreateVxlanPoolRemoteVtep(CreateRequest, kw_only=True):
    """Let a VXLAN device that is none of our hosts take part in all networks of a pool, beside a cluster's hosts.

    It has to send to the hosts' VTEPs by itself, on the pool's UDP port.
    """

    l2_network_uuid: Annotated[str, P(help="the VXLAN pool", ref="L2NetworkVO")]
    cluster_uuid: Annotated[str, P(help="cluster whose hosts send to it", ref="ClusterVO")]
    remote_vtep_ip: Annotated[str, P(help="its IPv4 address", max=15)]


class DeleteVxlanPoolRemoteVtep(Request, kw_only=True):
    """Send to a VXLAN device of somebody else no more."""

    l2_network_uuid: Annotated[str, P(help="the VXLAN pool")]
    cluster_uuid: Annotated[str, P(help="cluster whose hosts send to it")]
    remote_vtep_ip: Annotated[str, P(help="its IPv4 address", max=15)]
    delete_mode: Annotated[str, P(help="kept for clients; has no effect", values=("Permissive", "Enforcing"))] = (
        "Permissive"
    )


class CreateVxlanVtep(CreateRequest, kw_only=True):
    """Give a host its VTEP in a pool by hand, where attaching the pool could not."""

    host_uuid: Annotated[str, P(help="the host", ref="HostVO")]
    pool_uuid: Annotated[str, P(help="the VXLAN pool", ref="VxlanNetworkPoolVO")]
    vtep_ip: Annotated[str | None, P(help="an address of the host in the cluster's VTEP CIDR")] = None


def create_remote(ctx: Context, req: CreateVxlanPoolRemoteVtep) -> Outcome:
    """Ends when every host of the cluster that has a network of the pool sends to it."""
    tx = ctx.tx
    pool, cluster = tx.need(L2Network, req.l2_network_uuid), tx.need(Cluster, req.cluster_uuid)
    _attached(tx, pool, cluster.uuid)
    ip = _ipv4(req.remote_vtep_ip, "remoteVtepIp")
    local = tx.first(Vtep, pool_uuid=pool.uuid, vtep_ip=ip)
    if local is not None:
        raise argerr(f"remoteVtepIp[{ip}] is the VTEP of host[uuid:{local.host_uuid}] in {named(pool)}")
    if tx.first(RemoteVtep, pool_uuid=pool.uuid, cluster_uuid=cluster.uuid, vtep_ip=ip) is not None:
        raise operr(f"remote VTEP[{ip}] is in {named(pool)} for cluster[uuid:{cluster.uuid}] already")
    vtep = RemoteVtep(
        uuid=req.resource_uuid or tx.new_uuid(),
        pool_uuid=pool.uuid,
        cluster_uuid=cluster.uuid,
        vtep_ip=ip,
        port=pool.port or VXLAN_PORT,
    )
    tx.put(vtep)
    return Outcome(inventory=(REMOTE_VTEP, vtep.uuid), everywhere=True)


def delete_remote(ctx: Context, req: DeleteVxlanPoolRemoteVtep) -> Outcome:
    """Absent is fine, the pool and the cluster, too."""
    equal = {"pool_uuid": req.l2_network_uuid, "cluster_uuid": req.cluster_uuid, "vtep_ip": req.remote_vtep_ip}
    for vtep in ctx.tx.find(RemoteVtep, **equal):
        ctx.tx.delete(vtep)
    return Outcome(everywhere=True)


def create_vtep(ctx: Context, req: CreateVxlanVtep) -> Outcome:
    """As attaching the pool would, but with the address that is asked for."""
    tx = ctx.tx
    host, pool = tx.need(Host, req.host_uuid), tx.need(L2Network, req.pool_uuid)
    cidr = cidr_or_none(_attached(tx, pool, host.cluster_uuid).cidr or "")
    known = tx.first(Vtep, host_uuid=host.uuid, pool_uuid=pool.uuid)
    if known is not None:
        raise argerr(
            f"host[uuid:{host.uuid}, name:{host.name}] has VTEP[{known.vtep_ip}] in {named(pool)} already: "
            "to move it, change the host's address and reconnect the host"
        )
    assert cidr is not None, "a pool is attached with a CIDR"
    sync_vtep(tx, pool, cidr, host, asked=_ipv4(req.vtep_ip, "vtepIp") if req.vtep_ip else None)
    made = tx.first(Vtep, host_uuid=host.uuid, pool_uuid=pool.uuid)
    assert made is not None
    return Outcome(inventory=(VTEP, made.uuid))


def _attached(tx: Tx, pool: L2Network, cluster_uuid: str) -> L2ClusterRef:
    if pool.type != VXLAN_POOL:
        raise argerr(f"{named(pool)} is a {pool.type}, not a VXLAN pool")
    ref = tx.first(L2ClusterRef, l2_network_uuid=pool.uuid, cluster_uuid=cluster_uuid)
    if ref is None:
        raise ApiError("SYS.1003", f"{named(pool)} is not attached to cluster[uuid:{cluster_uuid}]: attach it first")
    return ref


def _ipv4(text: str, name: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError as error:
        raise argerr(f"{name}[{text}] is not an IPv4 address") from error


_REMOTE = "/l2-networks/{l2NetworkUuid}/clusters/{clusterUuid}"

ACTIONS = (
    action(
        "CreateVxlanPoolRemoteVtep",
        "POST",
        f"{_REMOTE}/remote-vtep-ip",
        create_remote,
        CreateVxlanPoolRemoteVtep,
        message=f"{_VXLAN}.vxlanNetworkPool.APICreateVxlanPoolRemoteVtepMsg",
        kind=REMOTE_VTEP,
        admin_only=True,
    ),
    action(
        "DeleteVxlanPoolRemoteVtep",
        "DELETE",
        f"{_REMOTE}/delete/remote-vtep-ip",
        delete_remote,
        DeleteVxlanPoolRemoteVtep,
        message=f"{_VXLAN}.vxlanNetworkPool.APIDeleteVxlanPoolRemoteVtepMsg",
        result="none",
        admin_only=True,
    ),
    action(
        "CreateVxlanVtep",
        "POST",
        "/l2-networks/vxlan/vteps",
        create_vtep,
        CreateVxlanVtep,
        message=f"{_VXLAN}.vtep.APICreateVxlanVtepMsg",
        kind=VTEP,
        admin_only=True,
    ),
)
