"""EIPs as they are stored."""

from landbridge.model.documents.translation import INDEXES, INTERNAL, REFS, Translation, relations
from landbridge.model.resource import Kind


class Eip(Translation, kw_only=True):
    """A VIP that is a VM's own."""


EIP = Kind(
    vo="EipVO",
    doc=Eip,
    java="org.zstack.network.service.eip.EipInventory",
    indexes=INDEXES,
    internal=INTERNAL,
    refs=REFS,
    relations=relations("eip"),
)
