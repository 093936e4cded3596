"""The kernel of one host: read what is ours, carry out operations, hear what others change.

Works in the network namespace of the thread that makes it.  Not thread-safe.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from landbridge.core.plan import Key, Op
from landbridge.drivers import namespaces
from landbridge.drivers.announcer import Announcer
from landbridge.drivers.arp_frames import here_is_address, here_is_mac
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.firewall import HostFirewall
from landbridge.drivers.hooks import Hooks, NoHooks
from landbridge.drivers.links import Errors, Links
from landbridge.drivers.mirror import Mirror, News
from landbridge.drivers.netlink import Netlink
from landbridge.drivers.uplink import Uplinks
from landbridge.drivers.vlans import Vlans
from landbridge.render.kernel import (
    BridgePort,
    Connections,
    Hook,
    Member,
    Namespace,
    Relay,
    Sysctl,
    Tracking,
    Value,
    Veth,
    Vlan,
)
from landbridge.render.policy import Policy
from landbridge.render.world import Result

_SYSCTLS = Path("/proc/sys")
_ENDS = ("interface", "vxlan", "vlan")
"""Links that maps speak of: a gone one's number may become another's."""
_Apply = Callable[[Sequence[Op[Value]]], Errors]


class Kernel:
    """Everything of a host that is in its kernel."""

    def __init__(self, tag: str, hooks: Hooks | NoHooks, sysctls: Sequence[str]) -> None:
        """`sysctls`: names that the host's state may speak of."""
        self._prefixes = (f"{tag}-vm-", f"{tag}-vr-")
        self._sysctls = sysctls
        self.hooks = hooks
        self.netlink = Netlink()
        self.mirror = Mirror(hooks.of, hooks.relays.of, hooks.trunks.of, hooks.trunks.devices_over)
        self._firewall = HostFirewall()
        self._announcer = Announcer()
        links = self._links = Links(self.netlink, self.mirror.tables)
        self._drivers: dict[str, _Apply] = {
            "sysctl": _write_sysctls,
            "namespace": _namespaces,
            "bridge": links.bridges,
            "vxlan": links.vxlans,
            "uplink": Uplinks(self.netlink, self.mirror.tables).apply,
            "vlan": Vlans(self.netlink, self.mirror.tables, links, hooks.trunks).apply,
            "flood": links.floods,
            "interface": links.interfaces,
            "tracking": self._tracking,
            "firewall": self._firewall.apply,
            "member": self._members,
            "policy": self._policies,
            "connections": self._connections,
            "hook": self._hook,
            "port": self._ports,
            "relay": self._relays,
        }
        self.kinds = frozenset(self._drivers)
        self._facts = self._lost = False

    def close(self) -> None:
        """Let go; everything in the kernel stays."""
        self.hooks.let_go()
        self._announcer.close()
        self._firewall.close()
        self.mirror.close()
        self.netlink.close()

    def read(self) -> dict[Key, Value]:
        """Everything of ours, from the kernel itself."""
        filters = self.hooks.read()
        found = self.mirror.read(self.netlink) | filters | self._firewall.read()
        self.hooks.forget_all_but(self.mirror.tables.links)
        if all(value.current for value in found.values() if isinstance(value, Hook | Vlan)):
            self.hooks.retire_others()
        for name in namespaces.names(self._prefixes):
            found["namespace", name] = Namespace(name)
        for name in self._sysctls:
            found["sysctl", name] = Sysctl(name, _read_sysctl(name))
        return found

    def apply(self, kind: str, ops: Sequence[Op[Value]]) -> Result:
        """Carry out operations of one kind."""
        errors = self._drivers[kind](ops)
        news = self._take()
        changes: dict[Key, Value | None] = dict(news.changes)
        if kind in ("bridge", "vxlan", "vlan", "interface"):
            for op in ops:
                if not isinstance(op.after or op.before, Veth):  # seen when it goes up
                    changes |= self.mirror.refresh(self.netlink, op.key[1])
        if kind in ("hook", "vlan"):
            links = (self.mirror.tables.by_name(op.key[1]) for op in ops)
            changes |= self.mirror.look_again([link.index for link in links if link is not None])
        elif kind == "relay":
            links = (self.mirror.tables.by_name(op.key[1].split()[0]) for op in ops)
            changes |= self.mirror.look_again([link.index for link in links if link is not None])
        return Result(errors, changes, appeared=news.appeared)

    def drain(self) -> News:
        """What others did since the last call (and facts that changed by whoever)."""
        news = replace(self._take(), facts=self._facts, lost=self._lost)
        self._facts = self._lost = False
        return news

    def _take(self) -> News:
        news = self.mirror.drain()
        self._facts |= news.facts
        self._lost |= news.lost
        if any(key[0] in _ENDS and value is None for key, value in news.changes.items()):
            self.hooks.forget_all_but(self.mirror.tables.links)
        return news

    def _hook(self, ops: Sequence[Op[Value]]) -> Errors:
        """First the map entries, then the programs: the port itself is not yet in a bridge, or has older ones."""
        errors: Errors = {}
        admitting: dict[int, Op[Value]] = {}
        for op in ops:
            link = self.mirror.tables.by_name(op.key[1])
            if link is None:
                if op.after is not None:
                    errors[op.key] = f"there is no interface {op.key[1]}"
            elif isinstance(op.after, Hook):
                admitting[link.index] = op
            else:
                self.hooks.close(link.index)
        try:
            self.hooks.admit({i: op.after for i, op in admitting.items() if isinstance(op.after, Hook)})
            attaching = [(op.key, self.hooks.attach(index)) for index, op in admitting.items() if _is_fresh(op)]
        except BpfError as error:
            return errors | {op.key: f"cannot admit {op.key[1]}: {error.strerror}" for op in admitting.values()}
        refusals = self.netlink.run([requests for _, requests in attaching])
        for (key, _), refusal in zip(attaching, refusals, strict=True):
            if refusal is not None:
                errors[key] = f"cannot attach the eBPF programs to {key[1]}: {refusal.strerror}"
        return errors

    def _ports(self, ops: Sequence[Op[Value]]) -> Errors:
        """What was learned of a machine that was elsewhere, or of who had its address before, is wrong now."""
        errors = self._links.ports(ops)
        for op in ops:
            before, after = (it.bridge if isinstance(it, BridgePort) else "" for it in (op.before, op.after))
            if before and before != after:
                self._announcer.withdraw(op.key[1])
            if isinstance(op.after, BridgePort) and after and before != after and op.key not in errors:
                self._announcer.announce(after, op.after.ifname, _announcements(op.after))
        return errors

    def connections(self, ifname: str) -> bytes:
        """What a port's table holds, to be carried elsewhere; nothing if it has none."""
        link = self.mirror.tables.by_name(ifname)
        return b"" if link is None else self.hooks.carry(link.index)

    def _connections(self, ops: Sequence[Op[Value]]) -> Errors:
        errors: Errors = {}
        for op in ops:
            link = self.mirror.tables.by_name(op.key[1])
            if isinstance(op.after, Connections):
                try:
                    self.hooks.carry_in(link.index if link is not None else 0, op.after.data)
                except (OSError, ValueError) as error:
                    errors[op.key] = f"cannot take over the connections of {op.key[1]}: {error}"
        return errors

    def _relays(self, ops: Sequence[Op[Value]]) -> Errors:
        errors: Errors = {}
        for op in ops:
            device, mac = op.key[1].split()
            link = self.mirror.tables.by_name(device)
            try:
                if isinstance(op.after, Relay) and link is not None:
                    self.netlink.run([self.hooks.relays.put(link.index, op.after)])
                elif link is not None:
                    self.netlink.run([self.hooks.relays.delete(link.index, mac)])
            except OSError as error:
                errors[op.key] = f"cannot relay for {mac} at {device}: {error.strerror}"
        return errors

    def _tracking(self, ops: Sequence[Op[Value]]) -> Errors:
        for op in ops:
            if isinstance(op.after, Tracking):
                try:
                    self.hooks.track(op.after)
                except BpfError as error:
                    return {op.key: f"cannot change the tables of connections: {error.strerror}"}
        return {}

    def _policies(self, ops: Sequence[Op[Value]]) -> Errors:
        errors: Errors = {}
        for op in ops:
            if not isinstance(op.after, Policy):
                self.hooks.delete_policy(op.key[1])
                continue
            try:
                self.hooks.put_policy(op.after)
            except BpfError as error:
                errors[op.key] = f"cannot load the rules of the security groups: {error.strerror}"
        return errors

    def _members(self, ops: Sequence[Op[Value]]) -> Errors:
        put = [op.after for op in ops if isinstance(op.after, Member)]
        gone = [op.before for op in ops if op.after is None and isinstance(op.before, Member)]
        try:
            self.hooks.change_members(put, gone)
        except BpfError as error:
            return {op.key: f"cannot enter members of security groups: {error.strerror}" for op in ops}
        return {}


