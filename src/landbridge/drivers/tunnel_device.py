"""The device behind which a vrouter's IPsec peers are, and the routes into it.

Works in the namespace that it is made in.  How a process that remembers nothing knows what is ours: the routes have
a protocol number of their own.
"""

import socket
from collections.abc import Iterable
from errno import EEXIST, ENODEV
from ipaddress import IPv4Network

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from landbridge.render.ipsec import INTERFACE_ID, KERNEL_DEVICE, TUNNEL_MTU

ROUTE_PROTOCOL = 77
"""Marks our routes; free in /etc/iproute2/rt_protos."""

_MAIN_TABLE = 254
_IFF_UP = 1


class TunnelDevice:
    """An interface of one namespace, and the networks behind it."""

    def __init__(self) -> None:
        self._netlink = IPRoute()

    def close(self) -> None:
        """Close the socket."""
        self._netlink.close()

    def make_kernel_device(self) -> None:
        """Have an xfrm interface: what is routed to it is encrypted by the kernel, or dropped.

        Raises:
            OSError: the kernel has none.
        """
        try:
            self._netlink.link("add", ifname=KERNEL_DEVICE, kind="xfrm", xfrm_if_id=INTERFACE_ID)
        except NetlinkError as error:
            if error.code != EEXIST:
                raise OSError(error.code, f"no xfrm interface: {error}") from error

    def remove_kernel_device(self) -> None:
        """Have none.  Absent is fine."""
        try:
            index = socket.if_nametoindex(KERNEL_DEVICE)
        except OSError:
            return
        self._netlink.link("del", index=index)

    def apply(self, name: str, networks: Iterable[str]) -> int:
        """Have the interface up, and exactly these networks behind it; how many changes that took.

        Raises:
            OSError: there is no such interface, or the kernel refuses.
        """
        try:
            index = socket.if_nametoindex(name)
        except OSError:
            raise OSError(ENODEV, f"the vrouter has no interface {name} (yet)") from None
        try:
            return self._up(index) + self._route(index, set(networks))
        except NetlinkError as error:
            raise OSError(error.code, f"{name}: {error}") from error

    def _up(self, index: int) -> int:
        [link] = self._netlink.get_links(index)
        if link["flags"] & _IFF_UP and link.get("mtu") == TUNNEL_MTU:
            return 0
        self._netlink.link("set", index=index, mtu=TUNNEL_MTU, state="up")
        return 1

    def _route(self, index: int, wanted: set[str]) -> int:
        found = {
            f"{route.get('dst') or '0.0.0.0'}/{route['dst_len']}"
            for route in self._netlink.get_routes(family=socket.AF_INET, table=_MAIN_TABLE, proto=ROUTE_PROTOCOL)
            if route.get("oif") == index
        }
        wanted = {str(IPv4Network(network)) for network in wanted}
        for network in found - wanted:
            self._netlink.route("del", dst=network, oif=index, proto=ROUTE_PROTOCOL)
        for network in wanted - found:
            self._netlink.route("replace", dst=network, oif=index, proto=ROUTE_PROTOCOL)
        return len(found ^ wanted)
