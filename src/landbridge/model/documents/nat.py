"""EIPs and port forwarding rules: a VM's machine behind a VIP, whole or by ports."""

from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Kind, Ref, Relation, Resource


class Eip(Resource, kw_only=True):
    """A VIP that is a VM's own.  `guest_l3_uuid`: the NIC's network, while there is a NIC."""

    name: str
    vip_uuid: str
    vip_ip: str
    description: str | None = None
    state: str = "Enabled"
    vm_nic_uuid: str | None = None
    guest_ip: str | None = None
    guest_l3_uuid: str | None = None


class PortForwardingRule(Resource, kw_only=True):
    """Ports of a VIP that lead to ports of a VM, as many of either."""

    name: str
    vip_uuid: str
    vip_ip: str
    vip_port_start: int
    vip_port_end: int
    private_port_start: int
    private_port_end: int
    protocol_type: str
    description: str | None = None
    state: str = "Enabled"
    allowed_cidr: str | None = None
    vm_nic_uuid: str | None = None
    guest_ip: str | None = None
    guest_l3_uuid: str | None = None


_RELATIONS = {
    "vip": Relation("VipVO", "vipUuid", "uuid"),
    "vmNic": Relation("VmNicVO", "vmNicUuid", "uuid"),
}

EIP = Kind(
    vo="EipVO",
    doc=Eip,
    java="org.zstack.network.service.eip.EipInventory",
    indexes=("name", "vipUuid", "vmNicUuid", "guestL3Uuid", "guestIp", "vipIp"),
    internal=frozenset({"guestL3Uuid"}),
    refs=(Ref("vipUuid", Vip, "ignore"), Ref("vmNicUuid", VmNic, "ignore")),
    relations=_RELATIONS,
)

PORT_FORWARDING_RULE = Kind(
    vo="PortForwardingRuleVO",
    doc=PortForwardingRule,
    java="org.zstack.network.service.portforwarding.PortForwardingRuleInventory",
    indexes=("name", "vipUuid", "vmNicUuid", "guestL3Uuid", "guestIp", "vipIp"),
    internal=frozenset({"guestL3Uuid"}),
    refs=(Ref("vipUuid", Vip, "ignore"), Ref("vmNicUuid", VmNic, "ignore")),
    relations=_RELATIONS,
)

KINDS = (EIP, PORT_FORWARDING_RULE)
