"""NICs in security groups: joined, taken out, put in order; what holds when no rule matches."""

from typing import Annotated, Any

import msgspec

from landbridge.core.api import P, Request, action, query
from landbridge.core.inventory import flat
from landbridge.core.membership import SERVICE, arrange, join, leave, named, policy_of, refs_of, refusal
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import NetworkServiceRef
from landbridge.model.documents.security_group import (
    NIC_GROUP_REF,
    NIC_POLICY,
    SECURITY_GROUP,
    SecurityGroup,
    VmNicSecurityGroupRef,
)
from landbridge.model.documents.vm import VM_NIC, VmNic
from landbridge.model.errors import argerr
from landbridge.model.resource import to_json
from landbridge.services.security_group.settled import at_nics

_PACKAGE = "org.zstack.network.securitygroup"
_NICS = "/security-groups/{securityGroupUuid}/vm-instances/nics"
POLICIES = ("DENY", "ALLOW")


class AddVmNicToSecurityGroup(Request, kw_only=True):
    """Put NICs into a security group, behind the groups that they are in."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]
    vm_nic_uuids: Annotated[list[str], P(help="the NICs", ref=VM_NIC.vo, nonempty=True)]


class DeleteVmNicFromSecurityGroup(Request, kw_only=True):
    """Take NICs out of a security group; those that are not in it are fine."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]
    vm_nic_uuids: Annotated[list[str], P(help="the NICs", ref=VM_NIC.vo, nonempty=True)]


class SetVmNicSecurityGroup(Request, kw_only=True):
    """Put a NIC into exactly these security groups, in this order."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo, nonempty=True)]
    refs: Annotated[list[Any], P(help='for each group {"securityGroupUuid": …, "priority": …}, from 1; []: none')]


class ChangeVmNicSecurityPolicy(Request, kw_only=True):
    """Change what a NIC in security groups does with what no rule matches."""

    vm_nic_uuid: Annotated[str, P(help="the NIC", ref=VM_NIC.vo)]
    ingress_policy: Annotated[str | None, P(help="for what comes in", values=POLICIES)] = None
    egress_policy: Annotated[str | None, P(help="for what goes out", values=POLICIES)] = None


class GetCandidateVmNicForSecurityGroup(Request, kw_only=True):
    """List the NICs that could be put into a security group."""

    security_group_uuid: Annotated[str, P(help="the group", ref=SECURITY_GROUP.vo)]


class _Place(msgspec.Struct, kw_only=True, rename="camel"):
    security_group_uuid: str
    priority: int


def add_nics(ctx: Context, req: AddVmNicToSecurityGroup) -> Outcome:
    """In force at their ports, and in others' rules about the group, when the job ends."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.security_group_uuid)
    nics = _nics(tx, req.vm_nic_uuids)
    for nic in nics:
        join(tx, nic, group)
    return at_nics(tx, nics, f"the NICs in {named(group)}")


def delete_nics(ctx: Context, req: DeleteVmNicFromSecurityGroup) -> Outcome:
    """A NIC that leaves its last group is open."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.security_group_uuid)
    inside = [nic for nic in _nics(tx, req.vm_nic_uuids) if _is_in(tx, nic, group)]
    for nic in inside:
        leave(tx, nic, group.uuid)
    return at_nics(tx, inside, f"the NICs in {named(group)}")


def set_groups(ctx: Context, req: SetVmNicSecurityGroup) -> Outcome:
    """Priorities 1 to n, each once."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    try:
        places = msgspec.convert(req.refs, list[_Place], strict=False)
    except msgspec.ValidationError as error:
        raise argerr(f'refs must be a list of {{"securityGroupUuid", "priority"}}: {error}') from None
    places.sort(key=lambda place: place.priority)
    groups = [place.security_group_uuid for place in places]
    if [place.priority for place in places] != list(range(1, len(places) + 1)):
        raise argerr(f"priorities{[place.priority for place in places]} must be 1 to {len(places)}, each once")
    if len(set(groups)) < len(groups):
        raise argerr(f"refs names a security group twice: {groups}")
    for uuid in groups:
        if tx.get(SecurityGroup, uuid) is None:
            raise argerr(f"security group[uuid:{uuid}] of refs not found")
    if not groups and not refs_of(tx, nic.uuid):
        raise argerr(f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] is in no security group: nothing to take it out of")
    arrange(tx, nic, groups)
    rows = [flat(NIC_GROUP_REF, to_json(ref)) for ref in refs_of(tx, nic.uuid)]
    return at_nics(tx, [nic], f"the security groups of NIC[uuid:{nic.uuid}, ip:{nic.ip}]", body={"inventory": rows})


