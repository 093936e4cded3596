"""One reconcile pass of a vrouter, and a look inside."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from landbridge.core.plan import Key, plan
from landbridge.drivers.conntrack import Conntrack
from landbridge.drivers.dnsmasq import Dnsmasq, DnsmasqError
from landbridge.drivers.haproxy import HaproxyError
from landbridge.drivers.nft import Nft, NftError
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.router_kernel import RouterKernel, sysctl_names
from landbridge.drivers.supervise import Supervisor
from landbridge.drivers.wireguard import Tunnels
from landbridge.model.node import AnyObject, ShortcutPolicy
from landbridge.model.router_node import DnsForwarder, DnsName, WireGuard
from landbridge.render import router_nft
from landbridge.render.dns import dnsmasq_config, hosts_file
from landbridge.render.router import RULES, RouterState, router_state
from landbridge.render.router_nat import TRANSLATIONS, Carried, carried
from landbridge.render.router_nft import FAMILY, TABLE, RouterTable
from landbridge.vrouter import ipsec
from landbridge.vrouter.balancers import Balancers
from landbridge.vrouter.ipsec import Ipsec
from landbridge.vrouter.limits import LIMITS, Limits
from landbridge.vrouter.shortcuts import RouterShortcuts

_log = structlog.get_logger(__name__)

_PASSES = 3
"""The kernel takes routes away with the address that they need; a second look puts them back."""


class _Applied(msgspec.Struct, frozen=True):
    """`nft.json`: what was put into nftables, and which generation that made of which namespace's.

    While that is the current one nobody has touched the table, so a change is the difference
    from `elements`; a process that was restarted goes on from here.
    """

    skeleton: str
    elements: dict[str, dict[str, str]]
    namespace: int
    generation: int
    carried: frozenset[Carried] = frozenset()
    """To whom connections were translated."""


class RouterAgent:
    """Works on the namespace that it runs in.  `directory` holds its state."""

    def __init__(self, directory: Path, counter: Path | None = None, shaper: Path | None = None) -> None:
        """`counter`, `shaper`: eBPF objects, see `vrouter.main`."""
        self._directory = directory
        self.shortcuts = RouterShortcuts(directory, counter)
        self._limits = Limits(directory, shaper)
        self._kernel = RouterKernel()
        self._nft = Nft()
        self._conntrack = Conntrack()
        self._supervisor = Supervisor()
        self._dnsmasq = Dnsmasq(directory / "dnsmasq", self._supervisor)
        self._tunnels = Tunnels(directory / "tunnels", self._supervisor)
        self.ipsec = Ipsec(directory / "charon", self._supervisor)
        self._balancers = Balancers(directory, self._supervisor)
        self.checks = self._balancers.checks
        self.changes = 0
        """Operations done since the start: 0 after a restart that found all as it should be."""

    def apply(self) -> dict[str, str]:
        """Make the namespace equal to `state.json`; what failed, by node object key."""
        objects, before = self._objects(), self.changes
        state = router_state(objects)
        self.ipsec.retire(objects)
        failed = self._apply_kernel(state)
        failed.update(self._apply_nft(self._balancers.living(objects)))
        failed.update(self._apply_limits(objects))
        failed.update(self._apply_tunnels(objects))
        failed.update(self._apply_dns(objects))
        failed.update(self.ipsec.apply())
        failed.update(self._apply_balancers(objects))
        # Last: a host that is told to ask again has to get the new verdicts.
        why = self.shortcuts.apply(objects, changed=self.changes != before)
        if why is not None:
            failed.update({key: why for key, item in objects.items() if isinstance(item, ShortcutPolicy)})
        return failed

    def show(self) -> dict[str, Any]:
        """What people ask of a router: routes, filter, neighbours, connections."""
        return {
            "routes": self._kernel.routes(),
            "neighbours": self._kernel.neighbours(),
            "nftables": self._nft.table(FAMILY, TABLE),
            "tunnels": self._tunnels.show(),
            "connections": int(_read("/proc/sys/net/netfilter/nf_conntrack_count") or 0),
            "changes": self.changes,
        }

    def balancers(self, listener_uuids: Sequence[str]) -> dict[str, Any]:
        """How these listeners do (`BalancerList`), or `error`."""
        try:
            return {"listeners": msgspec.to_builtins(self._balancers.show(listener_uuids))}
        except HaproxyError as error:
            return {"error": str(error)}

    def close(self) -> None:
        """Let go of everything; nothing stops."""
        self._balancers.close()
        self.shortcuts.close()
        self._limits.close()
        self.ipsec.close()
        self._supervisor.close()
        self._nft.close()
        self._conntrack.close()
        self._kernel.close()

    def _objects(self) -> Mapping[str, AnyObject]:
        try:
            text = (self._directory / "state.json").read_bytes()
        except FileNotFoundError:
            return {}
        return msgspec.json.decode(text, type=dict[str, AnyObject])

    def _apply_kernel(self, state: RouterState) -> dict[str, str]:
        names = sysctl_names(state.objects)
        failed: dict[Key, str] = {}
        for _ in range(_PASSES):
            ops = plan(state.objects, self._kernel.read(names), RULES)
            if not ops:
                return {}
            failed = self._kernel.apply(ops)
            self.changes += len(ops) - len(failed)
            if len(failed) == len(ops) or not any(op.key[0] == "address" and op.before for op in ops):
                break
        return {state.sources.get(key, key[1]): words for key, words in failed.items()}

    def _apply_nft(self, objects: Mapping[str, AnyObject]) -> dict[str, str]:
        wanted = router_nft.router_table(objects.values())
        try:
            self._put_table(wanted, carried(objects.values()))
        except NftError as error:
            _log.error("nftables_refused", error=str(error))
            return {key: f"nftables: {error}" for key, item in objects.items() if isinstance(item, TRANSLATIONS)}
        return {}

    def _put_table(self, wanted: RouterTable, carried: frozenset[Carried]) -> None:
        skeleton = _digest(router_nft.skeleton())
        namespace, generation = os.stat("/proc/self/ns/net").st_ino, self._nft.generation()
        applied = self._read_applied()
        known = (skeleton, namespace, generation)
        if applied is None or (applied.skeleton, applied.namespace, applied.generation) != known:
            self._nft.run(router_nft.whole(wanted))
        else:
            commands = router_nft.delta(RouterTable(applied.elements), wanted)
            if not commands:
                return
            self._nft.run("\n".join(commands) + "\n")
        self.changes += 1
        ended = applied.carried - carried if applied else frozenset()
        if ended:
            _log.info("connections_ended", number=self._conntrack.end(ended))
        self._conntrack.end_between(ipsec.changed_pairs(applied.elements if applied else {}, wanted.elements))
        elements = {name: dict(items) for name, items in wanted.elements.items()}
        # Ours was one transaction; of another one in between the next pass hears, and looks at the whole table.
        record = _Applied(skeleton, elements, namespace, generation + 1, carried)
        write_atomically(self._directory / "nft.json", msgspec.json.encode(record))

    def _read_applied(self) -> _Applied | None:
        try:
            return msgspec.json.decode((self._directory / "nft.json").read_bytes(), type=_Applied)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _apply_limits(self, objects: Mapping[str, AnyObject]) -> dict[str, str]:
        try:
            self.changes += self._limits.apply(objects.values())
        except OSError as error:
            return {
                key: f"it cannot be limited: {error}" for key, item in objects.items() if isinstance(item, LIMITS)
            }
        return {}

    def _apply_tunnels(self, objects: Mapping[str, AnyObject]) -> dict[str, str]:
        keys = {item.interface: key for key, item in objects.items() if isinstance(item, WireGuard)}
        changed, failed = self._tunnels.apply(item for item in objects.values() if isinstance(item, WireGuard))
        self.changes += changed
        return {keys[name]: words for name, words in failed.items()}

    def _apply_dns(self, objects: Mapping[str, AnyObject]) -> dict[str, str]:
        forwarders = {key: item for key, item in objects.items() if isinstance(item, DnsForwarder)}
        if not forwarders:
            self._dnsmasq.apply(None)
        names = hosts_file(item for item in objects.values() if isinstance(item, DnsName))
        for key, forwarder in forwarders.items():
            try:
                self._dnsmasq.apply(dnsmasq_config(forwarder, str(self._dnsmasq.hosts)), names)
            except (DnsmasqError, subprocess.TimeoutExpired) as error:
                return {key: str(error)}
        return {}

    def _apply_balancers(self, objects: Mapping[str, AnyObject]) -> dict[str, str]:
        changed, failed = self._balancers.apply(objects)
        self.changes += changed
        return failed


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except OSError:
        return None
