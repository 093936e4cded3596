"""What a host says of distributed routing: its agent, its kernel, the agents of the vrouters on it."""

import select
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from landbridge.cli.errors import CliError
from landbridge.transports.control import ControlError, call

if TYPE_CHECKING:
    from landbridge.agent.shortcut_rows import Row
    from landbridge.drivers.signal_tap import Sighting

RUN_DIR = "/run/landbridge"

Said = Mapping[str, Any]


def run_dir(default: str | None) -> Callable[[Any], Any]:
    """The option that says where the agent lives."""
    words = "the agent's; in a lab that of the host, DIR/host-1/run"
    if default is None:
        words = f"look on this host instead of asking the server: the agent's directory, {RUN_DIR}"
    return click.option("--run-dir", default=default, show_default=default is not None, help=words)


tag = click.option("--tag", default="lb", show_default=True, help="the agent's: by it its eBPF maps are found")


def entries(directory: str, tag_: str) -> Said:
    """Fields `entries` and, from the agent, `refused`, `ended`.

    Raises:
        CliError: neither the agent nor the kernel has any.
    """
    from msgspec import to_builtins  # noqa: PLC0415  heavy: only where it is used

    try:
        return _agent(directory, {"op": "entries"})
    except ControlError as error:
        return {"entries": to_builtins(_in_kernel(tag_, error))}


def standing(directory: str, tag_: str, source: str, destination: str) -> Said:
    """`agent.shortcut_rows.Standing`; from the kernel alone only its `entries`.

    Raises:
        CliError: as `entries`.
    """
    from msgspec import to_builtins  # noqa: PLC0415  heavy: only where it is used

    try:
        return _agent(directory, {"op": "explain", "source": source, "destination": destination})
    except ControlError as error:
        found = _in_kernel(tag_, error)
        return {"entries": to_builtins([row for row in found if row.is_for(source, destination)])}


def pairs(directory: str) -> dict[str, list[Said] | str]:
    """By vrouter that runs here: pairs that it has seen (`ShortcutPair`), or why it does not say."""
    base = Path(directory) / "routers"
    found: dict[str, list[Said] | str] = {}
    for path in sorted(base.iterdir()) if base.exists() else ():
        try:
            found[path.name] = call(path / "control.sock", {"op": "shortcuts"})["pairs"]
        except ControlError as error:
            found[path.name] = str(error)
    return found


def passing() -> "Iterator[Sighting]":
    """Signalling as it passes in this namespace, each message once.

    Raises:
        OSError: it cannot be listened to.
    """
    from landbridge.drivers.signal_tap import SignalTap  # noqa: PLC0415  only where it is used
    from landbridge.zsnp.copies import Copies  # noqa: PLC0415  as above

    tap, copies = SignalTap(), Copies()
    click.echo("watching: Ctrl-C ends", err=True)
    try:
        while True:
            select.select([tap], [], [])
            for seen in tap.read():
                if copies.is_new(seen.frame, seen.interface, sent=seen.sent):
                    yield seen
    finally:
        tap.close()


def _agent(directory: str, request: Said) -> Said:
    from landbridge.agent.shortcut_rows import CONTROL  # noqa: PLC0415  heavy: only where it is used

    return call(Path(directory) / CONTROL, request)


def _in_kernel(tag_: str, agent: ControlError) -> "list[Row]":
    from landbridge.agent.shortcut_rows import of_kernel  # noqa: PLC0415  heavy: only where it is used
    from landbridge.drivers.clocks import moment  # noqa: PLC0415  as above
    from landbridge.drivers.shortcut_pins import read_pinned  # noqa: PLC0415  as above

    try:
        found = read_pinned(tag_)
    except OSError as error:
        raise CliError("", f"{agent}; and the kernel has no shortcuts to show: {error.strerror or error}") from error
    click.echo(f"this is what the kernel has: {agent}", err=True)
    at = moment()
    return [of_kernel(key, shortcut, count, at) for key, (shortcut, count) in found.items()]
