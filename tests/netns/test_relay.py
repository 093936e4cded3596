"""Stray short frames of a VM that has moved: relayed once to where it is, told to the agent, nothing else touched."""

import socket
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from landbridge.core.shortcut import SIGNALLING
from landbridge.drivers import enter
from landbridge.drivers.signals import Signal
from landbridge.model.net import relay_mac, shortcut_mac
from landbridge.model.node import AnyObject, Relay
from landbridge.render import net
from landbridge.zsnp import frames
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host

pytestmark = pytest.mark.netns

VM = 7
"""The moved one."""
SENDER_MAC = shortcut_mac(1)
DEVICE = net.vxlan_name(lab.NET_ID)
PATIENCE = 1.0
STRAY_AGAIN = 0.05
"""Seconds; as in bpf/lib/relay.h."""


def relay() -> tuple[str, AnyObject]:
    value = Relay(nic_uuid=lab.nic_uuid(VM), l2_uuid=lab.L2, net_id=lab.NET_ID, mac=lab.mac(VM))
    return f"relay/{value.nic_uuid}", value


class World:
    """`sender` has the network only; the VM was on `former` and is on `present`."""

    def __init__(self, sender: Host, former: Host, present: Host) -> None:
        self.sender, self.former, self.present = sender, former, present
        everybody = (sender, former, present)
        for host in everybody:
            assert host.give(lab.network(host), *map(lab.flood, everybody)).failed == {}
        assert former.give(relay()).failed == {}
        assert present.give(*lab.machine(VM)).failed == {}

    def send(self, source: str, protocol: int = 17, count: int = 1) -> None:
        """Frames for the VM, through the tunnel to the host where it was."""
        packet = IP(src="10.8.0.1", dst="10.9.0.7", proto=protocol) / UDP(sport=5, dport=6) / b"stray"
        frame = bytes(Ether(src=source, dst=lab.mac(VM)) / packet)
        where = f"{lab.mac(VM)} dev {DEVICE} dst {self.former.vtep} self dynamic extern_learn"
        lab.sh(f"bridge -n {self.sender.netns} fdb replace {where}")
        with enter.in_namespace(self.sender.netns, _raw) as out:
            for _ in range(count):
                out.sendto(frame, (DEVICE, 0))

    def arrived(self, source: str, protocol: int = 17) -> list[bytes]:
        """What the VM gets of it."""
        with enter.in_namespace(lab.vm(self.present, VM), _listener) as listener:
            self.send(source, protocol)
            found: list[bytes] = []
            while True:
                try:
                    frame = listener.recv(2048)
                except TimeoutError:
                    return found
                if frame.endswith(b"stray"):
                    found.append(frame)
                    listener.settimeout(0.2)

    def told(self) -> list[Signal]:
        """What the former host's agent is told."""
        return self.former.hooks.signals.read()


def _raw() -> socket.socket:
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)


def _listener() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    made.bind(("eth0", 3))
    made.settimeout(PATIENCE)
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with lab.hosts(tmp_path_factory.mktemp("relay"), 3) as [sender, former, present]:
        yield World(sender, former, present)


def test_a_stray_goes_on_and_is_told(world: World) -> None:
    world.told()
    [frame] = world.arrived(SENDER_MAC)
    assert frame[:6] == bytes.fromhex(lab.mac(VM).replace(":", ""))
    assert frame[6:12] == bytes.fromhex(relay_mac(0).replace(":", ""))
    [signal] = world.told()
    assert frames.stray(signal.frame) == (SENDER_MAC, "10.9.0.7")
    assert world.former.inside(lambda: socket.if_indextoname(signal.port)) == DEVICE


def test_a_probe_is_told_and_goes_no_further(world: World) -> None:
    world.told()
    assert world.arrived(SENDER_MAC, SIGNALLING) == []
    assert [frames.stray(signal.frame) for signal in world.told()] == [(SENDER_MAC, "10.9.0.7")]


@pytest.mark.parametrize("source", [relay_mac(1), "fa:00:00:00:00:01", "0e:52:00:00:00:01"])
def test_only_short_frames_are_relayed_and_only_once(world: World, source: str) -> None:
    world.told()
    assert world.arrived(source) == []
    assert world.told() == []


def test_a_sender_is_told_of_now_and_then(world: World) -> None:
    """However many strays there are; each of several senders."""
    world.told()
    began = time.monotonic()
    world.send(shortcut_mac(99), count=500)
    most = (time.monotonic() - began) // STRAY_AGAIN + 1
    world.arrived(SENDER_MAC)
    senders = Counter(frames.stray(signal.frame)[0] for signal in world.told())
    assert 1 <= senders.pop(shortcut_mac(99)) <= most
    assert senders == {SENDER_MAC: 1}


def test_it_is_adopted_and_goes(world: World) -> None:
    former = world.former
    former.stop()
    former.start()
    before = former.agent.reconciler.operations
    former.step()
    assert former.agent.reconciler.operations == before
    assert ("relay", f"{DEVICE} {lab.mac(VM)}") in former.agent.reconciler.actual
    key, value = relay()
    former.give(gone=(key,))
    assert world.arrived(SENDER_MAC) == []
    assert world.told() == []
    assert "from_overlay" not in lab.sh(f"tc -n {former.netns} filter show dev {DEVICE} ingress")
    assert former.give((key, value)).failed == {}
    assert len(world.arrived(SENDER_MAC)) == 1
