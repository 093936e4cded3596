"""Port forwarding rules as they are stored."""

from landbridge.model.documents.translation import INDEXES, INTERNAL, REFS, Translation, relations
from landbridge.model.resource import Kind


class PortForwardingRule(Translation, kw_only=True):
    """Ports of a VIP that lead to ports of a VM, as many of either."""

    vip_port_start: int
    vip_port_end: int
    private_port_start: int
    private_port_end: int
    protocol_type: str
    allowed_cidr: str | None = None


PORT_FORWARDING_RULE = Kind(
    vo="PortForwardingRuleVO",
    doc=PortForwardingRule,
    java="org.zstack.network.service.portforwarding.PortForwardingRuleInventory",
    indexes=INDEXES,
    internal=INTERNAL,
    refs=REFS,
    relations=relations("portForwarding"),
)
