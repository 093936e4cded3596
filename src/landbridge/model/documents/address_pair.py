"""Allowed address pairs: what a NIC may send from besides its own address."""

from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Kind, Ref, Relation, Resource


class VmNicAllowedAddressPair(Resource, kw_only=True):
    """`ip` is an address or a CIDR; without `mac` it goes with the NIC's own."""

    vm_nic_uuid: str
    ip: str
    mac: str | None = None


ADDRESS_PAIR = Kind(
    vo="VmNicAllowedAddressPairVO",
    doc=VmNicAllowedAddressPair,
    java="org.landbridge.VmNicAllowedAddressPairInventory",
    indexes=("vmNicUuid",),
    refs=(Ref("vmNicUuid", VmNic, "ignore"),),
    relations={"vmNic": Relation("VmNicVO", "vmNicUuid", "uuid")},
    within="vmNicUuid",
)

KINDS = (ADDRESS_PAIR,)
