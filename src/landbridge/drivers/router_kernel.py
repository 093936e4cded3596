"""A vrouter's links, addresses, routes and sysctls: read them, apply operations on them.

Works in the network namespace it was made in.  How a process that remembers nothing knows
what is ours: every address on a leg is (nobody else configures a vrouter), and of the routes
those with our protocol number.
"""

import contextlib
import socket
import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping
from errno import EHOSTUNREACH, ENETUNREACH, ENODEV
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from landbridge.core.plan import Key, Op, batches
from landbridge.drivers import rtnl
from landbridge.drivers.addresses import delete_address, ipv4_addresses, ipv4_routes, put_address
from landbridge.drivers.netlink import Netlink, attributes
from landbridge.render.router import (
    Address,
    KernelObject,
    Link,
    Route,
    Sysctl,
    address_key,
    route_key,
)

ROUTE_PROTOCOL = 76
"""Marks our routes; free in /etc/iproute2/rt_protos."""

_PROC_SYS = Path("/proc/sys")
_MAIN_TABLE = 254
_IFF_UP = 1
_BLACKHOLE = 6
_ETH_P_ARP = 0x0806


class RouterKernel:
    """Read and write one namespace's network configuration."""

    def __init__(self) -> None:
        self._netlink = IPRoute()
        self._packed = Netlink(strict=True)
        """For what there may be thousands of: addresses, and each of them has routes of its own."""
        self._frames = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        """Kept open: to close one the kernel waits until every processor has forgotten it."""

    def read(self, sysctls: Iterable[str]) -> dict[Key, KernelObject]:
        """What is there; of the sysctls those asked for, if they exist."""
        found: dict[Key, KernelObject] = {}
        names = {}
        for link in self._netlink.get_links():
            name = link.get("ifname")
            names[link["index"]] = name
            if _is_ours(name) and link["flags"] & _IFF_UP:
                found["link", name] = Link(link.get("mtu"))
        for index, cidr in ipv4_addresses(self._packed):
            name = names.get(index, "")
            if name != "lo" and _is_ours(name):
                found[address_key(name, cidr)] = Address(name, cidr)
        for destination, metric, gateway in ipv4_routes(self._packed, _MAIN_TABLE, ROUTE_PROTOCOL):
            found[route_key(destination, metric)] = Route(destination, metric, gateway)
        for setting in sysctls:
            path = _PROC_SYS / setting
            if path.exists():
                found["sysctl", setting] = Sysctl(path.read_text().strip())
        return found

    def apply(self, ops: Iterable[Op[KernelObject]]) -> dict[Key, str]:
        """Do them in order, each on its own; what failed, and why."""
        failed = {}
        for batch in batches(ops):
            if batch[0].key[0] == "address":
                failed.update(self._apply_addresses(batch))
                continue
            for op in batch:
                try:
                    self._do(op)
                except NetlinkError as error:
                    failed[op.key] = _words(op, error)
                except OSError as error:
                    failed[op.key] = f"{op.key[1]}: {error.strerror}"
        return failed

    def routes(self) -> list[dict[str, Any]]:
        """The main table as it is in force, for people."""
        names = {link["index"]: link.get("ifname") for link in self._netlink.get_links()}
        return [
            {
                "destination": f"{route.get('dst') or '0.0.0.0'}/{route['dst_len']}",
                "via": route.get("gateway"),
                "interface": names.get(route.get("oif")),
                "metric": route.get("priority") or 0,
                "blackHole": route["type"] == _BLACKHOLE,
                "ours": route["proto"] == ROUTE_PROTOCOL,
            }
            for route in self._netlink.get_routes(family=socket.AF_INET, table=_MAIN_TABLE)
        ]

    def neighbours(self) -> list[dict[str, Any]]:
        """The neighbour (ARP) table, for people."""
        names = {link["index"]: link.get("ifname") for link in self._netlink.get_links()}
        return [
            {
                "address": entry.get("dst"),
                "mac": entry.get("lladdr"),
                "interface": names.get(entry["ifindex"]),
                "state": entry["state"],
            }
            for entry in self._netlink.get_neighbours(family=socket.AF_INET)
        ]

    def close(self) -> None:
        """Close the sockets."""
        self._frames.close()
        self._netlink.close()
        self._packed.close()

    def _do(self, op: Op[KernelObject]) -> None:
        match op.after if op.after is not None else op.before:
            case Link(mtu):
                self._link(op.key[1], mtu, up=op.after is not None)
            case Route() as route:
                self._route(route, add=op.after is not None)
            case Sysctl(value) if op.after is not None:
                (_PROC_SYS / op.key[1]).write_text(value)

    def _index(self, interface: str) -> int:
        try:
            return socket.if_nametoindex(interface)
        except OSError:
            raise OSError(ENODEV, f"the vrouter has no interface {interface} (yet)") from None

    def _link(self, name: str, mtu: int, *, up: bool) -> None:
        index = self._index(name)
        if up:
            self._netlink.link("set", index=index, mtu=mtu, state="up")
        else:
            self._netlink.link("set", index=index, state="down")

    def _apply_addresses(self, ops: list[Op[KernelObject]]) -> dict[Key, str]:
        """All of them are added, or all deleted."""
        failed, requests, news = {}, {}, defaultdict(list)
        for op in ops:
            value = op.after or op.before
            assert isinstance(value, Address)
            address = IPv4Interface(value.cidr)
            try:
                index = self._index(value.interface)
            except OSError as error:
                failed[op.key] = f"{op.key[1]}: {error.strerror}"
                continue
            requests[op.key] = [put_address(index, address) if op.after else delete_address(index, address)]
            if op.after:
                news[value.interface].append(address.ip)
        for key, refused in zip(requests, self._packed.run(list(requests.values())), strict=True):
            if refused is not None:
                interface, _, cidr = key[1].partition(" ")
                failed[key] = f"address {cidr} on {interface}: {refused.strerror}"
        for interface, addresses in news.items():
            with contextlib.suppress(OSError):
                # Only a courtesy; without it neighbours learn a little later.
                self._announce(interface, addresses)
        return failed

    def _announce(self, interface: str, addresses: Iterable[IPv4Address]) -> None:
        """Gratuitous ARP requests (RFC 5227 section 3): neighbours forget who had the addresses before."""
        link = self._packed.get(rtnl.get_link(interface))
        if link is None:
            return
        mac = attributes(link[1], rtnl.IFINFO.size)[rtnl.IFLA_ADDRESS]
        head = struct.pack("!6s6sH", b"\xff" * 6, mac, _ETH_P_ARP)
        for address in addresses:
            own = address.packed
            body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, own, bytes(6), own)
            self._frames.sendto(head + body, (interface, 0))

    def _route(self, route: Route, *, add: bool) -> None:
        wanted: dict[str, Any] = {"dst": route.destination, "priority": route.metric, "proto": ROUTE_PROTOCOL}
        if route.via is None:
            wanted["type"] = "blackhole"
        else:
            wanted["gateway"] = route.via
        self._netlink.route("replace" if add else "del", **wanted)


def _is_ours(name: str) -> bool:
    return name == "lo" or name.startswith("eth")


def _words(op: Op[KernelObject], error: NetlinkError) -> str:
    """A sentence for what the kernel refused."""
    if isinstance(op.after, Route) and error.code in (ENETUNREACH, EHOSTUNREACH):
        return f"route {op.after.destination}: next hop {op.after.via} is in no network of the vrouter"
    return f"{op.key[0]} {op.key[1]}: {error}"


def sysctl_names(wanted: Mapping[Key, KernelObject]) -> list[str]:
    """The settings that a state speaks of."""
    return [name for kind, name in wanted if kind == "sysctl"]
