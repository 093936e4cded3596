"""Hosts are asked while somebody waits: over real TLS, on both engines, through several server copies."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from landbridge.core.service import Answered, Ask, Asked
from landbridge.core.view import View
from landbridge.model.errors import ApiError
from landbridge.model.nodelink import AnswerMessage, AskMessage
from landbridge.model.questions.base import Question
from landbridge.model.questions.dhcp import AskDhcpLeases, DhcpLease, DhcpLeaseList
from landbridge.server import asking
from landbridge.server import nodelink as server
from landbridge.store import asks
from landbridge.store.asks import AskRow
from landbridge.store.tx import SqlTx
from landbridge.testing.simulated_host import SimulatedHost
from tests.support import postgres
from tests.unit.transports.conftest import Nodelink

pytestmark = pytest.mark.anyio

NEVER = 600.0


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    return await postgres.empty_database(str(request.getfixturevalue("postgres_url")))


@pytest.fixture
async def nodelink(tmp_path: Path, database: str) -> AsyncIterator[Nodelink]:
    """The copy that has the streams."""
    started = Nodelink(tmp_path, database)
    await started.start()
    yield started
    await started.close()


@pytest.fixture
async def caller(nodelink: Nodelink) -> AsyncIterator[Nodelink]:
    """The copy that asks: with SQLite there is one, with PostgreSQL it is another one."""
    if nodelink.database.startswith("sqlite"):
        yield nodelink
        return
    copy = Nodelink(nodelink.directory, nodelink.database)
    await copy.start()
    yield copy
    await copy.close()


def leases_of(simulated: SimulatedHost, question: Question) -> DhcpLeaseList:
    """An answer that tells which host gave it."""
    assert isinstance(question, AskDhcpLeases)
    name = simulated.facts.hostname
    lease = DhcpLease(
        nic_uuid=name,
        vm_uuid="vm",
        l3_uuid=question.l3_uuid or "",
        mac="fa:00:00:00:00:01",
        ip="10.1.0.10",
        hostname="web",
        state="Bound",
        expires=1.0,
        last_message="ack",
        last_at=0.5,
    )
    return DhcpLeaseList(leases=(lease,))


async def join(nodelink: Nodelink, number: int) -> SimulatedHost:
    simulated = await nodelink.join(number)
    simulated.answer = partial(leases_of, simulated)
    return simulated


def merged(answers: Sequence[Answered]) -> Mapping[str, Any]:
    return {
        "nics": [lease.nic_uuid for answer in answers for lease in getattr(answer.value, "leases", ())],
        "nodes": [answer.node for answer in answers],
    }


async def ask(copy: Nodelink, *hosts: str, partial: bool = False, seconds: float = 10.0) -> Mapping[str, Any]:
    asks = tuple(Ask(host, AskDhcpLeases(l3_uuid="l3")) for host in hosts)
    return await copy.asking.result(Asked(asks, merged, partial=partial, seconds=seconds))


async def uuid_of(nodelink: Nodelink, simulated: SimulatedHost) -> str:
    return (await nodelink.host(simulated)).uuid


async def test_hosts_answer_and_are_merged_in_the_order_asked(nodelink: Nodelink, caller: Nodelink) -> None:
    one, two = await join(nodelink, 1), await join(nodelink, 2)
    uuids = [await uuid_of(nodelink, two), await uuid_of(nodelink, one)]
    assert await ask(caller, *uuids) == {"nics": ["host-2", "host-1"], "nodes": uuids}
    assert one.asked == [AskDhcpLeases(l3_uuid="l3")]


async def test_wake_ups_alone_carry_question_and_answer(
    nodelink: Nodelink, caller: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks by himself within the time there is."""
    monkeypatch.setattr(asking, "LOOK_SECONDS", NEVER)
    monkeypatch.setattr(server, "LOOK_SECONDS", NEVER)
    host = await uuid_of(nodelink, await join(nodelink, 1))
    await asyncio.sleep(1.1)  # the looks that had begun
    assert (await ask(caller, host))["nics"] == ["host-1"]


async def test_nobody_to_ask_is_answered_at_once(nodelink: Nodelink) -> None:
    assert await ask(nodelink, partial=True) == {"nics": [], "nodes": [], "unanswered": []}


