"""Shortcuts as people are shown them: those of this host, and what vrouters on it have seen."""

import msgspec

from landbridge.agent.routers import RouterSupervisor
from landbridge.agent.shortcuts import HostShortcuts
from landbridge.model.questions.shortcuts import EntryState, ShortcutEntry, ShortcutPair, Shortcuts
from landbridge.render.known import Known
from landbridge.zsnp.entry import Entry, State
from landbridge.zsnp.moment import Moment

_SHOWN: dict[State, EntryState] = {
    State.QUERYING: "QUERYING",
    State.PROBING: "PROBING",
    State.ACTIVE: "ACTIVE",
    State.RENEWING: "RENEWING",
    State.CHECKING: "RENEWING",
    State.FALLBACK: "FALLBACK",
    State.HELD: "HELD",
    State.REFUSED: "REFUSED",
}


def shown_shortcuts(
    router_uuid: str, known: Known, routers: RouterSupervisor, shortcuts: HostShortcuts | None
) -> Shortcuts:
    """The answer to `AskShortcuts`.

    Raises:
        ControlError: the vrouter runs here, and its agent does not answer.
    """
    pairs: tuple[ShortcutPair, ...] = ()
    if router_uuid in routers.read():
        pairs = msgspec.convert(routers.shortcuts(router_uuid), tuple[ShortcutPair, ...])
    if shortcuts is None:
        return Shortcuts(pairs=pairs)
    numbers = {one.router for one in known.shortcut_routers.values() if one.router_uuid == router_uuid}
    look = shortcuts.look()
    entries = tuple(_shown(router_uuid, entry, look.at) for entry in look.entries if entry.router in numbers)
    return Shortcuts(pairs=pairs, entries=entries)


def _shown(router_uuid: str, entry: Entry, at: Moment) -> ShortcutEntry:
    return ShortcutEntry(
        router_uuid=router_uuid,
        net_id=entry.key.net_id,
        destination_ip=entry.target.ip,
        destination_mac=entry.target.mac,
        vni=entry.target.vni,
        state=_SHOWN[entry.state],
        since=(at.wall - (at.mono - entry.since)) / 1000,
        reason=entry.reason or None,
        destination_vtep=entry.path.vtep if entry.path is not None else None,
        local=entry.path is not None and entry.path.local,
        packets=entry.packets,
        bytes=entry.bytes,
        round_trip_us=None if entry.round_trip is None else entry.round_trip * 1000,
        path_mtu=entry.mtu or None,
        expires_in=(entry.expires - at.mono) / 1000 if entry.in_force else None,
    )
