"""The long-running processes: server, agent, and what an agent starts."""

from pathlib import Path

import click

from landbridge.agent.main import AgentOptions

_PATH = click.Path(path_type=Path)
_DEFAULTS = AgentOptions()


@click.command(help="Run a management server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="address of the API")
@click.option("--port", default=8080, show_default=True, help="port of the API")
@click.option("--data-dir", type=_PATH, default=Path("/var/lib/landbridge/server"), show_default=True)
@click.option("--database", help="postgresql://… for several servers; otherwise an SQLite file in the data directory")
@click.option("--nodelink-host", default="127.0.0.1", show_default=True, help="address that agents reach")
@click.option("--nodelink-port", default=8443, show_default=True)
@click.option("--nodelink-url", help="what agents are told, when it is another address")
@click.option("--log-level", default="INFO", show_default=True)
def server(**options: object) -> None:
    """Until SIGTERM."""
    from landbridge.server.main import CannotStart, Options, run  # noqa: PLC0415  heavy: only where it runs

    try:
        run(Options(**options))  # type: ignore[arg-type]  # click has checked the types
    except CannotStart as error:
        raise click.ClickException(str(error)) from error


@click.group(help="The agent of this host.")
def agent() -> None:
    """The group."""


def _places(command: click.Command) -> click.Command:
    """Options that say where an agent lives."""
    command.params += [
        click.Option(["--state-dir"], type=_PATH, default=_DEFAULTS.state_dir, show_default=True),
        click.Option(["--run-dir"], type=_PATH, default=_DEFAULTS.run_dir, show_default=True),
        click.Option(["--tag"], default=_DEFAULTS.tag, show_default=True, help="begins names of namespaces"),
        click.Option(["--metrics"], help="address:port for Prometheus"),
    ]
    return command


def _run(options: AgentOptions) -> None:
    from landbridge.agent.main import run  # noqa: PLC0415  heavy: only where it runs

    try:
        run(options)
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
    from landbridge.agent.main import join as enrol  # noqa: PLC0415  heavy: only where it runs
    from landbridge.transports.https import LinkLost, LinkRefused  # noqa: PLC0415  heavy: only where it runs

    options = AgentOptions(**places)  # type: ignore[arg-type]  # click has checked the types
    try:
        uuid = enrol(options, url, token, wait=wait)
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


@click.command(hidden=True, help="Answer DHCP on this host; started by the agent.")
@click.option("--socket", "socket_path", type=_PATH, required=True)
def dhcp_responder(socket_path: Path) -> None:
    """Until SIGTERM."""
    from landbridge.agent.dhcp_responder import run  # noqa: PLC0415  only where it runs

    run(socket_path)


@click.command(hidden=True, help="Run a vrouter's agent inside its namespace; started by the host's agent.")
@click.option("--dir", "directory", type=_PATH, required=True)
def vrouter_agent(directory: Path) -> None:
    """Until SIGTERM."""
    from landbridge.vrouter.main import run  # noqa: PLC0415  only where it runs

    run(directory)
