"""The DHCP server's address of an L3 network: one per network, the same on every host.

It is taken from the ranges like any address (claim and `UsedIp`), so it counts as used and
nobody else gets it.  `L3Network.dhcp_ip` names it.
"""

from landbridge.core import ipam
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.services.l3.providers import DHCP, has_service

USED_FOR = "DHCP server"


def settle(tx: Tx, l3: L3Network) -> None:
    """Take or give back the address, as service and ranges demand now.  L3.1000 when none is free."""
    wanted = has_service(tx, l3.uuid, DHCP) and bool(ipam.normal_ranges(tx, l3.uuid))
    if wanted and l3.dhcp_ip is None:
        l3.dhcp_ip = ipam.allocate(tx, l3, l3.uuid, USED_FOR).ip
        tx.put(l3)
    elif not wanted and l3.dhcp_ip is not None:
        give_back(tx, l3)
        tx.put(l3)


def change(tx: Tx, l3: L3Network, ip: str) -> None:
    """Serve from another address.  SYS.1007 outside of the ranges, SYS.1006 if somebody has it."""
    if ip == l3.dhcp_ip:
        return
    used = ipam.allocate(tx, l3, l3.uuid, USED_FOR, static_ip=ip)
    give_back(tx, l3)
    l3.dhcp_ip = used.ip
    tx.put(l3)


def goes_along(view: View, uuid: str) -> list[str]:
    """With a network its DHCP server's address."""
    l3 = view.get(L3Network, uuid)
    return [used.uuid for used in view.find(UsedIp, l3_network_uuid=uuid, ip=l3.dhcp_ip)] if l3 and l3.dhcp_ip else []


def give_back(tx: Tx, l3: L3Network) -> None:
    """Free the address (the caller stores the network)."""
    used = tx.first(UsedIp, l3_network_uuid=l3.uuid, ip=l3.dhcp_ip) if l3.dhcp_ip else None
    if used is not None:
        ipam.release(tx, used)
    l3.dhcp_ip = None
