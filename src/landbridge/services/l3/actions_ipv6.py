"""IPv6 ranges: known by name, so that clients are told what to do instead."""

from typing import Annotated

from landbridge.core.api import P, unserved
from landbridge.services.l3.actions_range import AddRange

_HEADER = "org.zstack.header.network.l3"
_WHY = (
    "networks have no IPv6 addresses yet: give the L3 network IPv4 addresses with AddIpRange or "
    "AddIpRangeByNetworkCidr; VMs may use IPv6 link-local addresses beside them"
)
_MODES = ("SLAAC", "Stateful-DHCP", "Stateless-DHCP")


class AddIpv6Range(AddRange, kw_only=True):
    """Give an L3 network IPv6 addresses, from first to last."""

    start_ip: Annotated[str, P(help="first address")]
    end_ip: Annotated[str, P(help="last address")]
    gateway: Annotated[str, P(help="the subnet's gateway")]
    prefix_len: Annotated[int, P(help="prefix length of the subnet", low=8, high=126)]
    address_mode: Annotated[str, P(help="how machines get their addresses", values=_MODES)]


class AddIpv6RangeByNetworkCidr(AddRange, kw_only=True):
    """Give an L3 network all addresses of an IPv6 subnet."""

    network_cidr: Annotated[str, P(help="the subnet, e.g. fd00:1::/64")]
    address_mode: Annotated[str, P(help="how machines get their addresses", values=_MODES)]


ACTIONS = (
    unserved(
        "AddIpv6Range",
        "POST",
        "/l3-networks/{l3NetworkUuid}/ipv6-ranges",
        AddIpv6Range,
        _WHY,
        message=f"{_HEADER}.APIAddIpv6RangeMsg",
    ),
    unserved(
        "AddIpv6RangeByNetworkCidr",
        "POST",
        "/l3-networks/{l3NetworkUuid}/ipv6-ranges/by-cidr",
        AddIpv6RangeByNetworkCidr,
        _WHY,
        message=f"{_HEADER}.APIAddIpv6RangeByNetworkCidrMsg",
        fields=(("inventories", "array"),),
    ),
)
