"""This very host as a world: its kernel and the processes on it."""

from collections.abc import Mapping, Sequence

from landbridge.agent.machines import Machines
from landbridge.core.plan import Key, Op
from landbridge.drivers.kernel import Kernel
from landbridge.model.health import Health
from landbridge.render.kernel import Value
from landbridge.render.world import Happened, Result


class LocalHost:
    """Implements `render.world.World`."""

    def __init__(self, kernel: Kernel, machines: Machines) -> None:
        self.kernel = kernel
        self.machines = machines

    def close(self) -> None:
        """Let go; everything stays as it is."""
        self.machines.close()
        self.kernel.close()

    def read(self, desired: Mapping[Key, Value]) -> dict[Key, Value]:
        """Everything of ours that exists."""
        return self.kernel.read() | self.machines.read(desired)

    def apply(self, kind: str, ops: Sequence[Op[Value]]) -> Result:
        """Carry out operations of one kind."""
        if kind in self.machines.kinds:
            return self.machines.apply(kind, ops)
        return self.kernel.apply(kind, ops)

    def connections(self, ifname: str) -> bytes:
        """Connections of a port."""
        return self.kernel.connections(ifname)

    def health(self) -> Mapping[str, Health]:
        """How what vrouters do fares."""
        return self.machines.health.read()

    def happened(self) -> Happened:
        """What happened since the last call."""
        news = self.kernel.drain()
        return Happened(news.changes, self.machines.finished(), news.facts, news.lost, news.appeared)
