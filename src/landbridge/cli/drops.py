"""`landbridge drops`: what is being dropped at a VM's NICs, and why, line by line."""

import json
import time
from collections.abc import Mapping
from typing import Any, Literal

import click

from landbridge.cli import remembered
from landbridge.cli.errors import CliError
from landbridge.cli.resolve import completion, resolve
from landbridge.client import Client
from landbridge.client.wire import actions

_WAIT_SECONDS = 10
"""In one call; without --follow, in all."""
_AGAIN_SECONDS = 1.0
_PASSING = frozenset({"", "HOST.1010", "SYS.1001", "SYS.1006", "VM.1010"})
"""Errors that end by themselves: the server or the agent is away, the VM is stopped."""

Row = Mapping[str, Any]


@click.command(help="What is being dropped at a VM's NICs, and why.")
@click.option("--vm", required=True, metavar="NAME|UUID", shell_complete=completion("VmInstanceVO"))
@click.option("--nic", metavar="UUID|IP|NAME", help="only at this NIC of the VM (name: vnic7.0)")
@click.option("-f", "--follow", is_flag=True, help="go on until Ctrl-C")
@click.option("-o", "--output", type=click.Choice(("table", "json")), default="table", help="json: an object a line")
def drops(vm: str, nic: str | None, follow: bool, output: Literal["table", "json"]) -> None:
    """Without --follow: what there is now, or comes within some seconds."""
    client = remembered.client()
    where = resolve(client, actions()["GetVmNicDrops"], {"vmInstanceUuid": vm})
    names = _nics(client, where["vmInstanceUuid"])
    if nic is not None:
        where["vmNicUuid"] = _meant(names, nic, vm)
    try:
        _stream(client, where, names, follow=follow, output=output)
    except KeyboardInterrupt:
        return


def _stream(client: Client, where: Mapping[str, Any], names: Mapping[str, Row], *, follow: bool, output: str) -> None:
    cursor, wait, trouble = "", 0, ""
    while True:
        try:
            answer = client.call("GetVmNicDrops", **where, cursor=cursor or None, wait=wait)
        except CliError as error:
            if not follow or error.code not in _PASSING:
                raise
            if str(error) != trouble:
                trouble = str(error)
                click.echo(f"waiting: {trouble}", err=True)
            time.sleep(_AGAIN_SECONDS)
            continue
        if not cursor or trouble:
            click.echo("watching" + (": Ctrl-C ends" if follow else ""), err=True)
        cursor, trouble = answer["cursor"], ""
        for row in answer["inventories"]:
            click.echo(json.dumps(row, ensure_ascii=False) if output == "json" else _line(row, names))
        if answer["lost"]:
            _tell_lost(answer["lost"], output)
        if not follow and (answer["inventories"] or wait):
            return
        wait = _WAIT_SECONDS


def _line(row: Row, names: Mapping[str, Row]) -> str:
    """Time, NIC (if there are several), which way, what and why."""
    at = row["timestamp"]
    clock = time.strftime("%H:%M:%S", time.localtime(at // 1000))
    nic = names.get(row["vmNicUuid"], {}).get("internalName", row["vmNicUuid"])
    parts = [f"{clock}.{at % 1000:03}", *([nic] if len(names) > 1 else []), row["direction"].ljust(7)]
    return f"{' '.join(parts)} {row['summary']}  {row['reason']}: {row['description']}{_by(row)}"


def _by(row: Row) -> str:
    match row.get("decidedBy"):
        case "Rule":
            return f" (rule {row.get('ruleUuid', 'that is gone since')})"
        case "Policy":
            return " (no rule matches: the NIC's policy)"
        case _:
            return ""


def _tell_lost(count: int, output: str) -> None:
    if output == "json":
        click.echo(json.dumps({"lost": count}))
    else:
        click.echo(f"{count} more were dropped here, too fast to be told one by one")


def _nics(client: Client, vm: str) -> dict[str, Row]:
    rows = client.call("QueryVmNic", q=[f"vmInstanceUuid={vm}"], fields=["uuid", "ip", "internalName"])["inventories"]
    return {row["uuid"]: row for row in rows}


def _meant(nics: Mapping[str, Row], nic: str, vm: str) -> str:
    """The uuid of a NIC by any of its names.  CliError: there is none."""
    for uuid, row in nics.items():
        if nic in (uuid, row.get("ip"), row.get("internalName")):
            return uuid
    there = ", ".join(f"{row.get('internalName')} {row.get('ip')} {uuid}" for uuid, row in nics.items())
    raise CliError("SYS.1003", f"{vm} has no NIC {nic}: it has {there or 'none'}")
