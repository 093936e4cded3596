"""Projection `eip`, key (eip,): a machine's address, translated by the vrouter of its network."""

from collections.abc import Iterable, Iterator

from landbridge.core import nat
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, View
from landbridge.model.documents.nat import Eip
from landbridge.model.documents.vm import VmNic
from landbridge.model.router_node import StaticNat


def translation(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing while it is disabled, attached to no NIC, or the network has no vrouter."""
    eip = view.get(Eip, key[0])
    if eip is None or eip.state != "Enabled" or eip.guest_ip is None:
        return
    place = nat.place(view, eip)
    if place is not None:
        router, leg = place
        static = StaticNat(vip_ip=eip.vip_ip, guest_ip=eip.guest_ip, out_nic_uuid=leg.uuid)
        yield Placed(f"router:{router.uuid}", f"eip/{eip.uuid}", static)


def _eip_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for eip in (change.old, change.new):
        if isinstance(eip, Eip):
            yield (eip.uuid,)


def _nic_changed(view: View, change: Change) -> Iterable[SourceKey]:
    return nat.concerned(view, change, Eip)


def keys(view: View) -> list[SourceKey]:
    """Every EIP."""
    return [(eip.uuid,) for eip in view.find(Eip)]


EIP_NAT = Projection(
    name="eip",
    project=translation,
    affected={Eip: _eip_changed, VmNic: _nic_changed},
    keys=keys,
)
