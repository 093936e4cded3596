"""Projection `routes`, key (vrouter, bucket): a part of the vrouter's route table."""

from collections.abc import Iterator

from landbridge.core.routing import table_of
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.view import View
from landbridge.model.documents.route_table import VirtualRouterVRouterRouteTableRef, VRouterRouteEntry
from landbridge.model.router_node import StaticRoute, StaticRoutes
from landbridge.services.route_table.rules import BUCKETS


def routes(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing for an empty bucket, or a vrouter without a table."""
    router_uuid, bucket = key
    table_uuid = table_of(view, router_uuid)
    if table_uuid is None:
        return
    entries = view.find(VRouterRouteEntry, route_table_uuid=table_uuid, bucket=bucket)
    if entries:
        value = StaticRoutes(
            routes=tuple(StaticRoute(entry.destination, entry.target, entry.distance) for entry in entries)
        )
        yield Placed(f"router:{router_uuid}", f"routes/{router_uuid}/{bucket}", value)


def _entry_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for entry in (change.old, change.new):
        if isinstance(entry, VRouterRouteEntry):
            refs = view.find(VirtualRouterVRouterRouteTableRef, route_table_uuid=entry.route_table_uuid)
            yield from ((ref.virtual_router_vm_uuid, entry.bucket) for ref in refs)


def _ref_changed(view: View, change: Change) -> Iterator[SourceKey]:
    """All there can be: the entries may have gone with it."""
    for ref in (change.old, change.new):
        if isinstance(ref, VirtualRouterVRouterRouteTableRef):
            yield from ((ref.virtual_router_vm_uuid, bucket) for bucket in BUCKETS)


def keys(view: View) -> list[SourceKey]:
    """Every bucket of every vrouter that has a table."""
    refs = view.find(VirtualRouterVRouterRouteTableRef)
    return [(ref.virtual_router_vm_uuid, bucket) for ref in refs for bucket in BUCKETS]


ROUTES = Projection(
    name="routes",
    project=routes,
    affected={VRouterRouteEntry: _entry_changed, VirtualRouterVRouterRouteTableRef: _ref_changed},
    keys=keys,
)
