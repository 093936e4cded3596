"""Bridges, VXLAN devices, flood lists, veth pairs and bridge ports: operations -> netlink requests."""

import contextlib
import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from landbridge.core.plan import Key, Op
from landbridge.drivers import rtnl
from landbridge.drivers.enter import NETNS_DIR, netns_inode
from landbridge.drivers.link import CLOSED_ARP_IGNORE, OPEN_ARP_IGNORE, Link, alias
from landbridge.drivers.netlink import Netlink, NetlinkError, Request
from landbridge.drivers.tables import Tables
from landbridge.render.kernel import Bridge, BridgePort, Flood, Value, Veth, Vxlan

Errors = dict[Key, str]
"""What could not be done, in words."""

_IPV6 = Path("/proc/sys/net/ipv6/conf")
_DEVICES = frozenset({"bridge", "vxlan", "veth"})


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

    def floods(self, ops: Sequence[Op[Value]]) -> Errors:
        """Entries of VXLAN devices' flood lists."""

        def requests(op: Op[Value]) -> list[Request]:
            entry = op.after or op.before
            assert isinstance(entry, Flood)
            device = self._index(entry.device)
            return [(rtnl.add_flood if op.after else rtnl.delete_flood)(device, entry.peer)]

        return self._each(ops, requests)

    def veths(self, ops: Sequence[Op[Value]]) -> Errors:
        """Veth pairs, down, the far end in its namespace.  Another MTU concerns this side only."""
        opened: list[int] = []

        def requests(op: Op[Value]) -> list[Request]:
            veth = op.after
            if not isinstance(veth, Veth):
                return [rtnl.delete_link(op.key[1])]
            name = veth.ifname
            if op.before is not None:
                return [rtnl.set_link(name, mtu=veth.mtu)]
            self._free(name)
            netns = os.open(NETNS_DIR / veth.netns, os.O_RDONLY | os.O_CLOEXEC)
            opened.append(netns)
            made = alias(
                nic=veth.nic_uuid,
                netns=veth.netns,
                inode=str(netns_inode(veth.netns)),
                guest=veth.guest,
                mac=veth.mac,
            )
            return [
                rtnl.add_veth(name, netns, veth.guest, veth.mac, veth.mtu),
                rtnl.set_link(name, alias=made),
                rtnl.set_stack(name, arp_ignore=CLOSED_ARP_IGNORE, ipv6_address=False),
            ]

        try:
            errors = self._each(ops, requests)
        finally:
            for descriptor in opened:
                os.close(descriptor)
        for op in ops:
            if op.before is None and op.key not in errors:
                _disable_ipv6(op.key[1])
        return errors

    def ports(self, ops: Sequence[Op[Value]]) -> Errors:
        """Ports into their bridges, and up; or down and out."""

        def requests(op: Op[Value]) -> list[Request]:
            link = self._link(op.key[1])
            if not isinstance(op.after, BridgePort):
                return [rtnl.set_link(link.index, up=False, master=0)]
            port = op.after
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
                if by_key[key].before is None and key[0] in _DEVICES:
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


def _words(op: Op[Value], error: OSError) -> str:
    device = op.after
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
