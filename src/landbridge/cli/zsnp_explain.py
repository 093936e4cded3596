"""`landbridge zsnp explain SOURCE DESTINATION`: why packets from one address to another are short, or are not."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import click

from landbridge.cli import remembered, zsnp_host
from landbridge.cli.errors import CliError
from landbridge.client import Client

Said = Mapping[str, Any]

_HAS = {
    "ACTIVE": "It is short: packets go from host to host, to {place}, and not through the vrouter.",
    "RENEWING": "It is short, to {place}; the vrouter is being asked whether it may stay so.",
    "CHECKING": "It is short, to {place}; the vrouter's agent is silent, and whether the vrouter itself is dead is"
    " being found out.",
    "FALLBACK": "It is short, to {place}, until its lease ends: the vrouter forwards, but its agent is silent.",
    "HELD": "It is short, to {place}, and held so: the vrouter is dead, and to fall back to it would help nobody.",
    "IN FORCE": "It is short: packets go from host to host, to {place}, and not through the vrouter.",
    "EXPIRED": "It goes through the vrouter: there was a shortcut, and its lease is over.",
    "QUERYING": "It goes through the vrouter: the sender's host has asked where the destination is, and waits.",
    "PROBING": "It goes through the vrouter: the sender's host knows the way, to {place}, and is trying it.",
    "REFUSED": "It goes through the vrouter: {reason}.",
    "HINTED": "It goes through the vrouter, which has told the sender's host that it need not.",
    "COUNTED": "It goes through the vrouter: it is not worth a shortcut yet.",
}
_SHORT = frozenset({"ACTIVE", "RENEWING", "CHECKING", "FALLBACK", "HELD", "IN FORCE"})
_ALWAYS = (
    "Fragments, packets with IP options, those with a TTL of 1 and those larger than {mtu} bytes do not take it."
)


_OFF = "Distributed routing of the vrouter {name} is off: `landbridge vrouter distributed-routing enable {name}`."
_UNSEEN = (
    "It goes through the vrouter {name}, if anything is sent: too few packets for a shortcut have been seen lately"
    " (global configs vpc/distributedRouting.packets, .kbits)."
)
_GUEST_NIC = "metaData=4"
"""A vrouter's NICs in subnets."""


@click.command(help="Why packets from one address to another are short, or are not, in sentences.")
@click.argument("source")
@click.argument("destination")
@zsnp_host.run_dir(default=None)
@zsnp_host.tag
@click.option("--vrouter", metavar="NAME|UUID", help="the one that is meant, if the server cannot tell by the source")
def explain(source: str, destination: str, run_dir: str | None, tag: str, vrouter: str | None) -> None:
    """One way; the way back is another pair."""
    for text in (source, destination):
        if not _is_address(text):
            raise CliError("", f"{text} is no address: an IPv4 or IPv6 address is meant")
    if run_dir is None:
        told = by_server(remembered.client(), source, destination, vrouter)
    else:
        standing = zsnp_host.standing(run_dir, tag, source, destination)
        told = by_host(standing, zsnp_host.pairs(run_dir), source, destination)
    for sentence in told:
        click.echo(sentence)


# ---- on a host ------------------------------------------------------------------------------


def by_host(
    standing: Said, pairs: Mapping[str, Sequence[Said] | str], source: str, destination: str
) -> Iterator[str]:
    """What the host has, and what the vrouters on it say.

    standing  `agent.shortcut_rows.Standing`, or its `entries` alone
    pairs     by vrouter that runs here: those it has seen, or why it does not say
    """
    entries = standing["entries"]
    if not entries:
        yield from _without(standing, source)
    for entry in entries:
        place = "this host itself" if entry["local"] else entry.get("destinationVtep") or "another host"
        yield _HAS[entry["state"]].format(place=place, reason=entry.get("reason"))
        yield from _numbers(entry, entry.get("roundTripMs"), "ms", entry.get("mtu"))
        if entry.get("refusedFor"):
            yield f"It is not asked for again for {entry['refusedFor']:.0f} s."
    meant = {entry["routerUuid"] for entry in entries if entry.get("routerUuid")} or set(standing.get("routers", ()))
    for uuid in sorted(meant or pairs):
        yield _of_router(uuid, pairs.get(uuid), source, destination)


