"""A cloud with security groups, for tests of the groups and of what they do at ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from landbridge.model.documents.security_group import SecurityGroupRule, VmNicSecurityGroupRef
from landbridge.model.documents.vm import VmNic
from landbridge.model.node import Port
from landbridge.model.node import SecurityGroup as GroupObject
from landbridge.server.services import SERVICES
from tests.unit.services.cloudkit import Cloud
from tests.unit.services.netkit import opened_as

SSH = {"type": "Ingress", "protocol": "TCP", "dstPortRange": "22"}


class Groups(Cloud):
    """Shortcuts for what the tests do all the time."""

    def net(self, cidr: str = "10.1.0.0/24", name: str = "net", vpc: bool = False) -> str:
        """A network whose NICs may be in groups."""
        l3 = self.subnet(cidr, name, vpc=vpc)
        services = {"SecurityGroup": ["SecurityGroup"]}
        self.call("AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices=services)
        return l3

    def group(self, name: str = "group", **params: Any) -> str:
        """A new group."""
        return str(self.call("CreateSecurityGroup", name=name, **params)["uuid"])

    def add(self, group: str, *rules: Any, **params: Any) -> Any:
        """Add rules."""
        return self.call("AddSecurityGroupRule", securityGroupUuid=group, rules=list(rules), **params)

    def enter(self, group: str, *nics: str) -> None:
        """NICs join a group."""
        self.call("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=list(nics))

    def exit(self, group: str, *nics: str) -> None:
        """NICs leave a group."""
        self.call("DeleteVmNicFromSecurityGroup", securityGroupUuid=group, vmNicUuids=list(nics))

    def rules(self, group: str, direction: str = "Ingress") -> list[SecurityGroupRule]:
        """A group's own rules of a direction by priority."""
        found = self.all(SecurityGroupRule, security_group_uuid=group, type=direction)
        return sorted((rule for rule in found if rule.priority), key=lambda rule: rule.priority)

    def rule(self, group: str, **fields: Any) -> str:
        """Add one rule, SSH from anywhere but for what is said; its uuid."""
        before = {rule.uuid for rule in self.all(SecurityGroupRule)}
        self.add(group, SSH | fields)
        (made,) = {rule.uuid for rule in self.all(SecurityGroupRule)} - before
        return made

    def machine(self, l3: str, host: int = 0, name: str = "vm") -> VmNic:
        """A running VM on a host: its NIC."""
        vm = self.vm(l3, name=name, hostUuid=self.hosts[host])
        return self.nics(vm)[0]

    def groups_of(self, nic: str) -> list[str]:
        """A NIC's groups by priority, which are 1, 2, 3 …"""
        refs = sorted(self.all(VmNicSecurityGroupRef, vm_nic_uuid=nic), key=lambda ref: ref.priority)
        assert [ref.priority for ref in refs] == list(range(1, len(refs) + 1))
        return [ref.security_group_uuid for ref in refs]

    def port(self, nic: str) -> Port:
        """The port that the NIC's host is sent."""
        found = self.objects(self.get(VmNic, nic).host_uuid)[f"port/{nic}"]
        assert isinstance(found, Port)
        return found

    def sent(self, group: str, host: int = 0) -> GroupObject:
        """The group that a host is sent."""
        found = self.objects(self.hosts[host])[f"group/{group}"]
        assert isinstance(found, GroupObject)
        return found


@contextmanager
def opened(hosts: int = 2) -> Iterator[Groups]:
    """A fresh cloud."""
    with opened_as(Groups, SERVICES, hosts) as cloud:
        yield cloud
