"""The long-running processes: the server, and what an agent starts."""

from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


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
