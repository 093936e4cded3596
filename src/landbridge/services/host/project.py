"""What a host is told of itself: key `host` in its own scope, to which it is subscribed."""

from collections.abc import Iterable

from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed, View
from landbridge.model.documents.places import Host
from landbridge.model.node import HostSettings


def _project(view: View, key: SourceKey) -> Iterable[Projected]:
    host = view.get(Host, key[0])
    if host is None:
        return
    scope = f"host:{host.uuid}"
    yield Subscribed(host.uuid, scope)
    yield Placed(
        scope,
        "host",
        HostSettings(uuid=host.uuid, name=host.name, number=host.number, reconnect=host.reconnect),
    )


def _changed(_view: View, change: Change) -> Iterable[SourceKey]:
    return {(document.uuid,) for document in (change.old, change.new) if document is not None}


HOST_SETTINGS = Projection(
    name="host-settings",
    project=_project,
    affected={Host: _changed},
    keys=lambda view: [(host.uuid,) for host in view.find(Host)],
)
