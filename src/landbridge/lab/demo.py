"""The demo: build a VPC, prove with real packets what holds, kill everything, prove it again.

What it shows is measured; a row that does not hold makes the demo fail.
"""

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from landbridge.cli.errors import CliError
from landbridge.drivers import children
from landbridge.lab import cloud, inside, processes, proofs, route_proofs, service_proofs, shortcut_proofs, where
from landbridge.lab.layout import Lab
from landbridge.lab.probe import Probe, Stream
from landbridge.lab.proofs import NotProved, Proof, World
from landbridge.lab.vpc import Vpc, build

_PORT = 7777
_DIE_SECONDS = 5.0
_SETTLE_SECONDS = 3.0
_RETURN_SECONDS = 30.0

Say = Callable[[str], None]

PROOFS: tuple[tuple[str, Proof], ...] = (
    ("DHCP: a lease renewed, with all its options", proofs.renewal),
    ("DHCP: a new lease", proofs.new_lease),
    ("Same subnet, across hosts", proofs.same_subnet),
    ("Subnet to subnet, through the vrouter", proofs.through_router),
    ("Subnet to subnet, past the vrouter", proofs.past_router),
    ("The same inside one host", proofs.past_router_on_one_host),
    ("VM to the Internet: DNS, source NAT", proofs.to_internet),
    ("Internet to a VM, unasked: refused", proofs.closed_to_internet),
    ("An EIP: in, out, and from inside", service_proofs.eip),
    ("One address: SNAT, a forwarded port, a balancer", service_proofs.one_address),
    ("Two networks with the same subnet: isolated", proofs.isolation),
    ("Security groups: a port for one group only", proofs.security_groups),
    ("Anti-spoofing: only under its own address", proofs.anti_spoofing),
)

CHANGES: tuple[tuple[str, shortcut_proofs.Change], ...] = (
    ("A black hole in the vrouter", shortcut_proofs.black_hole),
    ("A route table: a way out, a black hole in it", route_proofs.table),
    ("Switched off, and on again", shortcut_proofs.switched),
    ("kill -9: the vrouter's agent", shortcut_proofs.agent_killed),
    ("MigrateVm, there and back", shortcut_proofs.moved),
)
"""What may happen while pairs are short."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    when: str
    what: str
    found: str
    holds: bool


def run(lab: Lab, say: Say) -> bool:
    """Everything from the VPC on; whether every row holds."""
    began = time.monotonic()
    api = cloud.client(lab)
    zone, cluster = cloud.ensure_cluster(api)
    vpc = build(lab, api, zone, cluster, say)
    known = cloud.names(lab)
    spaces = {name: where.namespace(lab, known, f"vm:{name}") for name in vpc.vms}
    router = where.namespace(lab, known, "vrouter:router")
    world = World(lab, vpc, {**spaces, "internet": lab.internet, "router": router}, itertools.count(time.time_ns()))
    rows = [_row("all is up", "DHCP: every VM has its address", proofs.await_leases, world, say)]
    if rows[0].holds:
        rows += _all("all is up", world, say)
        rows += [_row("pairs are short", what, partial(change, api), world, say) for what, change in CHANGES]
        rows += _without_us(lab, world, say)
    _show(rows, time.monotonic() - began)
    return all(row.holds for row in rows)


def _without_us(lab: Lab, world: World, say: Say) -> list[Row]:
    """Kill server and agents under a steady stream of packets, prove all again, start them again."""
    probe = Probe([_stream(world, *ends) for ends in _ends(world)])
    time.sleep(1)
    rows = [_row("all are dead", "kill -9: none of them runs", lambda _: _kill(lab, world), world, say)]
    rows += _all("all are dead", world, say)
    say("starting server and agents again")
    rows.append(_row("all are back", "The cloud is whole again", lambda _: _start(lab, say), world, say))
    time.sleep(_SETTLE_SECONDS)
    rows += [
        Row(
            "from kill to settled",
            f"1 kHz probe, {result.name}",
            str(result),
            not result.lost and not result.repeated,
        )
        for result in probe.stop()
    ]
    return rows


def _all(when: str, world: World, say: Say) -> list[Row]:
    return [_row(when, what, proof, world, say) for what, proof in PROOFS]


def _row(when: str, what: str, proof: Proof, world: World, say: Say) -> Row:
    try:
        row = Row(when, what, proof(world), True)
    except (NotProved, CliError, OSError) as error:
        row = Row(when, what, str(error), False)
    say(f"{'✓' if row.holds else '✗'} {what}: {row.found}")
    return row


def _ends(world: World) -> Iterable[tuple[str, str, str]]:
    """Streams: what it is, from which namespace, to which address's namespace."""
    yield "same subnet, across hosts", "web-1", "web-2"
    yield "subnet to subnet", "web-1", "db-1"
    yield "to the Internet, source NAT", "web-2", "internet"


def _stream(world: World, what: str, source: str, target: str) -> Stream:
    vpc: Vpc = world.vpc
    address = world.lab.gateway if target == "internet" else vpc.address(target)
    echo = inside.udp(world.spaces[target], address, _PORT)
    return Stream(what, inside.udp(world.spaces[source], vpc.address(source), 0), echo, (address, _PORT))


def _directories(lab: Lab) -> dict[str, Path]:
    """What is killed, agents first: they would start again what they supervise."""
    found = {f"agent of {host.name}": host.directory for host in lab.members}
    for host in lab.members:
        for record in (host.directory / "run" / "routers").glob("*/process.json"):
            found[f"vrouter-agent on {host.name}"] = record.parent
    return {**found, "server": lab.path / "server"}


def _kill(lab: Lab, world: World) -> str:
    # Shortcuts that nobody uses are forgotten, and the dead learn no new ones.
    proofs.await_short(world, "web-1", "db-2")
    killed = []
    for name, directory in _directories(lab).items():
        pid = children.running_pid(directory)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            killed.append(name)
    deadline = time.monotonic() + _DIE_SECONDS
    while alive := [name for name, directory in _directories(lab).items() if children.runs(directory)]:
        if time.monotonic() > deadline:
            raise NotProved(f"still there: {', '.join(alive)}")
        time.sleep(0.01)
    return ", ".join(killed)


def _start(lab: Lab, say: Say) -> str:
    began = time.monotonic()
    processes.ensure(processes.server(lab))
    for host in lab.members:
        processes.ensure(processes.agent(host))
    api = cloud.await_server(lab)
    cloud.await_hosts(lab, api)
    while dead := [name for name, directory in _directories(lab).items() if not children.runs(directory)]:
        if time.monotonic() - began > _RETURN_SECONDS:
            raise NotProved(f"did not come back: {', '.join(dead)}")
        time.sleep(0.05)
    return f"server, agents and vrouter-agent serve again after {time.monotonic() - began:.1f} s"


def _show(rows: list[Row], seconds: float) -> None:
    table = Table(title="Proved with real packets", title_justify="left")
    for column in ("When", "What", "Measured", ""):
        table.add_column(column)
    last = ""
    for row in rows:
        if last not in ("", row.when):
            table.add_section()
        mark = "[green]✓[/]" if row.holds else "[bold red]✗[/]"
        table.add_row(row.when if row.when != last else "", row.what, row.found, mark)
        last = row.when
    console = Console(width=max(Console().width, 130))
    console.print(table)
    failed = sum(not row.holds for row in rows)
    console.print(f"{len(rows) - failed} of {len(rows)} hold; VPC and proofs took {seconds:.0f} s")
