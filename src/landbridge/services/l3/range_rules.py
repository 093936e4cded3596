"""What an IP range may be.  Every refusal is SYS.1007 and says what to change."""

from ipaddress import IPv4Address, IPv4Network

from landbridge.core.ipam import ADDRESS_POOL, NORMAL, contains, named
from landbridge.core.view import View
from landbridge.model.documents.l3 import IpRange, L3Network
from landbridge.model.errors import ApiError, argerr
from landbridge.model.net import cidr_or_none, ip_number, is_ipv4, prefix_of

_NOT_FOR_HOSTS = {
    "multicast (class D)": IPv4Network("224.0.0.0/4"),
    "reserved (class E)": IPv4Network("240.0.0.0/4"),
    "link-local": IPv4Network("169.254.0.0/16"),
    "loopback": IPv4Network("127.0.0.0/8"),
}

Span = tuple[IPv4Address, IPv4Address]


def subnet(start: str, end: str, netmask: str, gateway: str) -> IPv4Network:
    """The subnet of a range, its four fields checked on their own and against each other."""
    for field, value in (("startIp", start), ("endIp", end), ("gateway", gateway)):
        if not is_ipv4(value):
            raise argerr(f"{field}[{value}] is not an IPv4 address")
    prefix = prefix_of(netmask)
    if prefix is None:
        raise argerr(f"netmask[{netmask}] is not a netmask: it must be one run of ones, e.g. 255.255.255.0")
    network = IPv4Network((start, prefix), strict=False)
    for field, value in (("endIp", end), ("gateway", gateway)):
        if IPv4Address(value) not in network:
            raise argerr(
                f"{field}[{value}] is not in the subnet {network} of startIp[{start}] and netmask[{netmask}]"
            )
    if ip_number(start) > ip_number(end):
        raise argerr(f"startIp[{start}] is behind endIp[{end}]")
    return network


def spans_of_cidr(cidr: str, gateway: str | None, range_type: str) -> tuple[IPv4Network, str, list[Span]]:
    """The subnet, its gateway, and the one or two ranges that leave the gateway out.

    Without a gateway the first host is it.  An address pool has all hosts.
    """
    network = cidr_or_none(cidr)
    if network is None:
        raise argerr(f"networkCidr[{cidr}] is not an IPv4 CIDR, e.g. 10.0.0.0/24")
    if network.prefixlen > 30:
        raise argerr(f"networkCidr[{cidr}] is too small: it has no room for a gateway and a host (/30 at most)")
    first, last = network.network_address + 1, network.broadcast_address - 1
    if range_type == ADDRESS_POOL:
        return network, gateway or str(first), [(first, last)]
    if gateway is not None and not is_ipv4(gateway):
        raise argerr(f"gateway[{gateway}] is not an IPv4 address")
    middle = IPv4Address(gateway) if gateway is not None else first
    if not first <= middle <= last:
        raise argerr(f"gateway[{gateway}] is no host address of networkCidr[{network}] ({first} to {last})")
    spans = [(first, middle - 1), (middle + 1, last)]
    return network, str(middle), [(low, high) for low, high in spans if low <= high]


def check_range(view: View, l3: L3Network, new: IpRange) -> None:
    """Whether a network may have a range, given the network and every range on its L2 network."""
    if l3.ip_version != 4:
        raise argerr(f"{named(l3)} is an IPv6 network: it takes no IPv4 range")
    if new.ip_range_type == ADDRESS_POOL and l3.category != "Public":
        raise argerr(f"{named(l3)} is {l3.category}: only public networks have address pools")
    network = IPv4Network(new.network_cidr)
    for what, block in _NOT_FOR_HOSTS.items():
        if network.overlaps(block):
            raise argerr(f"[{new.network_cidr}] has {what} addresses of {block}, which hosts cannot have")
    if new.ip_range_type == NORMAL:
        _check_hosts(l3, new, network)
    _check_siblings(view, l3, new)
    for other in view.find(L3Network, l2_network_uuid=l3.l2_network_uuid):
        for old in view.find(IpRange, l3_network_uuid=other.uuid):
            if contains(old, ip_number(new.start_ip)) or contains(new, ip_number(old.start_ip)):
                raise argerr(
                    f"[{new.start_ip}-{new.end_ip}] overlaps IP range[uuid:{old.uuid}, {old.start_ip}-{old.end_ip}] "
                    f"of {named(other)} on the same L2 network"
                )


def _check_hosts(l3: L3Network, new: IpRange, network: IPv4Network) -> None:
    for what, number in (
        ("the gateway", ip_number(new.gateway)),
        ("the network's own address", int(network.network_address)),
        ("the broadcast address", int(network.broadcast_address)),
    ):
        if contains(new, number):
            raise _inside(new, what, number)
    if l3.router_ip is not None and contains(new, ip_number(l3.router_ip)):
        raise _inside(new, "the router interface's address", ip_number(l3.router_ip))


def _inside(new: IpRange, what: str, number: int) -> ApiError:
    return argerr(f"{what} {IPv4Address(number)} is inside of the range [{new.start_ip}-{new.end_ip}]: leave it out")


def _check_siblings(view: View, l3: L3Network, new: IpRange) -> None:
    for old in view.find(IpRange, l3_network_uuid=l3.uuid):
        if old.ip_range_type != new.ip_range_type:
            continue
        if old.network_cidr != new.network_cidr:
            raise argerr(
                "multiple CIDR on the same L3 network is not allowed: "
                f"it has {old.network_cidr}, the new range is of {new.network_cidr}"
            )
        if old.gateway != new.gateway:
            raise argerr(
                f"gateway[{new.gateway}] differs from gateway[{old.gateway}] of the network's "
                f"IP range[uuid:{old.uuid}, name:{old.name}]"
            )