async def test_a_host_in_its_own_words(nodelink: Nodelink, caller: Nodelink) -> None:
    simulated = await join(nodelink, 1)
    simulated.answer = lambda _question: "the responder is on fire"
    host = await uuid_of(nodelink, simulated)
    with pytest.raises(ApiError) as caught:
        await ask(caller, host)
    assert caught.value.code == "SYS.1006"
    assert caught.value.details == f"host[host-1, uuid:{host}]: the responder is on fire"


async def test_silence_is_an_error_that_names_the_host(nodelink: Nodelink, caller: Nodelink) -> None:
    simulated = await join(nodelink, 1)
    simulated.answer = lambda _question: None
    host = await uuid_of(nodelink, simulated)
    with pytest.raises(ApiError, match=rf"SYS\.1001.*host\[host-1, uuid:{host}\] did not answer within 0\.4 s"):
        await ask(caller, host, seconds=0.4)


async def test_an_answer_of_another_shape_is_not_taken(nodelink: Nodelink) -> None:
    class Other(DhcpLeaseList, frozen=True, kw_only=True):
        leases: tuple[int, ...]  # type: ignore[assignment]  # as an agent of another version

    simulated = await join(nodelink, 1)
    simulated.answer = lambda _question: Other(leases=(1,))
    with pytest.raises(ApiError, match=r"SYS\.1006.*host-1.*not understood"):
        await ask(nodelink, await uuid_of(nodelink, simulated))


# ---- hosts that are away --------------------------------------------------------------------


async def away(nodelink: Nodelink, number: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """A host whose agent has gone."""
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.05)
    simulated = await join(nodelink, number)
    await simulated.stop()
    async with asyncio.timeout(10):
        while (await nodelink.host(simulated)).status != "Disconnected":
            await asyncio.sleep(0.02)
    return await uuid_of(nodelink, simulated)


async def stored(nodelink: Nodelink) -> int:
    def count(view: View) -> int:
        assert isinstance(view, SqlTx)
        return int(view.run("SELECT count(*) FROM ask").scalar_one())

    return await nodelink.store.read(count)


async def test_a_disconnected_host_is_not_asked(nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch) -> None:
    host, other = await away(nodelink, 1, monkeypatch), await uuid_of(nodelink, await join(nodelink, 2))
    monkeypatch.setattr(asking, "LOOK_SECONDS", NEVER)
    with pytest.raises(ApiError, match=rf"HOST\.1010.*host\[host-1, uuid:{host}\] is Disconnected .*no connection"):
        await ask(nodelink, other, host, seconds=NEVER)
    assert await stored(nodelink) == 0


