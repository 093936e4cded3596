"""VIPs as a pooled resource: which services may be on one together, whose ports are whose, which vrouter has it.

What is claimed is (address, protocol, ports). Every change of what stands on a VIP writes the VIP, too: of two
transactions that look at the same VIP one is told to begin again. Facts: semantics of VIPs.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import NamedTuple

from landbridge.core.ipam import claim_scope
from landbridge.core.nics import nics_of, router_of
from landbridge.core.service import Change
from landbridge.core.titles import title
from landbridge.core.uses import VipUse
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.model.documents.vip import Vip, VipPeer, VipPorts, VipService
from landbridge.model.documents.vm import SnatState, VmInstance, VmNic
from landbridge.model.errors import argerr, operr

SNAT = "SNAT"
TCP, UDP = "TCP", "UDP"
PROTOCOLS = (TCP, UDP)
LAST_PORT = 65535
_SYSTEM_PORTS = {TCP: (22, 53, 7272), UDP: (53, 123)}
"""Of a vrouter's own address, while it translates sources."""
PROVIDER = "vrouter"


class Ports(NamedTuple):
    """Ports of a protocol, both ends included."""

    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        """As errors name them."""
        many = f"ports {self.first}-{self.last}"
        return f"{self.protocol} {many if self.last > self.first else f'port {self.first}'}"


def named(vip: Vip) -> str:
    """A VIP as errors name it."""
    return f"VIP[uuid:{vip.uuid}, name:{vip.name}, ip:{vip.ip}]"


# ---- services ----------------------------------------------------------------------------------


def use(tx: Tx, vip_uuid: str, service_uuid: str, as_what: VipUse, networks: Iterable[str] = ()) -> None:
    """A service stands on the VIP from now on, and serves guest networks.

    Raises: SYS.1006 for one that has to be alone on a VIP that is used or the system's, SYS.1007 for anything beside
    one; what `serve` raises.
    """
    vip = tx.need(Vip, vip_uuid)
    present = tx.distinct(VipService, "service_type", vip_uuid=vip.uuid)
    if as_what.alone and vip.system:
        raise operr(f"{named(vip)} is a vrouter's own: an {as_what.type} needs a VIP for itself")
    if as_what.alone and present:
        raise operr(f"{named(vip)} is used for {', '.join(present)}: an {as_what.type} needs a VIP for itself")
    alone = taken_whole(tx, vip)
    if alone is not None:
        raise argerr(f"{named(vip)} is used for {alone}, beside which nothing can be")
    tx.put(VipService(uuid=tx.new_uuid(), vip_uuid=vip.uuid, service_uuid=service_uuid, service_type=as_what.type))
    _settle(tx, vip)
    serve(tx, vip.uuid, service_uuid, networks)


def taken_whole(view: View, vip: Vip) -> str | None:
    """The kind of service that has the VIP for itself; None: there is none."""
    alone = {use.type for service in view.services for use in service.vip_uses if use.alone}
    present = view.distinct(VipService, "service_type", vip_uuid=vip.uuid)
    return next((kind for kind in present if kind in alone), None)


def serve(tx: Tx, vip_uuid: str, service_uuid: str, networks: Iterable[str]) -> None:
    """A service on the VIP serves exactly these guest networks from now on.

    Raises: SYS.1006 when they are on another vrouter than the VIP, or that has no interface by which the VIP
    could be reached.  Networks without a vrouter are fine.
    """
    vip = tx.need(Vip, vip_uuid)
    wanted = set(networks)
    for peer in tx.find(VipPeer, service_uuid=service_uuid):
        if peer.l3_network_uuid not in wanted:
            tx.delete(peer)
        wanted.discard(peer.l3_network_uuid)
    for l3_uuid in sorted(wanted):
        nic = router_of(tx, l3_uuid)
        why = None if nic is None else peer_refusal(tx, vip, tx.need(VmInstance, nic.vm_instance_uuid))
        if why:
            raise operr(f"{named(vip)} cannot serve {_network(tx, l3_uuid)}: {why}")
        peer = VipPeer(uuid=tx.new_uuid(), vip_uuid=vip.uuid, service_uuid=service_uuid, l3_network_uuid=l3_uuid)
        tx.put(peer)
    _touch(tx, vip)


