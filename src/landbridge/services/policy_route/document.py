"""Policy routes of vrouters: rules that send some packets to tables of their own."""

from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import VmInstance
from landbridge.model.resource import Kind, Ref, Relation, Resource

USER, WHERE_IT_CAME_FROM = "User", "EgressWhereComeFrom"


class PolicyRouteRuleSet(Resource, kw_only=True):
    """Rules for packets that come to a vrouter from the networks that the set is attached to."""

    name: str
    type: str = USER
    description: str | None = None


class PolicyRouteRule(Resource, kw_only=True):
    """Packets that have all of what is given look into a table; the smallest number looks first.

    source_ip, dest_ip      CIDRs; `source_port`, `dest_port`: one port or `first-last`
    """

    rule_number: int
    rule_set_uuid: str
    table_uuid: str
    dest_ip: str | None = None
    source_ip: str | None = None
    dest_port: str | None = None
    source_port: str | None = None
    protocol: str | None = None
    state: str = "enable"


class PolicyRouteTable(Resource, kw_only=True):
    """Routes for packets that rules send here.  What finds none goes on as if there were no rule."""

    table_number: int
    type: str = USER
    description: str | None = None


class PolicyRouteTableRouteEntry(Resource, kw_only=True):
    """A route of a table."""

    table_uuid: str
    destination_cidr: str
    next_hop_ip: str
    distance: int


class PolicyRouteRuleSetL3Ref(Resource, kw_only=True):
    """A rule set is for packets from a network of its vrouter."""

    rule_set_uuid: str
    l3_network_uuid: str


class PolicyRouteRuleSetVRouterRef(Resource, kw_only=True):
    """A rule set is a vrouter's."""

    rule_set_uuid: str
    v_router_uuid: str


class PolicyRouteTableVRouterRef(Resource, kw_only=True):
    """A table is a vrouter's."""

    table_uuid: str
    v_router_uuid: str


_PACKAGE = "org.zstack.policyRoute"

RULE_SET = Kind(
    vo="PolicyRouteRuleSetVO",
    doc=PolicyRouteRuleSet,
    java=f"{_PACKAGE}.PolicyRouteRuleSetInventory",
    indexes=("name",),
    relations={
        "rules": Relation("PolicyRouteRuleVO", "uuid", "ruleSetUuid", nested=True, order="ruleNumber"),
        "l3Refs": Relation("PolicyRouteRuleSetL3RefVO", "uuid", "ruleSetUuid", nested=True),
        "vRouterRefs": Relation("PolicyRouteRuleSetVRouterRefVO", "uuid", "ruleSetUuid"),
    },
)

RULE = Kind(
    vo="PolicyRouteRuleVO",
    doc=PolicyRouteRule,
    java=f"{_PACKAGE}.PolicyRouteRuleInventory",
    indexes=("ruleSetUuid", "tableUuid"),
    refs=(Ref("ruleSetUuid", PolicyRouteRuleSet, "ignore"), Ref("tableUuid", PolicyRouteTable, "ignore")),
    relations={
        "ruleSet": Relation("PolicyRouteRuleSetVO", "ruleSetUuid", "uuid"),
        "table": Relation("PolicyRouteTableVO", "tableUuid", "uuid"),
    },
    within="ruleSetUuid",
)

TABLE = Kind(
    vo="PolicyRouteTableVO",
    doc=PolicyRouteTable,
    java=f"{_PACKAGE}.PolicyRouteTableInventory",
    indexes=("tableNumber",),
    relations={
        "routes": Relation("PolicyRouteTableRouteEntryVO", "uuid", "tableUuid", nested=True),
        "vRouterRefs": Relation("PolicyRouteTableVRouterRefVO", "uuid", "tableUuid"),
    },
)

TABLE_ENTRY = Kind(
    vo="PolicyRouteTableRouteEntryVO",
    doc=PolicyRouteTableRouteEntry,
    java=f"{_PACKAGE}.PolicyRouteTableRouteEntryInventory",
    indexes=("tableUuid",),
    refs=(Ref("tableUuid", PolicyRouteTable, "ignore"),),
    relations={"table": Relation("PolicyRouteTableVO", "tableUuid", "uuid")},
    within="tableUuid",
)

RULE_SET_L3_REF = Kind(
    vo="PolicyRouteRuleSetL3RefVO",
    doc=PolicyRouteRuleSetL3Ref,
    java=f"{_PACKAGE}.PolicyRouteRuleSetL3RefInventory",
    indexes=("ruleSetUuid", "l3NetworkUuid"),
    refs=(Ref("ruleSetUuid", PolicyRouteRuleSet, "ignore"), Ref("l3NetworkUuid", L3Network, "ignore")),
    relations={
        "ruleSet": Relation("PolicyRouteRuleSetVO", "ruleSetUuid", "uuid"),
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
    },
    within="ruleSetUuid",
)

RULE_SET_VROUTER_REF = Kind(
    vo="PolicyRouteRuleSetVRouterRefVO",
    doc=PolicyRouteRuleSetVRouterRef,
    java=f"{_PACKAGE}.PolicyRouteRuleSetVRouterRefInventory",
    indexes=("ruleSetUuid", "vRouterUuid"),
    refs=(Ref("ruleSetUuid", PolicyRouteRuleSet, "ignore"), Ref("vRouterUuid", VmInstance, "ignore")),
    relations={
        "ruleSet": Relation("PolicyRouteRuleSetVO", "ruleSetUuid", "uuid"),
        "vRouter": Relation("VirtualRouterVmVO", "vRouterUuid", "uuid"),
    },
    within="ruleSetUuid",
)

TABLE_VROUTER_REF = Kind(
    vo="PolicyRouteTableVRouterRefVO",
    doc=PolicyRouteTableVRouterRef,
    java=f"{_PACKAGE}.PolicyRouteTableVRouterRefInventory",
    indexes=("tableUuid", "vRouterUuid"),
    refs=(Ref("tableUuid", PolicyRouteTable, "ignore"), Ref("vRouterUuid", VmInstance, "ignore")),
    relations={
        "table": Relation("PolicyRouteTableVO", "tableUuid", "uuid"),
        "vRouter": Relation("VirtualRouterVmVO", "vRouterUuid", "uuid"),
    },
    within="tableUuid",
)

KINDS = (RULE_SET, RULE, TABLE, TABLE_ENTRY, RULE_SET_L3_REF, RULE_SET_VROUTER_REF, TABLE_VROUTER_REF)
