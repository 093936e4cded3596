"""A host hears by itself how what its vrouters do fares: real servers die and come back."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.drivers.router_health import RouterHealth
from landbridge.model.balancer_node import HealthCheck, Route
from landbridge.model.health import BalancerHealth, Health
from tests.netns import router_world
from tests.netns.balanced import PLAIN, A, B, balanced, servers
from tests.netns.router_world import World, objects

pytestmark = pytest.mark.netns

TCP, HTTP, UDP = "6" * 32, "7" * 32, "8" * 32
SECONDS = 10.0


class Host:
    """Looks whenever it is told to, and at no other time."""

    def __init__(self, run_dir: Path) -> None:
        self._news = threading.Condition()
        self._number = 0
        self._health = RouterHealth(run_dir, self._heard)

    def _heard(self) -> None:
        with self._news:
            self._number += 1
            self._news.notify_all()

    def until(self, holds: Callable[[dict[str, Health]], bool]) -> dict[str, Health]:
        """How things fare, as soon as that holds."""
        with self._news:
            assert self._news.wait_for(lambda: holds(self._health.read()), SECONDS), self._health.read()
            return self._health.read()

    def close(self) -> None:
        """Listen no more."""
        self._health.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


def bad(*addresses: str) -> BalancerHealth:
    return BalancerHealth(dead=addresses)


def test_servers_die_and_come_back(world: World) -> None:
    tcp = replace(PLAIN, listener_uuid=TCP)
    routes = (Route(acl_uuid="a" * 32, path="/a", members=tcp.members[1:]),)
    http = replace(tcp, listener_uuid=HTTP, protocol="http", port=81, members=tcp.members[:1], routes=routes)
    check = HealthCheck(protocol="udp", interval=1, timeout=1, rise=1, fall=1)
    udp = replace(tcp, listener_uuid=UDP, protocol="udp", port=53, members=tcp.members[:1], health=check)
    host = Host(world.run_dir)
    try:
        with servers(world, A, B) as (_, other):
            assert world.update(objects() | balanced(tcp, http, udp)) == {}
            # Nobody listens to UDP there.
            found = host.until(lambda health: health.get(f"lb/{UDP}") == bad(A))
            assert found == {f"lb/{TCP}": bad(), f"lb/{HTTP}": bad(), f"lb/{UDP}": bad(A)}
            other.close()
            host.until(lambda health: health[f"lb/{TCP}"] == health[f"lb/{HTTP}"] == bad(B))
        host.close()
        host = Host(world.run_dir)
        assert host.until(bool)[f"lb/{UDP}"] == bad(A), "it is written down"
        host.until(lambda health: health[f"lb/{TCP}"] == bad(A, B))
        world.restart_agent()
        with servers(world, B):
            host.until(lambda health: health[f"lb/{TCP}"] == bad(A) and health[f"lb/{HTTP}"] == bad(A))
        assert world.update(objects() | balanced(udp)) == {}
        host.until(lambda health: health == {f"lb/{UDP}": bad(A)})
        world.routers.remove(router_world.ROUTER)
        assert host.until(lambda health: not health) == {}
    finally:
        host.close()