def leave(tx: Tx, vip_uuid: str, service_uuid: str) -> None:
    """The service is gone, with its ports and peers."""
    vip = tx.get(Vip, vip_uuid)
    for doc in (VipService, VipPeer, VipPorts):
        for left in tx.find(doc, service_uuid=service_uuid, vip_uuid=vip_uuid):
            tx.delete(left)
    if vip is not None:
        _settle(tx, vip)


def peer_refusal(view: View, vip: Vip, router: VmInstance) -> str | None:
    """Why a network of this vrouter cannot be served; None when it can."""
    other = router_for(view, vip)
    if other is not None and other.uuid != router.uuid:
        return f"it is on {title(router)}, the VIP is on {title(other)}: use a VIP of its own"
    if leg_of(view, router, vip) is None:
        network = _network(view, vip.l3_network_uuid)
        return f"{title(router)} is not on {network} of the VIP: attach it (AttachL3NetworkToVm)"
    return None


def attach_refusal(view: View, router: VmInstance, l3_uuid: str) -> str | None:
    """Why a guest network may not be attached to a vrouter: a VIP that serves it is on another."""
    for vip_uuid in view.distinct(VipPeer, "vip_uuid", l3_network_uuid=l3_uuid):
        vip = view.need(Vip, vip_uuid)
        other = router_for(view, vip)
        if other is not None and other.uuid != router.uuid:
            return f"{named(vip)} serves it and is on {title(other)}: take that service off first"
    return None


# ---- where a VIP is ------------------------------------------------------------------------------


def router_for(view: View, vip: Vip) -> VmInstance | None:
    """The vrouter that has the VIP: its own, else that of a network that it serves."""
    if vip.router_uuid is not None:
        return view.get(VmInstance, vip.router_uuid)
    for l3_uuid in view.distinct(VipPeer, "l3_network_uuid", vip_uuid=vip.uuid):
        nic = router_of(view, l3_uuid)
        if nic is not None:
            return view.get(VmInstance, nic.vm_instance_uuid)
    return None


def may_tell(view: View, vip: Vip, host_uuid: str) -> bool:
    """Whether what a host says of services on the VIP counts: its vrouter is there, or nowhere."""
    router = router_for(view, vip)
    return router is None or router.host_uuid in (None, host_uuid)


def leg_of(view: View, router: VmInstance, vip: Vip) -> VmNic | None:
    """The vrouter's NIC in the VIP's network."""
    return next((nic for nic in nics_of(view, router.uuid) if nic.l3_network_uuid == vip.l3_network_uuid), None)


def concerned(view: View, change: Change) -> list[str]:
    """The VIPs for which it matters that a vrouter has come to a network, or left it."""
    nic = change.new or change.old
    if not isinstance(nic, VmNic) or nic.meta_data is None or (change.old and change.new):
        return []
    serving = view.distinct(VipPeer, "vip_uuid", l3_network_uuid=nic.l3_network_uuid)
    return [*(vip.uuid for vip in view.find(Vip, l3_network_uuid=nic.l3_network_uuid)), *serving]


# ---- ports ---------------------------------------------------------------------------------------


def take_ports(tx: Tx, vip_uuid: str, service_uuid: str, ports: Ports) -> None:
    """SYS.1006 when anybody has one of them."""
    vip = tx.need(Vip, vip_uuid)
    for low, high, holder in ports_in_use(tx, vip, ports.protocol):
        if ports.first <= high and low <= ports.last:
            clash = Ports(ports.protocol, max(ports.first, low), min(ports.last, high))
            raise operr(f"{clash} of {named(vip)} is in use by {holder}")
    taken = VipPorts(
        uuid=tx.new_uuid(),
        vip_uuid=vip.uuid,
        service_uuid=service_uuid,
        protocol=ports.protocol,
        first=ports.first,
        last=ports.last,
    )
    tx.put(taken)
    _touch(tx, vip)


def release_ports(tx: Tx, vip_uuid: str, service_uuid: str, ports: Ports) -> None:
    """Give them back; they were taken together."""
    for taken in tx.find(VipPorts, service_uuid=service_uuid, vip_uuid=vip_uuid):
        if Ports(taken.protocol, taken.first, taken.last) == ports:
            tx.delete(taken)


