"""Asking hosts something while a user waits: the caller's side.

The server copy that serves the user is not always the one that has the host's stream.  So a question is a
row (store/asks.py): its commit wakes the copy with the stream, the answer's commit wakes this one.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from landbridge.core.service import Answered, Asked
from landbridge.core.view import Tx, View
from landbridge.model.documents.places import Host
from landbridge.model.errors import ApiError, notfound
from landbridge.model.nodelink import AnswerMessage
from landbridge.store import Store, asks
from landbridge.store.asks import AskRow

LOOK_SECONDS = 1.0
"""How late an answer is seen whose wake-up got lost, or a host's disconnect."""


class _Call:
    """One action's questions and what has become of them, by the question's uuid."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.uuid = uuid4().hex
        self.asks = {uuid4().hex: ask for ask in asked.asks}
        self.open = dict(self.asks)
        self.names: dict[str, str] = {}
        """By host."""
        self._answered: dict[str, Answered] = {}
        self._failed: dict[str, ApiError] = {}

    def fail(self, errors: Mapping[str, ApiError]) -> None:
        """These will not be answered; ends the call unless it does with some."""
        for uuid, error in errors.items():
            if not self.asked.partial:
                raise error
            self._failed[uuid] = error
            del self.open[uuid]

    def take(self, messages: Mapping[str, AnswerMessage]) -> None:
        """These are answered."""
        for uuid, message in messages.items():
            ask = self.open[uuid]
            words = message.error
            if words is None:
                try:
                    value = msgspec.json.decode(message.value, type=ask.question.answer)
                except msgspec.DecodeError as error:
                    words = f"its answer is not understood: {error}; are server and agent of one version?"
                else:
                    self._answered[uuid] = Answered(ask.node, ask.question, value)
                    del self.open[uuid]
                    continue
            self.fail({uuid: ApiError("SYS.1006", f"{self.called(ask.node)}: {words}")})

    def called(self, host: str) -> str:
        """A host in an error."""
        return f"host[{self.names.get(host, host)}, uuid:{host}]"

    def body(self) -> Mapping[str, Any]:
        """The result fields."""
        found = dict(self.asked.merge([self._answered[uuid] for uuid in self.asks if uuid in self._answered]))
        if self.asked.partial:
            found["unanswered"] = [
                {"hostUuid": host, "hostName": self.names.get(host, ""), "error": error.to_dict()}
                for host, error in ((self.asks[uuid].node, error) for uuid, error in self._failed.items())
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
                call.fail(await self._store.write(partial(_put, call, seconds)))
            await self._wait(call, event, seconds)
        finally:
            del self._waiting[call.uuid]
        return call.body()

    async def _wait(self, call: _Call, event: asyncio.Event, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        look_at, deadline = loop.time() + LOOK_SECONDS, loop.time() + seconds
        while call.open:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), min(look_at, deadline) - loop.time())
            event.clear()
            now = loop.time()
            call.take(await self._store.read(partial(_answers, call)))
            if now >= look_at:
                look_at = now + LOOK_SECONDS
                call.fail(await self._store.read(partial(_lost, call)))
            if now >= deadline:
                call.fail({uuid: _late(call, ask.node, seconds) for uuid, ask in call.open.items()})

    def _heard(self, calls: set[str]) -> None:
        for call in calls:
            if (event := self._waiting.get(call)) is not None:
                event.set()


def _put(call: _Call, seconds: float, tx: Tx) -> dict[str, ApiError]:
    """Ask the hosts that can be asked; why the others cannot."""
    hosts = _hosts(call, tx)
    call.names = {uuid: host.name for uuid, host in hosts.items()}
    refused: dict[str, ApiError] = {}
    for uuid, ask in call.asks.items():
        host = hosts.get(ask.node)
        if host is None:
            refused[uuid] = notfound("hostUuid", ask.node, "HostVO")
        elif host.status != "Connected":
            refused[uuid] = _unusable(call, ask.node, host, f"is {host.status}")
    if refused and not call.asked.partial:
        raise next(iter(refused.values()))
    asked = {uuid: ask for uuid, ask in call.asks.items() if uuid not in refused}
    asks.put(tx, [AskRow(uuid, call.uuid, ask.node, ask.question) for uuid, ask in asked.items()], seconds)
    return refused


def _answers(call: _Call, view: View) -> dict[str, AnswerMessage]:
    """What has come since the last look."""
    return asks.answers(view, call.uuid, call.asks.keys() - call.open.keys())


def _lost(call: _Call, view: View) -> dict[str, ApiError]:
    """Why some answers will not come any more."""
    hosts = _hosts(call, view)
    return {
        uuid: _unusable(call, ask.node, hosts.get(ask.node), "was lost before it answered")
        for uuid, ask in call.open.items()
        if ask.node not in hosts or hosts[ask.node].status == "Disconnected"
    }


def _hosts(call: _Call, view: View) -> dict[str, Host]:
    """The hosts that are still to answer."""
    return {host.uuid: host for host in view.find(Host, uuid=[ask.node for ask in call.open.values()])}


def _unusable(call: _Call, uuid: str, host: Host | None, words: str) -> ApiError:
    reason = f" ({host.disconnect_reason})" if host and host.disconnect_reason else ""
    return ApiError("HOST.1010", f"{call.called(uuid)} {words}{reason}: start its agent or reconnect it, try again")


def _late(call: _Call, uuid: str, seconds: float) -> ApiError:
    return ApiError(
        "SYS.1001", f"{call.called(uuid)} did not answer within {seconds:g} s: look at its agent's log, try again"
    )
