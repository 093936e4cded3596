"""What every translation of a VIP for a VM's NIC has."""

from collections.abc import Mapping

from landbridge.model.documents.vip import Vip
from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Ref, Relation, Resource


class Translation(Resource, kw_only=True):
    """A VIP, or some of it, leads to a NIC while it has one.  `guest_l3_uuid`: the NIC's network."""

    name: str
    vip_uuid: str
    vip_ip: str
    description: str | None = None
    state: str = "Enabled"
    vm_nic_uuid: str | None = None
    guest_ip: str | None = None
    guest_l3_uuid: str | None = None


INDEXES = ("name", "vipUuid", "vmNicUuid", "guestL3Uuid", "guestIp", "vipIp")
INTERNAL = frozenset({"guestL3Uuid"})
REFS = (Ref("vipUuid", Vip, "ignore"), Ref("vmNicUuid", VmNic, "ignore"))


def relations(back: str) -> Mapping[str, Relation]:
    """To VIP and NIC, which reach it under a name in turn."""
    return {
        "vip": Relation("VipVO", "vipUuid", "uuid", back=back),
        "vmNic": Relation("VmNicVO", "vmNicUuid", "uuid", back=back),
    }
