"""Networks of physical interfaces: how they are made, with a VLAN's tag or without."""

from typing import Protocol

from landbridge.core.service import Context, Outcome
from landbridge.model.documents.l2 import NO_VLAN, VLAN, L2Network
from landbridge.model.documents.places import Zone
from landbridge.model.resource import Kind
from landbridge.services.l2 import vni


class Asked(Protocol):
    """What both requests say."""

    resource_uuid: str | None
    name: str
    description: str | None
    zone_uuid: str
    physical_interface: str
    v_switch_type: str
    isolated: bool
    pvlan: str | None


def make(ctx: Context, asked: Asked, kind: Kind, vlan: int | None = None) -> Outcome:
    """A network in a zone; who else uses the interface so matters where it is attached."""
    tx = ctx.tx
    network = L2Network(
        uuid=asked.resource_uuid or tx.new_uuid(),
        name=asked.name,
        description=asked.description,
        zone_uuid=tx.need(Zone, asked.zone_uuid).uuid,
        type=NO_VLAN if vlan is None else VLAN,
        physical_interface=asked.physical_interface,
        v_switch_type=asked.v_switch_type,
        isolated=asked.isolated,
        pvlan=asked.pvlan,
        virtual_network_id=vlan or 0,
        vlan=vlan,
    )
    network.net_id = vni.take_net_id(tx, network.uuid)
    tx.put(network)
    return Outcome(inventory=(kind, network.uuid))
