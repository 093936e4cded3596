"""IPsec connections: which networks they join, and what may not be together.

Source: behaviour of the ipsec group of the API.  What a connection's VIP serves are its networks; the ports of IKE
belong to all connections of a VIP together.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from landbridge.core import standing, tunnels, vips
from landbridge.core.nics import cidr_of, nics_of
from landbridge.core.titles import title
from landbridge.core.uses import FarNetworks, VipUse
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import L3Network, NetworkServiceRef
from landbridge.model.documents.vip import Vip, VipPorts
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import operr
from landbridge.services.ipsec.documents import IpsecConnection, IpsecL3Network, IpsecPeerCidr

NAME = "ipsec"
USE = VipUse("IPsec")


def named(connection: IpsecConnection) -> str:
    """A connection as errors name it."""
    return f"IPsec connection[uuid:{connection.uuid}, name:{connection.name}]"


def networks_of(view: View, connection_uuid: str) -> list[str]:
    """The uuids of its L3 networks."""
    return [ref.l3_network_uuid for ref in view.find(IpsecL3Network, connection_uuid=connection_uuid)]


def peer_cidrs(view: View, connection_uuid: str) -> list[IPv4Network]:
    """The networks behind its peer."""
    return [IPv4Network(peer.cidr) for peer in view.find(IpsecPeerCidr, connection_uuid=connection_uuid)]


def local_cidrs(view: View, l3_uuid: str) -> list[IPv4Network]:
    """What a network's addresses are of."""
    return [IPv4Network(cidr) for cidr in tunnels.local_cidrs(view, (l3_uuid,))]


# ---- made and unmade -----------------------------------------------------------------------------


def take_vip(tx: Tx, connection: IpsecConnection) -> None:
    """It stands on its VIP.  Raises what `vips.use` and `vips.take_ports` raise."""
    vips.use(tx, connection.vip_uuid, connection.uuid, USE)
    _hold_ports(tx, connection)


def remove(tx: Tx, connection: IpsecConnection) -> None:
    """It is gone; the ports of IKE stay with the other connections of its VIP."""
    vips.leave(tx, connection.vip_uuid, connection.uuid)
    for doc in (IpsecPeerCidr, IpsecL3Network):
        for part in tx.find(doc, connection_uuid=connection.uuid):
            tx.delete(part)
    tx.delete(connection)
    for other in tx.find(IpsecConnection, vip_uuid=connection.vip_uuid):
        _hold_ports(tx, other)


def vip_goes(tx: Tx, vip: Vip) -> None:
    """With all connections on it."""
    for connection in tx.find(IpsecConnection, vip_uuid=vip.uuid):
        remove(tx, connection)


def _hold_ports(tx: Tx, connection: IpsecConnection) -> None:
    """In the name of all connections of the VIP, unless one of them has them already."""
    there = {other.uuid for other in tx.find(IpsecConnection, vip_uuid=connection.vip_uuid)}
    if there.isdisjoint(ports.service_uuid for ports in tx.find(VipPorts, vip_uuid=connection.vip_uuid)):
        for port in tunnels.IKE_PORTS:
            vips.take_ports(tx, connection.vip_uuid, connection.uuid, vips.Ports(vips.UDP, port, port))


# ---- what may not be -----------------------------------------------------------------------------


def require_sound(view: View, connection: IpsecConnection) -> None:
    """SYS.1006 unless every address has one way to go, as the connection is now.

    The peer is outside of the networks behind it; those are apart from each other, from the vrouter's own networks,
    and from what other connections lead the same subnets to.
    """
    peers = peer_cidrs(view, connection.uuid)
    for peer in peers:
        if IPv4Address(connection.peer_address) in peer:
            raise operr(
                f"peer CIDR[{peer}] of {named(connection)} contains its peer[{connection.peer_address}] itself"
            )
    for number, peer in enumerate(peers):
        _refuse_overlap(connection, peer, peers[number + 1 :], "another peer CIDR")
    networks = networks_of(view, connection.uuid)
    for l3_uuid in networks:
        for peer in peers:
            _refuse_overlap(connection, peer, local_cidrs(view, l3_uuid), _network(view, l3_uuid))
        _beside_others(view, connection, peers, l3_uuid)
    router = vips.router_for(view, view.need(Vip, connection.vip_uuid))
    for nic in nics_of(view, router.uuid) if router else ():
        for peer in peers:
            where = f"{_network(view, nic.l3_network_uuid)} of the VIP's vrouter"
            _refuse_overlap(connection, peer, [cidr_of(nic)], where)


