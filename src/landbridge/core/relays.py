"""Former places of NICs, where frames still come for them over shortcuts (`NicRelay`)."""

from landbridge.core.nics import network_of, nics_of
from landbridge.core.view import Tx, View
from landbridge.model.documents.l2 import VXLAN
from landbridge.model.documents.vm import NicRelay, VmInstance, VmNic

RELAY_SECONDS = 60
"""Who has a shortcut and uses it within half a minute meets the relay and is corrected; who does not loses it
as idle (`zsnp.asking.IDLE`, and what it takes to notice)."""


def leave(tx: Tx, vm: VmInstance, host_uuid: str) -> None:
    """The VM was on this host and is elsewhere from now on."""
    drop(tx, vm, host_uuid)
    for nic in nics_of(tx, vm.uuid):
        network = network_of(tx, nic)
        if network.type == VXLAN:
            relay = NicRelay(
                uuid=tx.new_uuid(),
                vm_nic_uuid=nic.uuid,
                host_uuid=host_uuid,
                l2_network_uuid=network.uuid,
                until=tx.now + 1000 * RELAY_SECONDS,
            )
            tx.put(relay)


def drop(tx: Tx, vm: VmInstance, host_uuid: str) -> None:
    """It is back on this host."""
    for nic in nics_of(tx, vm.uuid):
        for relay in tx.find(NicRelay, vm_nic_uuid=nic.uuid):
            if relay.host_uuid == host_uuid:
                tx.delete(relay)


def drop_over(tx: Tx) -> None:
    """Those that nobody can need any more."""
    for relay in tx.find(NicRelay):
        if relay.until <= tx.now:
            tx.delete(relay)


def networks_on(view: View, host_uuid: str) -> set[str]:
    """L2 networks that a host has, for NICs that are there in whatever way, or were."""
    nics = [*view.find(VmNic, host_uuid=host_uuid), *view.find(VmNic, standby_host_uuid=host_uuid)]
    relays = view.find(NicRelay, host_uuid=host_uuid)
    return {nic.l2_network_uuid for nic in nics} | {relay.l2_network_uuid for relay in relays}


def hosts_of(view: View, l2_uuid: str) -> set[str]:
    """Hosts that have an L2 network."""
    hosts = {host for nic in view.find(VmNic, l2_network_uuid=l2_uuid) for host in places(nic)}
    return hosts | {relay.host_uuid for relay in view.find(NicRelay, l2_network_uuid=l2_uuid)}


def has_network(view: View, host_uuid: str, l2_uuid: str) -> bool:
    """Whether a host has an L2 network."""
    if view.first(VmNic, host_uuid=host_uuid, l2_network_uuid=l2_uuid) is not None:
        return True
    standby, relays = view.find(VmNic, standby_host_uuid=host_uuid), view.find(NicRelay, host_uuid=host_uuid)
    return any(nic.l2_network_uuid == l2_uuid for nic in standby) or any(
        relay.l2_network_uuid == l2_uuid for relay in relays
    )


def places(nic: VmNic) -> list[str]:
    """Hosts where a NIC is plugged, open or closed."""
    return [host for host in (nic.host_uuid, nic.standby_host_uuid) if host]
