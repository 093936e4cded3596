"""A physical interface joins a bridge of ours: its addresses and routes go over to the bridge.

Everything is one netlink send, worked off before the kernel returns: the host's sockets notice
nothing, and no kill of this process leaves it half done.  On removal all of it goes back, as it is
then.  Nothing needs to be remembered: what belongs to the interface is what the bridge has.
"""

import errno
import socket
import struct
from collections.abc import Iterator, Sequence

from landbridge.core.plan import Op
from landbridge.drivers import rtnl
from landbridge.drivers.addresses import IFADDR, get_addresses
from landbridge.drivers.link import Link
from landbridge.drivers.links import Errors
from landbridge.drivers.netlink import (
    NLM_F_CREATE,
    NLM_F_REPLACE,
    Netlink,
    NetlinkError,
    Request,
    as_int,
    attribute,
    attributes,
    u32,
)
from landbridge.drivers.tables import Tables
from landbridge.render.kernel import Uplink, Value

_RTM_NEWROUTE, _RTM_DELROUTE, _RTM_GETROUTE = 24, 25, 26
_RT_TABLE_LOCAL = 255
_RTPROT_KERNEL = 2
_RT_SCOPE_LINK = 253
_RTA_OIF, _RTA_CACHEINFO, _RTA_TABLE, _RTNH_F_ONLINK = 4, 12, 15, 0x4
_IFA_FLAGS, _IFA_F_NODAD, _IFA_F_NOPREFIXROUTE = 8, 0x2, 0x200
_IFA_KEPT = (1, 2, 4, 9)
"""Address, local address, broadcast address, metric: not the label (a name), not the lifetime."""
_RTMSG_SIZE = 12
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_GONE = frozenset({errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENOENT})
_THERE = frozenset({errno.EEXIST})


class Uplinks:
    """Takes interfaces into bridges and gives them back."""

    def __init__(self, netlink: Netlink, tables: Tables) -> None:
        self._netlink = netlink
        self._tables = tables

    def apply(self, ops: Sequence[Op[Value]]) -> Errors:
        """Operations on uplinks; a failed take-over is undone."""
        errors: Errors = {}
        for op in ops:
            value = op.after or op.before
            assert isinstance(value, Uplink)
            try:
                (self._take if op.after else self._give_back)(value)
            except NetlinkError as error:
                errors[op.key] = (
                    f"interface {value.interface} cannot {'join' if op.after else 'leave'} "
                    f"bridge {value.bridge}: {error.strerror}"
                )
        return errors

    def _take(self, value: Uplink) -> None:
        bridge, interface = self._find(value.bridge), self._find(value.interface)
        if interface.master not in (0, bridge.index):
            raise NetlinkError(errno.EBUSY, f"it is in {self._tables.name(interface.master)} already")
        try:
            self._netlink.one(
                # Its own MAC and MTU: neighbours keep their entries, packets their size.
                rtnl.set_link(bridge.index, mac=interface.mac, mtu=interface.mtu),
                rtnl.set_link(interface.index, master=bridge.index, up=True),
                *self._move(interface.index, bridge.index),
            )
        except NetlinkError:
            self._give_back(value)
            raise

    def _give_back(self, value: Uplink) -> None:
        bridge, interface = self._tables.by_name(value.bridge), self._tables.by_name(value.interface)
        if bridge is None or interface is None:
            return
        self._netlink.one(rtnl.set_link(interface.index, master=0), *self._move(bridge.index, interface.index))

    def _move(self, source: int, target: int) -> Iterator[Request]:
        """Addresses first (they bring the routes to their own networks), then the other routes."""
        addresses = list(self._addresses(source))
        for body in addresses:
            yield Request(rtnl.RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, _address_at(body, target), _THERE)
        for body in list(self._routes(source)):
            moved = _route_at(body, target)
            if moved[0] == socket.AF_INET6:
                # IPv6 would add a second next hop instead of replacing the interface.
                yield Request(_RTM_DELROUTE, 0, body, _GONE)
            yield Request(_RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, moved, _THERE)
        for body in addresses:
            yield Request(rtnl.RTM_DELADDR, 0, body, _GONE)

    def _addresses(self, index: int) -> Iterator[bytes]:
        """Addresses of an interface, link-local IPv6 ones left out (they are made from the MAC)."""
        for family in _FAMILIES:
            for _, body in self._netlink.dump(get_addresses(family)):
                _, _, _, scope, at = IFADDR.unpack_from(body)
                if at == index and not (family == socket.AF_INET6 and scope == _RT_SCOPE_LINK):
                    yield body

    def _routes(self, index: int) -> Iterator[bytes]:
        """Routes over an interface that somebody set, near ones first: gateways must be reachable."""
        found = []
        for family in _FAMILIES:
            request = Request(_RTM_GETROUTE, 0, bytes([family]) + bytes(_RTMSG_SIZE - 1))
            for _, body in self._netlink.dump(request):
                data = attributes(body, _RTMSG_SIZE)
                by_hand = body[5] != _RTPROT_KERNEL and as_int(data.get(_RTA_TABLE)) != _RT_TABLE_LOCAL
                if by_hand and as_int(data.get(_RTA_OIF)) == index:
                    found.append((body[6] != _RT_SCOPE_LINK, body))
        return (body for _, body in sorted(found, key=lambda entry: entry[0]))

    def _find(self, name: str) -> Link:
        link = self._tables.by_name(name)
        if link is None:
            raise NetlinkError(errno.ENODEV, f"there is no interface {name} on this host")
        return link


def _address_at(body: bytes, index: int) -> bytes:
    """The same address on another interface, for good: nobody renews its lifetime there."""
    data = attributes(body, IFADDR.size)
    family, prefix_len, _, scope, _ = IFADDR.unpack_from(body)
    flags = as_int(data.get(_IFA_FLAGS)) & _IFA_F_NOPREFIXROUTE
    if family == socket.AF_INET6:
        flags |= _IFA_F_NODAD  # it was ours a moment ago
    kept = [attribute(kind, value) for kind, value in data.items() if kind in _IFA_KEPT]
    return IFADDR.pack(family, prefix_len, 0, scope, index) + b"".join(kept) + u32(_IFA_FLAGS, flags)


def _route_at(body: bytes, index: int) -> bytes:
    """The same route over another interface."""
    data = attributes(body, _RTMSG_SIZE)
    flags = as_int(body[8:12]) & _RTNH_F_ONLINK
    kept = [attribute(kind, value) for kind, value in data.items() if kind not in (_RTA_OIF, _RTA_CACHEINFO)]
    return body[:8] + struct.pack("=I", flags) + b"".join(kept) + u32(_RTA_OIF, index)
