"""Projections `limit`, key (vip,), and `sharedLimit`, key (shared limit,): what the VIP's vrouter is to hold back.

A VIP that shares a bandwidth and has no limit of its own has one all the same, which says where it belongs.
"""

from collections.abc import Iterable, Iterator

from landbridge.core import vips
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip, VipPeer
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.router_node import Limit, SharedLimit
from landbridge.services.qos.documents import VipQos, VpcSharedQos, VpcSharedQosVip


def limits(view: View, key: SourceKey) -> Iterator[Projected]:
    """Of one VIP, wherever it is."""
    vip = view.get(Vip, key[0])
    router = vips.router_for(view, vip) if vip else None
    leg = vips.leg_of(view, router, vip) if vip and router else None
    if vip is None or router is None or leg is None:
        return
    ref = view.first(VpcSharedQosVip, vip_uuid=vip.uuid)
    shared = view.need(VpcSharedQos, ref.shared_qos_uuid) if ref else None
    number = shared.number if shared and shared.vpc_uuid == router.uuid else None
    rows = view.find(VipQos, vip_uuid=vip.uuid)
    for row in rows:
        limit = Limit(
            number=row.number,
            nic_uuid=leg.uuid,
            vip_ip=vip.ip,
            port=row.port,
            inbound=row.inbound_bandwidth,
            outbound=row.outbound_bandwidth,
            shared=None if row.port else number,
        )
        yield Placed(f"router:{router.uuid}", f"limit/{row.uuid}", limit)
    if ref and number is not None and all(row.port for row in rows):
        limit = Limit(number=ref.number, nic_uuid=leg.uuid, vip_ip=vip.ip, shared=number)
        yield Placed(f"router:{router.uuid}", f"limit/{ref.uuid}", limit)


def shared_limit(view: View, key: SourceKey) -> Iterator[Projected]:
    """On its vrouter, while that is on the network."""
    shared = view.get(VpcSharedQos, key[0])
    router = view.get(VmInstance, shared.vpc_uuid) if shared else None
    if shared is None or router is None:
        return
    leg = next(iter(view.find(VmNic, vm_instance_uuid=router.uuid, l3_network_uuid=shared.l3_network_uuid)), None)
    if leg is not None:
        limit = SharedLimit(number=shared.number, nic_uuid=leg.uuid, bandwidth=shared.bandwidth)
        yield Placed(f"router:{router.uuid}", f"shared-limit/{shared.uuid}", limit)


def _row_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for row in (change.old, change.new):
        if isinstance(row, VipQos | VpcSharedQosVip | VipPeer):
            yield (row.vip_uuid,)
        elif isinstance(row, Vip):
            yield (row.uuid,)


def _shared_changed(view: View, change: Change) -> Iterable[SourceKey]:
    shared = change.new or change.old
    if not isinstance(shared, VpcSharedQos):
        return []
    return [(ref.vip_uuid,) for ref in view.find(VpcSharedQosVip, shared_qos_uuid=shared.uuid)]


def _nic_changed(view: View, change: Change) -> Iterable[SourceKey]:
    return [(uuid,) for uuid in vips.concerned(view, change)]


def _leg_changed(view: View, change: Change) -> Iterable[SourceKey]:
    nic = change.new or change.old
    if not isinstance(nic, VmNic) or nic.meta_data is None:
        return []
    return [(shared.uuid,) for shared in view.find(VpcSharedQos, l3_network_uuid=nic.l3_network_uuid)]


def _own_changed(view: View, change: Change) -> Iterator[SourceKey]:
    shared = change.new or change.old
    if isinstance(shared, VpcSharedQos):
        yield (shared.uuid,)


LIMIT = Projection(
    name="limit",
    project=limits,
    affected={
        VipQos: _row_changed,
        VpcSharedQosVip: _row_changed,
        VpcSharedQos: _shared_changed,
        Vip: _row_changed,
        VipPeer: _row_changed,
        VmNic: _nic_changed,
    },
    keys=lambda view: [(vip.uuid,) for vip in view.find(Vip)],
)
SHARED = Projection(
    name="sharedLimit",
    project=shared_limit,
    affected={VpcSharedQos: _own_changed, VmNic: _leg_changed},
    keys=lambda view: [(shared.uuid,) for shared in view.find(VpcSharedQos)],
)
