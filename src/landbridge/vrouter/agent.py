"""One reconcile pass of a vrouter, and a look inside."""

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from landbridge.core.plan import Key, Op, differing, plan
from landbridge.drivers import router_health
from landbridge.drivers.conntrack import Conntrack
from landbridge.drivers.dnsmasq import Dnsmasq, DnsmasqError
from landbridge.drivers.haproxy_check import HaproxyError
from landbridge.drivers.nft import Nft, NftError
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.router_kernel import RouterKernel, sysctl_names
from landbridge.drivers.supervise import Supervisor
from landbridge.drivers.wireguard import Tunnels
from landbridge.model.node import AnyObject, ShortcutPolicy
from landbridge.model.router_node import (
    DnsForwarder,
    DnsName,
    PortForward,
    SourceNat,
    StaticNat,
    StaticRoutes,
    VipAddress,
    WireGuard,
)
from landbridge.render import router_nft
from landbridge.render.dns import dnsmasq_config, hosts_file
from landbridge.render.router import RULES, KernelObject, RouterState
from landbridge.render.router_nat import TRANSLATIONS, Carried
from landbridge.render.router_nft import FAMILY, TABLE, RouterTable
from landbridge.render.router_view import RouterRendering, RouterView
from landbridge.vrouter import ipsec
from landbridge.vrouter.balancers import Balancers
from landbridge.vrouter.ipsec import Ipsec
from landbridge.vrouter.limits import LIMITS, Limits
from landbridge.vrouter.shortcuts import RouterShortcuts
from landbridge.vrouter.state import StateFile

_log = structlog.get_logger(__name__)

_PASSES = 3
"""The kernel takes routes away with the link or the address that they need; a second look puts them back."""


_APPLIED = "nft.json"

_MANY = (VipAddress, SourceNat, StaticNat, PortForward, StaticRoutes, DnsName)
"""What there may be thousands of: nobody else has to look through them."""


class _Applied(msgspec.Struct, frozen=True):
    """`nft.json`: what was put into nftables, and which generation that made of which namespace's.

    While that is the current one nobody has touched the table, so a change is the difference
    from `elements`; a process that was restarted goes on from here.
    """

    skeleton: str
    elements: Mapping[str, Mapping[str, str]]
    namespace: int
    generation: int
    carried: frozenset[Carried] = frozenset()
    """To whom connections were translated."""


class RouterAgent:
    """Works on the namespace that it runs in.  `directory` holds its state."""

    def __init__(self, directory: Path, counter: Path | None = None, shaper: Path | None = None) -> None:
        """`counter`, `shaper`: eBPF objects, see `vrouter.main`."""
        self._directory = directory
        self._state = StateFile(directory / "state.json")
        self._view = RouterView()
        self._actual: dict[Key, KernelObject] | None = None
        self._applied = self._read_applied()
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
        self.checks, self.balancer_log = self._balancers.checks, self._balancers.log
        self._health = router_health.told(directory)
        self.changes = 0
        """Operations done since the start: 0 after a restart that found all as it should be."""

    def apply(self, *, look: bool = True) -> dict[str, str]:
        """Make the namespace equal to `state.json`; what failed, by node object key.

        Without a `look` links, addresses and routes count as what they were last seen or made to be.
        """
        objects, before = self._state.read(), self.changes
        few = {key: item for key, item in objects.items() if not isinstance(item, _MANY)}
        wanted = self._view.render({**objects, **self._balancers.living(few)})
        self.ipsec.retire(few)
        failed = self._apply_kernel(wanted.state, look=look)
        failed.update(self._apply_nft(objects, wanted))
        failed.update(self._apply_limits(few))
        failed.update(self._apply_tunnels(few))
        failed.update(self._apply_dns(objects))
        failed.update(self.ipsec.apply())
        failed.update(self._apply_balancers(few))
        # Last: a host that is told to ask again has to get the new verdicts.
        why = self.shortcuts.apply(few, changed=self.changes != before)
        if why is not None:
            failed.update({key: why for key, item in few.items() if isinstance(item, ShortcutPolicy)})
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

    def routes(self, *, policies: bool) -> dict[str, Any]:
        """What is in the kernel's main table, and, with `policies`, what is asked before that (`KernelRoutes`)."""
        shown: dict[str, Any] = msgspec.to_builtins(self._kernel.tables(policies=policies), str_keys=True)
        return shown

    def balancers(self, listener_uuids: Sequence[str]) -> dict[str, Any]:
        """How these listeners do (`BalancerList`), or `error`."""
        try:
            return {"listeners": msgspec.to_builtins(self._balancers.show(listener_uuids))}
        except HaproxyError as error:
            return {"error": str(error)}

    def tell_health(self) -> None:
        """Tell the host's agent how balancers and tunnels fare, if that is news; what does not answer, later."""
        with contextlib.suppress(HaproxyError, OSError):
            health = self._balancers.health() | self.ipsec.health()
            if health != self._health:
                router_health.tell(self._directory, health)
                self._health = health

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

    def _apply_kernel(self, state: RouterState, *, look: bool) -> dict[str, str]:
        names = sysctl_names(state.objects)
        failed: dict[Key, str] = {}
        for _ in range(_PASSES):
            if look or self._actual is None:
                self._actual = self._kernel.read(names)
            ops = plan(state.objects, self._actual, RULES, differing(state.objects, self._actual))
            if not ops:
                return {}
            failed = self._kernel.apply(ops)
            self.changes += len(ops) - len(failed)
            _note(self._actual, (op for op in ops if op.key not in failed))
            look = any(op.key[0] in ("link", "address") and op.before for op in ops)
            if len(failed) == len(ops) or not look:
                break
        return {state.sources.get(key, key[1]): words for key, words in failed.items()}

    def _apply_nft(self, objects: Mapping[str, AnyObject], wanted: RouterRendering) -> dict[str, str]:
        try:
            self._put_table(wanted.table, wanted.carried)
        except NftError as error:
            _log.error("nftables_refused", error=str(error))
            return {key: f"nftables: {error}" for key, item in objects.items() if isinstance(item, TRANSLATIONS)}
        return {}

    def _put_table(self, wanted: RouterTable, carried: frozenset[Carried]) -> None:
        namespace, generation = os.stat("/proc/self/ns/net").st_ino, self._nft.generation()
        applied = self._applied
        skeleton = hashlib.sha256(router_nft.skeleton(wanted).encode()).hexdigest()
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
        # Ours was one transaction; of another one in between the next pass hears, and looks at the whole table.
        self._applied = _Applied(skeleton, wanted.elements, namespace, generation + 1, carried)
        write_atomically(self._directory / _APPLIED, msgspec.json.encode(self._applied))

    def _read_applied(self) -> _Applied | None:
        try:
            return msgspec.json.decode((self._directory / _APPLIED).read_bytes(), type=_Applied)
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


def _note(actual: dict[Key, KernelObject], done: Iterable[Op[KernelObject]]) -> None:
    for op in done:
        if op.after is None:
            actual.pop(op.key, None)
        else:
            actual[op.key] = op.after


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text()
    except OSError:
        return None
