"""Projection `vip`, key (vip,): an address that the VIP's vrouter answers for, while a service stands on it."""

from collections.abc import Iterable, Iterator

from landbridge.core import vips
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.vip import Vip, VipPeer
from landbridge.model.documents.vm import VmNic
from landbridge.model.router_node import VipAddress


def address(view: View, key: SourceKey) -> Iterator[Projected]:
    """A vrouter's own address is on its leg anyway."""
    vip = view.get(Vip, key[0])
    if vip is None or vip.system or not vip.use_for:
        return
    router = vips.router_for(view, vip)
    leg = vips.leg_of(view, router, vip) if router else None
    if router is not None and leg is not None:
        yield Placed(f"router:{router.uuid}", f"vip/{vip.uuid}", VipAddress(nic_uuid=leg.uuid, ip=vip.ip))


def _vip_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for vip in (change.old, change.new):
        if isinstance(vip, Vip):
            yield (vip.uuid,)
        elif isinstance(vip, VipPeer):
            yield (vip.vip_uuid,)


def _nic_changed(view: View, change: Change) -> Iterable[SourceKey]:
    return [(uuid,) for uuid in vips.concerned(view, change)]


def keys(view: View) -> list[SourceKey]:
    """Every VIP."""
    return [(vip.uuid,) for vip in view.find(Vip)]


VIP_ADDRESS = Projection(
    name="vip",
    project=address,
    affected={Vip: _vip_changed, VipPeer: _vip_changed, VmNic: _nic_changed},
    keys=keys,
)
