"""VNIs: overlapping ranges, handing one out, and the numbers that networks have here."""

from collections.abc import Iterable

from landbridge.core.view import Tx, View
from landbridge.model.documents.l2 import (
    VXLAN_POOL,
    L2ClusterRef,
    L2Network,
    RemoteVtep,
    VniRange,
    Vtep,
)
from landbridge.model.errors import ApiError, argerr
from landbridge.model.net import NET_ID_MAX, VXLAN_PORT

_RANDOM_TRIES = 4
"""Random picks before the pool counts as crowded and the next free VNI is searched."""


def allocate(tx: Tx, pool: L2Network, owner: str, asked: int | None) -> int:
    """Take the asked VNI, or a random free one of the pool's ranges.  L2.1001 if there is none."""
    where = f"VXLAN pool[uuid:{pool.uuid}, name:{pool.name}]"
    ranges = tx.find(VniRange, l2_network_uuid=pool.uuid)
    scope = f"vni/{pool.uuid}"
    if asked is not None:
        if not any(r.start_vni <= asked <= r.end_vni for r in ranges):
            raise ApiError("L2.1001", f"vni[{asked}] is in no VNI range of {where}: add a range or choose another")
        if not tx.claim(scope, asked, owner):
            raise ApiError("L2.1001", f"vni[{asked}] of {where} is taken: choose another or leave vni out")
        return asked
    for _ in range(_RANDOM_TRIES if ranges else 0):
        candidate = _pick(ranges, int(tx.new_uuid(), 16))
        if candidate and tx.claim(scope, candidate, owner):
            return candidate
    for vni_range in ranges:
        found = tx.claim_free(scope, max(vni_range.start_vni, 1), vni_range.end_vni, owner)
        if found is not None:
            return found
    raise ApiError("L2.1001", f"no free VNI in {where}: add a VNI range or delete a VXLAN network")


def take_net_id(tx: Tx, owner: str) -> int:
    """A number for a network that is unique on every host, whatever pool the network is in."""
    number = tx.claim_free("netid", 1, NET_ID_MAX, owner)
    if number is None:
        raise ApiError("SYS.1006", f"there are {NET_ID_MAX} L2 networks already: delete some")
    return number


def inherit_clusters(tx: Tx, pool: L2Network, network_uuid: str) -> None:
    """Attach a network to the clusters that its pool is attached to."""
    for ref in tx.find(L2ClusterRef, l2_network_uuid=pool.uuid):
        attach_network(tx, network_uuid, ref.cluster_uuid)


def attach_network(tx: Tx, network_uuid: str, cluster_uuid: str) -> None:
    """The cluster reference of a VXLAN network (its pool has one of its own)."""
    tx.put(L2ClusterRef(uuid=tx.new_uuid(), l2_network_uuid=network_uuid, cluster_uuid=cluster_uuid))


def attached_pools(view: View, cluster_uuid: str) -> list[tuple[L2Network, L2ClusterRef]]:
    """The pools attached to a cluster."""
    found = []
    for pool in view.find(L2Network, type=VXLAN_POOL):
        ref = view.first(L2ClusterRef, l2_network_uuid=pool.uuid, cluster_uuid=cluster_uuid)
        if ref is not None:
            found.append((pool, ref))
    return found


def check_attach(view: View, pool: L2Network, cluster_uuid: str) -> None:
    """SYS.1007 if a pool on the cluster has some of this pool's VNIs."""
    mine = view.find(VniRange, l2_network_uuid=pool.uuid)
    for other, _ in attached_pools(view, cluster_uuid):
        for theirs in view.find(VniRange, l2_network_uuid=other.uuid):
            clash = next((r for r in mine if _overlap(r, theirs)), None)
            if clash is not None:
                raise argerr(
                    f"VNI range[{_span(clash)}] overlaps range[{_span(theirs)}] "
                    f"of VXLAN pool[uuid:{other.uuid}, name:{other.name}], which is attached to the same cluster"
                )


def check_new_range(tx: Tx, pool: L2Network, new: VniRange) -> None:
    """Refuse a range whose VNIs could be mistaken for others.

    Pools with the same VTEP network on a cluster share an underlay: SYS.1007 on overlap.  On
    different underlays the same VNIs are legal, but one host tells equal VNIs apart by UDP
    port only, so this pool then moves to a port of its own (while it has no networks yet).
    """
    _refuse_overlap(pool, new, tx.find(VniRange, l2_network_uuid=pool.uuid))
    neighbours: dict[str, L2Network] = {}
    for ref in tx.find(L2ClusterRef, l2_network_uuid=pool.uuid):
        for other, theirs in attached_pools(tx, ref.cluster_uuid):
            if other.uuid == pool.uuid:
                continue
            neighbours[other.uuid] = other
            if theirs.cidr == ref.cidr:
                _refuse_overlap(other, new, tx.find(VniRange, l2_network_uuid=other.uuid))
    for other in neighbours.values():
        overlapping = any(_overlap(new, r) for r in tx.find(VniRange, l2_network_uuid=other.uuid))
        if overlapping and other.port == pool.port:
            _move_port(tx, pool, other, {n.port for n in neighbours.values()})


def _move_port(tx: Tx, pool: L2Network, other: L2Network, taken: set[int | None]) -> None:
    if tx.first(L2Network, pool_uuid=pool.uuid) is not None:
        raise argerr(
            f"VXLAN pool[uuid:{other.uuid}, name:{other.name}] on the same hosts has these VNIs "
            f"and the same UDP port {pool.port}, and pool[uuid:{pool.uuid}, name:{pool.name}] has networks already: "
            "use other VNIs"
        )
    pool.port = next(port for port in range(VXLAN_PORT, 65536) if port not in taken)
    tx.put(pool)
    for vtep in tx.find(Vtep, pool_uuid=pool.uuid):
        vtep.port = pool.port
        tx.put(vtep)
    for remote in tx.find(RemoteVtep, pool_uuid=pool.uuid):
        remote.port = pool.port
        tx.put(remote)


def _refuse_overlap(pool: L2Network, new: VniRange, existing: Iterable[VniRange]) -> None:
    for old in existing:
        if _overlap(new, old):
            raise argerr(
                f"VNI range[{_span(new)}] overlaps range[uuid:{old.uuid}, {_span(old)}] "
                f"of VXLAN pool[uuid:{pool.uuid}, name:{pool.name}]"
            )


def _overlap(one: VniRange, two: VniRange) -> bool:
    return one.start_vni <= two.end_vni and two.start_vni <= one.end_vni


def _span(vni_range: VniRange) -> str:
    return f"{vni_range.start_vni}-{vni_range.end_vni}"


def _pick(ranges: list[VniRange], random: int) -> int:
    """The VNI that a random number stands for, all equally likely; 0 is no VNI for a network."""
    offset = random % sum(r.end_vni - r.start_vni + 1 for r in ranges)
    for vni_range in ranges:
        size = vni_range.end_vni - vni_range.start_vni + 1
        if offset < size:
            break
        offset -= size
    return vni_range.start_vni + offset
