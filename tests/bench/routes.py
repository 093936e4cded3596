"""Ten thousand routes on a vrouter: applied, one changed, seen, and what they cost the packet.

A vrouter with its agent between two subnets and two public networks (namespaces on this machine); the entries lead to
a neighbour in the second, so each stands in two of the kernel's tables and lets its network in. Applied: from the
message to the agent until all is in force. Seen: the agent is asked, and the entries are held against what the kernel
has. The server's part is its transactions, on SQLite in memory. Costs are of the whole machine per 32-byte datagram
through the vrouter, with one entry and with all, in turn, there and back, after the agent's one look at what it has
changed; medians of the rounds' ratios.
"""

import logging
import tempfile
import time
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import msgspec
import structlog

from landbridge.core.effective import Connected, rows
from landbridge.core.view import Tx
from landbridge.model.documents.route_table import VRouterRouteEntry
from landbridge.model.node import AnyObject
from landbridge.model.questions.router import KernelRoutes
from landbridge.model.router_node import StaticRoute, StaticRoutes
from landbridge.services.route_table.rules import bucket_of
from tests.bench import traffic
from tests.bench.paired import Paired
from tests.bench.report import Report, median
from tests.netns import router_world
from tests.netns.guest_fixtures import sh
from tests.netns.router_world import PUBLIC_IP, ROUTER, WEB, World, leg
from tests.unit.services import natkit

COUNT = 10_000
CHANGES = 30
LOOKS = 10
ROUNDS = 9
SECONDS = 0.6
OFFICE_LEG, OFFICE = "172.31.0.5", "172.31.0.9"
LOOK_SECONDS = 1.0
"""Enough for an agent to look at all there is: a fifth of that."""
DISTANCE = 128


def run() -> Report:
    """On namespaces of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("routes", "Routes by the thousand", about)
    _server(report)
    with tempfile.TemporaryDirectory() as directory:
        tool = traffic.build(Path(directory))
        with router_world.world(Path(directory)) as world:
            _agent(report, world)
            _seen(report, world)
            _costs(report, world, tool)
    return report


def _network(number: int) -> str:
    return str(IPv4Network((int(IPv4Address("100.64.0.0")) + number * 256, 24)))


def _objects(count: int, hop: str = OFFICE) -> dict[str, AnyObject]:
    """What a vrouter is told that has so many entries."""
    wanted = router_world.objects()
    wanted["leg/nic0"] = leg(0, "public", f"{PUBLIC_IP}/24", gateway=WEB)
    wanted["leg/nic3"] = leg(3, "public", f"{OFFICE_LEG}/24", gateway=OFFICE)
    buckets: dict[str, list[StaticRoute]] = {}
    for number in range(count):
        # Only the first one goes by another next hop: that is one entry changed.
        route = StaticRoute(_network(number), OFFICE if number else hop, DISTANCE)
        buckets.setdefault(bucket_of(route.destination), []).append(route)
    return wanted | {f"routes/r/{bucket}": StaticRoutes(routes=tuple(found)) for bucket, found in buckets.items()}


def _timed(world: World, wanted: dict[str, AnyObject]) -> float:
    began = time.perf_counter()
    assert world.update(wanted) == {}
    return time.perf_counter() - began


def _agent(report: Report, world: World) -> None:
    assert world.update(_objects(0)) == {}
    report.add(f"{COUNT:,} entries applied", f"{_timed(world, _objects(COUNT)):.2f} s", "2 s")
    office = sh(f"ip -n {world.names['router']} route show proto 76 via {OFFICE}").splitlines()
    report.add("of them in the kernel's main table", f"{len(office):,}", f"{COUNT:,}")
    states = _objects(COUNT), _objects(COUNT, "172.31.0.8")
    times = [_timed(world, states[(turn + 1) % 2]) for turn in range(CHANGES)]
    report.add("one entry changed, message to answer", f"{median(times) * 1e3:.1f} ms", "50 ms")
    began = time.perf_counter()
    world.restart_agent()
    assert world.update(_objects(COUNT)) == {}
    report.add("agent killed, until a new one has looked at it all", f"{time.perf_counter() - began:.2f} s")


def _entries() -> list[VRouterRouteEntry]:
    return [
        VRouterRouteEntry(
            uuid=f"{number:032x}",
            route_table_uuid="t",
            type="UserStatic",
            destination=_network(number),
            distance=DISTANCE,
            bucket="00",
            target=OFFICE,
        )
        for number in range(COUNT)
    ]


def _seen(report: Report, world: World) -> None:
    entries, connected = _entries(), [Connected(IPv4Network("172.31.0.0/24"), "eth3")]
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        answer = msgspec.json.encode(world.routers.routes(ROUTER))
        found = rows(msgspec.json.decode(answer, type=KernelRoutes), entries, connected)
        times.append(time.perf_counter() - began)
    assert sum(row.entry is not None and row.status == "InForce" for row in found) == COUNT
    report.add(f"effective view of {COUNT:,} routes", f"{median(times) * 1e3:.0f} ms", "500 ms")


def _server(report: Report) -> None:
    with natkit.opened() as cloud:
        assert cloud.route is not None
        table = cloud.call("CreateVRouterRouteTable", name="many")["uuid"]
        made = _entries()

        def put(tx: Tx) -> None:
            for entry in made:
                entry.route_table_uuid, entry.target = table, "203.0.113.99"
                entry.bucket = bucket_of(entry.destination)
                tx.put(entry)

        cloud.write(put)
        router = {"routeTableUuid": table, "virtualRouterVmUuid": cloud.route["uuid"]}
        began = time.perf_counter()
        cloud.begin("AttachVRouterRouteTableToVRouter", **router)
        report.add(f"the server attaches a table of {COUNT:,}", f"{time.perf_counter() - began:.2f} s")
        times = []
        for number in range(CHANGES):
            began = time.perf_counter()
            cloud.begin(
                "AddVRouterRouteEntry",
                routeTableUuid=table,
                destination=str(IPv4Network((int(IPv4Address("100.112.0.0")) + number * 256, 24))),
                target="203.0.113.99",
            )
            times.append(time.perf_counter() - began)
        report.add("the server adds one entry more", f"{median(times) * 1e3:.1f} ms")


def _costs(report: Report, world: World, tool: Path) -> None:
    """Through the first of the entries, which is there in either state."""
    target = str(IPv4Network(_network(0))[1])
    inside, office = world.names["a"], world.names["office"]
    sh(f"ip -n {office} addr add {target}/32 dev lo")

    def measured(count: int) -> dict[str, float]:
        assert world.update(_objects(count)) == {}
        time.sleep(LOOK_SECONDS)
        return {"cost": traffic.cpu_per_packet(tool, inside, office, target, SECONDS)}

    paired = Paired()
    paired.measure(ROUNDS, {"one": partial(measured, 1), "all": partial(measured, COUNT)})
    for name in ("one", "all"):
        report.add(f"CPU per packet, {name} of the entries there", f"{paired.figure(name, 'cost'):.0f} ns")
    report.add("CPU per packet, with all of them over with one", paired.ratio("cost", "all", "one"), "≤ 1.03×")
