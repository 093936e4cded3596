"""Projections of security groups.

`security-group`, key (group,): its rules, one object for all hosts with a NIC in it.
`security-group-member`, key (membership,): the addresses of one plugged NIC in one group.
`security-group-host`, key (host, group): a host with a NIC in the group reads the group's rules, and
    the members of the groups that those rules name.
So a rule changes one object and looks at no NIC; a NIC that joins changes one object and looks at no other NIC.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from landbridge.core.domain import address_domain, moved_between_domains
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model.documents.address_pair import VmNicAllowedAddressPair
from landbridge.model.documents.security_group import SecurityGroup, SecurityGroupRule, VmNicSecurityGroupRef
from landbridge.model.documents.vm import VmNic
from landbridge.model.node import GroupMember, SecurityRule, Verdict
from landbridge.model.node import SecurityGroup as GroupObject
from landbridge.services.security_group.rules import DIRECTIONS, Direction, Protocol, meaning

CHUNK = 500
"""NICs per look-up of their memberships."""

ENABLED = "Enabled"


def group_object(view: View, key: SourceKey) -> Iterator[Projected]:
    """A group; a disabled one has no rules, so that its NICs are left to their policies."""
    group = view.get(SecurityGroup, key[0])
    if group is None:
        return
    rules: tuple[SecurityRule, ...] = ()
    if group.state == ENABLED:
        stored = [r for r in view.find(SecurityGroupRule, security_group_uuid=group.uuid) if r.state == ENABLED]
        stored.sort(key=lambda rule: (DIRECTIONS.index(rule.type), rule.priority, rule.number))
        rules = tuple(meant for rule in stored if (meant := _rule(view, rule)) is not None)
    value = GroupObject(uuid=group.uuid, number=group.number, rules=rules)
    yield Placed(f"group:{group.uuid}", f"group/{group.uuid}", value)


def member(view: View, key: SourceKey) -> Iterator[Projected]:
    """A NIC's own address and its single allowed ones.  A CIDR would let strangers into the group."""
    ref = view.get(VmNicSecurityGroupRef, key[0])
    nic = view.get(VmNic, ref.vm_nic_uuid) if ref is not None else None
    group = view.get(SecurityGroup, ref.security_group_uuid) if ref is not None else None
    if nic is None or group is None or not nic.host_uuid:
        return
    pairs = view.find(VmNicAllowedAddressPair, vm_nic_uuid=nic.uuid)
    addresses = [nic.ip, *(pair.ip for pair in pairs if "/" not in pair.ip)]
    value = GroupMember(
        group=group.number,
        domain=address_domain(view, nic),
        addresses=tuple(dict.fromkeys(address for address in addresses if address)),
    )
    yield Placed(f"members:{group.uuid}", f"member/{group.uuid}/{nic.uuid}", value)


def host(view: View, key: SourceKey) -> Iterator[Projected]:
    """What a host with a NIC in the group must know."""
    host_uuid, group_uuid = key
    group = view.get(SecurityGroup, group_uuid)
    if group is None or not _has(view, host_uuid, group_uuid):
        return
    yield Subscribed(host_uuid, f"group:{group_uuid}")
    if group.state == ENABLED:
        named = view.distinct(
            SecurityGroupRule, "remote_security_group_uuid", security_group_uuid=group_uuid, state=ENABLED
        )
        for remote in named:
            yield Subscribed(host_uuid, f"members:{remote}")


def _has(view: View, host_uuid: str, group_uuid: str) -> bool:
    if view.first(VmNicSecurityGroupRef, security_group_uuid=group_uuid, host_uuid=host_uuid) is not None:
        return True
    standby = view.find(VmNicSecurityGroupRef, standby_host_uuid=host_uuid)
    return any(ref.security_group_uuid == group_uuid for ref in standby)


