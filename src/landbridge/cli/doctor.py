"""`landbridge doctor`: what this machine offers, what is missing, and what serves instead."""

import json
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from landbridge import __version__
from landbridge.agent.main import AgentOptions
from landbridge.cli.probe_table import PROBES
from landbridge.cli.probes import Finding, Probe, Role, examine, scratch_namespace
from landbridge.cli.underlay import underlay_probes

_SIGNS = {"ok": ("ok", "green"), "missing": ("MISSING", "red"), "absent": ("absent", "yellow")}


@click.command(help="What this machine offers, what is missing, and what serves instead.")
@click.option("--role", type=click.Choice(("host", "server", "all")), default="all", show_default=True)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    default=AgentOptions().state_dir,
    show_default=True,
    help="of this host's agent: whose way to other hosts is tried",
)
@click.option("-o", "--output", type=click.Choice(("table", "json")), default="table", show_default=True)
@click.pass_context
def doctor(ctx: click.Context, role: str, state_dir: Path, output: str) -> None:
    """Exit status 1 when something that the role requires is missing."""
    roles = [known for known in PROBES if role in (known, "all")]
    with scratch_namespace() as scratch:
        found = [(known, examine(probe, scratch)) for known in roles for probe in _probes(known, state_dir)]
    if output == "json":
        click.echo(json.dumps(_document(found), indent=2, ensure_ascii=False))
    else:
        _table(found)
    if any(_status(finding) == "missing" for _, finding in found):
        ctx.exit(1)


def _probes(role: Role, state_dir: Path) -> Iterator[Probe]:
    yield from PROBES[role]
    if role == "host":
        yield from underlay_probes(state_dir)


def _status(finding: Finding) -> str:
    """`missing` is required; `absent` is not."""
    if finding.ok:
        return "ok"
    return "missing" if finding.probe.required else "absent"


def _document(found: list[tuple[Role, Finding]]) -> dict[str, Any]:
    return {
        "version": __version__,
        "kernel": platform.release(),
        "ok": all(_status(finding) != "missing" for _, finding in found),
        "checks": [
            {
                "role": role,
                "name": finding.probe.name,
                "status": _status(finding),
                "required": finding.probe.required,
                "detail": finding.detail,
                "for": finding.probe.use,
                **({} if finding.ok else {"instead": finding.probe.instead}),
            }
            for role, finding in found
        ],
    }


def _table(found: list[tuple[Role, Finding]]) -> None:
    wide = max(len(finding.probe.name) for _, finding in found)
    last = ""
    for role, finding in found:
        if role != last:
            click.secho(f"{role} (kernel {platform.release()})" if role == "host" else role, bold=True)
            last = role
        sign, colour = _SIGNS[_status(finding)]
        line = f"  {click.style(sign.ljust(7), fg=colour)}  {finding.probe.name.ljust(wide)}  {finding.detail}"
        if not finding.ok:
            line += f" — for {finding.probe.use}; instead: {finding.probe.instead}"
        click.echo(line)
