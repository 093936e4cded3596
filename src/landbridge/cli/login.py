"""`landbridge login`, `logout`, `job` and `completion`."""

import click
from click.shell_completion import get_completion_class

from landbridge.cli import output as out
from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.client import Client


@click.command(help="Log in to a server and remember it.")
@click.option("--url", help="the server, such as http://127.0.0.1:8080; the last one, else this machine's")
@click.option("--account", default="admin", show_default=True)
@click.option("--user", default="", help="a user of the account; left out: the account itself")
@click.option("--password", prompt=True, hide_input=True, envvar="LANDBRIDGE_PASSWORD", show_envvar=True)
def login(url: str | None, account: str, user: str, password: str) -> None:
    """The file is for the user alone (0600); it holds the session, never the password."""
    server = url or remembered.url()
    session = Client(server).login(account, password, user)
    remembered.save(remembered.Login(server, session, account, user))
    click.echo(f"logged in to {server} as {f'{user} of ' if user else ''}{account}")


@click.command(help="End the session and forget it.")
def logout() -> None:
    """A session that has ended already is fine."""
    if remembered.load() is None:
        click.echo("you are not logged in", err=True)
        return
    try:
        client = remembered.client()
        client.call("LogOut", sessionUuid=client.session)
    except CliError as error:
        click.echo(f"the server was not told: {error}", err=True)
    remembered.forget()


@click.command(help="Wait for a job that was started with --no-wait, and print its answer.")
@click.argument("location")
@click.option("-o", "--output", type=click.Choice(out.FORMATS), default="table", show_default=True)
def job(location: str, output: out.Format) -> None:
    """LOCATION as it was printed, or the job's uuid."""
    path = location if "/" in location else f"/zstack/v1/api-jobs/{location}"
    try:
        answer = remembered.client().wait(path, out.progress("job"))
    finally:
        out.end_progress()
    out.show(answer, output)


@click.command(help='Print shell completion: eval "$(landbridge completion bash)".')
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """For the shell's start file."""
    from landbridge.cli.main import main  # noqa: PLC0415  it imports this module

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "landbridge", "_LANDBRIDGE_COMPLETE").source())
