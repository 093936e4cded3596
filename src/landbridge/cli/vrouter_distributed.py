"""`landbridge vrouter connections` and `distributed-routing`: who talks through a vrouter, and who need not."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from landbridge.cli import output as out
from landbridge.cli.resolve import completion
from landbridge.cli.vrouter_places import Find, Place, chosen
from landbridge.client import Client

_COLUMNS = ("source", "destination", "state", "from", "to", "packets", "bytes", "rtt", "mtu", "for", "why")
_SHORTENED = "ZSNP_DST_SUCC"
_STEP = 1000.0

_which = click.argument("which", required=False, metavar="[NAME|UUID]", shell_complete=completion("VpcRouterVmVO"))
_output = click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)


@click.command(help="The pairs that talk through it: which go from host to host, and why others do not.")
@_which
@click.option("--watch", is_flag=True, help="print it again whenever it changes")
@_output
@click.pass_obj
def connections(find: Find, which: str | None, watch: bool, output: out.Format) -> None:
    """A table for people; other formats as the API has it."""
    place = find()
    client, uuid = place.client(), chosen(place, which)
    if not _is_on(client, uuid):
        name = place.known().get(uuid) or uuid
        click.echo(f"it is off: `landbridge vrouter distributed-routing enable {name}` switches it on", err=True)
    names = {row["uuid"]: row["name"] for row in client.call("QueryHost", fields=["uuid", "name"])["inventories"]}

    def fetch() -> out.Answer:
        answer = client.call("GetVpcVRouterDistributedRoutingConnections", uuid=uuid)
        if output != "table":
            return answer
        return {**answer, "inventories": [_row(one, names) for one in answer["inventories"].values()]}

    if watch:
        out.watch(fetch, output, _COLUMNS)
    else:
        out.show(fetch(), output, _COLUMNS)


@click.group("distributed-routing", help="Whether hosts route between its subnets themselves.")
def distributed_routing() -> None:
    """The group."""


@distributed_routing.command("get", help="Whether it is on.")
@_which
@_output
@click.pass_obj
def get(find: Find, which: str | None, output: out.Format) -> None:
    """What was set."""
    place = find()
    out.show({"enabled": _is_on(place.client(), chosen(place, which))}, output)


@distributed_routing.command("enable", help="Switch it on.")
@_which
@_output
@click.pass_obj
def enable(find: Find, which: str | None, output: out.Format) -> None:
    """Returns when the hosts have it so."""
    _set(find(), which, "enable", output)


@distributed_routing.command("disable", help="Switch it off: everything goes through the vrouter again.")
@_which
@_output
@click.pass_obj
def disable(find: Find, which: str | None, output: out.Format) -> None:
    """Returns when the hosts have it so."""
    _set(find(), which, "disable", output)


def _set(place: Place, which: str | None, event: str, output: out.Format) -> None:
    client, uuid = place.client(), chosen(place, which)
    try:
        tell = out.progress(f"distributed-routing {event}")
        answer = client.call("SetVpcVRouterDistributedRoutingEnabled", progress=tell, uuid=uuid, stateEvent=event)
    finally:
        out.end_progress()
    out.show(answer, output)


def _is_on(client: Client, uuid: str) -> bool:
    return bool(client.call("GetVpcVRouterDistributedRoutingEnabled", uuid=uuid)["enabled"])


def _row(one: Mapping[str, Any], hosts: Mapping[str, str]) -> dict[str, Any]:
    """A connection for people: `short` when it does not go through the vrouter."""
    return {
        "source": one.get("srcIp", one["srcNetwork"]),
        "destination": one["dstIp"],
        "state": "short" if one["state"] == _SHORTENED else one["detail"].lower(),
        "from": _host(one.get("srcHostUuid"), hosts),
        "to": _host(one.get("dstHostUuid"), hosts),
        "packets": one["packets"],
        "bytes": _scaled(one["bytes"], ("B", "kB", "MB", "GB", "TB")),
        "rtt": _scaled(one["roundTripUs"], ("µs", "ms", "s")) if "roundTripUs" in one else "",
        "mtu": one.get("pathMtu"),
        "for": f"{one['ageSeconds']} s" if "ageSeconds" in one else "",
        "why": one.get("reason"),
    }


def _host(uuid: str | None, names: Mapping[str, str]) -> str:
    return names.get(uuid, uuid) if uuid else ""


def _scaled(number: float, units: Iterable[str]) -> str:
    """`1234` of B, kB -> `1.23 kB`: three digits."""
    first, *larger = units
    for unit in larger:
        if number < _STEP:
            break
        number, first = number / _STEP, unit
    return f"{number:.3g} {first}"
