"""Which address of a host is its tunnel end (VTEP) in a pool: a pure choice over its interfaces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network

from landbridge.core.mtu import underlay_mtu
from landbridge.model.errors import operr
from landbridge.model.facts import InterfaceFact


@dataclass(frozen=True, slots=True)
class VtepChoice:
    """The interface and the address of it that tunnels start from.  `mtu` is the interface's."""

    interface: str
    ip: str
    mtu: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    interface: InterfaceFact
    ip: str


def choose_vtep(
    host: str,
    interfaces: Iterable[InterfaceFact],
    cidr: IPv4Network,
    physical_interface: str = "",
    known_ip: str | None = None,
) -> VtepChoice:
    """The VTEP of a host in a pool whose VTEP network on the host's cluster is `cidr`.

    An interface that the pool names decides first (a bridge over it counts as it), then the
    address that the host has already; what is left must be one interface.  Several addresses
    of one interface: the first.  One address on exactly two interfaces of which one is the
    bridge over the other: the bridge.  Anything else is ambiguous, and a guess would send
    tunnels over the wrong wire.

    An address that only the interface in a bridge has hears nothing: what comes there is the bridge's.

    Raises: SYS.1006 naming the host, what was found, and the remedy.
    """
    interfaces = tuple(interfaces)
    found = [
        _Candidate(interface, address.partition("/")[0])
        for interface in interfaces
        for address in interface.addresses
        if IPv4Interface(address).ip in cidr
    ]
    if not found:
        raise operr(
            f"can not find qualify interface for cidr[{cidr}] on host[{host}]: "
            f"give one of its interfaces an address in {cidr}, then reconnect the host"
        )
    _refuse_deaf(host, found, {i.over: i for i in interfaces if i.over is not None})
    if physical_interface:
        named = [c for c in found if physical_interface in {c.interface.name, c.interface.over}]
        if not named:
            raise operr(
                f"the interface with an address in cidr[{cidr}] on host[{host}] is {_names(found)}, "
                f"not the pool's interface[{physical_interface}]"
            )
        found = named
    found = [c for c in found if c.ip == known_ip] or found
    chosen = found[0]
    if len({c.interface.name for c in found}) > 1:
        bridge = _bridge_over_the_other(found)
        if bridge is None:
            raise operr(
                f"multiple interface qualify with cidr[{cidr}] on host[{host}]: {_names(found)}; "
                "name the right one as the pool's physicalInterface, or use a narrower cidr"
            )
        chosen = bridge
    return VtepChoice(chosen.interface.name, chosen.ip, chosen.interface.mtu)


def check_underlay(host: str, interface: str, mtu: int, overlay: int) -> None:
    """SYS.1006 when tunnelled packets of `overlay` bytes do not fit an interface of MTU `mtu`."""
    required = underlay_mtu(overlay)
    if mtu < required:
        raise operr(
            f"interface[{interface}] of host[{host}] has MTU {mtu}, but networks with MTU {overlay} need {required} "
            f"({overlay} + {required - overlay} for the tunnel): raise the interface's MTU or lower the networks'"
        )


def _refuse_deaf(host: str, found: list[_Candidate], bridges: Mapping[str, InterfaceFact]) -> None:
    """SYS.1006 if all are interfaces in bridges that have not the addresses.  `bridges`: by the interface in them."""
    for candidate in found:
        bridge = bridges.get(candidate.interface.name)
        if bridge is None or candidate.ip in {address.partition("/")[0] for address in bridge.addresses}:
            return
    first = found[0]
    raise operr(
        f"address {first.ip} on host[{host}] is on interface[{first.interface.name}], which is in bridge"
        f"[{bridges[first.interface.name].name}] and hears nothing: give it to the bridge, then reconnect the host"
    )


def _bridge_over_the_other(found: list[_Candidate]) -> _Candidate | None:
    """The bridge, when the candidates are one address on a bridge and on the interface in it."""
    if len(found) != 2 or found[0].ip != found[1].ip:
        return None
    one, two = found
    for bridge, below in ((one, two), (two, one)):
        if bridge.interface.over == below.interface.name:
            return bridge
    return None


def _names(found: list[_Candidate]) -> str:
    return ", ".join(f"{c.interface.name} ({c.ip})" for c in found)
