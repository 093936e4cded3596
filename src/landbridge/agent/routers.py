"""The agent's side of vrouters: a `vrouter-agent` process for each, told what it has to be."""

import shutil
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from landbridge.drivers import children
from landbridge.drivers.children import Child
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import AnyObject
from landbridge.model.questions.router import BalancerList, KernelRoutes
from landbridge.transports.control import ControlError, call

_START_SECONDS = 15.0
_POLL_SECONDS = 0.02


class RouterCounts(msgspec.Struct, frozen=True):
    """Of a vrouter: pairs that were worth a shortcut by what was decided of them, messages turned away by reason."""

    pairs: dict[str, int]
    refused: dict[str, int]


class RouterSupervisor:
    """The vrouters of one host.  Thread-safe; different vrouters do not wait for each other.

    `run_dir` is the agent's; a vrouter's directory is `run_dir/routers/<uuid>`.
    """

    def __init__(self, run_dir: Path, supervisor: Supervisor, programs: Sequence[Path] = ()) -> None:
        """`programs`: the eBPF objects of vrouters, as `vrouter.main.run` takes them."""
        self._arguments = tuple(map(str, programs))
        self._base = run_dir / "routers"
        self._supervisor = supervisor
        self._locks_lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    def read(self) -> set[str]:
        """Vrouters that this host has something of, from a predecessor too."""
        return {path.name for path in self._base.iterdir()} if self._base.exists() else set()

    def update(self, router_uuid: str, netns: str, objects: Mapping[str, AnyObject]) -> dict[str, str]:
        """Make the vrouter in namespace `netns` equal to the objects of its scope (key -> object).

        Blocks until it is done (milliseconds; half a second when its agent has to be started).
        Returns what failed: object key -> words; key `vm/<uuid>` when its agent does not answer.
        Call it again while something fails: an interface may not have been there yet.
        """
        with self._lock(router_uuid):
            directory = self._base / router_uuid
            directory.mkdir(parents=True, exist_ok=True)
            write_atomically(directory / "state.json", msgspec.json.encode(objects))
            argv = (sys.executable, "-P", "-m", "landbridge.vrouter.main", str(directory), *self._arguments)
            try:
                started = self._supervisor.ensure(Child(argv, directory, netns))
                return self._apply(directory, wait=started)
            except (OSError, ControlError) as error:
                return {f"vm/{router_uuid}": f"the vrouter's agent does not serve: {error}"}

    def show(self, router_uuid: str) -> dict[str, Any]:
        """A look inside (`RouterAgent.show`).

        Raises:
            ControlError: its agent does not answer.
        """
        return call(self._base / router_uuid / "control.sock", {"op": "show"})

    def routes(self, router_uuid: str, *, policies: bool = False) -> KernelRoutes:
        """What is in its kernel's main table, and, with `policies`, what is asked before that.

        Raises:
            ControlError: its agent does not answer.
        """
        found = call(self._base / router_uuid / "control.sock", {"op": "routes", "policies": policies})
        return msgspec.convert(found, KernelRoutes, str_keys=True)

    def ipsec(self, router_uuid: str) -> dict[str, Any]:
        """How its IPsec connections are (`IpsecStates`).

        Raises:
            ControlError: its agent does not answer, or the IPsec daemon does not.
        """
        return call(self._base / router_uuid / "control.sock", {"op": "ipsec"})

    def ipsec_software(self, router_uuid: str) -> dict[str, Any]:
        """Which versions of it there are (`IpsecSoftware`).

        Raises:
            ControlError: its agent does not answer, or the IPsec daemon does not.
        """
        return call(self._base / router_uuid / "control.sock", {"op": "ipsec-software"})

    def balancers(self, router_uuid: str, listener_uuids: Sequence[str]) -> BalancerList:
        """How these of its listeners do.

        Raises:
            ControlError: its agent does not answer.
        """
        request = {"op": "balancers", "listeners": list(listener_uuids)}
        return msgspec.convert(call(self._base / router_uuid / "control.sock", request), BalancerList)

    def remove(self, router_uuid: str) -> None:
        """End everything that runs for a vrouter; before its namespace goes.  Absent is success."""
        with self._lock(router_uuid):
            directory = self._base / router_uuid
            self._supervisor.remove(directory)
            for record in directory.rglob("process.json"):
                children.stop(record.parent)
            shutil.rmtree(directory, ignore_errors=True)
        with self._locks_lock:
            self._locks.pop(router_uuid, None)

    def _apply(self, directory: Path, wait: bool) -> dict[str, str]:
        """Tell the agent; `wait`: it is only just starting."""
        deadline = time.monotonic() + (_START_SECONDS if wait else 0)
        while True:
            try:
                answer = call(directory / "control.sock", {"op": "apply"})
                failed: dict[str, str] = answer["failed"]
                self._settle(directory, answer["unsettled"])
                return failed
            except ControlError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_POLL_SECONDS)

    def _settle(self, directory: Path, unsettled: int) -> None:
        """Wait until no host acts by what was before: each has acknowledged, or its lease has run out."""
        while unsettled:
            time.sleep(_POLL_SECONDS)
            unsettled = call(directory / "control.sock", {"op": "settle"})["unsettled"]

    def shortcuts(self, router_uuid: str) -> list[dict[str, Any]]:
        """Pairs that talk through the vrouter (`ShortcutPair`).

        Raises:
            ControlError: its agent does not answer.
        """
        pairs: list[dict[str, Any]] = call(self._base / router_uuid / "control.sock", {"op": "shortcuts"})["pairs"]
        return pairs

    def counts(self, router_uuid: str, seconds: float) -> RouterCounts:
        """What the vrouter's agent counts, if it answers in so many seconds.

        Raises:
            ControlError: it does not.
        """
        answer = call(self._base / router_uuid / "control.sock", {"op": "counts"}, seconds)
        return msgspec.convert(answer, RouterCounts)

    def _lock(self, router_uuid: str) -> threading.Lock:
        with self._locks_lock:
            return self._locks.setdefault(router_uuid, threading.Lock())
