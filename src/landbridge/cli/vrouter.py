"""`landbridge vrouter`: a look inside vrouters, through the server or on the host itself.

With `--run-dir` it reads the vrouter-agents' control sockets: that needs root on the host that runs the
vrouter, but neither the server nor the host's agent.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from landbridge.cli import output as out
from landbridge.cli.errors import CliError
from landbridge.cli.vrouter_distributed import connections, distributed_routing
from landbridge.cli.vrouter_places import Cloud, Find, Seen, ThisHost, chosen

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "routes": ("destination", "via", "interface", "metric", "blackHole", "ours"),
    "neighbours": ("address", "mac", "interface", "state"),
}


@click.group(help="Look inside vrouters, and switch their distributed routing.")
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path),
    help="look on this host instead of asking the server: the agent's directory, /run/landbridge; "
    "in a lab that of the host, DIR/host-1/run",
)
@click.pass_context
def vrouter(ctx: click.Context, run_dir: Path | None) -> None:
    """The group."""
    ctx.obj = (lambda: ThisHost(run_dir)) if run_dir is not None else Cloud


@vrouter.command("list", help="The vrouters there are.")
@click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)
@click.pass_obj
def list_(find: Find, output: out.Format) -> None:
    """Of each: whether its agent answers, and how many connections it tracks."""
    place = find()
    rows = []
    for uuid, name in place.known().items():
        row = {"uuid": uuid} | ({"name": name} if name else {})
        try:
            seen = place.see(uuid)
            row |= {"agent": "answers", "connections": seen["connections"], "failed": seen["failed"]}
        except CliError as error:
            row["agent"] = str(error)
        rows.append(row)
    out.show({"inventories": rows}, output, ("name", "uuid", "agent", "connections", "failed"))


def _look(name: str, help_: str, part: Callable[[Seen], Seen]) -> None:
    """A command that shows a part of what a vrouter's agent says of it."""

    @vrouter.command(name, help=help_)
    @click.argument("which", required=False, metavar="[NAME|UUID]")
    @click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)
    @click.pass_obj
    def look(find: Find, which: str | None, output: out.Format) -> None:
        place = find()
        answer = part(place.see(chosen(place, which)))
        if name == "nftables" and output == "table":
            click.echo(answer["nftables"] or "no table", nl=not answer["nftables"])
        else:
            out.show(answer, output, _COLUMNS.get(name, ()))


_look("show", "Everything about a vrouter.", lambda seen: seen)
_look("routes", "Its routes, as they are in force.", lambda seen: {"inventories": seen["routes"]})
_look("neighbours", "Its neighbours (ARP).", lambda seen: {"inventories": seen["neighbours"]})
_look("nftables", "Its packet filter and NAT, as nft lists it.", lambda seen: {"nftables": seen["nftables"]})
_look(
    "status",
    "Connections, changes since its agent started, and what could not be applied.",
    lambda seen: {key: seen[key] for key in ("connections", "changes", "failed")},
)

vrouter.add_command(connections)
vrouter.add_command(distributed_routing)
