"""`landbridge vrouter-agent --dir DIR`: the process around `RouterAgent`.

It applies `DIR/state.json` at its start, when it is told to over `DIR/control.sock`, when
someone else changes links, addresses, routes or nftables in its namespace, and every while.
"""

import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from landbridge.transports import logs
from landbridge.transports.control import ControlServer
from landbridge.vrouter.agent import RouterAgent

_log = structlog.get_logger(__name__)

_FULL_LOOK_SECONDS = 30.0
_IPSEC_LOOK_SECONDS = 10.0
_IPSEC_ANSWER_SECONDS = 2.0
_SETTLE_SECONDS = 0.2
"""After a change by others: let the rest of it come."""

_NETLINK_ROUTE, _NETLINK_NETFILTER = 0, 12
_LINKS, _ADDRESSES_ROUTES = 0x1, 0x10 | 0x40 | 0x80
"""RTMGRP_LINK; RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV4_RULE."""
_NEIGHBOURS = 0x4
"""RTMGRP_NEIGH."""
_NFTABLES = 1 << (7 - 1)
"""NFNLGRP_NFTABLES."""


class _Watch:
    """Notices that something changed; what, is found by looking."""

    def __init__(self, family: int, groups: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
        self._socket.setblocking(False)
        self._socket.bind((0, groups))

    def fileno(self) -> int:
        return self._socket.fileno()

    def drain(self) -> bool:
        """Throw the messages away; whether there was any.  A lost one (ENOBUFS) means a change as well."""
        changed = False
        while True:
            try:
                self._socket.recv(1 << 16)
            except BlockingIOError:
                return changed
            except OSError:
                pass
            changed = True


class Process:
    """The loop: one thread, one selector."""

    def __init__(self, agent: RouterAgent, directory: Path) -> None:
        self._agent = agent
        self._listening: dict[int, Any] = {}
        self._selector = selectors.DefaultSelector()
        self._links = _Watch(_NETLINK_ROUTE, _LINKS)
        rest = (_Watch(_NETLINK_ROUTE, _ADDRESSES_ROUTES), _Watch(_NETLINK_NETFILTER, _NFTABLES))
        self._watches = (self._links, *rest)
        for watch in self._watches:
            self._selector.register(watch, selectors.EVENT_READ, self._changed)
        self._neighbours = _Watch(_NETLINK_ROUTE, _NEIGHBOURS)
        self._selector.register(self._neighbours, selectors.EVENT_READ, self._neighbour_changed)
        self._selector.register(agent.ipsec.events, selectors.EVENT_READ, self._tunnels_changed)
        self._selector.register(agent.checks, selectors.EVENT_READ, self._health_changed)
        self._selector.register(agent.balancer_log, selectors.EVENT_READ, self._servers_changed)
        self._look: float | None = None
        self._failed: dict[str, str] = {}
        self._moved = False
        """Whether interfaces have changed since the last look."""
        self._due = 0.0
        self._apply()
        self._control = ControlServer(directory / "control.sock", self._selector, self._request)

    def run(self) -> None:
        """Until the process is ended."""
        while True:
            timer = self._agent.shortcuts.next_timer()
            due = self._due if self._look is None else min(self._due, self._look)
            patience = max(0.0, due - time.monotonic())
            for key, _ in self._selector.select(patience if timer is None else min(patience, timer)):
                key.data()
            if timer is not None:
                self._agent.shortcuts.handle_timer()
            if time.monotonic() >= self._due:
                self._apply()
            elif self._look is not None and time.monotonic() >= self._look:
                self._tell()

    def _apply(self, *, look: bool = True) -> None:
        before = self._agent.changes
        if look:
            self._moved = False
        # Our own changes wake us once more, for a look that finds nothing to do; so nothing that
        # somebody else did meanwhile is overlooked.
        failed = self._agent.apply(look=look)
        if failed and failed != self._failed:
            _log.error("not_applied", failed=failed)
        if self._agent.changes != before:
            _log.info("applied", changes=self._agent.changes - before)
        self._failed = failed
        self._tell()
        self._listen()
        if not look:
            return
        if self._agent.ipsec.serves:
            # Until then it is known what peers say to what has begun now.
            self._look = time.monotonic() + _IPSEC_ANSWER_SECONDS
        # What a peer has refused is tried again.
        self._due = time.monotonic() + (_IPSEC_LOOK_SECONDS if self._agent.ipsec.serves else _FULL_LOOK_SECONDS)

    def _tell(self) -> None:
        self._look = None
        self._agent.tell_health()

    def _listen(self) -> None:
        """Wait for what the shortcuts wait for now."""
        wanted = self._agent.shortcuts.descriptors()
        for descriptor in self._listening.keys() - wanted.keys():
            self._selector.unregister(descriptor)
        for descriptor in wanted.keys() - self._listening.keys():
            self._selector.register(descriptor, selectors.EVENT_READ, wanted[descriptor])
        self._listening = wanted

    def _changed(self) -> None:
        self._moved |= self._links.drain()
        for watch in self._watches:
            watch.drain()
        self._due = min(self._due, time.monotonic() + _SETTLE_SECONDS)
        self._agent.shortcuts.look_again()

    def _neighbour_changed(self) -> None:
        """Who has an address may be another machine now."""
        self._neighbours.drain()
        self._agent.shortcuts.look_again()

    def _tunnels_changed(self) -> None:
        """A peer may have ended one."""
        self._agent.ipsec.events.drain()
        self._due = min(self._due, time.monotonic() + _SETTLE_SECONDS)

    def _health_changed(self) -> None:
        """A server has died, or come back."""
        self._agent.checks.drain()
        self._due = time.monotonic()

    def _servers_changed(self) -> None:
        """HAProxy has seen a server die, or come back: seldom one alone."""
        self._agent.balancer_log.drain()
        if self._look is None:
            self._look = time.monotonic() + _SETTLE_SECONDS

    def _request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        match request.get("op"):
            case "apply":
                # With an interface its addresses and routes have gone; what others did to those alone can wait
                # for the look that their doing has caused.
                self._moved |= self._links.drain()
                self._apply(look=self._moved or bool(self._failed))
                return {"failed": self._failed, "unsettled": self._agent.shortcuts.unsettled()}
            case "settle":
                return {"unsettled": self._agent.shortcuts.unsettled()}
            case "shortcuts":
                return {"pairs": self._agent.shortcuts.show(), "refused": self._agent.shortcuts.refused()}
            case "balancers":
                return self._agent.balancers(request["listeners"])
            case "counts":
                return self._agent.shortcuts.counts()
            case "ipsec":
                return self._agent.ipsec.show()
            case "ipsec-software":
                return self._agent.ipsec.software()
            case "routes":
                return self._agent.routes(policies=bool(request.get("policies")))
            case "show":
                return {**self._agent.show(), "failed": self._failed}
            case other:
                known = "apply, balancers, counts, ipsec, ipsec-software, routes, settle, show or shortcuts"
                return {"error": f"unknown operation {other!r}: it must be {known}"}


def run(directory: Path, counter: Path | None = None, shaper: Path | None = None) -> None:
    """Serve the vrouter whose state is in `directory`, in the namespace of the caller.

    counter  eBPF object that counts flows; without it none gets a shortcut
    shaper   eBPF object that sorts packets into classes; without it no VIP can be limited
    """
    logs.configure()
    structlog.contextvars.bind_contextvars(router_uuid=directory.name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Process(RouterAgent(directory, counter, shaper), directory).run()


if __name__ == "__main__":
    run(*(Path(argument) for argument in sys.argv[1:4]))
