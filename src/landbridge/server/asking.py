"""Asking hosts something while a user waits: the caller's side.

The server copy that serves the user is not always the one that has the host's stream.  So a question is a
row (store/asks.py): its commit wakes the copy with the stream, the answer's commit wakes this one.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from landbridge.core.service import Answered, Ask, Asked, Tx, View
from landbridge.model.documents.places import Host
from landbridge.model.errors import ApiError, notfound
from landbridge.model.nodelink import AnswerMessage
from landbridge.store import Store, asks
from landbridge.store.asks import AskRow

LOOK_SECONDS = 1.0
"""How late an answer is seen whose wake-up got lost, or a host's disconnect."""


@dataclass(slots=True)
class _Call:
    """One action's questions and what has become of them, by the question's uuid."""

    asked: Asked
    uuid: str = field(default_factory=lambda: uuid4().hex)
    asks: dict[str, Ask] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)
    failed: dict[str, ApiError] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """By host."""

    def __post_init__(self) -> None:
        self.asks = {uuid4().hex: ask for ask in self.asked.asks}

    @property
    def open(self) -> list[str]:
        return [uuid for uuid in self.asks if uuid not in self.answered and uuid not in self.failed]

    def fail(self, uuid: str, error: ApiError) -> None:
        if not self.asked.partial:
            raise error
        self.failed[uuid] = error

    def take(self, uuid: str, message: AnswerMessage) -> None:
        ask = self.asks[uuid]
        words = message.error
        if words is None:
            try:
                value = msgspec.json.decode(message.value, type=ask.question.answer)
            except msgspec.DecodeError as error:
                words = f"its answer is not understood: {error}; are server and agent of one version?"
            else:
                self.answered[uuid] = Answered(ask.node, ask.question, value)
                return
        self.fail(uuid, ApiError("SYS.1006", f"{self.called(ask)}: {words}"))

    def called(self, ask: Ask) -> str:
        return f"host[{self.names.get(ask.node, ask.node)}, uuid:{ask.node}]"

    def body(self) -> dict[str, Any]:
        found = dict(self.asked.merge([self.answered[uuid] for uuid in self.asks if uuid in self.answered]))
        if self.asked.partial:
            found["unanswered"] = [
                {
                    "hostUuid": self.asks[uuid].node,
                    "hostName": self.names.get(self.asks[uuid].node, ""),
                    "error": error.to_dict(),
                }
                for uuid, error in self.failed.items()
            ]
        return found


class Asking:
    """The questions that this server copy waits for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, asyncio.Event] = {}
        store.on_commit("answer", self._heard)

    async def result(self, asked: Asked, seconds: float | None = None) -> Mapping[str, Any]:
        """Ask, wait, merge: the result fields.  `seconds`: how long the caller waits instead.

        Raises ApiError (unless `partial`): HOST.1010 at once for a host that is not Connected, SYS.1001 for
        one that does not answer in time, SYS.1006 with its own words for one that cannot.
        """
        call = _Call(asked)
        seconds = seconds or asked.seconds
        event = self._waiting[call.uuid] = asyncio.Event()
        try:
            if call.asks:
                await self._store.write(partial(_put, call, seconds))
            await self._wait(call, event, seconds)
        finally:
            del self._waiting[call.uuid]
        return call.body()

    async def _wait(self, call: _Call, event: asyncio.Event, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while call.open:
            left = deadline - loop.time()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), min(left, LOOK_SECONDS))
            event.clear()
            came, lost = await self._store.read(partial(_look, call))
            for uuid, message in came.items():
                call.take(uuid, message)
            for uuid, error in lost.items():
                call.fail(uuid, error)
            if left <= 0:
                for uuid in call.open:
                    call.fail(uuid, _late(call, call.asks[uuid], seconds))

    def _heard(self, calls: set[str]) -> None:
        for call in calls:
            if (event := self._waiting.get(call)) is not None:
                event.set()


def _put(call: _Call, seconds: float, tx: Tx) -> None:
    """Ask the hosts that can be asked."""
    call.failed.clear()  # of an attempt that lost a conflict
    for uuid, ask in call.asks.items():
        host = tx.get(Host, ask.node)
        call.names[ask.node] = host.name if host else ""
        if host is None:
            call.fail(uuid, notfound("hostUuid", ask.node, "HostVO"))
        elif host.status != "Connected":
            call.fail(uuid, _unusable(call, ask, host, f"is {host.status}"))
    rows = [AskRow(uuid, call.uuid, call.asks[uuid].node, call.asks[uuid].question) for uuid in call.open]
    asks.put(tx, rows, seconds)


def _look(call: _Call, view: View) -> tuple[dict[str, AnswerMessage], dict[str, ApiError]]:
    """The answers to what is open, and why others will not come."""
    came = {uuid: message for uuid, message in asks.answers(view, call.uuid).items() if uuid in call.open}
    lost: dict[str, ApiError] = {}
    for uuid in call.open:
        host = view.get(Host, call.asks[uuid].node)
        if uuid not in came and (host is None or host.status == "Disconnected"):
            lost[uuid] = _unusable(call, call.asks[uuid], host, "was lost before it answered")
    return came, lost


def _unusable(call: _Call, ask: Ask, host: Host | None, words: str) -> ApiError:
    reason = f" ({host.disconnect_reason})" if host and host.disconnect_reason else ""
    return ApiError("HOST.1010", f"{call.called(ask)} {words}{reason}: start its agent or reconnect it, try again")


def _late(call: _Call, ask: Ask, seconds: float) -> ApiError:
    return ApiError(
        "SYS.1001", f"{call.called(ask)} did not answer within {seconds:g} s: look at its agent's log, try again"
    )
