"""A vrouter's namespace between two subnets, a public and a management network; and machines that say who asks them.

a 10.1.0.10 ── eth1 router eth0 ── internet 203.0.113.1
b 10.2.0.10 ── eth2        eth3 ── office 172.31.0.9
"""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from landbridge.agent.routers import RouterSupervisor
from landbridge.drivers import children
from landbridge.drivers.bpf_object import OF_ROUTERS, find_object
from landbridge.drivers.enter import in_namespace
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import AnyObject
from landbridge.model.router_node import DnsForwarder, RouterLeg, RouterRoute, SourceNat
from landbridge.transports.control import ControlError
from tests.netns import agent_hosts as lab
from tests.netns.guest_fixtures import Machines, eventually, machines, sh
from tests.support.paths import open_up

ROUTER = "4" * 32
PUBLIC_IP, OTHER_PUBLIC_IP, WEB = "203.0.113.7", "203.0.113.8", "203.0.113.1"
OFFICE_LEG, OFFICE = "172.31.0.5", "172.31.0.9"


def leg(device: int, role: str, *addresses: str, gateway: str | None = None) -> RouterLeg:
    """An interface of the router."""
    return RouterLeg(
        nic_uuid=f"nic{device}",
        l3_uuid=f"l3-{device}",
        device_id=device,
        mac=f"fa:00:00:00:ff:0{device}",
        role=role,  # type: ignore[arg-type]  # literals, as passed by the tests
        addresses=addresses,
        mtu=1450,
        gateway=gateway,
    )


def objects() -> dict[str, AnyObject]:
    """What it does at first."""
    return {
        "leg/nic0": leg(0, "public", f"{PUBLIC_IP}/24"),
        "leg/nic1": leg(1, "guest", "10.1.0.1/24"),
        "leg/nic2": leg(2, "guest", "10.2.0.1/24"),
        "leg/nic3": leg(3, "management", "172.31.0.5/24"),
        "route/r/0.0.0.0/0/0": RouterRoute(destination="0.0.0.0/0", via=WEB, distance=0),
        "snat/r/p/1": SourceNat(source="10.1.0.0/24", out_nic_uuid="nic0", to_ip=PUBLIC_IP),
        "snat/r/p/2": SourceNat(source="10.2.0.0/24", out_nic_uuid="nic0", to_ip=PUBLIC_IP),
        "dns/r": DnsForwarder(listen=("10.1.0.1", "10.2.0.1"), upstreams=(WEB,)),
    }


def two_public(default: str) -> dict[str, AnyObject]:
    """The office is a public network, too; the default route is by one of the two."""
    return {
        "leg/nic0": leg(0, "public", f"{PUBLIC_IP}/24", gateway=WEB),
        "leg/nic3": leg(3, "public", f"{OFFICE_LEG}/24", gateway=OFFICE),
        "route/r/0.0.0.0/0/0": RouterRoute(destination="0.0.0.0/0", via=default, distance=0),
    }


@dataclass
class World:
    """`names`: the namespace of each machine."""

    machines: Machines
    run_dir: Path
    routers: RouterSupervisor
    supervisor: Supervisor
    names: dict[str, str] = field(default_factory=dict)

    def on(self, machine: str, command: str, *, check: bool = True) -> str:
        """Run a command there."""
        return sh(f"ip netns exec {self.names[machine]} {command}", check=check)

    def update(self, wanted: dict[str, AnyObject]) -> dict[str, str]:
        """Give the router what it is to do; what failed."""
        return self.routers.update(ROUTER, self.names["router"], wanted)

    def pings(self, machine: str, target: str) -> bool:
        """Whether two of two come back."""
        return " 0% packet loss" in self.on(machine, f"ping -c 2 -i 0.1 -W 1 {target}", check=False)

    def restart_agent(self) -> None:
        """Kill the router's agent, and wait until its successor answers."""
        before = children.running_pid(self.directory)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        eventually("a new agent", lambda: children.running_pid(self.directory) not in (None, before))
        eventually("it answers", self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(ControlError):
            return bool(self.routers.show(ROUTER))
        return False

    @property
    def directory(self) -> Path:
        """The state of the router's agent."""
        return self.run_dir / "routers" / ROUTER


@contextlib.contextmanager
def world(tmp_path: Path, *, programs: bool = False) -> Iterator[World]:
    """All of it; the router has nothing to do yet.  `programs`: its agent has eBPF objects."""
    open_up(tmp_path)
    with machines() as made:
        supervisor = Supervisor()
        objects = [find_object(Path(lab._OBJECTS.name), name) for name in OF_ROUTERS] if programs else []
        built = World(made, tmp_path, RouterSupervisor(tmp_path, supervisor, objects), supervisor)
        for name in ("router", "internet", "a", "b", "office"):
            built.names[name] = made.add(name)
        ends = {
            "internet": (0, f"{WEB}/24", None),
            "a": (1, "10.1.0.10/24", "10.1.0.1"),
            "b": (2, "10.2.0.10/24", "10.2.0.1"),
            "office": (3, "172.31.0.9/24", "172.31.0.5"),
        }
        for name, (device, address, gateway) in ends.items():
            netns = built.names[name]
            made.link(netns, "eth0", built.names["router"], f"eth{device}", f"fa:00:00:00:ff:0{device}")
            sh(f"ip -n {netns} addr add {address} dev eth0 && ip -n {netns} link set eth0 up mtu 1450")
            if gateway:
                sh(f"ip -n {netns} route add default via {gateway}")
        # The Internet knows no way to the subnets, except through the router, for the hostile tests.
        sh(f"ip -n {built.names['internet']} route add 10.0.0.0/8 via {PUBLIC_IP}")
        try:
            yield built
        finally:
            built.routers.remove(ROUTER)
            built.supervisor.close()


class Peer:
    """A TCP server in a namespace that tells every client the address that it saw, on every line it gets."""

    def __init__(self, netns: str, address: str, port: int) -> None:
        self.seen: list[str] = []
        self._socket = in_namespace(netns, lambda: socket.create_server((address, port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, client = self._socket.accept()
            except OSError:
                return
            self.seen.append(client[0])
            threading.Thread(target=self._serve, args=(connection, client[0]), daemon=True).start()

    def _serve(self, connection: socket.socket, client: str) -> None:
        with connection, contextlib.suppress(ConnectionError):
            while connection.recv(100):
                connection.sendall(client.encode() + b"\n")

    def close(self) -> None:
        """No new clients."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def connect(netns: str, address: str, port: int, timeout: float = 3) -> socket.socket:
    """A TCP connection from a machine."""
    return in_namespace(netns, lambda: socket.create_connection((address, port), timeout))


def ask(connection: socket.socket) -> str:
    """As whom a `Peer` sees this end."""
    connection.sendall(b"who am I\n")
    return connection.recv(100).decode().strip()
