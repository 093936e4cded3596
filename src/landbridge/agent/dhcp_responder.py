"""`landbridge dhcp-responder`: answers DHCP (and ARP for the DHCP server) at a host's VM ports.

One process per host, in the host's network namespace, in a session of its own: leases are
renewed while agent and server are dead.  The agent tells it the table over a control socket;
a journal beside the socket lets a restarted responder answer at once, with nobody's help.
"""

import selectors
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from landbridge.drivers.dhcp_socket import DhcpSocket
from landbridge.drivers.processes import write_atomically
from landbridge.services.dhcp.frames import socket_filter
from landbridge.services.dhcp.leases import Lease
from landbridge.services.dhcp.table import Table, TableChange
from landbridge.transports.control import ControlServer

_COMPACT_AFTER = 2000
"""Journal lines beyond the table's own size after which it is written anew."""


class Journal:
    """The table's changes, one JSON line each, appended; begun anew when it grew long."""

    def __init__(self, path: Path, table: Table) -> None:
        """Bring the table to what the journal says.  A line cut off by a crash ends it."""
        self._path = path
        self._table = table
        if path.exists():
            for line in path.read_bytes().splitlines():
                try:
                    table.change(msgspec.json.decode(line, type=TableChange))
                except msgspec.DecodeError:
                    break
        self._file: BinaryIO = self._begin()

    def append(self, change: TableChange) -> None:
        """Write down a change that the table has already taken."""
        self._file.write(msgspec.json.encode(change) + b"\n")
        self._file.flush()
        self._lines += 1
        if self._lines > _COMPACT_AFTER + len(self._table.ports):
            self._file.close()
            self._file = self._begin()

    def _begin(self) -> BinaryIO:
        write_atomically(self._path, msgspec.json.encode(self._table.snapshot()) + b"\n")
        self._lines = 1
        return self._path.open("ab")


class Responder:
    """Table, socket and control socket in one selector loop."""

    def __init__(self, control: Path) -> None:
        self._table = Table()
        self._journal = Journal(control.with_suffix(".journal"), self._table)
        self._server_ips = self._table.server_ips()
        self._socket = DhcpSocket(socket_filter(self._server_ips))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ, self._frames)
        self._control = ControlServer(control, self._selector, self._request)

    def run(self) -> None:
        """Answer until the process is ended."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _frames(self) -> None:
        leases: dict[str, Lease] = {}
        for interface, frame in self._socket.receive():
            reply, lease = self._table.respond(interface, frame, time.time())
            if reply is not None and not self._socket.send(interface, reply):
                self._table.counters["not sent"] = self._table.counters.get("not sent", 0) + 1
            if lease is not None:
                leases[lease.nic_uuid] = lease
        if leases:
            self._journal.append(TableChange(leases=leases))

    def _request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        match request.get("op"):
            case "update":
                change = msgspec.convert(request["change"], TableChange)
                self._table.change(change)
                self._journal.append(change)
                self._refilter()
                return {}
            case "leases":
                return {"leases": msgspec.to_builtins(self._table.lease_list(time.time()))}
            case "show":
                return msgspec.to_builtins(  # type: ignore[no-any-return]  # a dict, as given
                    {"ports": self._table.ports, "subnets": self._table.subnets, "counters": self._table.counters}
                )
            case other:
                return {"error": f"unknown operation {other!r}: it must be update, leases or show"}

    def _refilter(self) -> None:
        server_ips = self._table.server_ips()
        if server_ips != self._server_ips:
            self._server_ips = server_ips
            self._socket.filter(socket_filter(server_ips))


def run(control: Path) -> None:
    """Serve on the control socket until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Responder(control).run()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
