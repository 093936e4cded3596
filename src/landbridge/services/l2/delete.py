"""Deleting L2 networks, with what belongs to them.  A refusal leaves all as it was: one transaction."""

from landbridge.core.view import Tx
from landbridge.model.documents.l2 import VXLAN_POOL, L2ClusterRef, L2Network, RemoteVtep, VniRange, Vtep


def delete_l2(tx: Tx, network: L2Network) -> None:
    """Delete a network.  SYS.1006 naming the L3 network that is on it, if one is."""
    if network.type == VXLAN_POOL:
        for member in tx.find(L2Network, pool_uuid=network.uuid):
            delete_l2(tx, member)
        for vni_range in tx.find(VniRange, l2_network_uuid=network.uuid):
            tx.delete(vni_range)
        for vtep in tx.find(Vtep, pool_uuid=network.uuid):
            tx.delete(vtep)
        for remote in tx.find(RemoteVtep, pool_uuid=network.uuid):
            tx.delete(remote)
    for ref in tx.find(L2ClusterRef, l2_network_uuid=network.uuid):
        tx.delete(ref)
    tx.delete(network)


def delete_vni_range(tx: Tx, vni_range: VniRange) -> None:
    """Delete a range and the VXLAN networks whose VNI lies in it."""
    for network in tx.find(L2Network, pool_uuid=vni_range.l2_network_uuid):
        if network.vni is not None and vni_range.start_vni <= network.vni <= vni_range.end_vni:
            delete_l2(tx, network)
    tx.delete(vni_range)
