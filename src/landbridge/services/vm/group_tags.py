"""System tags of CreateVmInstance that put the new NICs into security groups.

    l3::<l3 uuid>::SecurityGroupUuids::<uuid>,<uuid>
    l3::<l3 uuid>::securityGroupIngressPolicy::<policy>::securityGroupEgressPolicy::<policy>

They say what to do once and are not kept.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from landbridge.core.membership import arrange, policy_of
from landbridge.core.view import Tx
from landbridge.model.documents.security_group import SecurityGroup
from landbridge.model.documents.vm import VmNic
from landbridge.model.errors import argerr, notfound

_PREFIX = "l3::"
_GROUPS = re.compile(r"l3::([0-9a-f]{32})::SecurityGroupUuids::([0-9a-f]{32}(?:,[0-9a-f]{32})*)")
_POLICY = re.compile(
    r"l3::([0-9a-f]{32})::securityGroupIngressPolicy::(DENY|ALLOW)::securityGroupEgressPolicy::(DENY|ALLOW)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Per L3 network: groups in their order, and (ingress, egress) policies."""

    groups: Mapping[str, list[str]]
    policies: Mapping[str, tuple[str, str]]


def is_one(tag: str) -> bool:
    """Whether a tag is one of these."""
    return tag.startswith(_PREFIX)


def read(tags: Iterable[str], networks: Collection[str]) -> Wanted:
    """SYS.1007 for another form, for a network that no NIC will be on, and for a policy without groups."""
    groups: dict[str, list[str]] = {}
    policies: dict[str, tuple[str, str]] = {}
    for tag in filter(is_one, tags):
        found = _GROUPS.fullmatch(tag) or _POLICY.fullmatch(tag)
        if found is None:
            raise argerr(
                f"system tag[{tag}] is not of the form l3::<l3NetworkUuid>::SecurityGroupUuids::<uuid>,<uuid> or l3::"
                "<l3NetworkUuid>::securityGroupIngressPolicy::<DENY|ALLOW>::securityGroupEgressPolicy::<DENY|ALLOW>"
            )
        if found[1] not in networks:
            raise argerr(f"system tag[{tag}] names a network that no NIC will be on: one of {sorted(networks)}")
        if found.re is _GROUPS:
            groups.setdefault(found[1], []).extend(found[2].split(","))
        else:
            policies[found[1]] = (found[2], found[3])
    bare = policies.keys() - groups.keys()
    if bare:
        raise argerr(f"L3 networks{sorted(bare)} have a security policy, but no SecurityGroupUuids to go with it")
    return Wanted(groups, policies)


def apply(tx: Tx, nic: VmNic, wanted: Wanted) -> None:
    """Put a new NIC into the groups of its network.  SYS.1003 for a group that is not there."""
    groups = list(dict.fromkeys(wanted.groups.get(nic.l3_network_uuid, ())))
    for uuid in groups:
        if tx.get(SecurityGroup, uuid) is None:
            raise notfound("SecurityGroupUuids", uuid, "SecurityGroupVO")
    if groups:
        arrange(tx, nic, groups)
    policy = policy_of(tx, nic.uuid)
    if policy is not None and nic.l3_network_uuid in wanted.policies:
        policy.ingress_policy, policy.egress_policy = wanted.policies[nic.l3_network_uuid]
        tx.put(policy)
