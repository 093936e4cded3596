"""The agent's side of DHCP: keeps the responder process running and its table right."""

import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from landbridge.drivers.children import Child
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import DhcpSubnet, Port
from landbridge.model.questions.dhcp import DhcpLease
from landbridge.services.dhcp.leases import PortEntry
from landbridge.services.dhcp.table import TableChange, difference
from landbridge.transports.control import ControlError, call

_START_SECONDS = 10.0
_POLL_SECONDS = 0.01


class DhcpService:
    """DHCP for the VM ports of one host.  Thread-safe.

    `run_dir` is the agent's; the responder lives in `run_dir/dhcp` and in the network
    namespace `netns` (None: the agent's own).
    """

    def __init__(self, run_dir: Path, supervisor: Supervisor, netns: str | None = None) -> None:
        directory = run_dir / "dhcp"
        self._socket = directory / "control.sock"
        self._child = Child(
            argv=(sys.executable, "-P", "-m", "landbridge.agent.dhcp_responder", str(self._socket)),
            directory=directory,
            netns=netns,
        )
        self._supervisor = supervisor
        self._lock = threading.Lock()
        self._ports: dict[str, PortEntry] = {}
        self._subnets: dict[str, DhcpSubnet] = {}
        self._told = False

    def update(self, ports: Iterable[Port], subnets: Iterable[DhcpSubnet]) -> None:
        """Have exactly these answered: ports without a DHCP binding are left out.

        Only the difference is sent, or the whole table to a responder that was just met.

        Raises:
            OSError: the responder cannot be started.
            ControlError: it does not answer.
        """
        new_ports = {
            port.ifname: PortEntry(nic_uuid=port.nic_uuid, vm_uuid=port.vm_uuid, mac=port.mac, binding=port.dhcp)
            for port in ports
            if port.dhcp is not None and port.role == "vm"
        }
        new_subnets = {subnet.l3_uuid: subnet for subnet in subnets}
        with self._lock:
            started = self._supervisor.ensure(self._child)
            if started or not self._told:
                change = TableChange(reset=True, ports=new_ports, subnets=new_subnets)
            else:
                change = difference(self._ports, new_ports, self._subnets, new_subnets)
            if change != TableChange():
                self._told = False
                self._call({"op": "update", "change": msgspec.to_builtins(change)}, wait=started)
                self._told = True
            self._ports, self._subnets = new_ports, new_subnets

    def leases(self) -> list[DhcpLease]:
        """How the ports stand that have spoken DHCP; none when no port here has DHCP.

        Raises:
            ControlError: the responder does not answer.
        """
        if not self._socket.exists():
            return []
        return msgspec.convert(self._call({"op": "leases"})["leases"], list[DhcpLease])

    def remove(self) -> None:
        """End the responder and forget its table."""
        self._supervisor.remove(self._child.directory)
        for path in (self._socket, self._socket.with_suffix(".journal")):
            path.unlink(missing_ok=True)
        self._told = False

    def _call(self, request: dict[str, Any], wait: bool = False) -> dict[str, Any]:
        """Ask the responder; `wait`: it is only just starting."""
        deadline = time.monotonic() + (_START_SECONDS if wait else 0)
        while True:
            try:
                return call(self._socket, request)
            except ControlError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_POLL_SECONDS)