def change_policy(ctx: Context, req: ChangeVmNicSecurityPolicy) -> Outcome:
    """At once, for established connections too."""
    tx = ctx.tx
    nic = tx.need(VmNic, req.vm_nic_uuid)
    if req.ingress_policy is None and req.egress_policy is None:
        raise argerr("ingressPolicy or egressPolicy must say what to change")
    policy = policy_of(tx, nic.uuid)
    if policy is None:
        raise argerr(
            f"NIC[uuid:{nic.uuid}, ip:{nic.ip}] is in no security group, so it has no policy: put it into one"
        )
    policy.ingress_policy = req.ingress_policy or policy.ingress_policy
    policy.egress_policy = req.egress_policy or policy.egress_policy
    tx.put(policy)
    nic.guard += 1
    tx.put(nic)
    what = f"the policy of NIC[uuid:{nic.uuid}, ip:{nic.ip}]"
    return at_nics(tx, [nic], what, inventory=(NIC_POLICY, policy.uuid))


def candidates(ctx: Context, req: GetCandidateVmNicForSecurityGroup) -> Outcome:
    """VMs' NICs on networks with the service, that are not in the group."""
    tx = ctx.tx
    group = tx.need(SecurityGroup, req.security_group_uuid)
    inside = {ref.vm_nic_uuid for ref in tx.find(VmNicSecurityGroupRef, security_group_uuid=group.uuid)}
    networks = [ref.l3_network_uuid for ref in tx.find(NetworkServiceRef, network_service_type=SERVICE)]
    nics = [nic for l3_uuid in networks for nic in tx.find(VmNic, l3_network_uuid=l3_uuid)]
    free = [nic.uuid for nic in nics if nic.uuid not in inside and not refusal(tx, nic, group)]
    return Outcome(inventories=(VM_NIC, tuple(free)))


def _nics(tx: Tx, uuids: list[str]) -> list[VmNic]:
    return [tx.need(VmNic, uuid) for uuid in dict.fromkeys(uuids)]


def _is_in(tx: Tx, nic: VmNic, group: SecurityGroup) -> bool:
    return any(ref.security_group_uuid == group.uuid for ref in refs_of(tx, nic.uuid))


ACTIONS = (
    action("AddVmNicToSecurityGroup", "POST", _NICS, add_nics, AddVmNicToSecurityGroup,
           message=f"{_PACKAGE}.APIAddVmNicToSecurityGroupMsg", result="none"),
    action("DeleteVmNicFromSecurityGroup", "DELETE", _NICS, delete_nics, DeleteVmNicFromSecurityGroup,
           message=f"{_PACKAGE}.APIDeleteVmNicFromSecurityGroupMsg", result="none"),
    action("SetVmNicSecurityGroup", "PUT", "/security-groups/nics/{vmNicUuid}/actions", set_groups,
           SetVmNicSecurityGroup, message=f"{_PACKAGE}.APISetVmNicSecurityGroupMsg", result="body",
           fields=(("inventory", "array"),)),
    action("ChangeVmNicSecurityPolicy", "PUT", "/security-groups/nics/{vmNicUuid}/security-policy/actions",
           change_policy, ChangeVmNicSecurityPolicy, message=f"{_PACKAGE}.APIChangeVmNicSecurityPolicyMsg",
           kind=NIC_POLICY),
    action("GetCandidateVmNicForSecurityGroup", "GET",
           "/security-groups/{securityGroupUuid}/vm-instances/candidate-nics", candidates,
           GetCandidateVmNicForSecurityGroup, message=f"{_PACKAGE}.APIGetCandidateVmNicForSecurityGroupMsg",
           mode="sync", result="inventories", kind=VM_NIC),
    query("QueryVmNicInSecurityGroup", "/security-groups/vm-instances/nics", NIC_GROUP_REF,
          message=f"{_PACKAGE}.APIQueryVmNicInSecurityGroupMsg", help="Find which NICs are in which groups.",
          by_uuid=False),
    query("QueryVmNicSecurityPolicy", "/security-groups/nics/security-policy", NIC_POLICY,
          message=f"{_PACKAGE}.APIQueryVmNicSecurityPolicyMsg", help="Find NICs' policies.", by_uuid=False),
)  # fmt: skip
