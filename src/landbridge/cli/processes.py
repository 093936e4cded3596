"""The long-running processes: the server, and what an agent starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)


def _option(name: str, **details: Any) -> Callable[[Command], Command]:
    """An option that an environment variable may give: a service manager's file has no command line."""
    variable = "LANDBRIDGE_SERVER_" + name.upper().replace("-", "_")
    return click.option(f"--{name}", envvar=variable, show_envvar=True, show_default=True, **details)


@click.command(help="Run a management server.")
@_option("host", default="127.0.0.1", help="address of the API")
@_option("port", default=8080, help="port of the API")
@_option("data-dir", type=_PATH, default=Path("/var/lib/landbridge/server"), help="where the SQLite file is")
@_option("database", help="postgresql://… for several servers; otherwise an SQLite file in the data directory")
@_option("nodelink-host", default="127.0.0.1", help="address that agents reach")
@_option("nodelink-port", default=8443, help="port that agents reach")
@_option("nodelink-url", help="what agents are told, when it is another address")
@_option("tls-cert", type=_PATH, help="PEM of the API's certificate: then it speaks HTTPS only")
@_option("tls-key", type=_PATH, help="PEM of its key, when that is another file")
@_option("log-level", default="INFO", help="DEBUG, INFO, WARNING or ERROR")
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
