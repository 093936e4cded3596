"""A vrouter's links, addresses, routes, rules and sysctls: read them, apply operations on them.

Works in the network namespace it was made in.  How a process that remembers nothing knows
what is ours: every address on a leg is (nobody else configures a vrouter), and of routes and rules
those with our protocol number.
"""

import contextlib
import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping
from errno import ENODEV
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from landbridge.core.plan import Key, Op, batches
from landbridge.drivers import rtnl
from landbridge.drivers.addresses import delete_address, ipv4_addresses, put_address
from landbridge.drivers.arp_frames import here_is_address
from landbridge.drivers.netlink import Netlink, Request, attributes
from landbridge.drivers.router_routes import (
    ROUTE_PROTOCOL,
    OurRoutes,
    delete_route,
    delete_rule,
    kernel_routes,
    our_rules,
    own_addresses,
    policy_rules,
    put_route,
    put_rule,
    words,
)
from landbridge.model.questions.router import KernelRoute, KernelRoutes
from landbridge.render.router import (
    Address,
    KernelObject,
    Link,
    Sysctl,
    address_key,
    route_key,
    rule_key,
)
from landbridge.render.router_routes import MAIN_TABLE, Route, Rule

_PROC_SYS = Path("/proc/sys")
_IFF_UP = 1
_BLACKHOLE = 6


class RouterKernel:
    """Read and write one namespace's network configuration."""

    def __init__(self) -> None:
        self._netlink = IPRoute()
        self._packed = Netlink(strict=True)
        """For what there may be thousands of: addresses, and each of them has routes of its own."""
        self._routes = OurRoutes(self._packed)
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
        found.update((route_key(route), route) for route in self._routes.read(lambda index: names.get(index, "")))
        found.update((rule_key(rule), rule) for rule in our_rules(self._packed))
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
            if batch[0].key[0] in ("route", "rule"):
                failed.update(self._apply_routes(batch))
                continue
            for op in batch:
                try:
                    self._do(op)
                except NetlinkError as error:
                    failed[op.key] = f"{op.key[0]} {op.key[1]}: {error}"
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
            for route in self._netlink.get_routes(family=socket.AF_INET, table=MAIN_TABLE)
        ]

    def tables(self, *, policies: bool) -> KernelRoutes:
        """The main table as it is, and the interfaces that are down; with `policies`, what is asked before that."""
        links = {link["index"]: (link.get("ifname"), link["flags"] & _IFF_UP) for link in self._netlink.get_links()}
        names = {index: name for index, (name, _) in links.items()}

        def table(number: int) -> tuple[KernelRoute, ...]:
            return tuple(kernel_routes(self._packed, number, lambda index: names.get(index, "")))

        rules = tuple(policy_rules(self._packed)) if policies else ()
        return KernelRoutes(
            routes=table(MAIN_TABLE),
            down=tuple(sorted(name for name, up in links.values() if not up)),
            rules=rules,
            tables={number: table(number) for number in {rule.table for rule in rules}},
            own=tuple(own_addresses(self._packed)) if policies else (),
        )

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
        """Neighbours forget who had the addresses before."""
        link = self._packed.get(rtnl.get_link(interface))
        if link is None:
            return
        mac = attributes(link[1], rtnl.IFINFO.size)[rtnl.IFLA_ADDRESS].hex(":")
        for address in addresses:
            self._frames.sendto(here_is_address(mac, address), (interface, 0))

    def _apply_routes(self, ops: list[Op[KernelObject]]) -> dict[Key, str]:
        """All of one kind, routes or rules."""
        failed, requests = {}, {}
        for op in ops:
            try:
                requests[op.key] = [self._request(op)]
            except OSError as error:
                failed[op.key] = f"{op.key[1]}: {error.strerror}"
        values = {op.key: op.after or op.before for op in ops}
        for key, refused in zip(requests, self._packed.run(list(requests.values())), strict=True):
            value = values[key]
            if refused is not None:
                failed[key] = words(value, refused) if isinstance(value, Route) else f"rule: {refused.strerror}"
        return failed

    def _request(self, op: Op[KernelObject]) -> Request:
        match op.before, op.after:
            case (_, Route() as route):
                return put_route(route, self._index(route.interface) if route.interface else 0)
            case (Route() as route, None):
                return delete_route(route)
            case (_, Rule() as rule):
                return put_rule(rule)
            case (Rule() as rule, None):
                return delete_rule(rule)
        raise TypeError(f"{op.key} is neither a route nor a rule")


def _is_ours(name: str) -> bool:
    return name == "lo" or name.startswith("eth")


def sysctl_names(wanted: Mapping[Key, KernelObject]) -> list[str]:
    """The settings that a state speaks of."""
    return [name for kind, name in wanted if kind == "sysctl"]