def _without(standing: Said, source: str) -> Iterator[str]:
    if "nets" not in standing:
        yield "The kernel of this host has no shortcut for it."
    elif not standing["nets"]:
        yield f"No VM of this host has the address {source}: only the host of the sender has shortcuts for it."
    elif not standing["routers"]:
        yield "It goes through its vrouter: none has distributed routing on in the networks of the sender."
    else:
        yield "It goes through its vrouter: this host has not been hinted, or the shortcut was idle and is forgotten."


def _of_router(uuid: str, pairs: Sequence[Said] | str | None, source: str, destination: str) -> str:
    name = f"The vrouter {uuid}"
    if pairs is None:
        return (
            f"{name} does not run here: what it says of the pair its host knows, and the server (without --run-dir)."
        )
    if isinstance(pairs, str):
        return f"{name} runs here, and its agent does not say anything: {pairs}."
    ends = (source, destination)
    pair = next((one for one in pairs if (one["sourceIp"], one["destinationIp"]) == ends), None)
    if pair is None:
        return f"{name} has not seen as many packets of the pair as are worth a shortcut."
    if pair.get("reason"):
        return f"{name} refuses: {pair['reason']}."
    return f"{name} allows it, and has told the sender's host so."


# ---- by the server --------------------------------------------------------------------------


def by_server(client: Client, source: str, destination: str, which: str | None) -> Iterator[str]:
    """What the vrouters of the source's subnet and all hosts concerned say.

    Raises:
        CliError: it is not known which vrouter is meant.
    """
    for uuid, name in _routers(client, source, which).items():
        if not client.call("GetVpcVRouterDistributedRoutingEnabled", uuid=uuid)["enabled"]:
            yield _OFF.format(name=name)
            continue
        answer = client.call("GetVpcVRouterDistributedRoutingConnections", uuid=uuid)
        rows = [row for row in answer["inventories"].values() if _is_of(row, source, destination)]
        if not rows:
            yield _UNSEEN.format(name=name)
        for row in rows:
            place = _host_name(client, row.get("dstHostUuid"))
            yield _HAS[row["detail"]].format(place=place, reason=row.get("reason"))
            yield from _numbers(row, row.get("roundTripUs"), "µs", row.get("pathMtu"), row["detail"])
        for missing in answer.get("unanswered", ()):
            yield f"Not everybody was heard: {missing['error']['details']}"


def _routers(client: Client, source: str, which: str | None) -> dict[str, str]:
    """Uuid -> name of those that are meant."""
    known = {
        row["uuid"]: row["name"] for row in client.call("QueryVpcRouter", fields=["uuid", "name"])["inventories"]
    }
    if which is not None:
        found = {uuid for uuid, name in known.items() if which == name or uuid.startswith(which)}
    else:
        subnets = _column(client, "l3NetworkUuid", f"ip={source}")
        found = _column(client, "vmInstanceUuid", f"l3NetworkUuid?={','.join(sorted(subnets))}", _GUEST_NIC)
    meant = {uuid: name for uuid, name in known.items() if uuid in found}
    if not meant:
        what = f"no vrouter is called {which}" if which else f"no VM behind a vrouter has the address {source}"
        raise CliError("SYS.1003", f"{what}: --vrouter may be one of {', '.join(known.values()) or 'none'}")
    return meant


def _column(client: Client, name: str, *conditions: str) -> set[str]:
    rows = client.call("QueryVmNic", q=list(conditions), fields=[name])["inventories"]
    return {row[name] for row in rows}


def _host_name(client: Client, uuid: str | None) -> str:
    if uuid is None:
        return "the destination's host"
    rows = client.call("QueryHost", q=[f"uuid={uuid}"], fields=["name"])["inventories"]
    return rows[0]["name"] if rows else uuid


def _is_of(row: Said, source: str, destination: str) -> bool:
    """Also a host's shortcut of which the vrouter does not know the pairs."""
    from_there = row["srcIp"] == source if "srcIp" in row else ip_address(source) in ip_network(row["srcNetwork"])
    return from_there and bool(row["dstIp"] == destination)


# ---- both -----------------------------------------------------------------------------------


def _numbers(row: Said, round_trip: int | None, unit: str, mtu: int | None, state: str = "") -> Iterator[str]:
    if (state or row["state"]) not in _SHORT:
        return
    yield f"So far {row['packets']} packets with {row['bytes']} bytes took it." + (
        f" The round trip was {round_trip} {unit}." if round_trip is not None else ""
    )
    if row.get("expiresIn") is not None:
        yield f"Its lease ends in {row['expiresIn']:.0f} s unless it is renewed."
    if mtu is not None:
        yield _ALWAYS.format(mtu=mtu)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
