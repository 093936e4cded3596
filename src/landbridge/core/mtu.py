"""How large a packet may be in a network, and what the underlay must carry for that."""

from landbridge.core.service import View
from landbridge.model.documents.l2 import VXLAN, VXLAN_POOL, L2Network
from landbridge.model.documents.l3 import L3Network
from landbridge.model.net import VXLAN_OVERHEAD

CATEGORY = "networkService"
DEFAULT_VXLAN = "defaultDhcpMtu.l2VxlanNetwork"
DEFAULT_NO_VLAN = "defaultDhcpMtu.l2NoVlanNetwork"


def default_mtu(view: View, l2: L2Network) -> int:
    """The MTU of networks on an L2 network for which nobody has set one."""
    return int(view.config(CATEGORY, DEFAULT_VXLAN if l2.type in {VXLAN, VXLAN_POOL} else DEFAULT_NO_VLAN))


def l3_mtu(view: View, l3: L3Network) -> int:
    """The MTU that VMs and routers use in an L3 network."""
    return l3.mtu or default_mtu(view, view.need(L2Network, l3.l2_network_uuid))


def l2_mtu(view: View, l2: L2Network) -> int:
    """The largest MTU among the L3 networks on an L2 network: what its devices must take."""
    default = default_mtu(view, l2)
    return max((l3.mtu or default for l3 in view.find(L3Network, l2_network_uuid=l2.uuid)), default=default)


def pool_mtu(view: View, pool: L2Network) -> int:
    """The largest MTU among the L3 networks on a pool's VXLAN networks."""
    default = default_mtu(view, pool)
    networks = [network.uuid for network in view.find(L2Network, pool_uuid=pool.uuid)]
    l3s = view.find(L3Network, l2_network_uuid=networks) if networks else []
    return max((l3.mtu or default for l3 in l3s), default=default)


def underlay_mtu(overlay: int) -> int:
    """What an interface must carry so that tunnelled packets of `overlay` bytes fit."""
    return overlay + VXLAN_OVERHEAD
