"""What runs on a host besides its kernel: VMs, vrouters, the DHCP responder."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from landbridge.agent.dhcp import DhcpService
from landbridge.agent.routers import RouterSupervisor
from landbridge.core.plan import Key, Op
from landbridge.drivers import children
from landbridge.drivers.instances.netns import NetnsInstances
from landbridge.drivers.router_health import RouterHealth
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import Instance
from landbridge.render.kernel import DhcpTable, Guest, Router, Value
from landbridge.render.kernel_rules import DHCP_KEY
from landbridge.render.world import Finished, Result
from landbridge.transports.control import ControlError

_ROUTER_THREADS = 8


class Machines:
    """Carries out operations on processes.

    Vrouters take their time (a process has to start), so they go on in the background; `notify` is
    called from another thread when one has ended.
    """

    kinds = frozenset({"dhcp", "guest", "router"})

    def __init__(
        self, tag: str, run_dir: Path, notify: Callable[[], None], router_programs: Sequence[Path] = ()
    ) -> None:
        """`router_programs`: the eBPF objects of vrouters."""
        self._supervisor = Supervisor(lambda _child: notify())
        self._dhcp_dir = run_dir / "dhcp"
        self.dhcp = DhcpService(run_dir, self._supervisor)
        self.routers = RouterSupervisor(run_dir, self._supervisor, router_programs)
        self.health = RouterHealth(run_dir, notify)
        self.instances = NetnsInstances(tag, run_dir)
        self._pool = ThreadPoolExecutor(_ROUTER_THREADS, "router")
        self._notify = notify
        self._lock = threading.Lock()
        self._finished: dict[Key, Finished] = {}
        self._known: dict[str, Router] = {}

    def close(self) -> None:
        """Let go; everything goes on running."""
        self._pool.shutdown()
        self.health.close()
        self._supervisor.close()

    def read(self, desired: Mapping[Key, Value]) -> dict[Key, Value]:
        """What runs.  A VM of the right boot is as desired, but for interfaces that it has not got."""
        found: dict[Key, Value] = {}
        for uuid, boot in self.instances.read().items():
            want = desired.get(("guest", uuid))
            if isinstance(want, Guest) and want.instance.boot == boot:
                found["guest", uuid] = self._adopted(want)
            else:
                unknown = Instance(vm_uuid=uuid, name="", driver="netns", running=True, boot=boot)
                found["guest", uuid] = Guest(self.instances.namespace(uuid), unknown, ())
        for uuid in self.routers.read():
            found["router", uuid] = self._known.get(uuid, Router(uuid, "", (), ()))
        if children.running_pid(self._dhcp_dir) is not None:
            found[DHCP_KEY] = DhcpTable((), ())
        return found

    def apply(self, kind: str, ops: Sequence[Op[Value]]) -> Result:
        """Carry out operations of one kind."""
        errors: dict[Key, str] = {}
        pending: set[Key] = set()
        for op in ops:
            try:
                match op.after or op.before:
                    case DhcpTable():
                        self._answer(op.after)
                    case Guest():
                        self._guest(op.before, op.after)
                    case Router() as router if op.after is None:
                        self._known.pop(router.uuid, None)
                        self.routers.remove(router.uuid)
                    case Router() as router:
                        self._pool.submit(self._route, op.key, router)
                        pending.add(op.key)
            except (OSError, ControlError) as error:
                errors[op.key] = str(error)
        return Result(errors=errors, pending=frozenset(pending))

    def finished(self) -> dict[Key, Finished]:
        """Vrouters that have ended what they were told, since the last call."""
        with self._lock:
            finished, self._finished = self._finished, {}
        for end in finished.values():
            if isinstance(end.value, Router):
                self._known[end.value.uuid] = end.value
        return finished

    def _adopted(self, want: Guest) -> Guest:
        devices = self.instances.devices(want.instance.vm_uuid)
        return replace(want, ports=tuple(port for port in want.ports if port.device_id in devices))

    def _answer(self, table: Value | None) -> None:
        if isinstance(table, DhcpTable):
            self.dhcp.update(table.ports, table.subnets)
        else:
            self.dhcp.remove()

    def _guest(self, before: Value | None, after: Value | None) -> None:
        was = before if isinstance(before, Guest) else None
        if not isinstance(after, Guest):
            assert was is not None
            self.instances.stop(was.instance.vm_uuid)
        elif was is None or was.instance.boot != after.instance.boot:
            self.instances.start(after.instance, after.ports)
        else:
            for port in was.ports:
                if port.nic_uuid not in {other.nic_uuid for other in after.ports}:
                    self.instances.unplug(after.instance, port)
            for port in after.ports:
                if port.nic_uuid not in {other.nic_uuid for other in was.ports}:
                    # It may run on an interface of that name that vanished.
                    self.instances.unplug(after.instance, port)
                    self.instances.plug(after.instance, port)

    def _route(self, key: Key, router: Router) -> None:
        try:
            failed = self.routers.update(router.uuid, router.netns, dict(router.objects))
        except Exception as error:  # whatever it is, the vrouter is not in force and the user is told
            failed = {f"vm/{router.uuid}": f"{type(error).__name__}: {error}"}
        with self._lock:
            self._finished[key] = Finished(router, failed)
        self._notify()
