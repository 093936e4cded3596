"""The agent's registry of questions: nobody waits for a slow one, and every one is answered."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from landbridge.agent.questions import Answerers, Questions
from landbridge.model.nodelink import AnswerMessage, AskMessage
from landbridge.model.questions.base import Question
from landbridge.model.questions.dhcp import AskDhcpLeases, DhcpLeaseList
from landbridge.transports.control import ControlError
from landbridge.transports.https import LinkLost

pytestmark = pytest.mark.anyio

EMPTY = DhcpLeaseList(leases=())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Desk:
    """Questions, and the answers that were sent."""

    def __init__(self, answerers: Answerers) -> None:
        self.sent: asyncio.Queue[AnswerMessage] = asyncio.Queue()
        self.losses = 0
        self.questions = Questions(answerers, self._send)

    async def _send(self, message: AnswerMessage) -> None:
        if self.losses:
            self.losses -= 1
            raise LinkLost("the server is away")
        await self.sent.put(message)

    def ask(self, uuid: str, question: Question | None = None, seconds: float = 30.0) -> None:
        raw = msgspec.Raw(msgspec.json.encode(question or AskDhcpLeases()))
        self.questions.ask(AskMessage(uuid=uuid, question=raw, seconds=seconds))

    async def answer(self) -> AnswerMessage:
        return await asyncio.wait_for(self.sent.get(), 10)


@pytest.fixture
async def desk() -> AsyncIterator[Callable[[Answerers], Desk]]:
    made: list[Desk] = []

    def make(answerers: Answerers) -> Desk:
        made.append(Desk(answerers))
        return made[-1]

    yield make
    for one in made:
        await one.questions.close()


async def test_a_blocking_one_delays_neither_the_loop_nor_others(desk: Callable[[Answerers], Desk]) -> None:
    release = threading.Event()

    def answer(question: AskDhcpLeases) -> DhcpLeaseList:
        if question.vm_uuid == "slow":
            release.wait(10)
        return EMPTY

    made = desk(Answerers(blocking={AskDhcpLeases: answer}))
    made.ask("slow", AskDhcpLeases(vm_uuid="slow"))
    made.ask("quick")
    assert (await made.answer()).uuid == "quick"
    release.set()
    assert (await made.answer()).uuid == "slow"


async def test_one_that_waits_takes_no_thread(desk: Callable[[Answerers], Desk]) -> None:
    """A long poll: more of them than there are threads."""
    happened = asyncio.Event()

    async def answer(_question: AskDhcpLeases) -> DhcpLeaseList:
        await happened.wait()
        return EMPTY

    made = desk(Answerers(waiting={AskDhcpLeases: answer}))
    for number in range(50):
        made.ask(str(number))
    happened.set()
    assert {(await made.answer()).uuid for _ in range(50)} == {str(number) for number in range(50)}


async def test_the_value_is_what_the_question_names(desk: Callable[[Answerers], Desk]) -> None:
    made = desk(Answerers(blocking={AskDhcpLeases: lambda _question: EMPTY}))
    made.ask("u")
    message = await made.answer()
    assert msgspec.json.decode(message.value, type=AskDhcpLeases.answer) == EMPTY


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ControlError("no answer on control.sock"), "no answer on control.sock"),
        (OSError("no such device"), "no such device"),
        (ZeroDivisionError("a bug"), "ZeroDivisionError: a bug"),
    ],
)
async def test_a_failure_is_answered_in_its_words(
    desk: Callable[[Answerers], Desk], failure: Exception, words: str
) -> None:
    def answer(_question: AskDhcpLeases) -> DhcpLeaseList:
        raise failure

    made = desk(Answerers(blocking={AskDhcpLeases: answer}))
    made.ask("u")
    message = await made.answer()
    assert (bytes(message.value), message.error) == (b"null", words)


async def test_an_unknown_question_is_answered_too(desk: Callable[[Answerers], Desk]) -> None:
    made = desk(Answerers())
    made.questions.ask(AskMessage(uuid="u", question=msgspec.Raw(b'{"type":"weather"}'), seconds=30))
    assert "does not know this question" in ((await made.answer()).error or "")


async def test_asked_again_while_at_hand_it_is_answered_once(desk: Callable[[Answerers], Desk]) -> None:
    happened, asked = asyncio.Event(), 0

    async def answer(_question: AskDhcpLeases) -> DhcpLeaseList:
        nonlocal asked
        asked += 1
        await happened.wait()
        return EMPTY

    made = desk(Answerers(waiting={AskDhcpLeases: answer}))
    made.ask("u")
    await asyncio.sleep(0)
    made.ask("u")
    happened.set()
    await made.answer()
    made.ask("u")
    await made.answer()
    assert asked == 2


async def test_a_lost_answer_is_sent_again(desk: Callable[[Answerers], Desk]) -> None:
    made = desk(Answerers(blocking={AskDhcpLeases: lambda _question: EMPTY}))
    made.losses = 1
    made.ask("u")
    assert (await made.answer()).uuid == "u"


async def test_after_its_time_a_question_is_dropped(desk: Callable[[Answerers], Desk]) -> None:
    dropped = asyncio.Event()

    async def answer(_question: AskDhcpLeases) -> DhcpLeaseList:
        try:
            await asyncio.Event().wait()
        finally:
            dropped.set()
        return EMPTY

    made = desk(Answerers(waiting={AskDhcpLeases: answer}))
    made.ask("u", seconds=0.05)
    await asyncio.wait_for(dropped.wait(), 10)
    assert made.sent.empty()
