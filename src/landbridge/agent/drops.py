"""Drops, live: one reader of the ring buffer, any number of users who watch.

A port is told of from a watcher's first question until some seconds after the last one.  What is read is
kept for a while (`core.backlog`), so that nothing is missed between two questions.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from uuid import uuid4

from landbridge.agent.traffic import Traffic
from landbridge.core.backlog import Backlog, cursor_of, cursor_text
from landbridge.drivers.clocks import boot_clock
from landbridge.drivers.events import Drop, Events
from landbridge.drivers.hooks import Hooks, NoHooks
from landbridge.model.questions.ports import AskDrops, DroppedPacket, DroppedPackets

WATCH_SECONDS = 15.0
"""After the last question."""
_RENEW_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
"""Between two looks into the ring buffer, so that a flood does not keep the agent from its work."""
_GATHER_SECONDS = 0.2
"""After the first drop, for those that come with it: a question costs the server more than a drop."""
_KEPT = 1000
"""Drops of each port."""
_MOST = 500
"""Drops in one answer."""
_NS = 1_000_000_000


class DropWatch:
    """Belongs to the event loop's thread."""

    def __init__(self, hooks: Hooks | NoHooks, traffic: Traffic) -> None:
        self._hooks = hooks
        self._traffic = traffic
        self._run = uuid4().hex[:8]
        self._backlog: Backlog[Drop] = Backlog(_KEPT)
        self._until: dict[int, int] = {}
        """Watched ports, and until when (boot clock, ns)."""
        self._listening = False
        self._news = asyncio.Event()

    async def drops(self, question: AskDrops) -> DroppedPackets:
        """The answer, as soon as there is something to tell, or when its time is up.

        Raises:
            OSError: eBPF does not work on this host, with the reason.
        """
        if isinstance(self._hooks, NoHooks):
            raise OSError(self._hooks.reason)
        events, clock = self._hooks.events, asyncio.get_running_loop().time
        deadline = clock() + question.wait_seconds
        cursor = cursor_of(self._run, question.cursor)
        while True:
            # Afresh each time: a VM that starts anew has another interface.
            ports = self._traffic.ports(question.nic_uuids)
            self._watch(events, ports)
            self._collect(events)
            cursor = self._backlog.anchored(cursor, ports)
            left = deadline - clock()
            if left <= 0 or self._backlog.has_news(cursor, ports):
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), min(left, _RENEW_SECONDS))
        if left > 0:
            await asyncio.sleep(min(left, _GATHER_SECONDS))
            self._collect(events)
        taken = self._backlog.take(cursor, ports, _MOST)
        rules, began = self._traffic.known().rules, time.time() - boot_clock() / _NS
        return DroppedPackets(
            drops=tuple(
                DroppedPacket(
                    time=began + drop.time / _NS,
                    nic_uuid=ports[drop.port].nic_uuid,
                    reason=drop.reason,
                    rule=drop.rule,
                    rule_uuid=rules.get(drop.rule),
                    egress=drop.egress,
                    length=drop.length,
                    head=drop.head,
                )
                for drop in taken.items
            ),
            cursor=cursor_text(self._run, taken.cursor),
            lost=taken.lost,
        )

    def _watch(self, events: Events, ports: Iterable[int]) -> None:
        """Begin or renew it."""
        until = boot_clock() + int(WATCH_SECONDS * _NS)
        self._until |= dict.fromkeys(ports, until)
        self._backlog.follow(self._until.keys())
        events.watch(ports, until)
        asyncio.get_running_loop().call_later(WATCH_SECONDS + _PAUSE_SECONDS, self._end, events)
        if not self._listening:
            self._listen(events)

    def _end(self, events: Events) -> None:
        """Forget what nobody has asked about for long."""
        over = [port for port, until in self._until.items() if until < boot_clock()]
        for port in over:
            del self._until[port]
        events.unwatch(over)
        self._backlog.forget(over)

    def _listen(self, events: Events) -> None:
        """Have the loop say when there is something to read, while anybody watches."""
        loop = asyncio.get_running_loop()
        self._listening = bool(self._until)
        if not self._listening:
            return

        def heard() -> None:
            loop.remove_reader(events.fileno())
            self._collect(events)
            loop.call_later(_PAUSE_SECONDS, self._listen, events)

        loop.add_reader(events.fileno(), heard)

    def _collect(self, events: Events) -> None:
        drops, untold = events.read(), events.untold()
        for drop in drops:
            self._backlog.add(drop.port, drop)
        for port, count in untold.items():
            self._backlog.lose(port, count)
        if drops or untold:
            self._news.set()
            self._news = asyncio.Event()
