"""Interfaces and bonds of hosts as resources, kept in step with what hosts say of themselves."""

from collections.abc import Iterable

from landbridge.core.view import Tx
from landbridge.model.documents.places import Host, HostNetworkBonding, HostNetworkInterface
from landbridge.model.facts import InterfaceFact

BOND = "bond"
_BOND_MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")
"""By the kernel's number (linux/if_bonding.h)."""


def keep(tx: Tx, host: Host, facts: Iterable[InterfaceFact]) -> None:
    """Make the documents equal to the facts; what stays under its name keeps its uuid."""
    shown = list(facts)
    known_bonds = {found.bonding_name: found for found in tx.find(HostNetworkBonding, host_uuid=host.uuid)}
    known = {found.interface_name: found for found in tx.find(HostNetworkInterface, host_uuid=host.uuid)}
    bonds = {fact.name: _bonding(tx, host, fact, known_bonds.get(fact.name)) for fact in shown if fact.kind == BOND}
    kept = {bond.uuid for bond in bonds.values()}
    for fact in shown:
        if fact.kind != BOND:
            kept.add(_interface(tx, host, fact, known.get(fact.name), bonds.get(fact.master or "")).uuid)
    forget(tx, host.uuid, kept)


def forget(tx: Tx, host_uuid: str, but: Iterable[str] = ()) -> None:
    """Delete a host's interfaces and bonds, some of them left out."""
    kept = set(but)
    for doc in (HostNetworkInterface, HostNetworkBonding):
        for found in tx.find(doc, host_uuid=host_uuid):
            if found.uuid not in kept:
                tx.delete(found)


def _interface(
    tx: Tx, host: Host, fact: InterfaceFact, found: HostNetworkInterface | None, bond: HostNetworkBonding | None
) -> HostNetworkInterface:
    made = found or HostNetworkInterface(uuid=tx.new_uuid(), host_uuid=host.uuid, interface_name=fact.name)
    made.mac, made.carrier_active, made.ip_addresses = fact.mac, fact.up, fact.addresses
    made.bonding_uuid = None if bond is None else bond.uuid
    made.slave_active = None if bond is None else fact.up
    made.interface_type = "bondSlave" if bond else "bridgeSlave" if fact.over or fact.master else "noMaster"
    tx.put(made)
    return made


def _bonding(tx: Tx, host: Host, fact: InterfaceFact, found: HostNetworkBonding | None) -> HostNetworkBonding:
    made = found or HostNetworkBonding(uuid=tx.new_uuid(), host_uuid=host.uuid, bonding_name=fact.name)
    made.mac, made.ip_addresses, made.mii_status = fact.mac, fact.addresses, "up" if fact.up else "down"
    known = fact.bond_mode is not None and fact.bond_mode < len(_BOND_MODES)
    made.mode = _BOND_MODES[fact.bond_mode or 0] if known else None
    made.bonding_type = "bridgeSlave" if fact.master else "noBridge"
    tx.put(made)
    return made
