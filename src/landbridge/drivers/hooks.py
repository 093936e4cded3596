"""The eBPF programs at each port: attached with tc, told about ports, rules and members by map entries.

A port without an entry passes nothing, so taking the entry away closes it at once.
"""

import errno
import functools
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from landbridge.core.plan import Key
from landbridge.drivers import bpf_pins, records, rtnl
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.counters import Counters
from landbridge.drivers.events import Events
from landbridge.drivers.link import Link
from landbridge.drivers.netlink import Request
from landbridge.drivers.policies import Policies
from landbridge.drivers.port_table import PortTable
from landbridge.drivers.relays import NoRelays, Relays
from landbridge.drivers.shortcuts import NoShortcuts, Shortcuts
from landbridge.drivers.signals import NoSignals, Signals
from landbridge.drivers.trunks import NoTrunks, Trunks
from landbridge.model.drops import DropReason
from landbridge.render.kernel import Hook, Member, Tracking, Value
from landbridge.render.kernel_rules import TRACKING_KEY
from landbridge.render.policy import Policy

_ZERO = records.KEY.pack(0)


class NoHooks:
    """Stands in where eBPF does not work: no port is ever opened, and everybody is told why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.shortcuts = NoShortcuts(reason)
        self.signals = NoSignals(reason)
        self.relays = NoRelays(reason)
        self.trunks = NoTrunks(reason)
        self._tracking: dict[Key, Value] = {}

    def read(self) -> dict[Key, Value]:
        """What it was told."""
        return dict(self._tracking)

    def of(self, _link: Link, _attached: Mapping[int, int]) -> Hook | None:
        """Nothing is in force."""
        return None

    def attach(self, _index: int) -> list[Request]:
        """Refuse.

        Raises:
            BpfError: with the reason.
        """
        raise BpfError(errno.ENOTSUP, self.reason)

    def admit(self, _hooks: Mapping[int, Hook]) -> None:
        """Refuse, as `attach`."""
        raise BpfError(errno.ENOTSUP, self.reason)

    def close(self, _index: int) -> None:
        """Nothing is open."""

    def forget_all_but(self, _living: Collection[int]) -> None:
        """Nothing is known."""

    def carry(self, _index: int) -> bytes:
        """There are no connections."""
        return b""

    def carry_in(self, _index: int, _data: bytes) -> None:
        """Refuse, as `attach`."""
        raise BpfError(errno.ENOTSUP, self.reason)

    def let_go(self) -> None:
        """Nothing is held."""

    def retire_others(self) -> None:
        """There are no others."""

    def track(self, tracking: Tracking) -> None:
        """There are no connections: any way of remembering them is in force."""
        self._tracking[TRACKING_KEY] = tracking

    def put_policy(self, _policy: Policy) -> None:
        """Refuse, as `attach`."""
        raise BpfError(errno.ENOTSUP, self.reason)

    def delete_policy(self, _name: str) -> None:
        """Nothing is loaded."""

    def change_members(self, put: Sequence[Member], _delete: Sequence[Member]) -> None:
        """Refuse, as `attach`."""
        if put:
            raise BpfError(errno.ENOTSUP, self.reason)

    def drops(self) -> dict[DropReason, int]:
        """Nothing is counted."""
        return {}


class Hooks:
    """The programs and maps of one host, pinned in `pins`."""

    def __init__(self, pins: Path, object_file: Path) -> None:
        """Open what is pinned; load what is not.

        Raises:
            BpfError: the kernel does not take the programs, or the maps have another layout.
        """
        self._maps, programs = bpf_pins.open_pins(pins, object_file)
        self._ports = PortTable(self._maps)
        self._policies = Policies(self._maps)
        self.counters = Counters(self._maps)
        self.events = Events(self._maps)
        self.shortcuts = Shortcuts(self._maps)
        self.signals = Signals(self._maps)
        self._overlay = programs["from_overlay"]
        self.relays = Relays(self._maps, self._overlay)
        self.trunks = Trunks(self._maps, programs)
        self._programs = {
            rtnl.TC_INGRESS: ("from_vm", programs["from_vm"]),
            rtnl.TC_EGRESS: ("to_vm", programs["to_vm"]),
        }
        self._settings = records.SETTINGS.unpack((self._maps["settings"].get(_ZERO) or [b""])[0])
        self._retire = functools.partial(bpf_pins.retire_others, pins, object_file, self._maps)

    def read(self) -> dict[Key, Value]:
        """Read the maps afresh; returns all but the ports (see `of`)."""
        self._ports.read()
        self.relays.read()
        self.trunks.read()
        self._settings = records.SETTINGS.unpack((self._maps["settings"].get(_ZERO) or [b""])[0])
        timeouts = tuple(seconds for (seconds,) in records.KEY.iter_unpack(self._settings.timeouts))
        found: dict[Key, Value] = {TRACKING_KEY: Tracking(timeouts, self._settings.connections)}
        found.update({("policy", name): policy for name, policy in self._policies.read().items()})
        found.update({("member", name): member for name, member in self._policies.read_members().items()})
        return found

    def of(self, link: Link, attached: Mapping[int, int]) -> Hook | None:
        """What is in force at a link; None unless both programs and the entry are there."""
        hook = self._ports.hook(link.index)
        if hook is None or attached.keys() != self._programs.keys():
            return None
        current = all(attached[place] == program.id for place, (_, program) in self._programs.items())
        return replace(hook, ifname=link.name, current=current)

    def attach(self, index: int) -> list[Request]:
        """Requests that put both programs in force at a link, without a gap if older ones are there."""
        return [
            rtnl.add_clsact(index),
            *(
                rtnl.replace_filter(index, place, program.fd, name)
                for place, (name, program) in self._programs.items()
            ),
        ]

    def deafen(self, index: int) -> list[Request]:
        """Requests after which a link that is no port drops all that it receives."""
        name, program = self._programs[rtnl.TC_INGRESS]
        return [rtnl.add_clsact(index), rtnl.replace_filter(index, rtnl.TC_INGRESS, program.fd, name)]

    def let_go(self) -> None:
        """Close all descriptors; what is in the kernel stays in force."""
        self.events.close()
        self.signals.close()
        for map_ in self._maps.values():
            map_.close()
        for program in (self._overlay, *(program for _, program in self._programs.values())):
            os.close(program.fd)

    def retire_others(self) -> None:
        """Every port has these programs: nobody needs the maps of others any more.

        Raises:
            BpfError: their connections cannot be carried over; they stay.
        """
        self._retire()

    def admit(self, hooks: Mapping[int, Hook]) -> None:
        """Enter ports, by interface index: from now on the programs know them.

        Raises:
            BpfError: the maps are full.
        """
        for index, hook in hooks.items():
            self._ports.admit(index, hook, self._settings.connections)
        if hooks:
            self._judge_again()

    def carry(self, index: int) -> bytes:
        """What a port's table of connections holds, for another host; nothing if it has none."""
        return self._ports.carry(index, time.monotonic_ns())

    def carry_in(self, index: int, data: bytes) -> None:
        """Put what another host knew into a port's table; what it knows itself already stays.

        Raises:
            OSError: the port has no table.
            ValueError: this version cannot read it.
        """
        before = (self._settings.epoch - 1) & 0xFFFFFFFF
        self._ports.carry_in(index, data, time.monotonic_ns(), before)

    def close(self, index: int) -> None:
        """Take a port's entries away; nothing passes it any more, no shortcut leads to it.  Absent is fine."""
        self._ports.close(index)
        self.shortcuts.forget_interface(index)

    def forget_all_but(self, living: Collection[int]) -> None:
        """Remove the entries of links that are gone."""
        self.shortcuts.forget_all_but(living)
        self.relays.forget_all_but(living)
        self.trunks.forget_all_but(living)
        gone = set(self._ports.indexes()).difference(living)
        for index in gone:
            self.close(index)
        if gone:
            self.counters.forget_all_but(set(self._ports.indexes()))

    def track(self, tracking: Tracking) -> None:
        """How connections are remembered; tables of another size are made anew with what they hold."""
        self._set(timeouts=b"".join(map(records.KEY.pack, tracking.timeouts)), connections=tracking.connections)
        self._ports.resize(tracking.connections)

    def put_policy(self, policy: Policy) -> None:
        """Load the rules of a policy, or other ones in their place.

        Raises:
            BpfError: they do not fit.
        """
        gone = self._policies.put(policy)
        self._judge_again()
        self.counters.forget_rules(gone)

    def delete_policy(self, name: str) -> None:
        """No port has it any more."""
        self.counters.forget_rules(self._policies.delete(name))

    def change_members(self, put: Sequence[Member], delete: Sequence[Member]) -> None:
        """Who is in which group.

        Raises:
            BpfError: the map is full.
        """
        self._policies.delete_members(delete)
        self._policies.put_members(put)
        self._judge_again()

    def drops(self) -> dict[DropReason, int]:
        """Drops of the whole host since its maps were made."""
        return self.counters.by_reason()

    def _judge_again(self) -> None:
        """Have every connection judged by the new rules with its next packet."""
        self._set(epoch=(self._settings.epoch + 1) & 0xFFFFFFFF)

    def _set(self, **values: object) -> None:
        self._settings = self._settings._replace(**values)
        self._maps["settings"].update({_ZERO: records.SETTINGS.pack(*self._settings)})
