"""Two hosts of ours with a VM each, and beside them VXLAN devices that run none of our code."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace
from scapy.layers.l2 import ARP, Ether

from landbridge.drivers import namespaces
from landbridge.model.node import AnyObject, FloodPeer, VxlanNetwork
from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import Host, sh
from tests.support import wire

BROADCAST = "ff:ff:ff:ff:ff:ff"
GUESTS = 10
"""Stations behind the remote VTEPs have addresses and MACs from this number on."""


class Remote:
    """A namespace on the underlay with a VXLAN device in a bridge; `station` is another, in that bridge."""

    def __init__(self, switch: str, prefix: str, number: int, hosts: list[Host], *, learning: bool = True) -> None:
        self.vtep = f"{lab.UNDERLAY}.{200 + number}"
        self.netns, self.station = f"{prefix}-r{number}", f"{prefix}-s{number}"
        namespaces.create(self.netns)
        namespaces.create(self.station)
        ip, port = f"ip -n {self.netns}", f"pr{number}"
        sh(f"ip -n {switch} link add {port} mtu 1600 type veth peer name u0 mtu 1600 netns {self.netns}")
        sh(f"ip -n {switch} link set {port} master br0 up")
        sh(f"{ip} link set lo up; {ip} link set u0 up; {ip} addr add {self.vtep}/24 dev u0")
        sh(f"{ip} link add br0 type bridge; {ip} link set br0 up")
        learns = "" if learning else "nolearning"
        sh(f"{ip} link add vx0 type vxlan id {lab.VNI} local {self.vtep} dstport 8472 {learns}")
        sh(f"{ip} link set vx0 master br0")
        if not learning:
            sh(f"{ip} link set vx0 type bridge_slave learning off")
        sh(f"{ip} link set vx0 up")
        for host in hosts:
            sh(f"bridge -n {self.netns} fdb append 00:00:00:00:00:00 dev vx0 dst {host.vtep}")
        sh(f"{ip} link add h0 type veth peer name eth0 netns {self.station}; {ip} link set h0 master br0 up")
        self.be(GUESTS + number)

    def be(self, number: int) -> None:
        """The station has this number's MAC and address from now on, and says so."""
        station = f"ip -n {self.station}"
        sh(f"{station} link set eth0 down; {station} addr flush dev eth0")
        sh(f"{station} link set eth0 address {lab.mac(number)} up")
        sh(f"{station} addr add {address(number)}/16 dev eth0")
        known = ARP(op=1, hwsrc=lab.mac(number), psrc=address(number), pdst=address(number))
        wire.send(self.station, "eth0", [Ether(dst=BROADCAST, src=lab.mac(number)) / known])

    def flood(self) -> tuple[str, AnyObject]:
        """In the flood list of our hosts."""
        return f"flood/{lab.L2}/{self.netns}", FloodPeer(l2_uuid=lab.L2, vtep_ip=self.vtep)

    def clean(self) -> None:
        """Leave nothing."""
        namespaces.delete(self.netns)
        namespaces.delete(self.station)


def address(number: int) -> str:
    """Of a machine or a station."""
    return f"10.9.0.{number}"


class World:
    """VM 1 on the first host, VM 2 on the second, and remote VTEPs."""

    def __init__(self, hosts: list[Host], remotes: list[Remote], directory: Path) -> None:
        self.hosts = hosts
        self.remotes = remotes
        self.directory = directory
        vteps = [*(host.vtep for host in hosts), *(remote.vtep for remote in remotes)]
        self.heard = tuple(f"{vtep}/32" for vtep in vteps)
        for number, host in enumerate(hosts, start=1):
            floods = [lab.flood(other) for other in hosts]
            others = [remote.flood() for remote in remotes]
            assert host.give(self.network(host), *floods, *others, *lab.machine(number)).failed == {}
            lab.address(host, number)

    def network(self, host: Host) -> tuple[str, AnyObject]:
        key, value = lab.network(host)
        assert isinstance(value, VxlanNetwork)
        return key, replace(value, vtep_cidrs=self.heard)

    def vms(self) -> list[str]:
        return [lab.vm(host, number) for number, host in enumerate(self.hosts, start=1)]


@contextlib.contextmanager
def build(tmp: Path, *, learning: bool = True) -> Iterator[World]:
    tmp.joinpath("hosts").mkdir()
    tmp.joinpath("seen").mkdir()
    with lab.hosts(tmp / "hosts") as hosts:
        prefix = hosts[0].tag[:-1]
        remotes: list[Remote] = []
        try:
            for number in (1, 2):
                remotes.append(Remote(f"{prefix}-sw", prefix, number, hosts, learning=learning))
            yield World(hosts, remotes, tmp / "seen")
        finally:
            for remote in remotes:
                remote.clean()


def floods(namespace: str, device: str) -> set[str]:
    """The flood list of a VXLAN device."""
    rows = json.loads(sh(f"bridge -n {namespace} -j fdb show dev {device}"))
    return {row["dst"] for row in rows if row["mac"] == "00:00:00:00:00:00"}
