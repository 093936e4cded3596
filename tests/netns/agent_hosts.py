"""Hosts for the agent's tests: a namespace each, on an underlay, with an agent's core in a thread inside."""

import contextlib
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from landbridge.agent.host import HostAgent
from landbridge.agent.local import LocalHost
from landbridge.agent.machines import Machines
from landbridge.agent.state import NodeState
from landbridge.drivers import bpf_object, bpffs, children, enter, namespaces
from landbridge.drivers.hooks import Hooks
from landbridge.drivers.kernel import Kernel
from landbridge.model.node import AnyObject, BridgeNetwork, FloodPeer, Instance, Port, VxlanNetwork
from landbridge.model.nodelink import Report, ScopeDelta, StateMessage
from landbridge.render import net

T = TypeVar("T")

VNI, NET_ID, MTU = 4242, 0x1A, 1450
L2 = "1" * 32
UNDERLAY = "192.168.233"
_OBJECTS = tempfile.TemporaryDirectory(prefix="landbridge-test-")
"""The eBPF object is compiled once for all tests of a process."""


def sh(command: str, check: bool = True) -> str:
    """Run a command line; its output."""
    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)
    assert not check or done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
    return done.stdout


class Host:
    """One host: namespace `<tag>-host`, interface `u0` on the underlay."""

    def __init__(self, tag: str, number: int, directory: Path) -> None:
        self.tag = tag
        self.netns = f"{tag}-host"
        self.vtep = f"{UNDERLAY}.{number}"
        self.directory = directory
        self._revision = itertools.count(1)
        self._thread: ThreadPoolExecutor | None = None
        self.agent: HostAgent
        self.world: LocalHost

    @property
    def hooks(self) -> Hooks:
        """The eBPF programs and maps."""
        assert isinstance(self.world.kernel.hooks, Hooks)
        return self.world.kernel.hooks

    def inside(self, do: Callable[[], T]) -> T:
        """Do something in the agent's thread."""
        assert self._thread is not None
        return self._thread.submit(do).result()

    def start(self) -> None:
        """Start the agent's core, as after a start of the process."""
        entered = ThreadPoolExecutor(1)
        self._thread = entered
        entered.submit(self._enter).result()

        def make() -> None:
            hooks = Hooks(bpffs.directory(self.tag), bpf_object.find_object(Path(_OBJECTS.name)))
            kernel = Kernel(self.tag, hooks, list(net.SYSCTLS))
            self.world = LocalHost(kernel, Machines(self.tag, self.directory / "run", lambda: None))
            self.agent = HostAgent(self.tag, NodeState(self.directory / "node.jsonl"), self.world)

        self.inside(make)

    def stop(self) -> None:
        """The agent goes; the host stays as it is."""
        if self._thread is not None:
            self.inside(self.world.close)
            self._thread.shutdown()
            self._thread = None

    def give(self, *objects: tuple[str, AnyObject], gone: tuple[str, ...] = (), complete: bool = True) -> Report:
        """A message of the server, and the report of the pass that follows."""
        delta = ScopeDelta(revision=next(self._revision), full=False, put=dict(objects), gone=gone)
        message = StateMessage(scopes={"host:x": delta}, complete=complete)
        return self.step(message) or Report()

    def step(self, *messages: StateMessage, reread: bool = False) -> Report | None:
        """One pass."""
        return self.inside(lambda: self.agent.step(messages, reread=reread))

    def settle(self, seconds: float = 3.0) -> None:
        """Passes until nothing is left to do."""
        deadline = time.monotonic() + seconds
        while True:
            self.step()
            if not self.agent.reconciler.restless:
                return
            assert time.monotonic() < deadline

    def clean(self) -> None:
        """Leave nothing."""
        with contextlib.suppress(Exception):
            self.stop()
        for record in (self.directory / "run").rglob("process.json"):
            children.stop(record.parent)
        for name in namespaces.names((f"{self.tag}-",)):
            namespaces.delete(name)
        bpffs.remove(self.tag)

    def _enter(self) -> None:
        fd = os.open(f"/run/netns/{self.netns}", os.O_RDONLY)
        assert enter._libc.setns(fd, 0x40000000) == 0
        os.close(fd)


