"""A vrouter's load balancers: HAProxy's for TCP and HTTP, and for UDP nftables with checks of our own."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from landbridge.drivers.haproxy import Haproxy
from landbridge.drivers.haproxy_check import HaproxyError
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.supervise import Supervisor
from landbridge.drivers.udp_checks import Target, UdpChecks
from landbridge.model.balancer_node import Balancer
from landbridge.model.balancer_runtime import ListenerRuntime, ServerRuntime
from landbridge.model.health import BalancerHealth, Health
from landbridge.model.node import AnyObject
from landbridge.render.haproxy import Setup, haproxy, listeners_named, origin
from landbridge.render.haproxy_stats import listeners

_AGAIN_SECONDS = 60.0
"""What was refused is tried again so late, unless something changes."""


class _Known(NamedTuple):
    """Of the configuration with this frame these listeners cannot be served (key -> why).

    kept  what is served instead: as they were when they could be
    """

    frame: str
    failed: Mapping[str, str]
    kept: dict[str, Balancer]
    until: float


class Balancers:
    """Of one vrouter, in its namespace."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._haproxy = Haproxy(directory / "haproxy", supervisor)
        self._datagrams: dict[str, Balancer] = {}
        self._dead_file = directory / "dead-servers.json"
        self._dead = self._read_dead()
        self._known: _Known | None = None
        self._rendered: tuple[list[Balancer], Setup | None] = [], None
        self._served_file = directory / "balanced.json"
        self._served = self._read_served()
        self.checks = UdpChecks()
        self.log = self._haproxy.log

    def apply(self, objects: Mapping[str, AnyObject]) -> tuple[int, dict[str, str]]:
        """Have HAProxy do these and no others: how many things that changed, and what failed, by node object key.

        A listener that HAProxy refuses stays as it was, or is left out; the others go on.
        """
        wanted = {key: item for key, item in objects.items() if isinstance(item, Balancer) and item.protocol != "udp"}
        try:
            return self._serve(wanted, self._judged(wanted))
        except HaproxyError as error:
            return 0, dict.fromkeys(wanted, str(error))

    def _serve(self, wanted: Mapping[str, Balancer], known: "_Known") -> tuple[int, dict[str, str]]:
        rest = {key: item for key, item in wanted.items() if key not in known.failed} | known.kept
        try:
            changed = self._haproxy.apply(self._setup(rest.values()))
        except HaproxyError as error:
            # What its check lets through can still be in the way: somebody else has the port.
            named = listeners_named(str(error))
            guilty = {key: str(error) for key, item in rest.items() if item.listener_uuid in named}
            if not guilty:
                raise
            kept = {key: item for key, item in known.kept.items() if key not in guilty}
            return self._serve(wanted, self._remember(wanted, {**known.failed, **guilty}, kept))
        if rest != self._served:
            write_atomically(self._served_file, msgspec.json.encode(rest))
            self._served = rest
        return changed, dict(known.failed)

    def _judged(self, wanted: Mapping[str, Balancer]) -> "_Known":
        """Which of them HAProxy does not take; as long as nothing changes it is not asked every time."""
        setup = self._setup(wanted.values())
        known = self._known
        if known is not None and setup and known.frame == setup.frame and time.monotonic() < known.until:
            return known
        failed = refused(wanted, self._refusal)
        kept = {key: self._served[key] for key in failed if key in self._served}
        rest = [item for key, item in wanted.items() if key not in failed]
        if kept and self._refusal([*rest, *kept.values()]) is not None:
            kept = {}
        return self._remember(wanted, failed, kept)

    def _remember(
        self, wanted: Mapping[str, Balancer], failed: Mapping[str, str], kept: dict[str, Balancer]
    ) -> "_Known":
        setup = self._setup(wanted.values())
        self._known = _Known(setup.frame if setup else "", failed, kept, time.monotonic() + _AGAIN_SECONDS)
        return self._known

    def _refusal(self, listeners: Iterable[Balancer]) -> str | None:
        setup = self._setup(listeners)
        return None if setup is None else self._haproxy.refusal(setup)

    def _setup(self, listeners: Iterable[Balancer]) -> Setup | None:
        wanted = list(listeners)
        if wanted != self._rendered[0]:
            self._rendered = wanted, haproxy(wanted, self._haproxy.files)
        return self._rendered[1]

    def living(self, objects: Mapping[str, AnyObject]) -> Mapping[str, AnyObject]:
        """The listeners of UDP, without the servers that are dead, by key; watch all of them from now on."""
        self._datagrams = {
            item.listener_uuid: item
            for item in objects.values()
            if isinstance(item, Balancer) and item.protocol == "udp"
        }
        self.checks.watch(
            {
                _target(listener, member.ip): listener.health
                for listener in self._datagrams.values()
                for member in listener.members
            },
            self._dead,
        )
        found: dict[str, AnyObject] = {}
        dead: set[Target] = set()
        for uuid, listener in self._datagrams.items():
            targets = {one: _target(listener, one.ip) for one in listener.members}
            dead.update(target for target in targets.values() if not self.checks.seen(target).lives)
            alive = tuple(one for one, target in targets.items() if target not in dead)
            found[f"lb/{uuid}"] = replace(listener, members=alive)
        self._write_dead(frozenset(dead))
        return found

    def show(self, listener_uuids: Sequence[str]) -> list[ListenerRuntime]:
        """How these do.

        Raises:
            HaproxyError: it does not answer.
        """
        datagrams = [self._datagrams[uuid] for uuid in listener_uuids if uuid in self._datagrams]
        return [*listeners(self._haproxy.counters(), listener_uuids), *map(self._checked, datagrams)]

    def health(self) -> dict[str, Health]:
        """Of the listeners that are served, by node object key.

        Raises:
            HaproxyError: it does not answer.
        """
        dead: dict[str, set[str]] = {}
        for backend, addresses in self._haproxy.dead().items() if self._served else ():
            dead.setdefault(origin(backend)[0], set()).update(addresses)
        for uuid, listener in self._datagrams.items():
            dead[uuid] = {one.ip for one in listener.members if not self.checks.seen(_target(listener, one.ip)).lives}
        uuids = [item.listener_uuid for item in self._served.values()] + list(self._datagrams)
        return {f"lb/{uuid}": BalancerHealth(dead=tuple(sorted(dead.get(uuid, ())))) for uuid in uuids}

    def close(self) -> None:
        """Let go; what is in force stays."""
        self.checks.close()
        self.log.close()

    def _read_served(self) -> dict[str, Balancer]:
        try:
            return msgspec.json.decode(self._served_file.read_bytes(), type=dict[str, Balancer])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def _read_dead(self) -> frozenset[Target]:
        """What a predecessor knew: nobody is sent to a dead server because an agent has begun anew."""
        try:
            return msgspec.json.decode(self._dead_file.read_bytes(), type=frozenset[Target])
        except (FileNotFoundError, msgspec.DecodeError):
            return frozenset()

    def _write_dead(self, dead: frozenset[Target]) -> None:
        if dead != self._dead:
            write_atomically(self._dead_file, msgspec.json.encode(dead))
            self._dead = dead

    def _checked(self, listener: Balancer) -> ListenerRuntime:
        """Nobody counts datagrams: health alone is known."""
        servers = []
        for member in listener.members:
            seen = self.checks.seen(_target(listener, member.ip))
            servers.append(
                ServerRuntime(
                    ip=member.ip,
                    state="UP" if seen.lives else "DOWN",
                    reason=seen.reason,
                    since=int(seen.since),
                    weight=member.weight,
                )
            )
        return ListenerRuntime(listener_uuid=listener.listener_uuid, servers=tuple(servers))


def _target(listener: Balancer, ip: str) -> Target:
    return Target(listener.listener_uuid, ip, listener.health.port or listener.instance_port)


def refused(wanted: Mapping[str, Balancer], refusal: Callable[[Sequence[Balancer]], str | None]) -> Mapping[str, str]:
    """The listeners that must be left out for the others to be taken, each with the words that refuse it.

    `refusal` is asked about all of them, and about halves where it refuses: of n listeners that are all right once,
    for each bad one about twice the logarithm of n times.
    """
    found: dict[str, str] = {}
    taken: list[Balancer] = []

    def take(keys: Sequence[str]) -> None:
        words = refusal([*taken, *(wanted[key] for key in keys)])
        if words is None:
            taken.extend(wanted[key] for key in keys)
        elif len(keys) == 1:
            found[keys[0]] = words
        else:
            half = len(keys) // 2
            take(keys[:half])
            take(keys[half:])

    if wanted:
        take(sorted(wanted))
    return found
