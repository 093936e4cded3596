"""The networks on either side of a connection, as documents."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from landbridge.core import vips
from landbridge.core.view import Tx
from landbridge.model.errors import argerr, operr
from landbridge.model.net import cidr_or_none
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.documents import IpsecConnection, IpsecL3Network, IpsecPeerCidr


def add_peers(tx: Tx, connection: IpsecConnection, cidrs: Iterable[str]) -> None:
    """CIDRs behind the peer.  SYS.1007 for what is none, SYS.1006 for one that is there."""
    for cidr in map(network, cidrs):
        if tx.first(IpsecPeerCidr, connection_uuid=connection.uuid, cidr=str(cidr)):
            raise operr(f"peer CIDR[{cidr}] is in {connections.named(connection)} already")
        tx.put(IpsecPeerCidr(uuid=tx.new_uuid(), connection_uuid=connection.uuid, cidr=str(cidr)))


def add_networks(tx: Tx, connection: IpsecConnection, l3_uuids: Iterable[str]) -> None:
    """Subnets on our side; those that are there stay.  Raises what `require_network` and `vips.serve` raise."""
    present = connections.networks_of(tx, connection.uuid)
    for l3_uuid in dict.fromkeys(l3_uuids):
        if l3_uuid not in present:
            connections.require_network(tx, connection, l3_uuid)
            tx.put(IpsecL3Network(uuid=tx.new_uuid(), connection_uuid=connection.uuid, l3_network_uuid=l3_uuid))
    serve(tx, connection)


def serve(tx: Tx, connection: IpsecConnection) -> None:
    """The VIP serves the connection's networks, no others."""
    vips.serve(tx, connection.vip_uuid, connection.uuid, connections.networks_of(tx, connection.uuid))


def network(text: str) -> IPv4Network:
    """A CIDR that a user gives, host bits dropped.  SYS.1007 when it is none."""
    cidr = cidr_or_none(text)
    if cidr is None:
        raise argerr(f"peerCidrs[{text}] is not an IPv4 CIDR like 192.0.2.0/24")
    return cidr
