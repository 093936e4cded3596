"""Route tables of vrouters: entries, and which vrouters have which table."""

from landbridge.model.documents.vm import VmInstance
from landbridge.model.resource import Kind, Ref, Relation, Resource

STATIC, BLACK_HOLE = "UserStatic", "UserBlackHole"
"""The types of entries that users make."""


class VRouterRouteTable(Resource, kw_only=True):
    """Entries that vrouters share."""

    name: str
    description: str | None = None


class VRouterRouteEntry(Resource, kw_only=True):
    """A route.  `target`: the next hop, None: a black hole.

    bucket  of the table, by destination: its entries are sent together, so that a change of one concerns few of many
    """

    route_table_uuid: str
    type: str
    destination: str
    distance: int
    bucket: str
    target: str | None = None
    description: str | None = None


class VirtualRouterVRouterRouteTableRef(Resource, kw_only=True):
    """A vrouter has a table; it has no other."""

    virtual_router_vm_uuid: str
    route_table_uuid: str


_PACKAGE = "org.zstack.vrouterRoute"

ROUTE_TABLE = Kind(
    vo="VRouterRouteTableVO",
    doc=VRouterRouteTable,
    java=f"{_PACKAGE}.VRouterRouteTableInventory",
    indexes=("name",),
    relations={
        "attachedRouterRefs": Relation("VirtualRouterVRouterRouteTableRefVO", "uuid", "routeTableUuid", nested=True),
        "routeEntries": Relation("VRouterRouteEntryVO", "uuid", "routeTableUuid", nested=True),
    },
)

ROUTE_ENTRY = Kind(
    vo="VRouterRouteEntryVO",
    doc=VRouterRouteEntry,
    java=f"{_PACKAGE}.VRouterRouteEntryInventory",
    indexes=(
        "routeTableUuid",
        "bucket",
        "destination",
        "target",
        "routeTableUuid,bucket",
        "routeTableUuid,destination",
    ),
    internal=frozenset({"bucket"}),
    refs=(Ref("routeTableUuid", VRouterRouteTable, "ignore"),),
    relations={"routeTable": Relation("VRouterRouteTableVO", "routeTableUuid", "uuid")},
    within="routeTableUuid",
)

ROUTE_TABLE_REF = Kind(
    vo="VirtualRouterVRouterRouteTableRefVO",
    doc=VirtualRouterVRouterRouteTableRef,
    java=f"{_PACKAGE}.VirtualRouterVRouterRouteTableRefInventory",
    indexes=("virtualRouterVmUuid", "routeTableUuid"),
    refs=(
        Ref("virtualRouterVmUuid", VmInstance, "ignore"),
        Ref("routeTableUuid", VRouterRouteTable, "ignore"),
    ),
    relations={
        "virtualRouterVm": Relation("VirtualRouterVmVO", "virtualRouterVmUuid", "uuid"),
        "routeTable": Relation("VRouterRouteTableVO", "routeTableUuid", "uuid"),
    },
    within="routeTableUuid",
)

KINDS = (ROUTE_TABLE, ROUTE_ENTRY, ROUTE_TABLE_REF)
