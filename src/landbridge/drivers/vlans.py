"""VLAN networks on a host: a device in each one's bridge, and its VLAN on the physical interface."""

import errno
import socket
from collections.abc import Sequence

from landbridge.core.plan import Op
from landbridge.drivers.link import Link
from landbridge.drivers.links import Errors, Links
from landbridge.drivers.netlink import Netlink, NetlinkError
from landbridge.drivers.tables import Tables
from landbridge.drivers.trunks import NoTrunks, Trunks, taken_by
from landbridge.render.kernel import Value, Vlan


class Vlans:
    """Carries out operations on VLANs."""

    def __init__(self, netlink: Netlink, tables: Tables, links: Links, trunks: Trunks | NoTrunks) -> None:
        self._netlink = netlink
        self._tables = tables
        self._links = links
        self._trunks = trunks

    def apply(self, ops: Sequence[Op[Value]]) -> Errors:
        """Devices first, whose frames go nowhere yet; then what the programs know; last the programs.

        So a VLAN that changes its programs' version, or changes places with another, is without neither for a moment.
        """
        for op in ops:
            link = self._tables.by_name(op.key[1])
            if link is not None and _interface(op.before) != _interface(op.after):
                self._leave(link.index)
        errors = self._links.vlans(ops)
        entered: list[tuple[Op[Value], int, int]] = []
        for op in ops:
            if not isinstance(op.after, Vlan) or op.key in errors:
                continue
            device = socket.if_nametoindex(op.key[1])
            try:
                interface = self._find(op.after)
                self._trunks.enter(device, interface.index, op.after.vlan)
                entered.append((op, device, interface.index))
            except OSError as error:
                self._leave(device)
                errors[op.key] = f"cannot join VLAN {op.after.vlan} of {op.after.interface}: {error.strerror}"
        refusals = self._netlink.run([self._trunks.attach(device, interface) for _, device, interface in entered])
        for (op, _, _), refusal in zip(entered, refusals, strict=True):
            if refusal is not None:
                errors[op.key] = f"cannot attach the eBPF programs for VLANs: {refusal.strerror}"
        return errors

    def _leave(self, device: int) -> None:
        self._netlink.run([self._trunks.leave(device)])

    def _find(self, value: Vlan) -> Link:
        """The interface, if it can carry the VLAN.

        Raises:
            NetlinkError: with the reason.
        """
        link = self._tables.by_name(value.interface)
        if link is None:
            raise NetlinkError(errno.ENODEV, f"there is no interface {value.interface} on this host")
        if link.mtu < value.mtu:
            raise NetlinkError(
                errno.EMSGSIZE,
                f"its MTU is {link.mtu}, the network's {value.mtu}: raise the interface's or lower the network's",
            )
        other = taken_by(self._netlink, link.index, value.vlan)
        if other is not None:
            raise NetlinkError(errno.EBUSY, f"this host's interface {other} is in that VLAN: remove it")
        return link


def _interface(value: Value | None) -> str | None:
    return value.interface if isinstance(value, Vlan) else None