def require_network(view: View, connection: IpsecConnection, l3_uuid: str) -> None:
    """SYS.1006 unless the network has the service and addresses.  Where it is attached is `vips.serve`'s to judge."""
    if view.first(NetworkServiceRef, l3_network_uuid=l3_uuid, network_service_type=USE.type) is None:
        raise operr(f"{_network(view, l3_uuid)} does not have the network service IPsec: attach it (networkServices)")
    if not local_cidrs(view, l3_uuid):
        raise operr(f"{_network(view, l3_uuid)} has no IP range, so nothing for {named(connection)} to join: add one")


def attach_refusal(view: View, router: VmInstance, l3: L3Network) -> str | None:
    """Why a subnet may not be attached to a vrouter: some peer has addresses of both; None when it may."""
    present = nics_of(view, router.uuid)
    joining = dict.fromkeys(local_cidrs(view, l3.uuid), l3.uuid)
    around = joining | {cidr_of(nic): nic.l3_network_uuid for nic in present}
    for connection in _serving(view, [l3.uuid, *(nic.l3_network_uuid for nic in present)]):
        serves_it = l3.uuid in networks_of(view, connection.uuid)
        for peer in peer_cidrs(view, connection.uuid):
            for cidr, l3_uuid in (around if serves_it else joining).items():
                if cidr.overlaps(peer):
                    return (
                        f"{cidr} of {_network(view, l3_uuid)} overlaps peer CIDR[{peer}] of {named(connection)} on "
                        f"{title(router)}: remove that first (RemoveRemoteCidrsFromIPsecConnection)"
                    )
    return None


def _serving(view: View, l3_uuids: Iterable[str]) -> list[IpsecConnection]:
    """The connections of networks, each once."""
    refs = view.find(IpsecL3Network, l3_network_uuid=tuple(l3_uuids))
    return [view.need(IpsecConnection, uuid) for uuid in dict.fromkeys(ref.connection_uuid for ref in refs)]


def _beside_others(view: View, connection: IpsecConnection, peers: list[IPv4Network], l3_uuid: str) -> None:
    """What else the subnet is led to: by other connections, and by other services."""
    for other in _serving(view, (l3_uuid,)):
        if other.uuid != connection.uuid:
            theirs = peer_cidrs(view, other.uuid)
            for peer in peers:
                _refuse_overlap(
                    connection, peer, theirs, f"{named(other)}, which serves {_network(view, l3_uuid)} too"
                )
    for far in standing.far_networks(view, l3_uuid, besides=NAME):
        for peer in peers:
            _refuse_overlap(connection, peer, far.cidrs, far.named)


def far_networks(view: View, l3_uuid: str) -> Iterator[FarNetworks]:
    """What connections lead a subnet to."""
    for connection in _serving(view, (l3_uuid,)):
        yield FarNetworks(named(connection), tuple(peer_cidrs(view, connection.uuid)))


def _refuse_overlap(
    connection: IpsecConnection, peer: IPv4Network, others: Iterable[IPv4Network], whose: str
) -> None:
    for other in others:
        if peer.overlaps(other):
            raise operr(f"peer CIDR[{peer}] of {named(connection)} overlaps {other} of {whose}: it must be apart")


def _network(view: View, l3_uuid: str) -> str:
    l3 = view.need(L3Network, l3_uuid)
    return f"L3 network[uuid:{l3.uuid}, name:{l3.name}]"
