"""`landbridge route`: which routes of a vrouter are in force, why others are not, and which carries an address."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from landbridge.cli import output as out
from landbridge.cli.resolve import completion, resolve
from landbridge.cli.vrouter_places import Cloud, chosen
from landbridge.client.wire import actions

_CONDITIONS = {
    "interface": "what comes by",
    "sourceIp": "from",
    "sourcePort": "of port",
    "protocol": "by",
    "destPort": "for port",
}
"""Of policy rules, for people; the destination is not among them, for that was asked."""
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
@click.option("--source", metavar="ADDRESS", help="They come from there.")
@click.option(
    "--l3", metavar="NAME|UUID", shell_complete=completion("L3NetworkVO"), help="Network that they come by."
)
@click.option("--protocol", type=click.Choice(("tcp", "udp", "icmp")), help="Their protocol.")
@click.option("--port", type=int, help="Port that they are for.")
@click.option("--source-port", type=int, help="Port that they come from.")
@_output
def explain(router: str, destination: str, l3: str | None, output: out.Format, **known: Any) -> None:
    """Sentences for people; other formats as the API has it."""
    place = Cloud()
    client = place.client()
    given = {"virtualRouterVmUuid": chosen(place, router), "destination": destination, "l3NetworkUuid": l3}
    given |= {"sourcePort" if name == "source_port" else name: value for name, value in known.items()}
    explained = actions()["ExplainVRouterRouteTable"]
    values = {name: value for name, value in given.items() if value is not None}
    answer = client.call(explained.name, **resolve(client, explained, values))
    if output != "table":
        out.show(answer, output)
        return
    rule = answer.get("policyRule")
    click.echo(f"{destination}: {f'{_named(rule)}: ' if rule else ''}{_words(answer['carriedBy'])}")
    if "refused" in answer:
        click.echo(answer["refused"])
    click.echo(f"without that: {_words(answer['otherwise'])}")
    for exception in answer["exceptions"]:
        click.echo(f"but {_about(exception)}: {_named(exception)}: {_words(exception['carriedBy'])}")


def _named(rule: Mapping[str, Any]) -> str:
    return f"policy rule {rule['ruleNumber']}"


def _about(rule: Mapping[str, Any]) -> str:
    """Which packets a policy rule is about."""
    return " ".join(f"{words} {rule[name]}" for name, words in _CONDITIONS.items() if name in rule)


def _words(rows: Iterable[Mapping[str, Any]]) -> str:
    """What becomes of a packet."""
    found = [_way(row) for row in rows]
    return " and ".join(found) if found else "no route, the sender is told so"


def _way(row: Mapping[str, Any]) -> str:
    if row["origin"] == "own":
        return "to the vrouter itself, it is an address of its own"
    by = f"{row['origin']} {row['destination']}, distance {row['distance']}"
    if "tableNumber" in row:
        by += f", table {row['tableNumber']}"
    if row["origin"] == "connected":
        return f"straight to it by {row['interface']} ({by})"
    if "target" in row:
        return f"via {row['target']} by {row['interface']} ({by})"
    return f"by {row['interface']} ({by})" if "interface" in row else f"dropped ({by})"
