"""Shapers on a vrouter's public legs: HTB by tc(8), and which class a packet belongs to by eBPF (bpf/shape.c).

What leaves is shaped on the leg; what arrives is led through a device of its own (ifb) and shaped there. Works in
the network namespace that it is made in; shapers go on when this process ends, and the next one makes them equal
again. Without limits there is nothing of it.
"""

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from landbridge.drivers import bpf, records, rtnl
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.btf import types_of
from landbridge.drivers.netlink import Netlink
from landbridge.render.shaper import ROOT, Direction, Shape, commands, parse_classes, taken

_HANDLE = 0x10000
_MINOR = records.KEY
_PROGRAMS: Mapping[Direction, str] = {"in": "to_vip", "out": "from_vip"}
_ARRIVALS = "ifb-"
_REDIRECT = "protocol ip prio 10 handle 800::1 u32"


class Shaper:
    """All shapers of one vrouter.  Not thread-safe."""

    def __init__(self, object_file: Path) -> None:
        """Load the programs.

        Raises:
            BpfError: the kernel does not take them, or the object is of another version.
        """
        maps, self._programs = bpf.load_private(object_file)
        self._map = Map(maps["shapes"])
        records.check(records.OF_SHAPER, types_of(self._map.btf_id).structs())
        self._netlink = Netlink()
        self._applied: dict[tuple[str, Direction], tuple[int, Shape]] = {}

    def apply(self, legs: Iterable[str], shapes: Mapping[tuple[str, Direction], Shape]) -> int:
        """Have legs (interfaces) shaped so and all others not at all; how many devices that changed.

        Raises:
            OSError: what tc or the kernel says.
        """
        wanted = {at: (socket.if_nametoindex(at[0]), shape) for at, shape in shapes.items()}
        if wanted == self._applied:
            return 0
        self._fill(shapes, only_remove=True)
        qdiscs = json.loads(_tc("-j", "qdisc", "show"))
        shaped = {found["dev"] for found in qdiscs if found["kind"] == "htb"}
        changed = 0
        legs = set(legs)
        for device in shaped:
            if device.startswith(_ARRIVALS) and device.removeprefix(_ARRIVALS) not in legs:
                _run("ip", "link", "del", device)
        for leg in legs:
            for direction in _PROGRAMS:
                device = leg if direction == "out" else arrivals(leg)
                if (leg, direction) in shapes:
                    changed += self._shape(leg, direction, shapes[leg, direction], fresh=device not in shaped)
                elif device in shaped:
                    _remove(leg, direction)
                    changed += 1
        self._fill(shapes, only_remove=False)
        self._applied = wanted
        return changed

    def close(self) -> None:
        """Let go; what is in force stays."""
        self._netlink.close()
        self._map.close()
        for program in self._programs.values():
            os.close(program.fd)

    def _shape(self, leg: str, direction: Direction, shape: Shape, *, fresh: bool) -> bool:
        if self._applied.get((leg, direction)) == (socket.if_nametoindex(leg), shape) and not fresh:
            return False
        device = leg if direction == "out" else arrivals(leg)
        lines = [f"qdisc add dev {device} root handle {ROOT} htb default 0"] if fresh else []
        if direction == "in":
            _add_device(device)
        present = {} if fresh else parse_classes(_tc("class", "show", "dev", device))
        lines += commands(device, shape, taken(present, shape))
        _tc("-batch", "-", stdin="\n".join(lines) + "\n")
        index, name = socket.if_nametoindex(device), _PROGRAMS[direction]
        self._netlink.one(rtnl.replace_filter(index, _HANDLE, self._programs[name].fd, name, acts=False))
        if direction == "in":
            self._netlink.one(rtnl.add_clsact(socket.if_nametoindex(leg)))
            redirect = f"{_REDIRECT} match u32 0 0 action mirred egress redirect dev {device}"
            _tc(*f"filter replace dev {leg} ingress {redirect}".split())
        return True

    def _fill(self, shapes: Mapping[tuple[str, Direction], Shape], *, only_remove: bool) -> None:
        """Classes are there before packets are told to go to them, and packets leave before classes go."""
        wanted = {
            records.SHAPE_KEY.pack(
                socket.inet_aton(vip), port.to_bytes(2, "big"), int(direction == "out")
            ): _MINOR.pack(minor)
            for (_, direction), shape in shapes.items()
            for (vip, port), minor in shape.minors.items()
        }
        present = {key: value for key, [value] in self._map.items()}
        self._map.delete(*(key for key, value in present.items() if wanted.get(key) != value))
        if not only_remove:
            self._map.update({key: value for key, value in wanted.items() if present.get(key) != value})


def arrivals(leg: str) -> str:
    """The device through which what arrives at a leg is led."""
    return f"{_ARRIVALS}{leg}"


def _add_device(name: str) -> None:
    with contextlib.suppress(OSError):
        socket.if_nametoindex(name)
        return
    _run("ip", "link", "add", name, "type", "ifb")
    _run("ip", "link", "set", name, "up")


def _remove(leg: str, direction: Direction) -> None:
    if direction == "out":
        _tc("qdisc", "del", "dev", leg, "root")
        return
    with contextlib.suppress(OSError):  # the leg may have been made anew, without it
        _tc(*f"filter del dev {leg} ingress {_REDIRECT}".split())
    _run("ip", "link", "del", arrivals(leg))


def _tc(*arguments: str, stdin: str = "") -> str:
    return _run("tc", *arguments, stdin=stdin)


def _run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=30)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command[:3])}: {done.stderr.strip()}")
    return done.stdout
