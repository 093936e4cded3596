"""Ways to machines on other hosts: a forwarding entry in the VXLAN device of their network.

Where this host does not have the network, it gets a device that only sends: in no bridge, in nobody's flood list;
the program at its ingress knows no port of that number and drops all that comes.
"""

import socket
from collections import Counter
from collections.abc import Callable, Collection

from landbridge.drivers import rtnl
from landbridge.drivers.link import CLOSED_ARP_IGNORE, alias
from landbridge.drivers.netlink import Netlink, Request, attributes
from landbridge.drivers.tables import Tables
from landbridge.render.net import vxlan_name
from landbridge.zsnp.outputs import Path

SENDER_MTU = 9950
"""What any network may have; the program at the sending port heeds the path's own."""


class Tunnels:
    """One host's.  `deafen(index)`: requests that make a link drop what it receives."""

    def __init__(self, deafen: Callable[[int], list[Request]]) -> None:
        self._netlink = Netlink()
        self._deafen = deafen
        self._users: Counter[str] = Counter()

    def open(self, path: Path, local: str, *, present: bool) -> int:
        """Make a path passable; returns the index of its device.

        present: this host has the network.  local: this host's VTEP for the device, if it has to be made.

        Raises:
            OSError: the device is not there, or the kernel refuses it.
        """
        name = vxlan_name(path.net_id) if present else sender_name(path.net_id)
        if not present and name not in self._users:
            self._make(name, path, local)
        index = socket.if_nametoindex(name)
        self._netlink.one(rtnl.set_remote(index, path.mac, path.vtep))
        self._users[name] += 1
        return index

    def close(self, path: Path) -> None:
        """Nobody needs it any more; what is gone already is fine.

        Raises:
            OSError: the kernel refuses.
        """
        sender = sender_name(path.net_id)
        name = sender if sender in self._users else vxlan_name(path.net_id)
        self._users[name] -= 1
        last = self._users[name] <= 0
        if last:
            del self._users[name]
        if last and name == sender:
            self._netlink.one(rtnl.delete_link(name))
            return
        try:
            index = socket.if_nametoindex(name)
        except OSError:
            return
        self._netlink.one(rtnl.delete_remote(index, path.mac, path.vtep))

    def where(self, net_id: int, mac: str) -> str | None:
        """The VTEP behind which the VXLAN device of a network has learned a station."""
        try:
            index = socket.if_nametoindex(vxlan_name(net_id))
        except OSError:
            return None
        answer = self._netlink.get(rtnl.get_remote(index, mac))
        address = attributes(answer[1], rtnl.NDMSG.size).get(rtnl.NDA_DST) if answer is not None else None
        return None if address is None else socket.inet_ntoa(address)

    def remove_senders_but(self, net_ids: Collection[int]) -> None:
        """After a restart: devices of a predecessor's for other networks than these go."""
        wanted = {sender_name(net_id) for net_id in net_ids}
        tables = Tables()
        tables.read(self._netlink)
        for link in tables.links.values():
            if link.is_sender and link.name not in wanted:
                self._netlink.one(rtnl.delete_link(link.index))

    def release(self) -> None:
        """Let go; what is open stays open."""
        self._netlink.close()

    def _make(self, name: str, path: Path, local: str) -> None:
        """In one send: a link of ours is never there without its alias and its guard."""
        try:
            socket.if_nametoindex(name)
        except OSError:
            self._netlink.one(
                rtnl.add_vxlan(name, path.vni, local, path.port, learning=False),
                rtnl.set_link(name, mtu=SENDER_MTU, alias=alias(sender="yes")),
                rtnl.set_stack(name, arp_ignore=CLOSED_ARP_IGNORE, ipv6_address=False),
            )
            self._netlink.one(*self._deafen(socket.if_nametoindex(name)))
            self._netlink.one(rtnl.set_link(name, up=True))


def sender_name(net_id: int) -> str:
    """The device that only sends into a network."""
    return f"sx{net_id:x}"
