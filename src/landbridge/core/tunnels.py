"""What tunnels to other sites have in common: which networks are at their ends, and what these may not be."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network

from landbridge.core import standing
from landbridge.core.ipam import normal_ranges
from landbridge.core.uses import FarNetworks
from landbridge.core.view import View
from landbridge.model.documents.l3 import L3Network
from landbridge.model.errors import argerr

IKE_PORTS = (500, 4500)
"""UDP; the second for IKE and ESP that are translated on their way (RFC 7296 section 2.23)."""


def networks(texts: Iterable[str], what: str) -> tuple[str, ...]:
    """CIDRs as they are stored.  SYS.1007 for what is none, is everything, or overlaps another of them."""
    found: list[IPv4Network] = []
    for text in texts:
        try:
            network = IPv4Network(text)
        except ValueError:
            raise argerr(f"{what}[{text}] is not an IPv4 CIDR like 192.0.2.0/24") from None
        if network.prefixlen == 0:
            raise argerr(f"{what}[{text}] is every address: name the networks at the other end")
        clash = next((other for other in found if other.overlaps(network)), None)
        if clash is not None:
            raise argerr(f"{what}[{network}] overlaps {clash}")
        found.append(network)
    return tuple(map(str, found))


def require_apart(view: View, remote: Collection[str], l3_uuids: Iterable[str], what: str, service: str) -> None:
    """SYS.1007 when a network at the other end overlaps a subnet at this one, or what other services lead that to."""
    far = [IPv4Network(text) for text in remote]
    for l3_uuid in l3_uuids:
        l3 = view.need(L3Network, l3_uuid)
        here = FarNetworks(f"L3 network[uuid:{l3.uuid}, name:{l3.name}]", _local(view, l3_uuid))
        for other in (here, *standing.far_networks(view, l3_uuid, besides=service)):
            for cidr in other.cidrs:
                clash = next((network for network in far if network.overlaps(cidr)), None)
                if clash is not None:
                    raise argerr(f"{what}[{clash}] overlaps {cidr} of {other.named}")


def local_cidrs(view: View, l3_uuids: Iterable[str]) -> tuple[str, ...]:
    """CIDRs of subnets."""
    found = {str(cidr) for l3_uuid in l3_uuids for cidr in _local(view, l3_uuid)}
    return tuple(sorted(found))


def _local(view: View, l3_uuid: str) -> tuple[IPv4Network, ...]:
    return tuple(IPv4Network(ip_range.network_cidr) for ip_range in normal_ranges(view, l3_uuid))
