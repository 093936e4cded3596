"""Source-based security groups: groups, rules, which NICs are in them.  What they do to packets: the hosts."""

from landbridge.core.service import Service
from landbridge.model.documents.security_group import KINDS, SecurityGroup
from landbridge.model.resource import Limit
from landbridge.services.security_group import actions_counters, actions_group, actions_nic, actions_rule
from landbridge.services.security_group.defaults import SETTINGS
from landbridge.services.security_group.project import GROUP, HOST, MEMBER
from landbridge.services.security_group.settled import FAILED

SERVICE = Service(
    name="security-group",
    settings=SETTINGS,
    kinds=KINDS,
    actions=(*actions_group.ACTIONS, *actions_rule.ACTIONS, *actions_nic.ACTIONS, *actions_counters.ACTIONS),
    limits=(Limit("securityGroup.num", 20, "security groups", SecurityGroup),),
    projections=(GROUP, MEMBER, HOST),
    failed=FAILED,
)