def _announcements(port: BridgePort) -> list[bytes]:
    frames = [here_is_address(port.mac, address) for address in port.addresses]
    return [here_is_mac(port.mac), *frames] if port.moved else frames


def _is_fresh(op: Op[Value]) -> bool:
    """Whether the programs have to be attached: a port that has this version's only needs its entries."""
    return not isinstance(op.before, Hook) or not op.before.current


def _namespaces(ops: Sequence[Op[Value]]) -> Errors:
    errors: Errors = {}
    for op in ops:
        try:
            (namespaces.delete if op.after is None else namespaces.create)(op.key[1])
        except OSError as error:
            errors[op.key] = f"cannot make namespace {op.key[1]}: {error.strerror}"
    return errors


def _write_sysctls(ops: Sequence[Op[Value]]) -> Errors:
    errors: Errors = {}
    for op in ops:
        if isinstance(op.after, Sysctl):
            try:
                (_SYSCTLS / op.after.name).write_text(op.after.value)
            except OSError as error:
                errors[op.key] = f"cannot set {op.after.name} to {op.after.value}: {error.strerror}"
    return errors


def _read_sysctl(name: str) -> str:
    """A switch that the kernel does not have is off."""
    try:
        return (_SYSCTLS / name).read_text().strip()
    except FileNotFoundError:
        return "0"
