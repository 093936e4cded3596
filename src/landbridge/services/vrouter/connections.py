"""What a vrouter's agent and its hosts know, put together: one row for each pair of addresses.

The vrouter knows pairs, a host knows destinations: its shortcut serves all its ports in a network.  So pairs
of one host and network with one destination show the same shortcut, with the same counters.  A shortcut whose
pairs the vrouter does not know (its agent was restarted, its host is away) has a row of its own, whose source
is the subnet on that host.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from landbridge.core.inventory import format_date
from landbridge.core.service import Answered
from landbridge.model.questions.shortcuts import ShortcutEntry, ShortcutPair, Shortcuts
from landbridge.services.vrouter.places import Places, Subnet

SHORTENED = "ZSNP_DST_SUCC"
"""What clients look for: packets do not go through the vrouter."""

_SHORT = frozenset({"ACTIVE", "RENEWING", "HELD"})

_Key = tuple[str, int, str]
"""Of a shortcut: host, `net_id` of the source's network, destination."""


def connections(places: Places, answers: Sequence[Answered]) -> Mapping[str, Any]:
    """Field `inventories`: `source-destination` -> row."""
    entries: dict[_Key, ShortcutEntry] = {}
    pairs: list[ShortcutPair] = []
    for answer in answers:
        if isinstance(answer.value, Shortcuts):
            pairs += answer.value.pairs
            entries |= {(answer.node, entry.net_id, entry.destination_ip): entry for entry in answer.value.entries}
    rows: dict[str, dict[str, Any]] = {}
    shown: set[_Key] = set()
    for pair in sorted(pairs, key=lambda pair: (pair.source_ip, pair.destination_ip)):
        subnet = places.subnets.get(pair.source_l3_uuid)
        if subnet is None:
            continue  # it was detached while the hosts were asked
        host = places.host_of(subnet.l3_uuid, pair.source_mac, pair.source_ip)
        key = (host or "", subnet.net_id, pair.destination_ip)
        shown.add(key)
        rows[f"{pair.source_ip}-{pair.destination_ip}"] = _row(places, subnet, host, pair, entries.get(key))
    for key, entry in sorted(entries.items()):
        subnet = places.subnet_on(entry.net_id)
        if key not in shown and subnet is not None:
            rows[f"{subnet.cidr}@{key[0]}-{entry.destination_ip}"] = _row(places, subnet, key[0], None, entry)
    return {"inventories": rows}


def _row(
    places: Places, subnet: Subnet, host: str | None, pair: ShortcutPair | None, entry: ShortcutEntry | None
) -> dict[str, Any]:
    known = entry or pair
    assert known is not None
    to = places.subnet_with(known.destination_ip)
    row: dict[str, Any] = {
        "srcIp": pair.source_ip if pair else None,
        "dstIp": known.destination_ip,
        "srcNetwork": str(subnet.cidr),
        "dstNetwork": str(to.cidr) if to else None,
        "srcL3NetworkUuid": subnet.l3_uuid,
        "dstL3NetworkUuid": to.l3_uuid if to else None,
        "networkType": to.l2_type if to else None,
        "vni": known.vni,
        "srcMac": pair.source_mac if pair else None,
        "dstMac": known.destination_mac,
        "srcHostUuid": host,
        "state": SHORTENED if known.state in _SHORT else known.state,
        "detail": known.state,
        "reason": known.reason,
        "packets": entry.packets if entry else 0,
        "bytes": entry.bytes if entry else 0,
        "routerPackets": pair.packets if pair else None,
        "routerBytes": pair.bytes if pair else None,
    }
    since = entry.since if entry else pair.hinted_at if pair else None
    if since is not None:
        row["lastOpDate"] = format_date(int(1000 * since))
        row["ageSeconds"] = max(0, round(places.now / 1000 - since))
    if entry is not None:
        row["dstHostUuid"] = host if entry.local else _host_at(places, to, entry.destination_vtep)
        row["roundTripUs"], row["pathMtu"] = entry.round_trip_us, entry.path_mtu
    return {name: value for name, value in row.items() if value is not None}


def _host_at(places: Places, subnet: Subnet | None, vtep: str | None) -> str | None:
    if subnet is None or subnet.pool is None or vtep is None:
        return None
    return places.vteps.get((subnet.pool, vtep))
