"""What tunnels to other sites have in common: which networks are at their ends, and what these may not be."""

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network

from landbridge.core.ipam import normal_ranges
from landbridge.core.service import View
from landbridge.model.documents.ipsec import IpsecL3Network, IpsecPeerCidr
from landbridge.model.documents.l3 import L3Network
from landbridge.model.errors import argerr


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


def require_apart(view: View, remote: Collection[str], l3_uuids: Iterable[str], what: str) -> None:
    """SYS.1007 when a network at the other end overlaps a subnet at this one, or what IPsec leads that to."""
    subnets = tuple(l3_uuids)
    for l3_uuid in subnets:
        for local in local_cidrs(view, (l3_uuid,)):
            for text in remote:
                if IPv4Network(text).overlaps(IPv4Network(local)):
                    l3 = view.need(L3Network, l3_uuid)
                    raise argerr(f"{what}[{text}] overlaps {local} of L3 network[uuid:{l3.uuid}, name:{l3.name}]")
    for ref in view.find(IpsecL3Network, l3_network_uuid=subnets) if subnets else ():
        for peer in view.find(IpsecPeerCidr, connection_uuid=ref.connection_uuid):
            for text in remote:
                if IPv4Network(text).overlaps(IPv4Network(peer.cidr)):
                    raise argerr(
                        f"{what}[{text}] overlaps {peer.cidr} of IPsec connection[uuid:{ref.connection_uuid}]"
                    )


def local_cidrs(view: View, l3_uuids: Iterable[str]) -> tuple[str, ...]:
    """CIDRs of subnets."""
    found = {ip_range.network_cidr for l3_uuid in l3_uuids for ip_range in normal_ranges(view, l3_uuid)}
    return tuple(sorted(found))
