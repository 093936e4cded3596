"""`landbridge lab …`: a cloud on one machine, for trying, tests and benchmarks."""

import fcntl
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from landbridge.drivers.processes import write_atomically
from landbridge.lab import cloud, network, processes, where
from landbridge.lab.layout import Lab, check
from landbridge.model.errors import ApiError

DEFAULT_DIRECTORY = Path("/var/lib/landbridge-lab")

_directory = click.option(
    "--dir", "directory", type=click.Path(path_type=Path), default=DEFAULT_DIRECTORY, show_default=True,
    help="what the lab keeps; one lab per directory",
)  # fmt: skip


@click.group(help="A cloud on one machine: hosts are network namespaces.")
def lab() -> None:
    """The group."""
    if os.geteuid() != 0:
        raise click.ClickException("a lab makes network namespaces: run it as root")


@lab.command(help="Make a lab, or start again what of it is dead.")
@click.option("--hosts", default=3, show_default=True, help="how many hosts")
@_directory
@click.option("--prefix", default="lb", show_default=True, help="begins the names of what is made")
@click.option("--port", default=8080, show_default=True, help="the API's port on 127.0.0.1")
@click.option("--underlay-mtu", default=1600, show_default=True, help="MTU of the underlay")
def up(hosts: int, directory: Path, prefix: str, port: int, underlay_mtu: int) -> None:
    """Safe to repeat."""
    directory = directory.resolve()
    with _errors(), _locked(directory):
        made = _network(directory, prefix, port, hosts, underlay_mtu)
        _up(made)
    _say(f"the lab is up: http://127.0.0.1:{made.port}, account {cloud.ACCOUNT}, password {cloud.PASSWORD}")


@lab.command(help="Remove every trace of a lab.")
@_directory
def down(directory: Path) -> None:
    """Also of one that was made half, or that crashed."""
    directory = directory.resolve()
    if not directory.exists():
        return
    with _errors(), _locked(directory):
        made = cloud.load(directory)
        if made is not None:
            processes.stop_all(made)
            network.destroy(made)
            _forget(directory)


@lab.command(help="What a lab is made of.")
@_directory
@click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True)
def status(directory: Path, output: str) -> None:
    """The keys of the JSON form are only ever added to."""
    with _errors():
        shown = cloud.status(_existing(directory))
    if output == "json":
        click.echo(json.dumps(shown, indent=2))
        return
    click.echo(f"API       {shown['api']}")
    for host in shown["hosts"]:
        click.echo(f"{host['name']:9} {host['namespace']}, VTEP {host['underlayAddress']}")
    click.echo(
        f"Internet  {shown['public']['cidr']} on {shown['public']['interface']}, {shown['public']['webServer']}"
    )
    for process in shown["processes"]:
        click.echo(f"process   {process['name']}: {process['pid'] or 'dead'}")


@lab.command("exec", help="Run a command inside a host, VM, vrouter or the Internet.",
             context_settings={"ignore_unknown_options": True})  # fmt: skip
@_directory
@click.argument("name")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(directory: Path, name: str, command: tuple[str, ...]) -> None:
    """Standard input and exit status are the command's."""
    with _errors():
        made = _existing(directory)
        place = where.namespace(made, cloud.names(made), name)
    os.execvp("ip", ["ip", "netns", "exec", place, *command])


@lab.command(help="Bring up a lab, build a VPC in it, and show with real packets what holds.")
@_directory
@click.option("--prefix", default="lb", show_default=True, help="begins the names of what is made")
@click.option("--port", default=8080, show_default=True, help="the API's port on 127.0.0.1")
def demo(directory: Path, prefix: str, port: int) -> None:
    """Builds the lab anew and leaves it running."""
    from landbridge.lab.demo import run  # noqa: PLC0415  only the demo needs what it imports

    directory = directory.resolve()
    with _errors(), _locked(directory):
        old = cloud.load(directory)
        if old is not None:
            _say("removing the lab of an earlier run")
            processes.stop_all(old)
            network.destroy(old)
            _forget(directory)
        made = _network(directory, prefix, port, 3, 1600)
        _up(made)
        proved = run(made, _say)
    sys.exit(0 if proved else 1)


def _network(directory: Path, prefix: str, port: int, hosts: int, underlay_mtu: int) -> Lab:
    """The lab of a directory with all its links; one that was made half is made anew."""
    with network.choosing():
        made = _lab(directory, prefix, port, hosts, underlay_mtu)
        if not network.complete(made):
            _say("underlay, Internet and hosts")
            processes.stop_all(made)
            network.destroy(made)
            network.build(made)
    return made


def _up(made: Lab) -> None:
    """Processes, then zone, cluster and hosts through the API."""
    processes.ensure(processes.web_server(made))
    processes.ensure(processes.name_server(made))
    if processes.ensure(processes.server(made)):
        _say("server started")
    api = cloud.await_server(made)
    _, cluster = cloud.ensure_cluster(api)
    cloud.join_hosts(made, api, cluster, _say)


def _lab(directory: Path, prefix: str, port: int, hosts: int, underlay_mtu: int) -> Lab:
    """The lab of the directory, or a new one whose port is free."""
    known = cloud.load(directory)
    if known is not None:
        if (known.prefix, known.port, known.hosts) != (prefix, port, hosts):
            raise click.ClickException(
                f"{directory} holds a lab with prefix {known.prefix}, port {known.port} and {known.hosts} hosts: "
                "use these, another --dir, or `landbridge lab down` first"
            )
        return known
    check(prefix, hosts, underlay_mtu)
    if any(path.name != "lock" for path in directory.iterdir()):
        raise click.ClickException(f"{directory} holds something else than a lab: choose an empty --dir")
    _require_free(port)
    slot = network.free_slot(range(1, 255))
    made = Lab(directory=str(directory), prefix=prefix, port=port, hosts=hosts, underlay_mtu=underlay_mtu, slot=slot)
    stray = network.strays(made)
    if stray:
        raise click.ClickException(f"prefix {prefix} is in use: {', '.join(stray)}; choose another --prefix")
    write_atomically(directory / "lab.json", msgspec.json.encode(made))
    return made


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise click.ClickException(
                f"port {port} on 127.0.0.1 is in use: stop what listens there or choose another --port"
            ) from None


def _existing(directory: Path) -> Lab:
    made = cloud.load(directory.resolve())
    if made is None:
        raise click.ClickException(f"there is no lab in {directory}: `landbridge lab up` makes one")
    return made


def _forget(directory: Path) -> None:
    for path in directory.iterdir():
        if path.name != "lock":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One `up` or `down` at a time.  A directory in which no lab came to be goes again."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"another command works on the lab in {directory}: wait for it") from None
        try:
            yield
        finally:
            if [path.name for path in directory.glob("*")] == ["lock"]:
                shutil.rmtree(directory)


@contextmanager
def _errors() -> Iterator[None]:
    """One sentence for people instead of a traceback."""
    try:
        yield
    except ApiError as error:
        raise click.ClickException(f"{error.code}: {error.details}") from error
    except OSError as error:
        raise click.ClickException(str(error)) from error


def _say(text: str) -> None:
    click.echo(f"  {text}", err=True)
