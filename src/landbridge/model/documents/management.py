"""The copies of the server."""

from landbridge.model.resource import Kind, Resource


class ManagementNode(Resource, kw_only=True):
    """A copy of the server, for as long as it says that it lives.  Dates in milliseconds since 1970."""

    host_name: str
    join_date: int
    heart_beat: int


MANAGEMENT_NODE = Kind(
    vo="ManagementNodeVO",
    doc=ManagementNode,
    java="org.zstack.header.managementnode.ManagementNodeInventory",
    indexes=("heartBeat",),
    seen_by="admins",
)
