"""`landbridge route`: which routes of a vrouter are in force, why others are not, and which carries an address."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from landbridge.cli import output as out
from landbridge.cli.resolve import completion
from landbridge.cli.vrouter_places import Cloud, chosen

COLUMNS = ("destination", "target", "interface", "distance", "origin", "inForce", "reason")

_router = click.argument("router", metavar="ROUTER", shell_complete=completion("VpcRouterVmVO"))
_output = click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)


@click.group(help="Routes of vrouters, as their kernels have them.")
def route() -> None:
    """The group."""


@route.command("list", help="All routes of a vrouter: which are in force, and why others are not.")
@_router
@_output
def list_(router: str, output: out.Format) -> None:
    """Its host is asked."""
    place = Cloud()
    answer = place.client().call("GetVRouterRouteTable", virtualRouterVmUuid=chosen(place, router))
    out.show(answer, output, COLUMNS)


@route.command("explain", help="Which route carries packets to an address, and which would without it.")
@_router
@click.argument("destination", metavar="ADDRESS")
@_output
def explain(router: str, destination: str, output: out.Format) -> None:
    """Sentences for people; other formats as the API has it."""
    place = Cloud()
    uuid = chosen(place, router)
    answer = place.client().call("ExplainVRouterRouteTable", virtualRouterVmUuid=uuid, destination=destination)
    if output != "table":
        out.show(answer, output)
        return
    click.echo(f"{destination}: {_words(answer['carriedBy'])}")
    click.echo(f"without that: {_words(answer['otherwise'])}")


def _words(rows: Iterable[Mapping[str, Any]]) -> str:
    """What becomes of a packet."""
    found = [_way(row) for row in rows]
    return " and ".join(found) if found else "no route, the sender is told so"


def _way(row: Mapping[str, Any]) -> str:
    by = f"{row['origin']} {row['destination']}, distance {row['distance']}"
    if row["origin"] == "connected":
        return f"straight to it by {row['interface']} ({by})"
    if "target" in row:
        return f"via {row['target']} by {row['interface']} ({by})"
    return f"by {row['interface']} ({by})" if "interface" in row else f"dropped ({by})"
