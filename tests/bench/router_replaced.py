"""A vrouter is deleted and another one made: a thousand EIPs and a thousand forwards are back by themselves.

A lab of two hosts with a real server and real agents.  The machines behind the services are a thousand stopped VMs,
whose addresses one running VM has (on the other host than the vrouter), so that all packets go through the overlay.
The time is from the call that deletes the vrouter until a datagram and its answer have gone through each of 2,000.
"""

import json
import socket
import struct
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from landbridge.drivers.enter import in_namespace
from tests.bench.report import Report, median
from tests.support.lab import Lab, eventually, free_port, lab
from tests.support.lab import in_namespace as run_in
from tests.support.scenario import Cloud, add_outside, build
from tests.support.v1 import V1

COUNT = 1000
ROUNDS = 3
WORKERS = 4
FIRST_PORT, INSIDE = 10_000, 5001
OUTSIDE = "198.18.255.254"
PUBLIC = {"startIp": "198.18.0.10", "endIp": "198.18.200.0", "netmask": "255.255.0.0", "gateway": OUTSIDE}
STEPS = (
    ("deleted", "the vrouter is deleted", ""),
    ("made", "another one runs", ""),
    ("attached", "it has the subnet", ""),
    ("proved", "all services are proved", "5 s"),
)
_LIMIT = 120.0
_IP_PKTINFO = 8
_PKTINFO = struct.Struct("=I4s4s")
_AT_ONCE = 100


def run() -> Report:
    """In a lab of its own."""
    about = " ".join((__doc__ or "").split("\n\n")[1].split())
    report = Report("router_replaced", "A vrouter replaced, with 2,000 services", about)
    with tempfile.TemporaryDirectory() as directory, lab(Path(directory), "lbr", free_port(), 2) as made:
        place = Place(made)
        began = time.perf_counter()
        place.wait()
        report.add("proof of all by packets, while nothing changes", f"{time.perf_counter() - began:.2f} s")
        rounds = [place.replace() for _ in range(ROUNDS)]
        for step, what, goal in STEPS:
            seconds = median([times[step] for times in rounds])
            report.add(f"from the call until {what}, median of {ROUNDS}", f"{seconds:.2f} s", goal)
    return report


class Place:
    """The lab with all that is in it."""

    def __init__(self, made: Lab) -> None:
        self._lab = made
        self._cloud = build(made, router=False)
        self._hosts = [host["uuid"] for host in made.status["hosts"]]
        self._internet = f"{made.prefix}-internet"
        add_outside(self._cloud, made, **PUBLIC)
        self._cloud.subnet("guests", "10.64.0.0/16")
        gateway = str(made.status["public"]["gateway"])
        [device] = [row["ifname"] for row in self._addresses() if gateway in str(row)]
        run_in(self._internet, "ip", "addr", "add", f"{OUTSIDE}/16", "dev", device)
        self._cloud.new_router("vrouter", hostUuid=self._hosts[0])
        self._cloud.attach("guests")
        self._targets = self._services()
        self._farm = self._all_in_one()

    def _addresses(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = json.loads(run_in(self._internet, "ip", "-j", "addr"))
        return shown

    def _services(self) -> dict[tuple[str, int], str]:
        """(address, port) outside -> guest."""
        shared = self._cloud.api.post("/vips", name="shared", l3NetworkUuid=self._cloud.l3["public"])
        clients = [self._lab.client() for _ in range(WORKERS)]

        def some(worker: int) -> dict[tuple[str, int], str]:
            found: dict[tuple[str, int], str] = {}
            for number in range(worker, COUNT, WORKERS):
                found |= self._one(clients[worker], shared, number)
            return found

        with ThreadPoolExecutor(WORKERS) as pool:
            return {target: guest for part in pool.map(some, range(WORKERS)) for target, guest in part.items()}

    def _one(self, api: V1, shared: dict[str, Any], number: int) -> dict[tuple[str, int], str]:
        own = Cloud(api, self._cloud.zone, self._cloud.cluster, self._cloud.pool, self._cloud.l3)
        vm = own.vm(f"vm-{number}", "guests", strategy="CreateStopped")
        nic = vm["vmNics"][0]
        vip = api.post("/vips", name="own", l3NetworkUuid=self._cloud.l3["public"])
        api.post("/eips", name="eip", vipUuid=vip["uuid"], vmNicUuid=nic["uuid"])
        rule: dict[str, Any] = {
            "vipPortStart": FIRST_PORT + number,
            "privatePortStart": INSIDE,
            "protocolType": "UDP",
        }
        api.post("/port-forwarding", name="rule", vipUuid=shared["uuid"], vmNicUuid=nic["uuid"], **rule)
        return {(vip["ip"], INSIDE): nic["ip"], (shared["ip"], FIRST_PORT + number): nic["ip"]}

    def _all_in_one(self) -> str:
        """The namespace of a VM that has the addresses of all."""
        vm = self._cloud.vm("farm", "guests", host=self._hosts[1], tags=("cleanTraffic::false",))
        namespace = self._lab.vm_namespace(vm)
        route = ("ip", "-n", namespace, "route", "show", "default")
        eventually("the farm has its address", lambda: not subprocess.check_output(route))
        lines = "".join(f"addr add {guest}/32 dev eth0\n" for guest in sorted(set(self._targets.values())))
        subprocess.run(("ip", "-n", namespace, "-batch", "-"), input=lines, text=True, check=True)
        return namespace

    def replace(self) -> dict[str, float]:
        """The vrouter; seconds until each step."""
        began, times = time.perf_counter(), {}
        self._cloud.api.delete(f"/vm-instances/{self._cloud.router}")
        times["deleted"] = time.perf_counter() - began
        self._cloud.new_router("another", hostUuid=self._hosts[0])
        times["made"] = time.perf_counter() - began
        self._cloud.attach("guests")
        times["attached"] = time.perf_counter() - began
        self.wait()
        times["proved"] = time.perf_counter() - began
        return times

    def wait(self) -> None:
        """Until a datagram and its answer have gone through every service."""
        pending = dict(self._targets)
        deadline = time.perf_counter() + _LIMIT
        with _udp(self._farm, ("", INSIDE)) as inside, _udp(self._internet, (OUTSIDE, 0)) as outside:
            while pending:
                if time.perf_counter() > deadline:
                    raise SystemExit(f"{len(pending)} services do not answer: {list(pending.items())[:3]}")
                for (address, port), guest in list(pending.items())[:_AT_ONCE]:
                    outside.sendto(guest.encode(), (address, port))
                _answer(inside)
                for data, source in _received(outside):
                    if pending.get(source) == data.decode():
                        del pending[source]


def _udp(namespace: str, address: tuple[str, int]) -> socket.socket:
    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        made.bind(address)
        made.settimeout(0.02)
        return made

    return in_namespace(namespace, make)


def _answer(inside: socket.socket) -> None:
    """From the address that was asked, if that is the guest's that was meant."""
    try:
        for _ in range(_AT_ONCE):
            data, [(_, _, info)], _, sender = inside.recvmsg(64, 64)
            if socket.inet_ntoa(_PKTINFO.unpack(info)[2]) == data.decode():
                inside.sendmsg([data], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, sender)
    except TimeoutError:
        return


def _received(outside: socket.socket) -> list[tuple[bytes, tuple[str, int]]]:
    found = []
    try:
        for _ in range(_AT_ONCE):
            found.append(outside.recvfrom(64))
    except TimeoutError:
        pass
    return found
