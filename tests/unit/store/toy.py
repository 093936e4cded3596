"""Services for tests of compile: zones place their clusters' names; clusters listen, or their hosts do."""

from collections.abc import Iterator

from landbridge.core.service import Change, Placed, Projected, Projection, Service, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.router_node import DnsForwarder


def _zone(view: View, key: SourceKey) -> Iterator[Projected]:
    zone = view.get(Zone, key[0])
    if zone is None:
        return
    for cluster in view.find(Cluster, zone_uuid=zone.uuid):
        value = DnsForwarder(listen=(zone.name,), upstreams=(cluster.name,))
        yield Placed(f"zone:{zone.uuid}", f"cluster/{cluster.uuid}", value)


def _cluster(view: View, key: SourceKey) -> Iterator[Projected]:
    cluster = view.get(Cluster, key[0])
    if cluster is not None:
        yield Placed(f"host:{cluster.uuid}", "own", DnsForwarder(listen=(), upstreams=(cluster.name,)))
        yield Subscribed(cluster.uuid, f"host:{cluster.uuid}")
        yield Subscribed(cluster.uuid, f"zone:{cluster.zone_uuid}")


def _host(view: View, key: SourceKey) -> Iterator[Projected]:
    host = view.get(Host, key[0])
    if host is not None:
        yield Placed(f"host:{host.uuid}", "own", DnsForwarder(listen=(), upstreams=(host.name,)))
        yield Subscribed(host.uuid, f"host:{host.uuid}")
        yield Subscribed(host.uuid, f"zone:{host.zone_uuid}")


def _own(view: View, change: Change) -> Iterator[SourceKey]:
    for document in (change.old, change.new):
        if document is not None:
            yield (document.uuid,)


def _zones_of(view: View, change: Change) -> Iterator[SourceKey]:
    for document in (change.old, change.new):
        if isinstance(document, Cluster):
            yield (document.zone_uuid,)


ZONES = Projection("zones", _zone, {Zone: _own, Cluster: _zones_of}, lambda v: [(z.uuid,) for z in v.find(Zone)])
CLUSTERS = Projection("clusters", _cluster, {Cluster: _own}, lambda v: [(c.uuid,) for c in v.find(Cluster)])

HOSTS = Projection("hosts", _host, {Host: _own}, lambda v: [(h.uuid,) for h in v.find(Host)])

SERVICE = Service(name="toy", projections=(ZONES, CLUSTERS))
HOSTS_SERVICE = Service(name="toy", projections=(ZONES, HOSTS))
