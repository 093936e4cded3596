"""Answers to what the server asks while a user waits: a registry of question types.

A new question is a type in model/questions.py and a line in `answerers`.  They are answered in threads of this
module's own, so that neither reconcile passes nor the stream wait for a slow one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from landbridge import __version__
from landbridge.agent.drops import DropWatch
from landbridge.agent.machines import Machines
from landbridge.agent.shortcut_view import shown_shortcuts
from landbridge.agent.shortcuts import HostShortcuts
from landbridge.agent.traffic import Traffic
from landbridge.model.nodelink import AnswerMessage, AskMessage
from landbridge.model.questions import AnyQuestion
from landbridge.model.questions.base import HostAnswer, Question
from landbridge.model.questions.dhcp import AskDhcpLeases, DhcpLeaseList
from landbridge.model.questions.ipsec import AskIpsec, AskIpsecSoftware, IpsecSoftware, IpsecStates
from landbridge.model.questions.ports import AskDrops, AskPortCounts, AskRuleCounts
from landbridge.model.questions.router import (
    AskBalancers,
    AskRouter,
    AskRoutes,
    BalancerList,
    KernelRoutes,
    RouterRuntime,
)
from landbridge.model.questions.shortcuts import AskShortcuts, Shortcuts
from landbridge.transports.control import ControlError
from landbridge.transports.https import LinkLost, LinkRefused

_log = structlog.get_logger(__name__)

_THREADS = 4
_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Answerers:
    """How questions are answered, by type.

    Both kinds raise OSError or `ControlError` with the words that the user is told.

    blocking  functions, each run in a thread
    waiting   coroutine functions: for what has to happen first
    """

    blocking: Mapping[type[Question], Callable[[Any], HostAnswer]] = field(default_factory=dict)
    waiting: Mapping[type[Question], Callable[[Any], Awaitable[HostAnswer]]] = field(default_factory=dict)


def answerers(machines: Machines, traffic: Traffic, watch: DropWatch, shortcuts: HostShortcuts | None) -> Answerers:
    """What a host can be asked."""

    def dhcp_leases(question: AskDhcpLeases) -> DhcpLeaseList:
        found = [
            lease
            for lease in machines.dhcp.leases()
            if question.l3_uuid in (None, lease.l3_uuid) and question.vm_uuid in (None, lease.vm_uuid)
        ]
        return DhcpLeaseList(leases=tuple(found))

    def router(question: AskRouter) -> RouterRuntime:
        return msgspec.convert(machines.routers.show(question.router_uuid), RouterRuntime)

    def kernel_routes(question: AskRoutes) -> KernelRoutes:
        return machines.routers.routes(question.router_uuid, policies=question.policies)

    def ipsec(question: AskIpsec) -> IpsecStates:
        return msgspec.convert(machines.routers.ipsec(question.router_uuid), IpsecStates)

    def ipsec_software(question: AskIpsecSoftware) -> IpsecSoftware:
        return msgspec.convert(machines.routers.ipsec_software(question.router_uuid), IpsecSoftware)

    def balancers(question: AskBalancers) -> BalancerList:
        return machines.routers.balancers(question.router_uuid, question.listener_uuids)

    def shortcut_pairs(question: AskShortcuts) -> Shortcuts:
        return shown_shortcuts(question.router_uuid, traffic.known(), machines.routers, shortcuts)

    return Answerers(
        blocking={
            AskDhcpLeases: dhcp_leases,
            AskRouter: router,
            AskRoutes: kernel_routes,
            AskIpsec: ipsec,
            AskIpsecSoftware: ipsec_software,
            AskBalancers: balancers,
            AskShortcuts: shortcut_pairs,
            AskPortCounts: traffic.port_counts,
            AskRuleCounts: traffic.rule_counts,
        },
        waiting={AskDrops: watch.drops},
    )


class Questions:
    """The questions at hand."""

    def __init__(self, answerers: Answerers, answer: Callable[[AnswerMessage], Awaitable[None]]) -> None:
        self._answerers = answerers
        self._answer = answer
        self._threads = ThreadPoolExecutor(_THREADS, "question")
        self._at_hand: dict[str, asyncio.Task[None]] = {}

    def ask(self, message: AskMessage) -> None:
        """Begin to answer; what is being answered already (a new stream asks again) is left alone."""
        if message.uuid not in self._at_hand:
            task = asyncio.create_task(self._deal(message))
            self._at_hand[message.uuid] = task
            task.add_done_callback(lambda _task: self._at_hand.pop(message.uuid))

    async def close(self) -> None:
        """Drop what is not answered.  A thread that still works is not waited for."""
        tasks = list(self._at_hand.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _deal(self, message: AskMessage) -> None:
        try:
            async with asyncio.timeout(message.seconds):
                await self._tell(await self._answered(message))
        except TimeoutError:
            _log.warning("a question was not answered in time", question=message.uuid, seconds=message.seconds)

    async def _answered(self, message: AskMessage) -> AnswerMessage:
        try:
            question = msgspec.json.decode(message.question, type=AnyQuestion)
            value = await self._value(question)
        except msgspec.DecodeError as error:
            words = f"its agent (version {__version__}) does not know this question: {error}; upgrade it"
            return AnswerMessage(uuid=message.uuid, error=words)
        except (OSError, ControlError) as error:
            return AnswerMessage(uuid=message.uuid, error=str(error))
        except Exception as error:  # a mistake of ours must not leave the user without an answer
            _log.exception("a question could not be answered", question=message.uuid)
            return AnswerMessage(uuid=message.uuid, error=f"{type(error).__name__}: {error}")
        return AnswerMessage(uuid=message.uuid, value=msgspec.Raw(msgspec.json.encode(value)))

    async def _value(self, question: Question) -> HostAnswer:
        kind = type(question)
        if (waiting := self._answerers.waiting.get(kind)) is not None:
            return await waiting(question)
        blocking = self._answerers.blocking[kind]
        return await asyncio.get_running_loop().run_in_executor(self._threads, blocking, question)

    async def _tell(self, answer: AnswerMessage) -> None:
        """Until a server copy has it, or the question is taken back by its time."""
        while True:
            try:
                return await self._answer(answer)
            except (LinkLost, LinkRefused) as error:
                _log.warning("an answer was lost", question=answer.uuid, reason=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
