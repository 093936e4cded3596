"""Security groups of a host: which policies its ports have, and which addresses are members."""

from collections import defaultdict

from landbridge.model.node import GroupMember, Port, SecurityGroup
from landbridge.render.net import member_name
from landbridge.render.policy import policy_name


class Groups:
    """Indexes over ports, groups and members, kept up to date one by one."""

    def __init__(self) -> None:
        self._groups: dict[str, SecurityGroup] = {}
        self._order: dict[str, tuple[str, ...]] = {}
        """Policy -> its groups, first match first."""
        self._ports: defaultdict[str, set[str]] = defaultdict(set)
        """Policy -> NICs that have it."""
        self._policies: defaultdict[str, set[str]] = defaultdict(set)
        """Group -> policies that it is in."""
        self._members: defaultdict[str, set[str]] = defaultdict(set)
        """Name of a member -> node objects that say so: two NICs may share an address."""

    def note_port(self, port: Port, present: bool) -> None:
        """A port is there, or no longer."""
        for name in self.policies_of_port(port):
            assert port.filter is not None
            groups = self._order[name] = port.filter.groups
            if present:
                self._ports[name].add(port.nic_uuid)
                for group in groups:
                    self._policies[group].add(name)
                continue
            self._ports[name].discard(port.nic_uuid)
            if not self._ports[name]:
                del self._ports[name], self._order[name]
                for group in groups:
                    self._policies[group].discard(name)

    def note_group(self, group: SecurityGroup, present: bool) -> None:
        """A group is there, or no longer."""
        if present:
            self._groups[group.uuid] = group
        else:
            self._groups.pop(group.uuid, None)

    def all(self) -> dict[str, SecurityGroup]:
        """The groups that are there, by uuid."""
        return dict(self._groups)

    def note_member(self, key: str, member: GroupMember, present: bool) -> None:
        """A member (its node object's key) is there, or no longer."""
        for name in self.names(member):
            if present:
                self._members[name].add(key)
                continue
            self._members[name].discard(key)
            if not self._members[name]:
                del self._members[name]

    def policies_of_port(self, port: Port) -> tuple[str, ...]:
        """The policy of a port, if it has groups."""
        return (policy_name(port.filter.groups),) if port.filter is not None and port.filter.groups else ()

    def policies_of_group(self, uuid: str) -> tuple[str, ...]:
        """Policies that a group is in."""
        return tuple(self._policies.get(uuid, ()))

    def ports_of(self, policy: str) -> tuple[str, ...]:
        """Node objects of the ports that have a policy."""
        return tuple(f"port/{nic}" for nic in sorted(self._ports.get(policy, ())))

    def of_policy(self, policy: str) -> list[SecurityGroup]:
        """A policy's groups in their order.  One that is not known (yet) has no rules."""
        return [self._groups[uuid] for uuid in self._order[policy] if uuid in self._groups]

    def names(self, member: GroupMember) -> list[str]:
        """What a member is called, address by address."""
        return [member_name(member.group, member.domain, address) for address in member.addresses]

    def sources_of(self, member: str) -> tuple[str, ...]:
        """Node objects that make an address a member."""
        return tuple(sorted(self._members.get(member, ())))