def ports_in_use(view: View, vip: Vip, protocol: str) -> list[tuple[int, int, str]]:
    """(first, last, who) ascending."""
    found = [
        (ports.first, ports.last, f"{_type_of(view, ports)}[uuid:{ports.service_uuid}]")
        for ports in view.find(VipPorts, vip_uuid=vip.uuid, protocol=protocol)
    ]
    found += [(port, port, "the vrouter itself") for port in _system_ports(view, vip, protocol)]
    return sorted(found)


def _type_of(view: View, ports: VipPorts) -> str:
    service = view.first(VipService, service_uuid=ports.service_uuid)
    return service.service_type if service else "a service"


def _system_ports(view: View, vip: Vip, protocol: str) -> tuple[int, ...]:
    own = view.first(VipService, vip_uuid=vip.uuid, service_type=SNAT) if vip.system else None
    return _SYSTEM_PORTS[protocol] if own else ()


# ---- a vrouter's own -----------------------------------------------------------------------------


def make_own(tx: Tx, router: VmInstance) -> None:
    """The system VIP of a vrouter: the address of its public NIC."""
    nic = next(nic for nic in nics_of(tx, router.uuid) if nic.l3_network_uuid == router.public_network_uuid)
    used = tx.first(UsedIp, vm_nic_uuid=nic.uuid)
    assert used is not None
    vip = Vip(
        uuid=tx.new_uuid(),
        name=f"vip-for-{router.name}",
        l3_network_uuid=nic.l3_network_uuid,
        ip=used.ip,
        gateway=used.gateway,
        netmask=used.netmask,
        prefix_len=IPv4Network((0, used.netmask)).prefixlen,
        used_ip_uuid=used.uuid,
        service_provider=PROVIDER,
        system=True,
        router_uuid=router.uuid,
    )
    tx.put(vip)
    settle_own(tx, router)


def set_free(tx: Tx, vip: Vip) -> None:
    """A vrouter's own VIP becomes an ordinary one, with its address and all that stands on it."""
    used = tx.need(UsedIp, vip.used_ip_uuid)
    scope = claim_scope(used.l3_network_uuid)
    tx.release(scope, used.ip_in_long)
    tx.claim(scope, used.ip_in_long, vip.uuid)
    used.vm_nic_uuid, used.used_for = None, f"VIP {vip.name}"
    tx.put(used)
    vip.system, vip.router_uuid = False, None
    _settle(tx, vip)


def settle_own(tx: Tx, router: VmInstance) -> None:
    """SNAT stands on the system VIP while it is on, in the VIP's network."""
    vip = tx.first(Vip, router_uuid=router.uuid)
    if vip is None:
        return
    snat = tx.first(SnatState, vpc_uuid=router.uuid, l3_network_uuid=vip.l3_network_uuid)
    present = tx.first(VipService, vip_uuid=vip.uuid, service_type=SNAT)
    wanted = snat is not None and snat.state == "enable"
    if wanted and present is None and snat is not None:
        tx.put(VipService(uuid=tx.new_uuid(), vip_uuid=vip.uuid, service_uuid=snat.uuid, service_type=SNAT))
        _settle(tx, vip)
    elif present is not None and not wanted:
        tx.delete(present)
        _settle(tx, vip)


# ---- inside --------------------------------------------------------------------------------------


def _settle(tx: Tx, vip: Vip) -> None:
    """What the VIP says of itself: for whom it is in use."""
    types = tx.distinct(VipService, "service_type", vip_uuid=vip.uuid)
    vip.use_for = ",".join(types) or None
    vip.service_provider = PROVIDER if types or vip.system else None
    _touch(tx, vip)


def _touch(tx: Tx, vip: Vip) -> None:
    vip.claims += 1
    tx.put(vip)


def _network(view: View, l3_uuid: str) -> str:
    l3 = view.get(L3Network, l3_uuid)
    return f"L3 network[uuid:{l3_uuid}, name:{l3.name if l3 else '?'}]"


def require_enabled(vip: Vip) -> None:
    """SYS.1006 unless it is."""
    if vip.state != "Enabled":
        raise operr(f"{named(vip)} is {vip.state}: enable it (ChangeVipState)")
