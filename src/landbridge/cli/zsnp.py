"""`landbridge zsnp`: distributed routing on the host itself, as root; neither server nor agent are needed."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import IO, Any

import click

from landbridge.cli import output as out
from landbridge.cli import zsnp_host
from landbridge.cli.errors import CliError
from landbridge.cli.zsnp_explain import explain

_COLUMNS = (
    *("netId", "source", "destination", "state", "vtep", "mtu", "packets", "bytes"),
    *("expiresIn", "routerUuid", "reason"),
)
_NS_PER_MS = 1_000_000


@click.group(help="Distributed routing on a host: shortcuts, signalling, and why a pair is not short.")
def zsnp() -> None:
    """The group."""


@zsnp.command(
    help="The shortcuts of this host: what its agent knows, or, if it does not answer, what the kernel has."
)
@zsnp_host.run_dir(default=zsnp_host.RUN_DIR)
@zsnp_host.tag
@click.option("-o", "--output", type=click.Choice(("table", "json", "yaml")), default="table", show_default=True)
def entries(run_dir: str, tag: str, output: out.Format) -> None:
    """A table for people; the other formats have all that is known."""
    answer = zsnp_host.entries(run_dir, tag)
    if output != "table":
        out.show(answer, output)
        return
    rows = sorted(answer["entries"], key=lambda row: (row["netId"], row["destination"]))
    out.show({"inventories": [_row(row) for row in rows]}, output, _COLUMNS)
    for name, words in (("refused", "messages turned away"), ("ended", "shortcuts ended")):
        if counts := answer.get(name):
            click.echo(
                f"{words}: " + ", ".join(f"{why} ({count})" for why, count in sorted(counts.items())), err=True
            )


@zsnp.command(help="The signalling that passes in this network namespace, one message a line, until Ctrl-C.")
@click.option(
    *("--pcap", "file"),
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="write it for Wireshark, too; `-`: to standard output, the lines to standard error",
)
@click.option("-n", "--count", type=click.IntRange(min=1), help="end after so many messages")
def watch(file: str | None, count: int | None) -> None:
    """What VMs forge is seen as well: the ports drop it after this."""
    try:
        with click.open_file(file, "wb") if file is not None else nullcontext() as capture:
            _watch(capture, count, aside=file == "-")
    except KeyboardInterrupt:
        return
    except PermissionError as error:
        raise CliError("", f"only root may see what passes here: {error}") from error
    except OSError as error:
        raise CliError("", str(error)) from error


zsnp.add_command(explain)


def _watch(capture: IO[bytes] | None, count: int | None, *, aside: bool) -> None:
    from landbridge.zsnp import pcap, words  # noqa: PLC0415  only where it is used

    if capture is not None:
        capture.write(pcap.head())
        capture.flush()
    for number, seen in enumerate(zsnp_host.passing(), 1):
        at = seen.time // _NS_PER_MS
        clock = f"{time.strftime('%H:%M:%S', time.localtime(at // 1000))}.{at % 1000:03}"
        place = f"{seen.interface:<15} {'out' if seen.sent else 'in':<3}"
        click.echo(f"{clock} {place} {words.line(seen.frame)}", err=aside)
        if capture is not None:
            capture.write(pcap.packet(seen.time, seen.frame))
            capture.flush()
        if number == count:
            return


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    left = row.get("expiresIn")
    return {
        **row,
        "vtep": "this host" if row["local"] else row.get("destinationVtep"),
        "expiresIn": "" if left is None else f"{left:.1f} s",
    }
