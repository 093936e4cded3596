"""The kernel objects that are ours: one dump, then kept true by the kernel's own events.

The kernel sends the events of a request before it acknowledges it.  So after our own requests
`drain` sees what became of them, and whatever differs later was done by others; no timing is
involved.
"""

import errno
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from landbridge.core.plan import Key
from landbridge.drivers import rtnl
from landbridge.drivers.enter import netns_inode
from landbridge.drivers.link import Link, note
from landbridge.drivers.netlink import Netlink, messages
from landbridge.drivers.tables import Tables
from landbridge.render.kernel import (
    Bridge,
    BridgePort,
    External,
    Flood,
    Hook,
    Relay,
    Uplink,
    Value,
    Veth,
    Vlan,
    Vxlan,
)

_READ = 1 << 20
_GROUPS = rtnl.RTMGRP_LINK | rtnl.RTMGRP_NEIGH | rtnl.RTMGRP_TC | rtnl.RTMGRP_IPV4_IFADDR


@dataclass(frozen=True, slots=True)
class News:
    """What events told."""

    changes: Mapping[Key, Value | None] = field(default_factory=dict)
    """Kernel objects that are otherwise now; None: not there any more."""
    facts: bool = False
    """An interface or address of the host itself changed."""
    lost: bool = False
    """The kernel dropped events: only a full read tells."""
    appeared: frozenset[str] = frozenset()
    """Interfaces that are not ours, and new or otherwise than before."""


