"""How large a packet may be in a network, and what the underlay must carry for that.

A network's MTU is what somebody has set; else its type's default, or what the narrowest interface under it carries,
if that is less when the network is made.  From then on it holds: interfaces that are too narrow are refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from landbridge.core.view import View
from landbridge.model.documents.l2 import NO_VLAN, VLAN, VXLAN, VXLAN_POOL, L2ClusterRef, L2Network, Vtep
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Host
from landbridge.model.net import VXLAN_OVERHEAD

CATEGORY = "networkService"
DEFAULTS = {
    VXLAN: "defaultDhcpMtu.l2VxlanNetwork",
    VXLAN_POOL: "defaultDhcpMtu.l2VxlanNetwork",
    VLAN: "defaultDhcpMtu.l2VlanNetwork",
    NO_VLAN: "defaultDhcpMtu.l2NoVlanNetwork",
}
"""Global configs, by type of L2 network."""
LEAST = 576
"""What every network carries (RFC 791: every host takes that much)."""


@dataclass(frozen=True, slots=True)
class Underlay:
    """A host's interface under an L2 network; `carries`: the largest packet of the network that fits."""

    host_uuid: str
    interface: str
    mtu: int
    carries: int


def default_mtu(view: View, l2: L2Network) -> int:
    """The MTU of networks on an L2 network for which nobody has set one."""
    return int(view.config(CATEGORY, DEFAULTS[l2.type]))


def l3_mtu(view: View, l3: L3Network) -> int:
    """The MTU that VMs and routers use in an L3 network."""
    return l3.mtu or default_mtu(view, view.need(L2Network, l3.l2_network_uuid))


def l2_mtu(view: View, l2: L2Network) -> int:
    """The largest MTU among the L3 networks on an L2 network: what its devices must take."""
    default = default_mtu(view, l2)
    return max((l3.mtu or default for l3 in view.find(L3Network, l2_network_uuid=l2.uuid)), default=default)


def needed(view: View, l2_uuids: Iterable[str]) -> int:
    """The largest MTU among the L3 networks on some L2 networks: what an underlay must carry at least."""
    uuids = list(l2_uuids)
    l3s = view.find(L3Network, l2_network_uuid=uuids) if uuids else []
    return max((l3_mtu(view, l3) for l3 in l3s), default=LEAST)


def underlay_mtu(overlay: int) -> int:
    """What an interface must carry so that tunnelled packets of `overlay` bytes fit."""
    return overlay + VXLAN_OVERHEAD


def underlays(view: View, l2: L2Network) -> Iterator[Underlay]:
    """The interfaces under an L2 network, on every host that could have it and is known."""
    if l2.type == VXLAN:
        for vtep in view.find(Vtep, pool_uuid=l2.pool_uuid):
            if vtep.mtu:
                yield Underlay(vtep.host_uuid, vtep.physical_interface, vtep.mtu, vtep.mtu - VXLAN_OVERHEAD)
        return
    for ref in view.find(L2ClusterRef, l2_network_uuid=l2.uuid):
        for host in view.find(Host, cluster_uuid=ref.cluster_uuid):
            for interface in host.facts.interfaces if host.facts is not None else ():
                if interface.name == l2.physical_interface:
                    yield Underlay(host.uuid, interface.name, interface.mtu, interface.mtu)


def narrowed_mtu(view: View, l2: L2Network) -> int | None:
    """The MTU for a new network on an L2 network; None: its type's default fits everywhere."""
    narrowest = min((under.carries for under in underlays(view, l2)), default=None)
    return narrowest if narrowest is not None and narrowest < default_mtu(view, l2) else None
