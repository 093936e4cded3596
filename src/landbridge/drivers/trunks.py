"""VLANs of physical interfaces by eBPF (bpf/lib/vlan.h): which device is which VLAN, and the programs at both ends.

The interface is not ours and has no mark of ours: what is in force there is read from its programs and its flags.
"""

import errno
from collections.abc import Collection, Iterator, Mapping

from landbridge.drivers import records, rtnl
from landbridge.drivers.bpf import BpfError, Program
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.link import Link, note
from landbridge.drivers.netlink import Netlink, Request, as_int, as_text, attributes
from landbridge.drivers.tables import Tables
from landbridge.render.kernel import Vlan

_FROM_WIRE, _TO_WIRE = "from_wire", "to_wire"
_IFLA_VLAN_ID = 1


class NoTrunks:
    """Stands in where eBPF does not work: there are no VLANs."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def of(self, _link: Link, _tables: Tables) -> None:
        """There are none."""

    def devices_over(self, _interface: int) -> Iterator[int]:
        """There are none."""
        return iter(())

    def enter(self, _device: int, _interface: int, _vlan: int) -> None:
        """Refuse.

        Raises:
            BpfError: with the reason.
        """
        raise BpfError(errno.ENOTSUP, self._reason)

    def attach(self, _device: int, _interface: int) -> list[Request]:
        """Refuse, as `enter`."""
        raise BpfError(errno.ENOTSUP, self._reason)

    def leave(self, _device: int) -> list[Request]:
        """There are none."""
        return []


class Trunks:
    """Of one host."""

    def __init__(self, maps: Mapping[str, Map], programs: Mapping[str, Program]) -> None:
        self._devices, self._vlans = maps["vlan_devices"], maps["vlans"]
        self._from_wire, self._to_wire = programs[_FROM_WIRE], programs[_TO_WIRE]
        self._entries: dict[int, tuple[int, int]] = {}

    def read(self) -> None:
        """Read the map afresh."""
        self._entries = {}
        for key, [value] in self._devices.items():
            found = records.VLAN_KEY.unpack(value)
            (device,) = records.KEY.unpack(key)
            self._entries[device] = (found.interface, found.vlan)

    def of(self, link: Link, tables: Tables) -> Vlan:
        """What a device of ours is; `current` only when all that it needs is in force."""
        interface, vlan = self._entries.get(link.index, (0, 0))
        below = tables.links.get(interface)
        return Vlan(
            name=link.name,
            l2_uuid=note(link)["l2"],
            interface=tables.name(interface),
            vlan=vlan,
            mtu=link.mtu,
            bridge=tables.name(link.master),
            up=link.up,
            closed=link.closed,
            current=below is not None
            and below.up
            and below.promiscuous
            and tables.programs[interface].get(rtnl.TC_INGRESS) == self._from_wire.id
            and tables.programs[link.index].get(rtnl.TC_EGRESS) == self._to_wire.id,
        )

    def devices_over(self, interface: int) -> Iterator[int]:
        """Devices of an interface's VLANs."""
        return (device for device, (below, _) in self._entries.items() if below == interface)

    def enter(self, device: int, interface: int, vlan: int) -> None:
        """From now on the programs know the VLAN's device, whatever it was before.

        Raises:
            BpfError: the maps are full.
        """
        before = self._entries.get(device)
        key = records.VLAN_KEY.pack(interface, vlan, 0)
        self._devices.update({records.KEY.pack(device): key})
        self._vlans.update({key: records.KEY.pack(device)})
        self._entries[device] = (interface, vlan)
        if before is not None and before != (interface, vlan):
            self._forget_vlan(device, *before)

    def attach(self, device: int, interface: int) -> list[Request]:
        """Requests that put both programs in force, and let the interface hear all frames."""
        return [
            rtnl.add_clsact(device),
            rtnl.replace_filter(device, rtnl.TC_EGRESS, self._to_wire.fd, _TO_WIRE),
            rtnl.add_clsact(interface),
            rtnl.replace_filter(
                interface, rtnl.TC_INGRESS, self._from_wire.fd, _FROM_WIRE, priority=rtnl.WIRE_PRIORITY
            ),
            rtnl.set_link(interface, up=True, promiscuous=True),
        ]

    def leave(self, device: int) -> list[Request]:
        """Take a device's entries away; the requests that leave its interface as it was, if it was the last there."""
        self._devices.delete(records.KEY.pack(device))
        interface, vlan = self._entries.pop(device, (0, 0))
        if not interface:
            return []
        self._forget_vlan(device, interface, vlan)
        if any(self.devices_over(interface)):
            return []
        return [
            rtnl.delete_filter(interface, rtnl.TC_INGRESS, priority=rtnl.WIRE_PRIORITY),
            rtnl.set_link(interface, promiscuous=False),
        ]

    def forget_all_but(self, living: Collection[int]) -> None:
        """Only these links are left: a gone one's number may become another's."""
        for device, (interface, _) in list(self._entries.items()):
            if device not in living or interface not in living:
                self.leave(device)

    def _forget_vlan(self, device: int, interface: int, vlan: int) -> None:
        """Unless another device has taken it over: two VLANs may change places."""
        key = records.VLAN_KEY.pack(interface, vlan, 0)
        if self._vlans.get(key) == [records.KEY.pack(device)]:
            self._vlans.delete(key)


def taken_by(netlink: Netlink, interface: int, vlan: int) -> str | None:
    """The name of a VLAN device of somebody else that has this VLAN of an interface."""
    for _, body in netlink.dump(rtnl.get_links()):
        data = attributes(body, rtnl.IFINFO.size)
        info = attributes(data.get(rtnl.IFLA_LINKINFO, b""))
        if as_text(info.get(rtnl.IFLA_INFO_KIND)) != "vlan" or as_int(data.get(rtnl.IFLA_LINK)) != interface:
            continue
        if as_int(attributes(info.get(rtnl.IFLA_INFO_DATA, b"")).get(_IFLA_VLAN_ID)) == vlan:
            return as_text(data.get(rtnl.IFLA_IFNAME))
    return None
