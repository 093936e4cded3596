"""A NIC's security groups: joined, left, put in order.

The NIC's policy comes with its first group and goes with its last.  Facts: behaviour of
AddVmNicToSecurityGroup and SetVmNicSecurityGroup.
"""

from collections.abc import Sequence

from landbridge.core.view import Tx, View
from landbridge.model.documents.account import Account
from landbridge.model.documents.l3 import L3Network, NetworkServiceRef
from landbridge.model.documents.security_group import SecurityGroup, VmNicSecurityGroupRef, VmNicSecurityPolicy
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import argerr

SERVICE = "SecurityGroup"
"""The network service that an L3 network needs so that its NICs may be in groups."""

MOST_GROUPS = 8
"""Per NIC: what a port can look through for each packet is bounded."""

CATEGORY = "securityGroup"
_POLICIES = {"accept": "ALLOW", "drop": "DENY"}


def refs_of(view: View, nic_uuid: str) -> list[VmNicSecurityGroupRef]:
    """Which groups a NIC is in, in the order of evaluation."""
    return sorted(view.find(VmNicSecurityGroupRef, vm_nic_uuid=nic_uuid), key=lambda ref: ref.priority)


def policy_of(view: View, nic_uuid: str) -> VmNicSecurityPolicy | None:
    """What holds for a NIC when no rule matches; None while it is in no group."""
    return view.first(VmNicSecurityPolicy, vm_nic_uuid=nic_uuid)


def named(group: SecurityGroup) -> str:
    """A group as errors name it."""
    return f"security group[uuid:{group.uuid}, name:{group.name}]"


def join(tx: Tx, nic: VmNic, group: SecurityGroup) -> None:
    """One more group, looked at last.  SYS.1007 if the NIC is in it already, or may not be."""
    groups = [ref.security_group_uuid for ref in refs_of(tx, nic.uuid)]
    if group.uuid in groups:
        raise argerr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] is in {named(group)} already")
    arrange(tx, nic, [*groups, group.uuid])


def leave(tx: Tx, nic: VmNic, group_uuid: str) -> None:
    """One group less; the others keep their order."""
    groups = [ref.security_group_uuid for ref in refs_of(tx, nic.uuid)]
    arrange(tx, nic, [uuid for uuid in groups if uuid != group_uuid])


def arrange(tx: Tx, nic: VmNic, groups: Sequence[str]) -> None:
    """Put a NIC into exactly these groups, in this order.

    Raises SYS.1007 for more groups than a NIC may be in, and for a new one that it may not be in.
    """
    if len(groups) > MOST_GROUPS:
        raise argerr(
            f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] would be in {len(groups)} security groups, at most {MOST_GROUPS} are "
            "possible: take it out of one, or put the rules into fewer groups"
        )
    present = {ref.security_group_uuid: ref for ref in refs_of(tx, nic.uuid)}
    for uuid in present.keys() - set(groups):
        tx.delete(present[uuid])
    for priority, uuid in enumerate(groups, 1):
        ref = present.get(uuid) or _new_ref(tx, nic, tx.need(SecurityGroup, uuid))
        ref.priority = priority
        tx.put(ref)
    _settle_policy(tx, nic, bool(groups))
    nic.guard += 1
    tx.put(nic)


def refusal(view: View, nic: VmNic, group: SecurityGroup) -> str | None:
    """Why a NIC may not be in a group; None when it may."""
    if nic.meta_data is not None:
        return "it is a vrouter's: security groups are for VMs"
    service = unserved(view, view.need(L3Network, nic.l3_network_uuid))
    if service:
        return service
    owner, of_vm = view.owner_account(group.uuid), view.owner_account(nic.vm_instance_uuid)
    known = owner == of_vm or (of_vm is not None and view.shared_with(group.uuid, of_vm))
    if not known and not any(_is_admin(view, one) for one in (owner, of_vm)):
        return "the group belongs to another account than the VM, and is not shared with that one"
    return None


def unserved(view: View, l3: L3Network) -> str | None:
    """Why NICs of a network cannot be in groups; None when they can."""
    if view.first(NetworkServiceRef, l3_network_uuid=l3.uuid, network_service_type=SERVICE) is not None:
        return None
    return (
        f"L3 network[uuid:{l3.uuid}, name:{l3.name}] does not have the network service {SERVICE}: "
        f"attach it (networkServices {{{SERVICE}: [{SERVICE}]}})"
    )


def _new_ref(tx: Tx, nic: VmNic, group: SecurityGroup) -> VmNicSecurityGroupRef:
    why = refusal(tx, nic, group)
    if why:
        raise argerr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] cannot be in {named(group)}: {why}")
    return VmNicSecurityGroupRef(
        uuid=tx.new_uuid(),
        vm_nic_uuid=nic.uuid,
        security_group_uuid=group.uuid,
        vm_instance_uuid=nic.vm_instance_uuid,
        priority=0,
        host_uuid=nic.host_uuid,
        standby_host_uuid=nic.standby_host_uuid,
    )


def _settle_policy(tx: Tx, nic: VmNic, wanted: bool) -> None:
    policy = policy_of(tx, nic.uuid)
    if policy is not None and not wanted:
        tx.delete(policy)
    elif policy is None and wanted:
        tx.put(
            VmNicSecurityPolicy(
                uuid=tx.new_uuid(),
                vm_nic_uuid=nic.uuid,
                ingress_policy=_POLICIES[tx.config(CATEGORY, "ingress.defaultPolicy")],
                egress_policy=_POLICIES[tx.config(CATEGORY, "egress.defaultPolicy")],
            )
        )


def _is_admin(view: View, account_uuid: str | None) -> bool:
    account = view.get(Account, account_uuid)
    return account is None or account.type == "SystemAdmin"
