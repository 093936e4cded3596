"""Distributed routing: pairs and shortcuts that a host knows."""

from typing import Literal

import msgspec

from landbridge.model.questions.base import HostAnswer, Question

PairState = Literal["COUNTED", "HINTED", "REFUSED"]
EntryState = Literal["QUERYING", "PROBING", "ACTIVE", "RENEWING", "FALLBACK", "REFUSED", "HELD"]


class ShortcutPair(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Two addresses that talk through a vrouter, as its agent sees them.

    vni        of the destination's network
    state      COUNTED: not worth a shortcut yet · HINTED: the source's host was told · REFUSED: may have none
    reason     why not, in words
    hinted_at  seconds since the epoch, by the host's clock
    packets    and `bytes`: what the vrouter forwarded
    """

    source_ip: str
    destination_ip: str
    source_l3_uuid: str
    destination_l3_uuid: str
    source_mac: str
    destination_mac: str | None
    vni: int
    state: PairState
    reason: str | None = None
    hinted_at: float | None = None
    packets: int = 0
    bytes: int = 0


class ShortcutEntry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a host stands with one destination, for all its ports in the network `net_id`.

    vni               of the destination's network
    state             ACTIVE, RENEWING, HELD: packets take it · else they go through the vrouter
    reason            why not, in words
    destination_vtep  of the host that has the destination, as soon as it has answered; `local`: it is this host
    packets           and `bytes`: what took the shortcut
    since             when it came into this state, seconds since the epoch, by the host's clock
    expires_in        seconds
    """

    router_uuid: str
    net_id: int
    destination_ip: str
    destination_mac: str
    vni: int
    state: EntryState
    since: float
    reason: str | None = None
    destination_vtep: str | None = None
    local: bool = False
    packets: int = 0
    bytes: int = 0
    round_trip_us: int | None = None
    path_mtu: int | None = None
    expires_in: float | None = None


class Shortcuts(HostAnswer, frozen=True, kw_only=True):
    """`pairs`: only from the host that runs the vrouter.  In no order."""

    pairs: tuple[ShortcutPair, ...] = ()
    entries: tuple[ShortcutEntry, ...] = ()


class AskShortcuts(Question, tag="shortcuts", frozen=True, kw_only=True):
    """Which pairs and shortcuts of this vrouter do you know?"""

    answer = Shortcuts
    router_uuid: str