class Mirror:
    """Everything of ours in the network namespace of the thread that makes this.

    `hook` and `relays` judge the programs (place -> id) that are attached to a link of ours: a port, a VXLAN device;
    `vlan` what the device of a VLAN is; `over`: such devices of a physical interface.
    """

    def __init__(
        self,
        hook: Callable[[Link, Mapping[int, int]], Hook | None],
        relays: Callable[[Link, Mapping[int, int]], Iterable[Relay]],
        vlan: Callable[[Link, Tables], Vlan | None],
        over: Callable[[int], Iterable[int]],
    ) -> None:
        self.tables = Tables()
        self._hook = hook
        self._relays = relays
        self._vlan, self._over = vlan, over
        self._values: dict[int, dict[Key, Value]] = {}
        self.events = Netlink(_GROUPS)
        self.events.socket.setblocking(False)

    def close(self) -> None:
        """Stop listening."""
        self.events.close()

    def read(self, netlink: Netlink) -> dict[Key, Value]:
        """Read everything afresh; events that happen meanwhile stay queued and are seen after it."""
        self._take_waiting()
        self.tables.read(netlink)
        self._values = {index: values for index in self.tables.links if (values := self._render(index))}
        return {key: value for values in self._values.values() for key, value in values.items()}

    def refresh(self, netlink: Netlink, name: str) -> Mapping[Key, Value | None]:
        """Read one link again; returns what is otherwise now.

        A changed sysctl makes no event, nor does an alias while the link is down.
        """
        answer = netlink.get(rtnl.get_link(name))
        return {} if answer is None else self._changes(self.tables.link(answer[1]))

    def look_again(self, indexes: Iterable[int]) -> Mapping[Key, Value | None]:
        """Judge links again whose map entries changed; returns what is otherwise now."""
        return self._changes(indexes)

    def drain(self) -> News:
        """Take in all events that are waiting."""
        waiting, lost = self._take_waiting()
        touched: set[int] = set()
        newest: dict[int, bytes] = {}
        facts = False
        appeared: set[str] = set()
        for kind, body in waiting:
            ordinary = body[0] == socket.AF_UNSPEC
            match kind:
                case rtnl.RTM_NEWLINK | rtnl.RTM_DELLINK:
                    index = rtnl.IFINFO.unpack_from(body)[2]
                    if ordinary and kind == rtnl.RTM_NEWLINK:
                        # A burst about one link is decoded once: its last message says it all.
                        newest[index] = body
                        continue
                    before = newest.pop(index, None)
                    if before is not None:
                        touched |= self.tables.link(before)
                    if kind == rtnl.RTM_NEWLINK:
                        touched |= self.tables.bridge_port(body)
                    elif ordinary:
                        facts |= index in self.tables.links and not self.tables.links[index].ours
                        touched |= self.tables.unlink(index)
                case rtnl.RTM_NEWNEIGH | rtnl.RTM_DELNEIGH:
                    touched |= self.tables.neighbour(kind, body)
                case rtnl.RTM_NEWTFILTER | rtnl.RTM_DELTFILTER | rtnl.RTM_DELQDISC:
                    touched |= self.tables.classifier(kind, body)
                case rtnl.RTM_NEWADDR | rtnl.RTM_DELADDR:
                    facts = True
        for index, body in newest.items():
            changed = self.tables.link(body)
            touched |= changed
            if changed and not self.tables.links[index].ours:
                appeared.add(self.tables.name(index))
        return News(self._changes(touched), facts or bool(appeared), lost, frozenset(appeared))

    def _take_waiting(self) -> tuple[list[tuple[int, bytes]], bool]:
        """The messages that are waiting, and whether some were lost."""
        waiting: list[tuple[int, bytes]] = []
        lost = False
        while True:
            try:
                waiting += [(kind, body) for kind, _, _, body in messages(self.events.socket.recv(_READ))]
            except BlockingIOError:
                return waiting, lost
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                lost = True

    def _changes(self, touched: Iterable[int]) -> dict[Key, Value | None]:
        changes: dict[Key, Value | None] = {}
        touched = set(touched)
        for index in touched.union(*map(self._over, touched)):
            before = self._values.pop(index, {})
            after = self._render(index)
            if after:
                self._values[index] = after
            for key in before.keys() | after.keys():
                # A link made anew has another index; what it is now counts, whichever comes first.
                if before.get(key) != after.get(key) and (key in after or changes.get(key) is None):
                    changes[key] = after.get(key)
        return changes

    def _render(self, index: int) -> dict[Key, Value]:
        """The kernel objects that a link of ours is."""
        link = self.tables.links.get(index)
        if link is None or not link.ours or link.is_sender:
            return {}
        if link.is_port:
            return self._port(link)
        if link.is_vlan:
            vlan = self._vlan(link, self.tables)
            return {} if vlan is None else {("vlan", link.name): vlan}
        match link.kind:
            case "bridge":
                return self._bridge(link)
            case "vxlan":
                return self._vxlan(link)
        return {}

    def _bridge(self, link: Link) -> dict[Key, Value]:
        made = note(link)
        uplink = self.tables.uplink_of(link.index) if made["open"] else None
        mtu = None if made["open"] else link.mtu
        found: dict[Key, Value] = {("bridge", link.name): Bridge(link.name, made["l2"], mtu, link.closed, link.up)}
        if uplink is not None:
            found["uplink", link.name] = Uplink(link.name, uplink.name)
        return found

    def _vxlan(self, link: Link) -> dict[Key, Value]:
        found: dict[Key, Value] = {
            ("vxlan", link.name): Vxlan(
                name=link.name,
                l2_uuid=note(link)["l2"],
                vni=link.vni,
                local=link.local,
                port=link.port,
                mtu=link.mtu,
                bridge=self.tables.name(link.master),
                up=link.up,
                closed=link.closed,
            )
        }
        for peer in self.tables.floods[link.index]:
            found["flood", f"{link.name} {peer}"] = Flood(link.name, peer)
        for relay in self._relays(link, self.tables.programs[link.index]):
            found["relay", f"{link.name} {relay.mac}"] = relay
        return found

    def _port(self, link: Link) -> dict[Key, Value]:
        made = note(link)
        found: dict[Key, Value] = {}
        if made["external"]:
            found["interface", link.name] = External(link.name, made["nic"], made["mac"], link.mtu)
        else:
            # A namespace made anew under the old name is not where the far end is.
            netns = made["netns"] if str(netns_inode(made["netns"])) == made["inode"] else ""
            veth = Veth(link.name, made["nic"], netns, made["guest"], made["mac"], link.mtu)
            found["interface", link.name] = veth
        hook = self._hook(link, self.tables.programs[link.index])
        if hook is not None:
            found["hook", link.name] = hook
        if link.master or link.up:
            found["port", link.name] = BridgePort(
                ifname=link.name,
                bridge=self.tables.name(link.master),
                mac=made["mac"] if made["mac"] in self.tables.stations[link.index] else "",
                up=link.up,
                learning=link.learning,
                flood=link.flood,
            )
        return found