@contextlib.contextmanager
def hosts(directory: Path, count: int = 2, *, start: bool = True) -> Iterator[list[Host]]:
    """That many hosts on one underlay, agents' cores started if wanted."""
    prefix = f"t{os.getpid() % 100000:x}"
    switch = f"{prefix}-sw"
    made = [Host(f"{prefix}{chr(96 + n)}", n, directory / f"host{n}") for n in range(1, count + 1)]
    try:
        namespaces.create(switch)
        sh(f"ip -n {switch} link add br0 mtu 1600 type bridge && ip -n {switch} link set br0 up")
        for host in made:
            host.directory.mkdir()
            namespaces.create(host.netns)
            sh(f"ip -n {host.netns} link set lo up")
            sh(f"ip -n {switch} link add p{host.tag} mtu 1600 type veth peer name u0 mtu 1600 netns {host.netns}")
            sh(f"ip -n {switch} link set p{host.tag} master br0 up")
            sh(f"ip -n {host.netns} link set u0 up && ip -n {host.netns} addr add {host.vtep}/24 dev u0")
            if start:
                host.start()
        yield made
    finally:
        for host in made:
            host.clean()
        namespaces.delete(switch)
        shutil.rmtree(directory, ignore_errors=True)


def network(host: Host) -> tuple[str, AnyObject]:
    """The VXLAN network of the tests."""
    value = VxlanNetwork(l2_uuid=L2, net_id=NET_ID, vni=VNI, vtep_ip=host.vtep, port=8472, mtu=MTU)
    return f"l2/{L2}", value


def flat_network(interface: str) -> tuple[str, AnyObject]:
    """A NoVlan network over an interface."""
    value = BridgeNetwork(l2_uuid=L2, net_id=NET_ID, physical_interface=interface, mtu=1500)
    return f"l2/{L2}", value


def flood(host: Host) -> tuple[str, AnyObject]:
    """A host in the flood list."""
    return f"flood/{L2}/{host.tag}", FloodPeer(l2_uuid=L2, vtep_ip=host.vtep)


def machine(number: int, *, boot: int = 1) -> list[tuple[str, AnyObject]]:
    """A VM with one interface and no DHCP; see `vm` and `nic` for their names."""
    uuid = vm_uuid(number)
    instance = Instance(vm_uuid=uuid, name=f"vm-{number}", driver="netns", running=True, boot=boot)
    port = Port(
        nic_uuid=nic_uuid(number),
        vm_uuid=uuid,
        l2_uuid=L2,
        net_id=NET_ID,
        ifname=ifname(number),
        device_id=0,
        mac=mac(number),
        addresses=(f"10.9.{number >> 8}.{number & 255}",),
        mtu=MTU,
    )
    return [(f"vm/{uuid}", instance), (f"port/{port.nic_uuid}", port)]


def external(number: int, interface: str) -> list[tuple[str, AnyObject]]:
    """A VM that somebody else runs, and that has the interface of this name."""
    (vm_key, instance), (port_key, port) = machine(number)
    assert isinstance(instance, Instance)
    assert isinstance(port, Port)
    return [(vm_key, replace(instance, driver="external")), (port_key, replace(port, ifname=interface))]


def machine_keys(number: int) -> tuple[str, ...]:
    """Keys of `machine`."""
    return f"vm/{vm_uuid(number)}", f"port/{nic_uuid(number)}"


def vm_uuid(number: int) -> str:
    """VM uuid; the first digits differ, for they name the namespace."""
    return f"{number:012x}" + "0" * 20


def nic_uuid(number: int) -> str:
    """NIC uuid."""
    return f"{number:032x}"


def ifname(number: int) -> str:
    """Host side of a machine's interface."""
    return f"vnic{number}.0"


def mac(number: int) -> str:
    """MAC of a machine."""
    return f"fa:00:00:00:{number >> 8:02x}:{number & 255:02x}"


def vm(host: Host, number: int) -> str:
    """Namespace of a machine."""
    return net.vm_namespace(host.tag, vm_uuid(number))


def hush(host: Host, *numbers: int) -> None:
    """Announce machines no more, where a test counts every frame."""
    for number in numbers:
        host.world.kernel._announcer.withdraw(ifname(number))


def address(host: Host, number: int) -> None:
    """Give a machine its address by hand."""
    sh(f"ip -n {vm(host, number)} addr add 10.9.{number >> 8}.{number & 255}/16 dev eth0")


def ping(namespace: str, target: str, count: int = 3) -> bool:
    """Whether it answers any of a few."""
    command = f"nsenter --net=/run/netns/{namespace} ping -c {count} -i 0.05 -W 1 -q {target}"
    return subprocess.run(command, shell=True, check=False, capture_output=True).returncode == 0
