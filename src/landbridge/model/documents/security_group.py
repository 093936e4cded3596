"""Source security groups: groups, their rules, which NICs are in them, what holds when no rule matches."""

from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import VmNic
from landbridge.model.resource import Kind, Ref, Relation, Resource

DEFAULT_PRIORITY = 0
"""Of the rules that a group is born with: they come first and stay."""


class SecurityGroup(Resource, kw_only=True):
    """A set of NICs and the rules for them.

    number    unique among groups; names it in the kernel
    revision  goes up with every change of its rules: two changes at once cannot both start from the old ones
    """

    name: str
    description: str | None = None
    state: str = "Enabled"
    ip_version: int = 4
    number: int = 0
    revision: int = 0


class SecurityGroupRule(Resource, kw_only=True):
    """One rule of a group.  Of the rules of one direction, the lowest priority is first.

    Ranges and ports are as the user wrote them (see core/iprange.py, core/portset.py); None: any.
    allowed_cidr, start_port, end_port: the same in older clients' words, where those can say it.
    number: unique among rules; names it in counters and drops.
    """

    security_group_uuid: str
    type: str
    ip_version: int
    protocol: str
    action: str = "ACCEPT"
    state: str = "Enabled"
    priority: int = DEFAULT_PRIORITY
    description: str | None = None
    src_ip_range: str | None = None
    dst_ip_range: str | None = None
    src_port_range: str | None = None
    dst_port_range: str | None = None
    remote_security_group_uuid: str | None = None
    allowed_cidr: str | None = None
    start_port: int = -1
    end_port: int = -1
    number: int = 0


class VmNicSecurityGroupRef(Resource, kw_only=True):
    """A NIC is in a group.  `priority`: 1 is looked at first.  `host_uuid`, `standby_host_uuid`: the NIC's."""

    vm_nic_uuid: str
    security_group_uuid: str
    vm_instance_uuid: str
    priority: int
    host_uuid: str = ""
    standby_host_uuid: str = ""


class VmNicSecurityPolicy(Resource, kw_only=True):
    """What a NIC in groups does with what no rule matches: DENY or ALLOW."""

    vm_nic_uuid: str
    ingress_policy: str
    egress_policy: str


class SecurityGroupL3NetworkRef(Resource, kw_only=True):
    """A group is attached to an L3 network (a habit of older clients: NICs join without)."""

    security_group_uuid: str
    l3_network_uuid: str


_PACKAGE = "org.zstack.network.securitygroup"

SECURITY_GROUP = Kind(
    vo="SecurityGroupVO",
    doc=SecurityGroup,
    java=f"{_PACKAGE}.SecurityGroupInventory",
    indexes=("name", "state"),
    internal=frozenset({"number", "revision"}),
    relations={
        "vmNicRef": Relation("VmNicSecurityGroupRefVO", "uuid", "securityGroupUuid"),
        "l3NetworkRef": Relation("SecurityGroupL3NetworkRefVO", "uuid", "securityGroupUuid"),
        "rules": Relation("SecurityGroupRuleVO", "uuid", "securityGroupUuid", nested=True, order="priority"),
        "attachedL3NetworkUuids": Relation(
            "SecurityGroupL3NetworkRefVO", "uuid", "securityGroupUuid", nested=True, shape="l3NetworkUuid"
        ),
    },
    aliases={"vmNic": "vmNicRef.vmNic", "l3Network": "l3NetworkRef.l3Network"},
    shareable=True,
)

SECURITY_GROUP_RULE = Kind(
    vo="SecurityGroupRuleVO",
    doc=SecurityGroupRule,
    java=f"{_PACKAGE}.SecurityGroupRuleInventory",
    indexes=(
        "securityGroupUuid",
        "securityGroupUuid,type",
        "securityGroupUuid,state,remoteSecurityGroupUuid",
        "remoteSecurityGroupUuid",
        "state",
        "type",
    ),
    internal=frozenset({"number"}),
    refs=(
        Ref("securityGroupUuid", SecurityGroup, "ignore"),
        Ref("remoteSecurityGroupUuid", SecurityGroup, "refuse", "a rule names it"),
    ),
    relations={"securityGroup": Relation("SecurityGroupVO", "securityGroupUuid", "uuid")},
    within="securityGroupUuid",
)

NIC_GROUP_REF = Kind(
    vo="VmNicSecurityGroupRefVO",
    doc=VmNicSecurityGroupRef,
    java=f"{_PACKAGE}.VmNicSecurityGroupRefInventory",
    indexes=(
        "vmNicUuid",
        "securityGroupUuid",
        "vmInstanceUuid",
        "hostUuid",
        "securityGroupUuid,hostUuid",
        "standbyHostUuid",
        "securityGroupUuid,standbyHostUuid",
        "securityGroupUuid,vmNicUuid",
    ),
    internal=frozenset({"hostUuid", "standbyHostUuid"}),
    refs=(
        Ref("vmNicUuid", VmNic, "ignore"),
        Ref("securityGroupUuid", SecurityGroup, "ignore"),
    ),
    relations={
        "vmNic": Relation("VmNicVO", "vmNicUuid", "uuid"),
        "securityGroup": Relation("SecurityGroupVO", "securityGroupUuid", "uuid"),
    },
    within="vmNicUuid",
)

NIC_POLICY = Kind(
    vo="VmNicSecurityPolicyVO",
    doc=VmNicSecurityPolicy,
    java=f"{_PACKAGE}.VmNicSecurityPolicyInventory",
    indexes=("vmNicUuid",),
    refs=(Ref("vmNicUuid", VmNic, "ignore"),),
    relations={"vmNic": Relation("VmNicVO", "vmNicUuid", "uuid")},
    within="vmNicUuid",
)

GROUP_L3_REF = Kind(
    vo="SecurityGroupL3NetworkRefVO",
    doc=SecurityGroupL3NetworkRef,
    java=f"{_PACKAGE}.SecurityGroupL3NetworkRefInventory",
    indexes=("securityGroupUuid", "l3NetworkUuid"),
    refs=(
        Ref("securityGroupUuid", SecurityGroup, "ignore"),
        Ref("l3NetworkUuid", L3Network, "ignore"),
    ),
    relations={
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
        "securityGroup": Relation("SecurityGroupVO", "securityGroupUuid", "uuid"),
    },
    within="securityGroupUuid",
)

KINDS = (SECURITY_GROUP, SECURITY_GROUP_RULE, NIC_GROUP_REF, NIC_POLICY, GROUP_L3_REF)
