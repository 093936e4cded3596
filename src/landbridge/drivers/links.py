"""Bridges, VXLAN devices, flood lists, machines' interfaces and bridge ports: operations -> netlink requests."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from landbridge.core.plan import Key, Op
from landbridge.drivers import rtnl
from landbridge.drivers.addresses import ipv4_addresses
from landbridge.drivers.enter import NETNS_DIR, netns_inode
from landbridge.drivers.link import CLOSED_ARP_IGNORE, OPEN_ARP_IGNORE, Link, alias, note
from landbridge.drivers.netlink import Netlink, NetlinkError, Request
from landbridge.drivers.tables import Tables
from landbridge.render.kernel import Bridge, BridgePort, External, Flood, Value, Veth, Vlan, Vxlan

Errors = dict[Key, str]
"""What could not be done, in words."""

_CONF = Path("/proc/sys/net")
_IPV6 = _CONF / "ipv6/conf"


class Links:
    """Carries out operations on links; several of one kind share few system calls."""

    def __init__(self, netlink: Netlink, tables: Tables) -> None:
        self._netlink = netlink
        self._tables = tables

    def bridges(self, ops: Sequence[Op[Value]]) -> Errors:
        """Bridges, up, closed to the host's stack unless they are to carry its addresses."""

        def create(op: Op[Value]) -> list[Request]:
            bridge = op.after
            assert isinstance(bridge, Bridge)
            name = bridge.name
            if op.before is None:
                self._free(name)
            made = alias(l2=bridge.l2_uuid) if bridge.closed else alias(l2=bridge.l2_uuid, open="yes")
            return [
                *([rtnl.add_bridge(name)] if op.before is None else []),
                rtnl.set_link(name, alias=made, mtu=bridge.mtu),
                rtnl.set_stack(
                    name,
                    arp_ignore=CLOSED_ARP_IGNORE if bridge.closed else OPEN_ARP_IGNORE,
                    ipv6_address=not bridge.closed,
                ),
            ]

        return self._stacked(ops, create)

    def vxlans(self, ops: Sequence[Op[Value]]) -> Errors:
        """VXLAN devices, in their bridge and up."""

        def create(op: Op[Value]) -> list[Request]:
            device = op.after
            assert isinstance(device, Vxlan)
            name = device.name
            if op.before is None:
                self._free(name)
            fresh = [rtnl.add_vxlan(name, device.vni, device.local, device.port)]
            return [
                *(fresh if op.before is None else [rtnl.set_vxlan_local(name, device.local)]),
                rtnl.set_link(name, alias=alias(l2=device.l2_uuid), mtu=device.mtu),
                rtnl.set_stack(name, arp_ignore=CLOSED_ARP_IGNORE, ipv6_address=False),
                rtnl.set_link(name, master=self._index(device.bridge)),
            ]

        return self._stacked(ops, create)

    def vlans(self, ops: Sequence[Op[Value]]) -> Errors:
        """Devices of VLANs, in their bridge and up; what they are to the wire `drivers.vlans` says."""

        def create(op: Op[Value]) -> list[Request]:
            device = op.after
            assert isinstance(device, Vlan)
            name = device.name
            if op.before is None:
                self._free(name)
            return [
                *([rtnl.add_ifb(name)] if op.before is None else []),
                rtnl.set_link(name, alias=alias(l2=device.l2_uuid, over=device.interface), mtu=device.mtu),
                rtnl.set_stack(name, arp_ignore=CLOSED_ARP_IGNORE, ipv6_address=False),
                rtnl.set_link(name, master=self._index(device.bridge)),
            ]

        return self._stacked(ops, create)

    def floods(self, ops: Sequence[Op[Value]]) -> Errors:
        """Entries of VXLAN devices' flood lists.  What was learned from a VTEP goes with its entry."""

        def requests(op: Op[Value]) -> list[Request]:
            entry = op.after or op.before
            assert isinstance(entry, Flood)
            device = self._index(entry.device)
            if op.after:
                return [rtnl.add_flood(device, entry.peer)]
            return [rtnl.delete_flood(device, entry.peer), *self._forget(device, entry.peer)]

        return self._each(ops, requests)

    def _forget(self, device: int, vtep: str) -> Iterator[Request]:
        """What was learned from a VTEP: its frames would go nowhere until they age out, in minutes."""
        for _, body in self._netlink.dump(rtnl.get_stations(device)):
            mac = rtnl.learned_from(body, device, vtep)
            if mac is not None:
                yield rtnl.delete_remote(device, mac, vtep)

    def interfaces(self, ops: Sequence[Op[Value]]) -> Errors:
        """Host sides of machines' interfaces, down: made here, or taken when somebody else has made them."""
        opened: list[int] = []

        def requests(op: Op[Value]) -> list[Request]:
            match op.before, op.after:
                case None, Veth() as veth:
                    self._free(veth.ifname)
                    opened.append(os.open(NETNS_DIR / veth.netns, os.O_RDONLY | os.O_CLOEXEC))
                    return _make(veth, opened[-1])
                case None, External() as external:
                    return self._take(external)
                case External(), None:
                    return _let_go(self._link(op.key[1]))
                case _, Veth() | External() as interface:
                    # Of a veth pair this concerns the side here only.
                    return [rtnl.set_link(interface.ifname, mtu=interface.mtu)]
            return [rtnl.delete_link(op.key[1])]

        try:
            errors = self._each(ops, requests)
        finally:
            for descriptor in opened:
                os.close(descriptor)
        for op in ops:
            if op.before is None and op.key not in errors:
                _disable_ipv6(op.key[1])
            elif op.after is None and isinstance(op.before, External):
                _open_stack(op.key[1])
        return errors

    def _take(self, external: External) -> list[Request]:
        """An interface of somebody else, without whatever programs are on it: those of a port are ours alone."""
        name = external.ifname
        link = self._tables.by_name(name)
        if link is None:
            raise NetlinkError(errno.ENODEV, f"waiting for interface {name}: nobody has made it yet")
        if link.ours:
            raise NetlinkError(errno.EBUSY, f"interface {name} is in use by another NIC or network: name another one")
        bridge = self._tables.links.get(link.master)
        if bridge is not None and not bridge.ours:
            raise NetlinkError(errno.EBUSY, f"interface {name} is in {bridge.name}: take it out of there")
        if any(index == link.index for index, _ in ipv4_addresses(self._netlink)):
            raise NetlinkError(errno.EBUSY, f"interface {name} has an address of this host: it is no port of a VM")
        if link.mac == external.mac:
            raise NetlinkError(
                errno.EBUSY, f"interface {name} has the VM's own MAC {link.mac} on the host's side: give it another"
            )
        made = alias(external="yes", nic=external.nic_uuid, mac=external.mac, mtu=str(link.mtu))
        return [
            rtnl.set_link(link.index, alias=made, mtu=external.mtu, up=False),
            rtnl.set_stack(link.index, arp_ignore=CLOSED_ARP_IGNORE, ipv6_address=False),
            rtnl.delete_clsact(link.index),
        ]

    def ports(self, ops: Sequence[Op[Value]]) -> Errors:
        """Ports into their bridges, and up; on standby up, but in none; or down and out."""

        def requests(op: Op[Value]) -> list[Request]:
            link = self._link(op.key[1])
            if not isinstance(op.after, BridgePort):
                return [rtnl.set_link(link.index, up=False, master=0)]
            port = op.after
            if not port.bridge:
                return [rtnl.set_link(link.index, up=port.up, master=0)]
            bridge = self._index(port.bridge)
            return [
                *([rtnl.set_link(link.index, master=bridge)] if link.master != bridge else []),
                rtnl.set_bridge_port(link.index, learning=port.learning, flood=port.flood),
                rtnl.set_station(link.index, port.mac),
                rtnl.set_link(link.index, up=port.up),
            ]

        return self._each(ops, requests)

    def _stacked(self, ops: Sequence[Op[Value]], create: Callable[[Op[Value]], list[Request]]) -> Errors:
        """Devices that the host's stack shall not be reached through: IPv6 goes off before they go up."""
        gone = [op for op in ops if op.after is None]
        made = [op for op in ops if op.after is not None]
        errors = self._each(gone, lambda op: [rtnl.delete_link(op.key[1])])
        errors |= self._each(made, create)
        for op in made:
            if op.key not in errors and getattr(op.after, "closed", False):
                _disable_ipv6(op.key[1])
        return errors | self._each(
            [op for op in made if op.key not in errors], lambda op: [rtnl.set_link(op.key[1], up=True)]
        )

    def _each(self, ops: Sequence[Op[Value]], requests: Callable[[Op[Value]], list[Request]]) -> Errors:
        errors: Errors = {}
        packed: list[tuple[Key, list[Request]]] = []
        for op in ops:
            try:
                packed.append((op.key, requests(op)))
            except OSError as error:
                if op.after is not None:
                    errors[op.key] = _words(op, error)
        results = self._netlink.run([requests for _, requests in packed])
        by_key = {op.key: op for op in ops}
        for (key, _), refusal in zip(packed, results, strict=True):
            if refusal is not None:
                errors[key] = _words(by_key[key], refusal)
                if by_key[key].before is None and isinstance(by_key[key].after, Bridge | Vxlan | Vlan | Veth):
                    # Half made is worse than not made: without its alias we would not know it again.
                    self._netlink.run([[rtnl.delete_link(key[1])]])
        return errors

    def _free(self, name: str) -> None:
        """Never take hold of what somebody else made, nor leave a mark on it."""
        if self._tables.by_name(name) is not None:
            raise NetlinkError(errno.EBUSY, "an interface of that name that is not ours is in the way: remove it")

    def _link(self, name: str) -> Link:
        link = self._tables.by_name(name)
        if link is None:
            raise NetlinkError(errno.ENODEV, f"there is no interface {name}")
        return link

    def _index(self, name: str) -> int:
        return self._link(name).index


