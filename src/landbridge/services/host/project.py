"""What a host is told of itself: key `host` in its own scope, to which it is subscribed."""

from collections.abc import Iterable

from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model import tracking
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.places import Host
from landbridge.model.node import HostSettings


def _project(view: View, key: SourceKey) -> Iterable[Projected]:
    host = view.get(Host, key[0])
    if host is None:
        return
    scope = f"host:{host.uuid}"
    yield Subscribed(host.uuid, scope)
    settings = HostSettings(
        uuid=host.uuid,
        name=host.name,
        number=host.number,
        reconnect=host.reconnect,
        timeouts={
            state: seconds
            for state, default in tracking.TIMEOUTS.items()
            if (seconds := _number(view, tracking.setting_of(state))) != default
        },
        connections=_number(view, tracking.CONNECTIONS_SETTING),
    )
    yield Placed(scope, "host", settings)


def _number(view: View, name: str) -> int:
    return int(view.config(tracking.CATEGORY, name))


def _changed(_view: View, change: Change) -> Iterable[SourceKey]:
    return {(document.uuid,) for document in (change.old, change.new) if document is not None}


def _config_changed(view: View, change: Change) -> Iterable[SourceKey]:
    config = change.new or change.old
    assert isinstance(config, GlobalConfig)
    if config.category == tracking.CATEGORY and config.name in _SETTINGS:
        return [(host.uuid,) for host in view.find(Host)]
    return ()


_SETTINGS = {tracking.CONNECTIONS_SETTING, *map(tracking.setting_of, tracking.TIMEOUTS)}

HOST_SETTINGS = Projection(
    name="host-settings",
    project=_project,
    affected={Host: _changed, GlobalConfig: _config_changed},
    keys=lambda view: [(host.uuid,) for host in view.find(Host)],
)
