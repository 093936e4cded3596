"""What the demo proves of distributed routing when something happens: switched, its agent killed, forbidden, moved.

Unlike the proofs in `proofs`, these ask the server.  Each changes something under a stream of packets, and takes
it back.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from landbridge.client import Client
from landbridge.drivers import children
from landbridge.lab import inside
from landbridge.lab.probe import Probe, Result, Stream
from landbridge.lab.proofs import BOUND_SECONDS, FLOW_PACKETS, NotProved, World, await_short, require, seen_by_router

Change = Callable[[Client, World], str]

_ONE, _OTHER = "web-1", "db-1"
_PORT = 7778
_QUIET_SECONDS = 0.05
_WATCHED_SECONDS = 0.5
_HEED_SECONDS = 1.0
_PAUSE_MOST = 1.0
"""Seconds that a VM may stand still while it moves."""


def switched(api: Client, world: World) -> str:
    """Off is off when the call ends, on is short again, and nobody notices."""
    with _talking(world) as ended:
        before = time.monotonic()
        _set(api, world, "disable")
        off = time.monotonic() - before
        try:
            seen = seen_by_router(world, _ONE, _OTHER)
        finally:
            before = time.monotonic()
            _set(api, world, "enable")
        await_short(world, _ONE, _OTHER)
        on = time.monotonic() - before
        result = ended()
    require(seen >= FLOW_PACKETS, f"switched off, the vrouter sees only {seen} packets")
    return f"off within {off:.2f} s, on again and short within {on:.2f} s; {_unharmed(result)}"


def agent_killed(_api: Client, world: World) -> str:
    """Its host starts the vrouter's agent again: short pairs stay so, and new ones become so."""
    with _talking(world) as ended:
        directory = _router_directory(world)
        killed = children.running_pid(directory)
        if killed is None:
            raise NotProved("the vrouter's agent does not run")
        began = time.monotonic()
        os.kill(killed, signal.SIGKILL)
        while children.running_pid(directory) in (None, killed):
            require(time.monotonic() - began < BOUND_SECONDS, "the vrouter's agent does not come back")
            time.sleep(0.01)
        await_short(world, _ONE, _OTHER)
        await_short(world, "web-2", _OTHER)
        back = time.monotonic() - began
        result = ended()
    return f"after {back:.1f} s it has shortened a new pair, web-2 and db-1; {_unharmed(result)}"


def black_hole(_api: Client, world: World) -> str:
    """A route in the vrouter by which nothing may get there: nothing does, though the pair was short."""
    router, route = world.spaces["router"], ("blackhole", f"{world.vpc.address(_OTHER)}/32")
    with _talking(world) as ended, inside.frames(world.spaces[_OTHER]) as taken:

        def came() -> int:
            return sum(inside.addresses(frame)[0] == world.vpc.address(_ONE) for frame in taken())

        began = time.monotonic()
        inside.run(router, "ip", "route", "add", *route)
        try:
            heeded = _quiet_since(came) - began
            before = came()
            time.sleep(_WATCHED_SECONDS)
            after = came()
        finally:
            inside.run(router, "ip", "route", "del", *route)
        require(after == before, f"{after - before} packets reached db-1 past the route")
        again = await_short(world, _ONE, _OTHER)
        ended()
    rate = f"of 1000/s none reached db-1 for {_WATCHED_SECONDS:.1f} s"
    return f"heeded within {heeded * 1000:.0f} ms, then {rate}; route gone, short within {again:.2f} s"


def moved(api: Client, world: World) -> str:
    """A VM moves to another host and back: its peers' shortcuts follow."""
    vm = world.vpc.vms[_OTHER]
    hosts = [row["uuid"] for row in api.call("QueryHost")["inventories"]]
    away = next(host for host in hosts if host not in (vm["hostUuid"], world.vpc.vms[_ONE]["hostUuid"]))
    said = []
    for host in (away, vm["hostUuid"]):
        await_short(world, _ONE, _OTHER)
        with inside.pinging(world.spaces[_ONE], world.vpc.address(_OTHER)) as stop:
            api.call("MigrateVm", vmInstanceUuid=vm["uuid"], hostUuid=host)
            await_short(world, _ONE, _OTHER)
            sent, lost = stop()
        require(len(lost) <= 1, f"lost {lost} of {sent} pings: more than one pause")
        pause = sum(map(len, lost)) * inside.PING_SECONDS
        require(pause < _PAUSE_MOST, f"it stood still for {pause:.2f} s")
        said.append(f"{pause * 1000:.0f} ms")
    return (
        f"db-1 to another host and back: short again each time; it stood still for {' and '.join(said)}, 0 lost else"
    )


def _set(api: Client, world: World, event: str) -> None:
    api.call("SetVpcVRouterDistributedRoutingEnabled", uuid=world.vpc.router["uuid"], stateEvent=event)


@contextmanager
def _talking(world: World) -> Iterator[Callable[[], Result]]:
    """1 kHz between the pair, once it is short; yields what ends it and says what was lost."""
    await_short(world, _ONE, _OTHER)
    address = world.vpc.address(_OTHER)
    source = inside.udp(world.spaces[_ONE], world.vpc.address(_ONE), 0)
    echo = inside.udp(world.spaces[_OTHER], address, _PORT)
    probe = Probe([Stream(_OTHER, source, echo, (address, _PORT))])
    results: list[Result] = []

    def ended() -> Result:
        results.extend(probe.stop())
        return results[0]

    try:
        yield ended
    finally:
        if not results:
            probe.stop()


def _unharmed(result: Result) -> str:
    if result.lost or result.repeated:
        raise NotProved(f"{result}, {result.repeated} came twice")
    return f"1 kHz probe: 0 of {result.sent} lost"


def _quiet_since(count: Callable[[], int]) -> float:
    """When (monotonic) a count stopped to grow; `NotProved` if it goes on."""
    began = since = time.monotonic()
    last = count()
    while time.monotonic() - since < _QUIET_SECONDS:
        time.sleep(0.005)
        if (now := count()) != last:
            last, since = now, time.monotonic()
            require(since - began < _HEED_SECONDS, f"packets still come {since - began:.2f} s after the route")
    return since


def _router_directory(world: World) -> Path:
    """What its agent keeps, on the host that runs the vrouter."""
    host = next(host for host in world.lab.members if world.spaces["router"].startswith(f"{host.tag}-"))
    return host.directory / "run" / "routers" / str(world.vpc.router["uuid"])
