"""VTEP documents: kept in step with what hosts say of their interfaces."""

from ipaddress import IPv4Network

from landbridge.core import mtu
from landbridge.core.view import Tx
from landbridge.core.vtep import check_underlay, choose_vtep
from landbridge.model.documents.l2 import L2Network, RemoteVtep, Vtep
from landbridge.model.documents.places import Host
from landbridge.model.errors import argerr, operr
from landbridge.model.facts import InterfaceFact
from landbridge.model.net import VXLAN_PORT


def host_interfaces(host: Host) -> tuple[InterfaceFact, ...]:
    """The interfaces a host reported.  SYS.1006 if it has reported nothing yet."""
    if host.facts is None:
        raise operr(f"host[uuid:{host.uuid}, name:{host.name}] has not reported its interfaces: reconnect it")
    return host.facts.interfaces


def sync_vtep(tx: Tx, pool: L2Network, cidr: IPv4Network, host: Host, asked: str | None = None) -> None:
    """Make the host's VTEP in a pool what its interfaces say now.  `asked`: which address, if it has none yet.

    Raises: SYS.1006 in the host's words: no address or an ambiguous one, too small an MTU, or
    an address that another host of the pool has.
    """
    known = tx.first(Vtep, host_uuid=host.uuid, pool_uuid=pool.uuid)
    choice = choose_vtep(
        host.name, host_interfaces(host), cidr, pool.physical_interface, known.vtep_ip if known else asked
    )
    if asked not in (None, choice.ip):
        raise argerr(f"host[uuid:{host.uuid}, name:{host.name}] has no address[{asked}] in cidr[{cidr}]")
    if known and (known.vtep_ip, known.physical_interface, known.mtu) == (choice.ip, choice.interface, choice.mtu):
        return  # checked before; what networks may have since then was checked against it
    members = [network.uuid for network in tx.find(L2Network, pool_uuid=pool.uuid)]
    check_underlay(host.name, choice.interface, choice.mtu, mtu.needed(tx, members))
    if known is not None and known.vtep_ip == choice.ip:
        known.physical_interface, known.mtu = choice.interface, choice.mtu
        tx.put(known)
        return
    twin = tx.first(Vtep, pool_uuid=pool.uuid, vtep_ip=choice.ip)
    if twin is not None:
        raise operr(
            f"host[uuid:{host.uuid}, name:{host.name}] has address {choice.ip}, which is the VTEP of "
            f"host[uuid:{twin.host_uuid}] in VXLAN pool[uuid:{pool.uuid}, name:{pool.name}]: give it another"
        )
    if tx.first(RemoteVtep, pool_uuid=pool.uuid, vtep_ip=choice.ip) is not None:
        raise operr(
            f"host[uuid:{host.uuid}, name:{host.name}] has address {choice.ip}, which is a remote VTEP in VXLAN "
            f"pool[uuid:{pool.uuid}, name:{pool.name}]: give it another, or delete the remote VTEP"
        )
    if known is not None:
        tx.delete(known)
    tx.put(
        Vtep(
            uuid=tx.new_uuid(),
            host_uuid=host.uuid,
            pool_uuid=pool.uuid,
            cluster_uuid=host.cluster_uuid,
            vtep_ip=choice.ip,
            port=pool.port or VXLAN_PORT,
            physical_interface=choice.interface,
            mtu=choice.mtu,
        )
    )
