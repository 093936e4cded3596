"""Which address pairs a NIC may be given: nothing that would take the network from its neighbours.

A pair lets a VM answer for an address that is not its own (VRRP in guests, NAT in a guest, nested
machines).  Refused is what belongs to somebody, or to all.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from landbridge.core import iprange
from landbridge.core.ipam import claim_scope, named, normal_ranges
from landbridge.core.nics import asked_mac
from landbridge.core.view import View
from landbridge.model.documents.address_pair import VmNicAllowedAddressPair
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import argerr

MOST_PAIRS = 16
"""Per NIC: what a port compares for each packet is bounded."""

Network = IPv4Network | IPv6Network

_NOBODYS: tuple[tuple[Network, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "means no address"),
    (IPv4Network("127.0.0.0/8"), "is loopback"),
    (IPv4Network("224.0.0.0/4"), "is multicast"),
    (IPv4Network("255.255.255.255/32"), "is broadcast"),
    (IPv6Network("::/127"), "means no address, or loopback"),
    (IPv6Network("::ffff:0:0/96"), "is IPv4 in disguise"),
    (IPv6Network("ff00::/8"), "is multicast"),
)
"""What no machine may send from, and why."""


def new_pair(view: View, nic: VmNic, uuid: str, ip: str, mac: str | None) -> VmNicAllowedAddressPair:
    """The pair as it is to be stored: a CIDR of one address is that address, the NIC's own MAC is none.

    Raises SYS.1007 with a sentence that says what is wrong.
    """
    pair = VmNicAllowedAddressPair(uuid=uuid, vm_nic_uuid=nic.uuid, ip=ip, mac=_mac(view, nic, mac))
    wanted = _network(ip)
    single = wanted.num_addresses == 1
    pair.ip = str(wanted.network_address) if single else str(wanted)
    l3 = view.need(L3Network, nic.l3_network_uuid)
    why = _nobodys(wanted) or _of_the_network(view, l3, wanted) or _of_a_neighbour(view, nic, l3, wanted)
    if why:
        raise argerr(f"ip[{ip}] cannot be allowed at NIC[uuid:{nic.uuid}, ip:{nic.ip}]: {why}")
    if pair.ip == nic.ip and pair.mac is None:
        raise argerr(f"ip[{ip}] is the own address of NIC[uuid:{nic.uuid}]: it may send from it anyway")
    present = view.find(VmNicAllowedAddressPair, vm_nic_uuid=nic.uuid)
    if any((other.ip, other.mac) == (pair.ip, pair.mac) for other in present):
        raise argerr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] has ip[{pair.ip}] with this MAC already")
    if len(present) >= MOST_PAIRS:
        raise argerr(
            f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] has {len(present)} allowed address pairs, the most it can have: "
            "remove one, or allow a CIDR"
        )
    return pair


def _network(text: str) -> Network:
    family: iprange.Family = 6 if ":" in text else 4
    try:
        if "/" not in text:
            return ip_network(iprange.address(text, family))
        found = iprange.network(text, family)
    except ValueError as error:
        raise argerr(f"ip{error}; say an address or a CIDR, IPv4 or IPv6") from None
    if found.prefixlen == 0:
        raise argerr(f"ip[{text}] is every address: switch anti-spoofing off instead (SetVmCleanTraffic)")
    if ip_address(text.partition("/")[0]) != found.network_address:
        raise argerr(f"ip[{text}] is an address inside of a network, not a CIDR: did you mean {found}?")
    return found


def _nobodys(wanted: Network) -> str | None:
    for network, why in _NOBODYS:
        if network.version == wanted.version and network.overlaps(wanted):
            return f"{network} {why}"
    return None


def _of_the_network(view: View, l3: L3Network, wanted: Network) -> str | None:
    ranges = normal_ranges(view, l3.uuid)
    owned: set[tuple[str | None, str]] = {(r.gateway, "the gateway") for r in ranges}
    owned |= {(l3.router_ip, "the router"), (l3.dhcp_ip, "the DHCP server")}
    for cidr in (IPv4Network(r.network_cidr) for r in ranges):
        owned |= {(str(cidr.network_address), "the network itself"), (str(cidr.broadcast_address), "its broadcast")}
    for ip, whose in sorted((ip, whose) for ip, whose in owned if ip):
        if ip_address(ip) in wanted:
            return f"{ip} is {whose} of {named(l3)}"
    return None


def _of_a_neighbour(view: View, nic: VmNic, l3: L3Network, wanted: Network) -> str | None:
    """IPv6 addresses are not handed out yet, so nobody has one."""
    if wanted.version == 6:
        return None
    low, high = int(wanted.network_address), int(wanted.broadcast_address)
    for number in view.claims_between(claim_scope(l3.uuid), low, high):
        ip = str(ip_address(number))
        if ip != nic.ip:
            return f"{ip} of {named(l3)} is in use by somebody else"
    return None


def _mac(view: View, nic: VmNic, asked: str | None) -> str | None:
    if asked is None:
        return None
    mac = asked_mac(asked)
    if mac == nic.mac:
        return None
    holder = view.get(VmNic, view.claim_owner("mac", mac))
    if holder is not None and holder.l2_network_uuid == nic.l2_network_uuid:
        raise argerr(f"MAC address[{asked}] is that of NIC[uuid:{holder.uuid}, ip:{holder.ip}] in the same network")
    return mac