def _rule(view: View, rule: SecurityGroupRule) -> SecurityRule | None:
    """None for a rule about a group that went while the rule was made: nobody is in it, so nothing matches."""
    meant = meaning(rule)
    remote = view.get(SecurityGroup, meant.remote)
    if meant.remote and remote is None:
        return None
    return SecurityRule(
        uuid=rule.uuid,
        number=rule.number,
        direction=cast("Direction", meant.direction),
        family=meant.version,
        protocol=cast("Protocol", meant.protocol),
        action=cast("Verdict", meant.action),
        ports=meant.ports,
        ranges=meant.ranges,
        group=remote.number if remote is not None else None,
    )


# ---- what a change touches ----------------------------------------------------------------


def _group_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for group in (change.old, change.new):
        if isinstance(group, SecurityGroup):
            yield (group.uuid,)


def _rule_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for rule in (change.old, change.new):
        if isinstance(rule, SecurityGroupRule):
            yield (rule.security_group_uuid,)


def _ref_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for ref in (change.old, change.new):
        if isinstance(ref, VmNicSecurityGroupRef):
            yield (ref.uuid,)


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    """Its memberships; and those of a subnet whose vrouter has come or gone."""
    nics = (change.old, change.new, *moved_between_domains(view, change))
    yield from _memberships(view, sorted({nic.uuid for nic in nics if isinstance(nic, VmNic) and nic.guard}))


def _pair_changed(view: View, change: Change) -> Iterator[SourceKey]:
    pairs = (change.old, change.new)
    yield from _memberships(view, [pair.vm_nic_uuid for pair in pairs if isinstance(pair, VmNicAllowedAddressPair)])


def _memberships(view: View, nics: list[str]) -> Iterator[SourceKey]:
    for start in range(0, len(nics), CHUNK):
        for ref in view.find(VmNicSecurityGroupRef, vm_nic_uuid=nics[start : start + CHUNK]):
            yield (ref.uuid,)


def _place_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for ref in (change.old, change.new):
        if isinstance(ref, VmNicSecurityGroupRef):
            yield from _places(ref)


def _hosts_of_group(view: View, change: Change) -> Iterable[SourceKey]:
    """A group that is switched on or off names other groups, or none."""
    old, new = change.old, change.new
    if isinstance(old, SecurityGroup) and isinstance(new, SecurityGroup) and old.state != new.state:
        return _hosts(view, new.uuid)
    return ()


def _hosts_of_rule(view: View, change: Change) -> Iterable[SourceKey]:
    """A rule that begins or ends to name another group."""
    old, new = (
        (rule.security_group_uuid, rule.remote_security_group_uuid)
        if isinstance(rule, SecurityGroupRule) and rule.state == ENABLED and rule.remote_security_group_uuid
        else None
        for rule in (change.old, change.new)
    )
    return () if old == new else [key for named in (old, new) if named for key in _hosts(view, named[0])]


def _hosts(view: View, group_uuid: str) -> list[SourceKey]:
    hosts = {
        host
        for field in ("host_uuid", "standby_host_uuid")
        for host in view.distinct(VmNicSecurityGroupRef, field, security_group_uuid=group_uuid)
    }
    return [(host_uuid, group_uuid) for host_uuid in sorted(hosts) if host_uuid]


def _places(ref: VmNicSecurityGroupRef) -> list[SourceKey]:
    return [(host, ref.security_group_uuid) for host in (ref.host_uuid, ref.standby_host_uuid) if host]


GROUP = Projection(
    name="security-group",
    project=group_object,
    affected={SecurityGroup: _group_changed, SecurityGroupRule: _rule_changed},
    keys=lambda view: [(group.uuid,) for group in view.find(SecurityGroup)],
)

MEMBER = Projection(
    name="security-group-member",
    project=member,
    affected={VmNicSecurityGroupRef: _ref_changed, VmNic: _nic_changed, VmNicAllowedAddressPair: _pair_changed},
    keys=lambda view: [(ref.uuid,) for ref in view.find(VmNicSecurityGroupRef)],
)

HOST = Projection(
    name="security-group-host",
    project=host,
    affected={
        VmNicSecurityGroupRef: _place_changed,
        SecurityGroup: _hosts_of_group,
        SecurityGroupRule: _hosts_of_rule,
    },
    keys=lambda view: {key for ref in view.find(VmNicSecurityGroupRef) for key in _places(ref)},
)
