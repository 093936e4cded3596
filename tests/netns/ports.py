"""Ports under test: frames sent through them, and what the programs say about it."""

import socket
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec
from scapy.packet import Packet

from landbridge.drivers import bpf, enter, records
from landbridge.drivers.counters import PortCounters
from landbridge.model.drops import DropReason
from landbridge.model.node import AnyObject, Port
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host

R = DropReason
OK, SHOT, REDIRECT = 0, 2, 7
"""TC_ACT_OK, TC_ACT_SHOT, TC_ACT_REDIRECT (linux/pkt_cls.h)."""

Drops = Mapping[tuple[DropReason, int], int]


def index(host: Host, number: int) -> int:
    """Interface index of a machine's port."""
    link = host.world.kernel.mirror.tables.by_name(lab.ifname(number))
    assert link is not None
    return link.index


def slot(host: Host, index: int) -> int:
    """The small number of the port of an interface."""
    found = host.hooks._maps["ports"].get(records.KEY.pack(index))
    assert found is not None
    return int(records.PORT.unpack(found[0]).slot)


def counters(host: Host, number: int) -> PortCounters:
    """Of a machine's port."""
    found = host.hooks.counters.port(index(host, number))
    assert found is not None
    return found


def drops(host: Host, number: int) -> Drops:
    """Packets dropped at a machine's port, by reason and rule."""
    port = index(host, number)
    return Counter({(d.reason, d.rule): d.count.packets for d in host.hooks.counters.drops() if d.port == port})


def dropped_by(host: Host, number: int, act: Callable[[], object]) -> dict[tuple[DropReason, int], int]:
    """What an action has dropped at a machine's port."""
    before = Counter(drops(host, number))
    act()
    return dict(Counter(drops(host, number)) - before)


def send(host: Host, number: int, frame: bytes | Packet) -> None:
    """Put a frame on the wire inside a machine."""
    send_all(host, number, [frame])


def send_all(host: Host, number: int, frames: Iterable[bytes | Packet]) -> None:
    """Put frames on the wire inside a machine, one after the other."""

    def do() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind(("eth0", 0))
            for frame in frames:
                raw.send(bytes(frame))

    enter.in_namespace(lab.vm(host, number), do)


def passes(host: Host, number: int, frame: bytes | Packet, *, egress: bool) -> bool:
    """Whether a port's program lets a frame through: run on it alone, nothing is sent."""
    verdict = run(host, number, frame, egress=egress).verdict
    assert verdict in (OK, SHOT)
    return verdict == OK


def run(
    host: Host, number: int, frame: bytes | Packet, *, egress: bool, segment: int = 0, segments: int = 0
) -> bpf.DryRun:
    """Run a port's program on a frame alone.

    segment, segments: payload of each packet into which the kernel will cut it, and how many those are, if it knows
    """
    program = dict(host.hooks._programs.values())["from_vm" if egress else "to_vm"]
    raw, port = bytes(frame), index(host, number)
    return host.inside(lambda: bpf.dry_run(program, raw, port, segment=segment, segments=segments))


def change(number: int, **values: object) -> tuple[str, AnyObject]:
    """A machine's port with other values than `agent_hosts.machine` gives it."""
    key, port = lab.machine(number)[1]
    assert isinstance(port, Port)
    return key, msgspec.structs.replace(port, **values)
