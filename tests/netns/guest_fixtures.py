"""Namespaces as fake machines for the guest-side tests: made with a prefix of their own, always removed."""

import contextlib
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from landbridge.drivers.processes import processes_in
from landbridge.model.node import DhcpBinding, DhcpSubnet, Instance, Port

L3, L2 = "3" * 32, "2" * 32


def sh(command: str, *, check: bool = True, timeout: float = 30) -> str:
    """Run a command line; its output."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def eventually(what: str, condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.005)


@dataclass
class Machines:
    """Namespaces whose names begin with `tag`."""

    tag: str
    made: list[str] = field(default_factory=list)

    def add(self, name: str) -> str:
        """Make the namespace `<tag>-<name>` with loopback up."""
        full = f"{self.tag}-{name}"
        sh(f"ip netns add {full} && ip -n {full} link set lo up")
        self.made.append(full)
        return full

    def remove(self, full: str) -> None:
        """End what runs in a namespace and remove it."""
        for process in processes_in(full):
            process.stop(grace=0.2)
        sh(f"ip netns del {full}")
        self.made.remove(full)

    def link(self, one: str, one_name: str, other: str, other_name: str, mac: str | None = None) -> None:
        """A cable; `mac` is the other end's."""
        address = f"address {mac}" if mac else ""
        sh(f"ip link add {one_name} netns {one} type veth peer name {other_name} netns {other} {address}")

    def close(self) -> None:
        """Leave nothing behind."""
        for full in list(self.made):
            with contextlib.suppress(AssertionError):
                self.remove(full)


@contextlib.contextmanager
def machines() -> Iterator[Machines]:
    """A set of namespaces for one test."""
    made = Machines(f"lbt{os.getpid() % 1000}{uuid.uuid4().hex[:3]}")
    try:
        yield made
    finally:
        made.close()


SUBNET = DhcpSubnet(
    l3_uuid=L3,
    server_ip="10.1.0.2",
    server_mac="0e:dc:00:00:00:01",
    prefix_len=24,
    network_cidr="10.1.0.0/24",
    gateway="10.1.0.1",
    dns=("10.1.0.1", "9.9.9.9"),
    routes=(("172.16.0.0/12", "10.1.0.254"),),
    mtu=1450,
    domain="example.test",
    lease_seconds=3600,
)


def make_vm(world: Machines, host: str, number: int, *, default: bool = True) -> tuple[Instance, Port]:
    """A VM's namespace with one interface whose other end is on the host."""
    vm_uuid = uuid.uuid4().hex
    netns = world.add(f"vm-{vm_uuid[:12]}")
    port = Port(
        nic_uuid=uuid.uuid4().hex,
        vm_uuid=vm_uuid,
        l2_uuid=L2,
        net_id=1,
        ifname=f"vnic{number}.0",
        device_id=0,
        mac=f"fa:00:00:00:{number >> 8:02x}:{number & 255:02x}",
        addresses=(f"10.1.0.{number}",),
        mtu=1450,
        dhcp=DhcpBinding(l3_uuid=L3, ip=f"10.1.0.{number}", hostname=f"vm-{number}", default=default),
    )
    world.link(host, port.ifname, netns, "eth0", port.mac)
    sh(f"ip -n {host} link set {port.ifname} up")
    return Instance(vm_uuid=vm_uuid, name=f"vm-{number}", driver="netns", running=True, boot=1), port


def memory_kib(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
