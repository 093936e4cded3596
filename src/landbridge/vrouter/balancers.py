"""A vrouter's load balancers: HAProxy's for TCP and HTTP, and for UDP nftables with checks of our own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from landbridge.drivers.haproxy import Haproxy, HaproxyError
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.supervise import Supervisor
from landbridge.drivers.udp_checks import Target, UdpChecks
from landbridge.model.balancer_node import Balancer
from landbridge.model.balancer_runtime import ListenerRuntime, ServerRuntime
from landbridge.model.node import AnyObject
from landbridge.render.haproxy import haproxy
from landbridge.render.haproxy_stats import listeners


class Balancers:
    """Of one vrouter, in its namespace."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._haproxy = Haproxy(directory / "haproxy", supervisor)
        self._datagrams: dict[str, Balancer] = {}
        self._dead_file = directory / "dead-servers.json"
        self._dead = self._read_dead()
        self.checks = UdpChecks()

    def apply(self, objects: Mapping[str, AnyObject]) -> tuple[int, dict[str, str]]:
        """Have HAProxy do these and no others: how many things that changed, and what failed, by node object key."""
        try:
            return self._haproxy.apply(haproxy(objects.values(), self._haproxy.files)), {}
        except HaproxyError as error:
            served = (key for key, item in objects.items() if isinstance(item, Balancer) and item.protocol != "udp")
            return 0, {key: str(error) for key in served}

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

    def close(self) -> None:
        """Let go; what is in force stays."""
        self.checks.close()

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
