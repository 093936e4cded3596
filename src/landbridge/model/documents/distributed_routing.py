"""Distributed routing of vrouters: that it is on, and the keys that go with it."""

from landbridge.model.documents.vm import VmInstance
from landbridge.model.node import ZsnpKey
from landbridge.model.resource import Kind, Ref, Resource


class DistributedRouting(Resource, kw_only=True):
    """A vrouter's distributed routing is on while this is there.

    `keys` authenticate its messages: all are accepted, the first one signs.  There is a second one so that it is
    known everywhere before it signs: a roll-over moves it to the front and appends a third, with the next id; when
    every host has that, the old one goes.  No action answers with this.
    """

    router_uuid: str
    keys: tuple[ZsnpKey, ...]


DISTRIBUTED_ROUTING = Kind(
    vo="VpcDistributedRoutingVO",
    doc=DistributedRouting,
    java="org.landbridge.VpcDistributedRoutingInventory",
    indexes=("routerUuid",),
    internal=frozenset({"keys"}),
    refs=(Ref("routerUuid", VmInstance, "ignore"),),
    within="routerUuid",
)

KINDS = (DISTRIBUTED_ROUTING,)
