"""`landbridge vrouter`: a look inside the vrouters of this machine, through their agents' control sockets.

It needs root on the host that runs the vrouter, but neither the server nor the host's agent.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from landbridge.cli import output as out
from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.transports.control import ControlError, call

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "routes": ("destination", "via", "interface", "metric", "blackHole", "ours"),
    "neighbours": ("address", "mac", "interface", "state"),
}


@click.group(help="Look inside the vrouters on this machine.")
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path),
    default=Path("/run/landbridge"),
    show_default=True,
    help="the agent's; in a lab that of the host: DIR/host-1/run",
)
@click.pass_context
def vrouter(ctx: click.Context, run_dir: Path) -> None:
    """The group."""
    ctx.obj = run_dir / "routers"


@vrouter.command("list", help="The vrouters that run here.")
@click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)
@click.pass_obj
def list_(base: Path, output: out.Format) -> None:
    """Of each: whether its agent answers, and how many connections it tracks."""
    rows = []
    for uuid in _known(base):
        try:
            seen = call(base / uuid / "control.sock", {"op": "show"})
            rows.append(
                {"uuid": uuid, "agent": "answers", "connections": seen["connections"], "failed": seen["failed"]}
            )
        except ControlError as error:
            rows.append({"uuid": uuid, "agent": str(error)})
    out.show({"inventories": rows}, output, ("uuid", "agent", "connections", "failed"))


def _look(name: str, help_: str, part: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """A command that shows a part of what a vrouter's agent says of it."""

    @vrouter.command(name, help=help_)
    @click.argument("which", required=False, metavar="[NAME|UUID]")
    @click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)
    @click.pass_obj
    def look(base: Path, which: str | None, output: out.Format) -> None:
        uuid = _chosen(base, which)
        try:
            seen = call(base / uuid / "control.sock", {"op": "show"})
        except ControlError as error:
            raise click.ClickException(f"vrouter {uuid}: {error}") from error
        answer = part(seen)
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


def _known(base: Path) -> Sequence[str]:
    try:
        return sorted(path.name for path in base.iterdir())
    except FileNotFoundError:
        return ()


def _chosen(base: Path, which: str | None) -> str:
    """The uuid of the vrouter that is meant: the only one, a uuid or its beginning, or a name.

    Raises:
        CliError: none or several are meant.
    """
    known = _known(base)
    if not known:
        raise CliError("", f"no vrouter runs here: {base} has none; is --run-dir the agent's?")
    found = [uuid for uuid in known if which is None or uuid.startswith(which)]
    if not found and which is not None:
        rows = remembered.client().call("QueryVpcRouter", q=[f"name={which}"], fields=["uuid"])["inventories"]
        found = [row["uuid"] for row in rows if row["uuid"] in known]
    if len(found) != 1:
        raise CliError(
            "", f"{'several vrouters run' if found else f'no vrouter {which} runs'} here: {', '.join(known)}"
        )
    return found[0]
