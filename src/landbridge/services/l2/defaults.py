"""MTUs of L2 networks: what may be set."""

from landbridge.model.setting import Setting

SETTINGS = (
    Setting("networkService", "defaultDhcpMtu.l2VxlanNetwork", "1450", "MTU of VXLAN networks", low=68, high=9950),
    Setting("networkService", "defaultDhcpMtu.l2VlanNetwork", "1500", "MTU of VLAN networks", low=68, high=9950),
    Setting("networkService", "defaultDhcpMtu.l2NoVlanNetwork", "1500", "MTU of NoVlan networks", low=68, high=9950),
)
