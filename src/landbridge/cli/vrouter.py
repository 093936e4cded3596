"""`landbridge vrouter`: a look inside vrouters, through the server or on the host itself.

With `--run-dir` it reads the vrouter-agents' control sockets: that needs root on the host that runs the
vrouter, but neither the server nor the host's agent.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import click

from landbridge.cli import output as out
from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.transports.control import ControlError, call

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "routes": ("destination", "via", "interface", "metric", "blackHole", "ours"),
    "neighbours": ("address", "mac", "interface", "state"),
}

Seen = Mapping[str, Any]


class _Place(Protocol):
    """Where vrouters are looked for."""

    def known(self) -> Mapping[str, str]:
        """Uuid -> name, as far as names are known there."""

    def see(self, uuid: str) -> Seen:
        """What a vrouter's agent says of it; `CliError` if it does not."""

    def none(self) -> str:
        """What to say when there is no vrouter."""


class _Cloud:
    """All vrouters, through the server."""

    def __init__(self) -> None:
        self._client = remembered.client()

    def known(self) -> Mapping[str, str]:
        rows = self._client.call("QueryVpcRouter", fields=["uuid", "name"])["inventories"]
        return {row["uuid"]: row["name"] for row in rows}

    def see(self, uuid: str) -> Seen:
        return self._client.call("GetVpcVRouterRuntime", uuid=uuid)

    def none(self) -> str:
        return "there is no vrouter: `landbridge vpc-vrouter create` makes one"


class _ThisHost:
    """The vrouters that run here."""

    def __init__(self, run_dir: Path) -> None:
        self._base = run_dir / "routers"

    def known(self) -> Mapping[str, str]:
        found = sorted(self._base.iterdir()) if self._base.exists() else []
        return {path.name: "" for path in found}

    def see(self, uuid: str) -> Seen:
        try:
            return call(self._base / uuid / "control.sock", {"op": "show"})
        except ControlError as error:
            raise CliError("", f"vrouter {uuid}: {error}") from error

    def none(self) -> str:
        return f"no vrouter runs here: {self._base} has none; is --run-dir the agent's?"


@click.group(help="Look inside vrouters: what is in force at this moment.")
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path),
    help="look on this host instead of asking the server: the agent's directory, /run/landbridge; "
    "in a lab that of the host, DIR/host-1/run",
)
@click.pass_context
def vrouter(ctx: click.Context, run_dir: Path | None) -> None:
    """The group."""
    ctx.obj = (lambda: _ThisHost(run_dir)) if run_dir is not None else _Cloud


@vrouter.command("list", help="The vrouters there are.")
@click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)
@click.pass_obj
def list_(place: Callable[[], _Place], output: out.Format) -> None:
    """Of each: whether its agent answers, and how many connections it tracks."""
    where = place()
    rows = []
    for uuid, name in where.known().items():
        row = {"uuid": uuid} | ({"name": name} if name else {})
        try:
            seen = where.see(uuid)
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
    def look(place: Callable[[], _Place], which: str | None, output: out.Format) -> None:
        where = place()
        answer = part(where.see(_chosen(where, which)))
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


def _chosen(place: _Place, which: str | None) -> str:
    """The uuid of the vrouter that is meant: the only one, a uuid or its beginning, or a name.

    Raises:
        CliError: none or several are meant.
    """
    known = place.known()
    if not known:
        raise CliError("", place.none())
    found = [uuid for uuid, name in known.items() if which is None or name == which or uuid.startswith(which)]
    if len(found) != 1:
        several = "several vrouters are meant" if found else f"there is no vrouter {which}"
        raise CliError("", f"{several}: {', '.join(f'{name} {uuid}'.strip() for uuid, name in known.items())}")
    return found[0]
