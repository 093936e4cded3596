"""The kernel's links, static forwarding entries and attached programs, fed by netlink messages.

Every method that takes a message answers with the links that it changed.
"""

import socket
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from landbridge.drivers import rtnl
from landbridge.drivers.link import Link, note, parse_link
from landbridge.drivers.netlink import Netlink, as_int, as_text, attributes


class Tables:
    """What one namespace has, by interface index."""

    def __init__(self) -> None:
        self.links: dict[int, Link] = {}
        self.floods: defaultdict[int, set[str]] = defaultdict(set)
        """VXLAN device -> VTEPs in its flood list."""
        self.stations: defaultdict[int, set[str]] = defaultdict(set)
        """Bridge port -> MACs with a static entry."""
        self.programs: defaultdict[int, dict[int, int]] = defaultdict(dict)
        """Link -> place (ingress, egress) -> id of the eBPF program."""
        self._index: dict[str, int] = {}

    def read(self, netlink: Netlink) -> None:
        """Read everything afresh."""
        for table in (self.links, self._index, self.programs, self.floods, self.stations):
            table.clear()
        for _, body in netlink.dump(rtnl.get_links()):
            self.link(body)
        for kind, body in netlink.dump(rtnl.get_stations()):
            self.neighbour(kind, body)
        for link in self._with_programs():
            for parent in (rtnl.TC_INGRESS, rtnl.TC_EGRESS):
                for kind, body in netlink.dump(rtnl.get_filters(link.index, parent)):
                    self.classifier(kind, body)

    def _with_programs(self) -> Iterator[Link]:
        """Links at which programs of ours may be."""
        below = {note(link)["over"] for link in self.links.values() if link.is_vlan}
        for link in self.links.values():
            if link.is_port or link.is_vlan or (link.ours and link.kind == "vxlan") or link.name in below:
                yield link

    def by_name(self, name: str) -> Link | None:
        """A link by its name."""
        return self.links.get(self._index.get(name, 0))

    def name(self, index: int) -> str:
        """Name of a link; empty if there is none."""
        link = self.links.get(index)
        return "" if link is None else link.name

    def uplink_of(self, bridge: int) -> Link | None:
        """The interface in a bridge of ours that is not ours."""
        return next((link for link in self.links.values() if link.master == bridge and not link.ours), None)

    def link(self, body: bytes) -> set[int]:
        """RTM_NEWLINK of the ordinary family."""
        link = parse_link(body)
        before = self.links.get(link.index)
        if before == link:
            return set()
        if before is not None and before.name != link.name:
            self._index.pop(before.name, None)
        self.links[link.index] = link
        self._index[link.name] = link.index
        return {link.index, link.master, 0 if before is None else before.master}

    def unlink(self, index: int) -> set[int]:
        """RTM_DELLINK of the ordinary family."""
        link = self.links.pop(index, None)
        for table in (self.floods, self.stations, self.programs):
            table.pop(index, None)
        if link is None:
            return set()
        if self._index.get(link.name) == index:
            del self._index[link.name]
        return {index, link.master}

    def bridge_port(self, body: bytes) -> set[int]:
        """RTM_NEWLINK of the bridge family: a port's own settings."""
        index = rtnl.IFINFO.unpack_from(body)[2]
        link = self.links.get(index)
        data = attributes(attributes(body, rtnl.IFINFO.size).get(rtnl.IFLA_PROTINFO, b""))
        if link is None or rtnl.IFLA_BRPORT_LEARNING not in data:
            return set()
        self.links[index] = replace(
            link,
            learning=bool(as_int(data[rtnl.IFLA_BRPORT_LEARNING])),
            flood=bool(as_int(data.get(rtnl.IFLA_BRPORT_UNICAST_FLOOD))),
        )
        return {index} if self.links[index] != link else set()

    def neighbour(self, kind: int, body: bytes) -> set[int]:
        """A forwarding entry; what bridges and VXLAN devices learned is skipped before decoding."""
        family, index, state, _, _ = rtnl.NDMSG.unpack_from(body)
        if family != socket.AF_BRIDGE or not state & (rtnl.NUD_NOARP | rtnl.NUD_PERMANENT):
            return set()
        data = attributes(body, rtnl.NDMSG.size)
        mac = rtnl.mac_text(data.get(rtnl.NDA_LLADDR, b""))
        if mac == rtnl.FLOOD_MAC and rtnl.NDA_DST in data:
            table, entry = self.floods, socket.inet_ntoa(data[rtnl.NDA_DST])
        elif rtnl.NDA_MASTER in data:
            table, entry = self.stations, mac
        else:
            return set()
        (table[index].add if kind == rtnl.RTM_NEWNEIGH else table[index].discard)(entry)
        return {index}

    def classifier(self, kind: int, body: bytes) -> set[int]:
        """A program was attached, replaced or taken away."""
        _, index, handle, parent, info = rtnl.TCMSG.unpack_from(body)
        if kind != rtnl.RTM_DELQDISC and not rtnl.is_ours(handle, info):
            return set()
        programs = self.programs[index]
        if kind == rtnl.RTM_DELQDISC:
            if parent == rtnl.TC_H_CLSACT:
                programs.clear()
        elif kind == rtnl.RTM_DELTFILTER:
            programs.pop(parent, None)
        else:
            data = attributes(body, rtnl.TCMSG.size)
            options = attributes(data.get(rtnl.TCA_OPTIONS, b""))
            if as_text(data.get(rtnl.TCA_KIND)) == "bpf" and rtnl.TCA_BPF_ID in options:
                programs[parent] = as_int(options[rtnl.TCA_BPF_ID])
        return {index}