def _make(veth: Veth, netns: int) -> list[Request]:
    """A veth pair, the far end in an open namespace."""
    name = veth.ifname
    inode = str(netns_inode(veth.netns))
    made = alias(nic=veth.nic_uuid, netns=veth.netns, inode=inode, guest=veth.guest, mac=veth.mac)
    return [
        rtnl.add_veth(name, netns, veth.guest, veth.mac, veth.mtu),
        rtnl.set_link(name, alias=made),
        rtnl.set_stack(name, arp_ignore=CLOSED_ARP_IGNORE, ipv6_address=False),
    ]


def _let_go(link: Link) -> list[Request]:
    """An interface of somebody else as it was, but down."""
    before = note(link)["mtu"]
    return [
        rtnl.set_link(link.index, up=False, master=0),
        rtnl.delete_clsact(link.index),
        rtnl.set_link(link.index, alias="", mtu=int(before) if before else None),
    ]


def _words(op: Op[Value], error: OSError) -> str:
    device = op.after
    if isinstance(device, External) and op.before is None:
        return error.strerror or str(error)
    if isinstance(device, Vxlan) and error.errno == errno.EEXIST:
        return (
            f"this host has another VXLAN device with VNI {device.vni} on UDP port {device.port}: "
            "remove it, or give the pool another port"
        )
    doing = "delete" if op.after is None else "create" if op.before is None else "change"
    return f"cannot {doing} {op.key[0]} {op.key[1]}: {error.strerror or error}"


def _disable_ipv6(name: str) -> None:
    """No IPv6 on a device; a kernel without IPv6 has no such file."""
    with contextlib.suppress(FileNotFoundError):
        (_IPV6 / name / "disable_ipv6").write_text("1")


def _open_stack(name: str) -> None:
    """What the host's stack does on an interface: again what it does on a new one."""
    for setting in ("ipv4/conf/{}/arp_ignore", "ipv6/conf/{}/addr_gen_mode", "ipv6/conf/{}/disable_ipv6"):
        with contextlib.suppress(FileNotFoundError):  # no IPv6, or the interface has gone
            default = (_CONF / setting.format("default")).read_text()
            (_CONF / setting.format(name)).write_text(default)
