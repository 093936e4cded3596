"""`landbridge apply` and `landbridge export`."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import yaml

from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.cli.manifest import export as exporting
from landbridge.cli.manifest import run
from landbridge.cli.manifest.model import Plan, Step
from landbridge.cli.manifest.plan import plan
from landbridge.cli.manifest.read import items

_SIGNS = {"create": "+", "change": "~", "join": ">", "leave": "<"}


@click.command(
    help="Make the cloud what a file says: the plan is shown, then done; what is not written is left alone."
)
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="YAML; -: standard input",
)
@click.option("--dry-run", is_flag=True, help="show the plan and do nothing")
@click.option("-y", "--yes", is_flag=True, help="do not ask")
@click.option("--output", type=click.Choice(("table", "json")), default="table", help="of the plan")
def apply(path: Path, dry_run: bool, yes: bool, output: str) -> None:
    """Read, plan, show, do."""
    wanted, faults = items(_parsed(path))
    if faults:
        raise CliError("", f"{path} cannot be applied:\n" + "\n".join(f"  {fault}" for fault in faults))
    client = remembered.client()
    known = run.cloud(client)
    found = plan(wanted, known)
    _show(found, output)
    if found.problems:
        raise CliError("", "nothing was done:\n" + "\n".join(f"  {problem}" for problem in found.problems))
    if dry_run or not found.steps:
        return
    if not yes and sys.stdin.isatty() and not click.confirm("Do this?", err=True):
        raise CliError("", "nothing was done")
    done: list[Step] = []

    def told(step: Step) -> None:
        done.append(step)
        click.echo(f"[{len(done)}/{len(found.steps)}] {_line(step)}", err=True)

    run.carry_out(client, found, known, told)


@click.command(help="Print what is there as a file for `landbridge apply`.")
@click.option("--output", type=click.Choice(("yaml", "json")), default="yaml")
def export(output: str) -> None:
    """Ask for all of it, write it."""
    manifest, lacks = exporting.exported(run.cloud(remembered.client()))
    if output == "json":
        click.echo(json.dumps(manifest, indent=2, ensure_ascii=False))
    else:
        click.echo(yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True), nl=False)
    for words in lacks:
        click.echo(f"not written: {words}", err=True)


def _parsed(path: Path) -> Any:
    try:
        return yaml.safe_load(sys.stdin.read() if str(path) == "-" else path.read_text())
    except OSError as error:
        raise CliError("", f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise CliError("", f"{path} is no YAML: {error}") from error


def _show(found: Plan, output: str) -> None:
    if output == "json":
        steps = [
            {"what": one.what, "noun": one.noun, "name": one.name, "details": one.details} for one in found.steps
        ]
        click.echo(json.dumps({"steps": steps, "problems": list(found.problems), "same": found.same}, indent=2))
        return
    for step in found.steps:
        click.echo(_line(step))
    click.echo(f"{len(found.steps)} steps; {found.same} as they are written")


def _line(step: Step) -> str:
    details = f" ({step.details})" if step.details else ""
    return f"{_SIGNS[step.what]} {step.what} {step.noun} {step.name}{details}"
