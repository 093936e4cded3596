"""NICs of VMs and vrouters: made with address and MAC, plugged where the VM runs."""

import re
from ipaddress import IPv4Network

from landbridge.core import ipam
from landbridge.core.service import Context
from landbridge.core.view import Tx, View
from landbridge.model.documents.address_pair import VmNicAllowedAddressPair
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.model.documents.security_group import VmNicSecurityGroupRef, VmNicSecurityPolicy
from landbridge.model.documents.vm import (
    ADDITIONAL_PUBLIC,
    APPLIANCE_VM,
    GUEST,
    PUBLIC,
    NicConnections,
    NicRelay,
    VmInstance,
    VmNic,
)
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.net import RESERVED_MAC_PREFIXES, ROUTER_MAC_PREFIX, VM_MAC_PREFIX
from landbridge.model.resource import Resource

_NO_MAC = "00:00:00:00:00:00"
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")

_BELONGINGS: tuple[type[Resource], ...] = (VmNicSecurityGroupRef, VmNicSecurityPolicy, VmNicAllowedAddressPair)

_MAC_LENGTH = len("00:00:00:00:00:00")
MAC_TRIES = 16
MAX_NUMBER = 0xFFFFFF
"""Largest VM number: with a three-digit device id the host side's name stays within 15 characters."""


def nics_of(view: View, vm_uuid: str) -> list[VmNic]:
    """A VM's NICs by device id."""
    return sorted(view.find(VmNic, vm_instance_uuid=vm_uuid), key=lambda nic: nic.device_id)


def is_shown(ctx: Context, nic: VmNic) -> bool:
    """Hosts answer for everybody's NICs; an account is told of its own VMs'."""
    return ctx.sees(nic.vm_instance_uuid)


def is_guest(nic: VmNic) -> bool:
    """Whether a vrouter's NIC serves a VPC subnet."""
    return bool(int(nic.meta_data or 0) & GUEST)


def is_public(nic: VmNic) -> bool:
    """Whether a vrouter's NIC is on a public network."""
    return bool(int(nic.meta_data or 0) & (PUBLIC | ADDITIONAL_PUBLIC))


def router_of(view: View, l3_uuid: str) -> VmNic | None:
    """The guest NIC of the vrouter that a subnet is attached to."""
    return view.first(VmNic, l3_network_uuid=l3_uuid, meta_data=str(GUEST))


def network_of(view: View, nic: VmNic) -> L2Network:
    """The L2 network of a NIC."""
    return view.need(L2Network, nic.l2_network_uuid)


def cidr_of(nic: VmNic) -> IPv4Network:
    """The network that a NIC's address is in."""
    return IPv4Network((nic.ip or "", nic.netmask or ""), strict=False)


def take_number(tx: Tx, vm_uuid: str) -> int:
    """A VM's number, which names the host side of its NICs."""
    number = tx.claim_free("vmnumber", 1, MAX_NUMBER, vm_uuid)
    if number is None:
        raise operr(f"there are {MAX_NUMBER} VMs already: expunge one first")
    return number


def make_nic(
    tx: Tx,
    vm: VmInstance,
    l3: L3Network,
    *,
    static_ip: str | None = None,
    mac: str | None = None,
    meta_data: str | None = None,
    router_address: bool = False,
) -> VmNic:
    """A new NIC, not plugged.  `router_address`: it takes the address that a router has in the network.

    Raises what `ipam` raises, and SYS.1007 or VM.1009 about the MAC.
    """
    nic_uuid = tx.new_uuid()
    if router_address:
        used = ipam.allocate_router(tx, l3, nic_uuid, f"vrouter {vm.name}", nic_uuid)
    else:
        used = ipam.allocate(tx, l3, nic_uuid, f"VM {vm.name}", static_ip=static_ip, vm_nic_uuid=nic_uuid)
    device_id = _free_device_id(tx, vm)
    nic = VmNic(
        uuid=nic_uuid,
        vm_instance_uuid=vm.uuid,
        l3_network_uuid=l3.uuid,
        l2_network_uuid=l3.l2_network_uuid,
        mac=_take_mac(tx, nic_uuid, mac, ROUTER_MAC_PREFIX if vm.type == APPLIANCE_VM else VM_MAC_PREFIX),
        ip=used.ip,
        netmask=used.netmask,
        gateway=used.gateway,
        device_id=device_id,
        internal_name=f"vnic{vm.number}.{device_id}",
        meta_data=meta_data,
        known=mac is not None,
    )
    tx.put(nic)
    return nic


