"""What an entry may say, and which vrouter may have which table."""

from ipaddress import IPv4Network

from landbridge.core import routing
from landbridge.core.ipam import normal_ranges
from landbridge.core.titles import title
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.route_table import (
    BLACK_HOLE,
    STATIC,
    VirtualRouterVRouterRouteTableRef,
    VRouterRouteEntry,
    VRouterRouteTable,
)
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import argerr, operr

DEFAULT_DISTANCE = 128
BUCKETS = tuple(f"{number:02x}" for number in range(64))
"""Parts of a table: one of 10,000 entries has some 160 in each."""
_SPREAD = 0x9E3779B1
"""Knuth's multiplicative hash: neighbouring networks go to different buckets."""


def named(table: VRouterRouteTable) -> str:
    """A table as errors name it."""
    return f"route table[uuid:{table.uuid}, name:{table.name}]"


def bucket_of(destination: str) -> str:
    """In which bucket of its table an entry is; all for a destination are in one."""
    return BUCKETS[int(IPv4Network(destination).network_address) * _SPREAD >> 26 & 0x3F]


def refusal(view: View, table: VRouterRouteTable, router: VmInstance) -> str | None:
    """Why the vrouter cannot be given the table; None when it can."""
    other = view.get(VRouterRouteTable, routing.table_of(view, router.uuid))
    if other is not None:
        return f"it has {named(other)}: a vrouter has one, detach that first"
    entries = view.find(VRouterRouteEntry, route_table_uuid=table.uuid)
    return routing.overlap_refusal(view, router, (entry.destination for entry in entries))


def router_goes(tx: Tx, router: VmInstance) -> None:
    """The table stays."""
    for ref in tx.find(VirtualRouterVRouterRouteTableRef, virtual_router_vm_uuid=router.uuid):
        tx.delete(ref)


def refuse_subnet(view: View, router: VmInstance, l3: L3Network) -> str | None:
    """Why the vrouter cannot be connected to a network: its table leads to a part of that elsewhere."""
    table = routing.table_of(view, router.uuid)
    if table is None:
        return None
    entries = view.find(VRouterRouteEntry, route_table_uuid=table)
    networks = [(IPv4Network(one.network_cidr), l3.uuid) for one in normal_ranges(view, l3.uuid)]
    why = routing.inside(networks, (entry.destination for entry in entries), title(router))
    return f"{why}; delete the entry of route table[uuid:{table}] first" if why else None


def target(kind: str, text: str | None) -> str | None:
    """The next hop of an entry of a type.  SYS.1007 for a static one without, and a black hole with one."""
    if kind == STATIC and text is None:
        raise argerr(f"target is missing: an entry of type {STATIC} needs the address of its next hop")
    if kind == BLACK_HOLE and text is not None:
        raise argerr(f"target[{text}] cannot be given: an entry of type {BLACK_HOLE} leads nowhere")
    return None if text is None else routing.next_hop(text)


def require_fitting(view: View, table: VRouterRouteTable, destination: str, hop: str | None) -> None:
    """SYS.1007 when a vrouter that has the table could not have the entry."""
    routers = routing.routers_of(view, table.uuid)
    if destination == "0.0.0.0/0":
        raise argerr("destination[0.0.0.0/0] is the default route: move it with UpdateVirtualRouter")
    if hop is not None and (why := routing.hop_refusal(view, routers, hop)):
        raise argerr(f"target[{hop}] cannot be a next hop: {why}")
    for router in routers:
        if why := routing.overlap_refusal(view, router, (destination,)):
            raise argerr(f"{why}: machines there would not be reached")


def take(tx: Tx, entry: VRouterRouteEntry) -> None:
    """SYS.1006 when the table has it, or at the same distance a next hop beside a black hole."""
    where = f"route table[uuid:{entry.route_table_uuid}]"
    what = f"route to {entry.destination} via {entry.target}" if entry.target else f"black hole {entry.destination}"
    scope = f"route/{entry.route_table_uuid}"
    key = f"{entry.destination} {entry.target or ''}"
    if not tx.claim(scope, key, entry.uuid):
        raise operr(f"{where} has a {what} already: entry[uuid:{tx.claim_owner(scope, key)}]")
    beside = tx.find(VRouterRouteEntry, route_table_uuid=entry.route_table_uuid, destination=entry.destination)
    for other in beside:
        if other.distance == entry.distance and (other.target is None) != (entry.target is None):
            raise operr(
                f"{where} has entry[uuid:{other.uuid}] for {entry.destination} at distance {other.distance} already: "
                "a next hop and a black hole need different distances"
            )
