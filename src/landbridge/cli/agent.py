"""`landbridge agent join|run`: the agent of this host."""

from pathlib import Path
from typing import Any

import click

from landbridge.agent import main as agent_process
from landbridge.agent.main import AgentOptions
from landbridge.transports.https import LinkLost, LinkRefused

_PATH = click.Path(path_type=Path)
_DEFAULTS = AgentOptions()


@click.group(help="The agent of this host.")
def agent() -> None:
    """The group."""


def _option(name: str, words: str, **details: Any) -> click.Option:
    """An option that an environment variable may give: a service manager's file has no command line."""
    variable = "LANDBRIDGE_AGENT_" + name.upper().replace("-", "_")
    return click.Option([f"--{name}"], envvar=variable, show_envvar=True, show_default=True, help=words, **details)


def _places(command: click.Command) -> click.Command:
    """Options that say where an agent lives."""
    command.params += [
        _option("state-dir", "what it must not forget", type=_PATH, default=_DEFAULTS.state_dir),
        _option("run-dir", "what the next boot need not know", type=_PATH, default=_DEFAULTS.run_dir),
        _option("tag", "begins the names of namespaces", default=_DEFAULTS.tag),
        _option("metrics", "address:port for Prometheus"),
        _option("log-level", "DEBUG, INFO, WARNING or ERROR", default=_DEFAULTS.log_level),
    ]
    return command


def _run(options: AgentOptions) -> None:
    try:
        agent_process.run(options)
    except OSError as error:
        raise click.ClickException(str(error)) from error


@_places
@agent.command(help="Join the cloud at URL with a token of CreateHostJoinToken, then run.")
@click.argument("url")
@click.option("--token", required=True)
@click.option("--wait", is_flag=True, help="only wait to be claimed by AddKVMHost")
@click.option("--no-run", is_flag=True, help="join only; a service manager runs the agent")
def join(url: str, token: str, wait: bool, no_run: bool, **places: object) -> None:
    """Joining again with a certificate that is still good changes nothing."""
    options = AgentOptions(**places)  # type: ignore[arg-type]  # click has checked the types
    try:
        uuid = agent_process.join(options, url, token, wait=wait)
    except (LinkRefused, LinkLost, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"joined as agent {uuid}")
    if not no_run:
        _run(options)


@_places
@agent.command("run", help="Run the agent of a host that has joined.")
def run_agent(**places: object) -> None:
    """Until SIGTERM; what it made goes on working."""
    _run(AgentOptions(**places))  # type: ignore[arg-type]  # click has checked the types