async def test_one_that_is_away_is_named_where_the_action_says_so(
    nodelink: Nodelink, caller: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, other = await away(nodelink, 1, monkeypatch), await uuid_of(nodelink, await join(nodelink, 2))
    silent = await join(nodelink, 3)
    silent.answer = lambda _question: None
    third = await uuid_of(nodelink, silent)
    found = await ask(caller, host, other, third, partial=True, seconds=1.5)
    assert found["nics"] == ["host-2"]
    named = {(one["hostUuid"], one["hostName"], one["error"]["code"]) for one in found["unanswered"]}
    assert named == {(host, "host-1", "HOST.1010"), (third, "host-3", "SYS.1001")}


async def test_an_unknown_host(nodelink: Nodelink) -> None:
    with pytest.raises(ApiError, match=r"SYS\.1003"):
        await ask(nodelink, "f" * 32)


async def test_an_agent_killed_while_asked(
    nodelink: Nodelink, caller: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.05)
    simulated = await join(nodelink, 1)
    simulated.answer = lambda _question: None
    asked = asyncio.create_task(ask(caller, await uuid_of(nodelink, simulated), seconds=NEVER))
    await simulated.until(lambda: bool(simulated.asked))
    await simulated.stop()
    with pytest.raises(ApiError, match=r"HOST\.1010.*host-1.*was lost before it answered"):
        await asyncio.wait_for(asked, 10)


async def test_an_agent_that_comes_back_is_asked_again(nodelink: Nodelink, caller: Nodelink) -> None:
    simulated = await join(nodelink, 1)
    simulated.answer = lambda _question: None
    asked = asyncio.create_task(ask(caller, await uuid_of(nodelink, simulated)))
    await simulated.until(lambda: bool(simulated.asked))
    await simulated.stop()
    simulated.answer = partial(leases_of, simulated)
    simulated.start()
    assert (await asked)["nics"] == ["host-1"]
    assert len(simulated.asked) == 2


async def test_the_copy_with_the_stream_dies_while_its_host_is_asked(nodelink: Nodelink) -> None:
    caller = Nodelink(nodelink.directory, nodelink.database)
    await caller.start()
    try:
        simulated = await join(nodelink, 1)
        simulated.answer = lambda _question: None
        asked = asyncio.create_task(ask(caller, await uuid_of(nodelink, simulated)))
        await simulated.until(lambda: bool(simulated.asked))
        await nodelink.stop()
        simulated.answer = partial(leases_of, simulated)
        await nodelink.start()
        assert (await asked)["nics"] == ["host-1"]
    finally:
        await caller.close()


async def test_the_copy_that_asked_dies(nodelink: Nodelink) -> None:
    """The host answers all the same, nobody listens, and nothing is left of it."""
    host = await uuid_of(nodelink, await join(nodelink, 1))
    row = AskRow("a" * 32, "c" * 32, host, AskDhcpLeases())
    await nodelink.store.write(lambda tx: asks.put(tx, [row], 0.6))
    async with asyncio.timeout(5):
        while not await nodelink.store.read(lambda view: asks.answers(view, row.call)):
            await asyncio.sleep(0.01)
    await nodelink.store.write(asks.prune)
    assert await stored(nodelink) == 1
    await asyncio.sleep(0.7)
    await nodelink.store.write(asks.prune)
    assert await stored(nodelink) == 0


# ---- what is passed on ----------------------------------------------------------------------


async def test_a_question_is_passed_on_once_and_only_to_its_host(nodelink: Nodelink) -> None:
    one, two = await join(nodelink, 1), await join(nodelink, 2)
    one.answer = two.answer = lambda _question: None
    host = await uuid_of(nodelink, one)
    asked = [asyncio.create_task(ask(nodelink, host, seconds=2.5)) for _ in range(3)]
    await one.until(lambda: len(one.asked) == 3)
    await nodelink.edit(host, name="renamed")
    await one.until(lambda: one.find("host").name == "renamed")  # type: ignore[union-attr]
    await asyncio.gather(*asked, return_exceptions=True)
    assert (len(one.asked), two.asked) == (3, [])


async def test_only_the_asked_host_can_answer_and_the_first_answer_stands(nodelink: Nodelink) -> None:
    one, two = await join(nodelink, 1), await join(nodelink, 2)
    one.answer = two.answer = lambda _question: None
    row = AskRow("a" * 32, "c" * 32, await uuid_of(nodelink, one), AskDhcpLeases())
    await nodelink.store.write(lambda tx: asks.put(tx, [row], 60))
    for simulated, words in ((two, "a stranger"), (one, "first"), (one, "second")):
        client = nodelink.client(simulated)
        await client.answer(AnswerMessage(uuid=row.uuid, error=words))
        client.close()
    found = await nodelink.store.read(lambda view: asks.answers(view, row.call))
    assert [message.error for message in found.values()] == ["first"]


async def test_many_at_once(nodelink: Nodelink, caller: Nodelink) -> None:
    hosts = [await uuid_of(nodelink, await join(nodelink, number)) for number in range(1, 9)]
    found = await asyncio.gather(*(ask(caller, *hosts) for _ in range(20)))
    assert all(one["nodes"] == hosts for one in found)


def test_a_question_survives_the_wire() -> None:
    """It is carried undecoded: byte for byte what was asked."""
    question = msgspec.json.encode(AskDhcpLeases(vm_uuid="v"))
    sent = AskMessage(uuid="u", question=msgspec.Raw(question), seconds=1.0)
    came = msgspec.json.decode(msgspec.json.encode(sent), type=AskMessage)
    assert msgspec.json.decode(came.question, type=AskDhcpLeases) == AskDhcpLeases(vm_uuid="v")