def delete_nic(tx: Tx, nic: VmNic) -> None:
    """Remove a NIC; its address and MAC are free again, and it is in no security group."""
    for doc in _BELONGINGS:
        for belonging in tx.find(doc, vm_nic_uuid=nic.uuid) if nic.guard else ():
            tx.delete(belonging)
    for used in tx.find(UsedIp, vm_nic_uuid=nic.uuid):
        ipam.release(tx, used)
    for left in (*tx.find(NicRelay, vm_nic_uuid=nic.uuid), *tx.find(NicConnections, vm_nic_uuid=nic.uuid)):
        tx.delete(left)
    tx.delete(nic)


def readdress(tx: Tx, vm: VmInstance, nic: VmNic, l3: L3Network, ip: str | None) -> None:
    """Give a NIC an address (None: any) of a network, its own or another; the same one again changes nothing."""
    if (nic.l3_network_uuid, nic.ip) == (l3.uuid, ip):
        return
    old = tx.find(UsedIp, vm_nic_uuid=nic.uuid)
    used = ipam.allocate(tx, l3, nic.uuid, f"VM {vm.name}", static_ip=ip, vm_nic_uuid=nic.uuid)
    for address in old:
        ipam.release(tx, address)
    nic.l3_network_uuid, nic.l2_network_uuid = l3.uuid, l3.l2_network_uuid
    nic.ip, nic.netmask, nic.gateway = used.ip, used.netmask, used.gateway
    tx.put(nic)


def change_mac(tx: Tx, nic: VmNic, mac: str) -> None:
    """Give a NIC that is plugged nowhere another MAC.  SYS.1007 for one that no VM may have or that is taken."""
    old, nic.mac = nic.mac, _take_mac(tx, nic.uuid, mac, VM_MAC_PREFIX)
    nic.known = True
    if old != nic.mac:
        tx.release("mac", old)
    tx.put(nic)


def plug(tx: Tx, vm: VmInstance, host_uuid: str, standby_host_uuid: str = "", *, closed: bool = False) -> None:
    """The VM is to run on a host: its NICs are there; for the other two see `VmNic`."""
    for nic in nics_of(tx, vm.uuid):
        plug_nic(tx, nic, host_uuid, standby_host_uuid, closed=closed)


def plug_nic(tx: Tx, nic: VmNic, host_uuid: str, standby_host_uuid: str = "", *, closed: bool = False) -> None:
    """As `plug`, for one NIC."""
    if host_uuid and host_uuid != nic.host_uuid:
        nic.known |= nic.generation > 0
        nic.generation = max(nic.generation + 1, tx.now)
    nic.host_uuid, nic.standby_host_uuid, nic.closed = host_uuid, standby_host_uuid, closed
    tx.put(nic)
    for ref in tx.find(VmNicSecurityGroupRef, vm_nic_uuid=nic.uuid) if nic.guard else ():
        ref.host_uuid, ref.standby_host_uuid = host_uuid, standby_host_uuid
        tx.put(ref)


def unplug(tx: Tx, vm: VmInstance) -> None:
    """The VM runs nowhere: its NICs are nowhere."""
    plug(tx, vm, "")


def asked_mac(text: str) -> str:
    """A MAC address that a user asks for, as it is stored.  SYS.1007 for one that no VM may have."""
    mac = text.lower()
    if not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1 or mac == _NO_MAC:
        raise argerr(f"MAC address[{text}] is not a unicast address of six hex bytes")
    if mac.startswith(RESERVED_MAC_PREFIXES):
        raise argerr(f"MAC address[{text}] is reserved: {', '.join(RESERVED_MAC_PREFIXES)} are for the cloud itself")
    return mac


def _free_device_id(view: View, vm: VmInstance) -> int:
    taken = {nic.device_id for nic in nics_of(view, vm.uuid)}
    return next(number for number in range(len(taken) + 1) if number not in taken)


def _take_mac(tx: Tx, nic_uuid: str, asked: str | None, prefix: str) -> str:
    if asked is not None:
        mac = asked_mac(asked)
        if not tx.claim("mac", mac, nic_uuid):
            raise argerr(f"MAC address[{asked}] is already used by NIC[uuid:{tx.claim_owner('mac', mac)}]")
        return mac
    for _ in range(MAC_TRIES):
        text = tx.new_uuid()
        mac = ":".join([prefix, *(text[at : at + 2] for at in range(0, 12, 2))])[:_MAC_LENGTH]
        if tx.claim("mac", mac, nic_uuid):
            return mac
    raise ApiError("VM.1009", f"no free MAC address found in {MAC_TRIES} tries: try again")
