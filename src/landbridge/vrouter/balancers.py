"""A vrouter's load balancers: what HAProxy is to do, and how it does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from landbridge.drivers.haproxy import Haproxy, HaproxyError
from landbridge.drivers.supervise import Supervisor
from landbridge.model.balancer_node import Balancer
from landbridge.model.balancer_runtime import ListenerRuntime
from landbridge.model.node import AnyObject
from landbridge.render.haproxy import haproxy
from landbridge.render.haproxy_stats import listeners


class Balancers:
    """Of one vrouter, in its namespace."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._haproxy = Haproxy(directory / "haproxy", supervisor)

    def apply(self, objects: Mapping[str, AnyObject]) -> tuple[int, dict[str, str]]:
        """Have these in force and no others: how many things that changed, and what failed, by node object key."""
        try:
            return self._haproxy.apply(haproxy(objects.values(), self._haproxy.files)), {}
        except HaproxyError as error:
            return 0, {key: str(error) for key, item in objects.items() if isinstance(item, Balancer)}

    def show(self, listener_uuids: Sequence[str]) -> list[ListenerRuntime]:
        """How these do.

        Raises:
            HaproxyError: it does not answer.
        """
        return listeners(self._haproxy.counters(), listener_uuids)
