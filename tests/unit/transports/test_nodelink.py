"""Nodelink over real TLS on loopback: joining, who may speak, streams."""

import asyncio
from pathlib import Path

import pytest

from landbridge.core.view import Tx
from landbridge.model.documents.places import JoinToken
from landbridge.model.nodelink import AnswerMessage, Report
from landbridge.server import nodelink_stream
from landbridge.server.nodelink_http import HANDSHAKES, REFUSED
from landbridge.server.pki import Pki
from landbridge.testing.simulated_host import simulated_facts
from landbridge.transports.enrol import enrol
from landbridge.transports.https import HttpsConnection, LinkLost, LinkRefused
from landbridge.transports.identity import SERVER_NAME, Identity, signing_request, trusting
from landbridge.transports.nodelink_client import NodelinkClient
from tests.unit.transports.conftest import Nodelink

pytestmark = pytest.mark.anyio

FACTS = simulated_facts("host-9", "172.16.0.9")


# ---- joining --------------------------------------------------------------------------------


async def test_a_host_joins_and_is_told_of_itself(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    assert (host.name, host.status, host.management_ip) == ("host-1", "Connected", "172.16.0.1")
    assert simulated.find("host").name == "host-1"  # type: ignore[union-attr]
    assert (simulated.identity.directory / "key.pem").stat().st_mode & 0o777 == 0o600


async def test_wrong_used_and_expired_tokens_are_refused(nodelink: Nodelink, tmp_path: Path) -> None:
    token, identity = await nodelink.token(), Identity(tmp_path / "id")
    with pytest.raises(LinkRefused, match="not known"):
        await enrol(nodelink.server.url, token[:-4] + "0000", identity, FACTS)
    with pytest.raises(LinkRefused, match="not of the form"):
        await enrol(nodelink.server.url, "nonsense", identity, FACTS)
    await enrol(nodelink.server.url, token, identity, FACTS)
    with pytest.raises(LinkRefused, match="has been used"):
        await enrol(nodelink.server.url, token, Identity(tmp_path / "other"), FACTS)
    late = await nodelink.token()
    await nodelink.store.write(_expire)
    with pytest.raises(LinkRefused, match="expired"):
        await enrol(nodelink.server.url, late, Identity(tmp_path / "other"), FACTS)
    assert not (tmp_path / "other").exists()


def _expire(tx: Tx) -> None:
    for token in tx.find(JoinToken):
        token.expires = 1
        tx.put(token)


async def test_a_request_that_is_none_uses_no_token_up(nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landbridge.transports.enrol.signing_request", lambda _key: "nonsense")
    token = await nodelink.token()
    with pytest.raises(LinkRefused, match="signing request cannot be read"):
        await enrol(nodelink.server.url, token, Identity(nodelink.directory / "id"), FACTS)
    tokens = await nodelink.store.read(lambda view: view.find(JoinToken))
    assert [found.used for found in tokens] == [False]


async def test_an_authority_with_another_fingerprint_is_never_told_the_secret(
    nodelink: Nodelink, tmp_path: Path
) -> None:
    token = await nodelink.token()
    wrong = ("0" if token[0] != "0" else "1") + token[1:]
    with pytest.raises(LinkRefused, match="not the server that issued this token"):
        await enrol(nodelink.server.url, wrong, Identity(tmp_path / "id"), FACTS)
    tokens = await nodelink.store.read(lambda view: view.find(JoinToken))
    assert [found.used for found in tokens] == [False]


async def test_joining_again_changes_nothing(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    before = await nodelink.host(simulated)
    token = await nodelink.token()
    reply = await enrol(nodelink.server.url, token, simulated.identity, simulated.facts)
    assert reply.agent_uuid == before.agent_uuid
    assert (await nodelink.host(simulated)).uuid == before.uuid
    await enrol(nodelink.server.url, token, Identity(simulated.identity.directory / "new"), FACTS)


async def test_a_server_without_a_host_joins_again_with_a_new_token(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    await nodelink.call("DeleteHost", uuid=(await nodelink.host(simulated)).uuid)
    await simulated.until(lambda: simulated.objects == {})
    agent_uuid = simulated.identity.agent_uuid
    await enrol(nodelink.server.url, await nodelink.token(), simulated.identity, simulated.facts)
    await simulated.until(lambda: simulated.find("host") is not None)
    assert simulated.identity.agent_uuid == agent_uuid
    await nodelink.call("DeleteHost", uuid=(await nodelink.host(simulated)).uuid)
    await nodelink.call("DeleteAgent", uuid=agent_uuid)
    reply = await enrol(nodelink.server.url, await nodelink.token(), simulated.identity, simulated.facts)
    assert reply.agent_uuid != agent_uuid


# ---- who may speak --------------------------------------------------------------------------


async def test_a_foreign_certificate_is_refused_in_the_handshake(nodelink: Nodelink, tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    foreign = Nodelink(tmp_path / "foreign")
    await foreign.start()
    stranger = Identity(tmp_path / "stranger")
    key = stranger.load_or_make_key()
    certificate = foreign.pki.sign(signing_request(key), "e" * 32)
    await foreign.close()
    stranger.save(key, certificate, nodelink.pki.certificate, nodelink.server.url)
    failed = _failed_handshakes()
    with pytest.raises((LinkLost, LinkRefused)):
        await NodelinkClient(nodelink.server.url, stranger).watch({}, FACTS, "boot").__anext__()
    assert _failed_handshakes() == failed + 1


def _failed_handshakes() -> float:
    begun, done = (HANDSHAKES.labels(stage)._value.get() for stage in ("begun", "done"))
    return float(begun - done)


@pytest.mark.parametrize("path", ["watch", "report"])
async def test_without_a_certificate_nothing_is_said(nodelink: Nodelink, path: str) -> None:
    connection = await HttpsConnection.open(nodelink.server.url, trusting(nodelink.pki.certificate), SERVER_NAME)
    status, _ = await connection.request("POST", f"/nodelink/v1/{path}", b"{}")
    connection.close()
    assert status == 401


async def test_an_unknown_agent_is_refused_and_counted(nodelink: Nodelink, tmp_path: Path) -> None:
    deleted = Identity(tmp_path / "deleted")
    key = deleted.load_or_make_key()
    certificate = nodelink.pki.sign(signing_request(key), "e" * 32)
    deleted.save(key, certificate, nodelink.pki.certificate, nodelink.server.url)
    counter = REFUSED.labels("unknown agent")
    before = counter._value.get()
    with pytest.raises(LinkRefused, match="join again with a new token"):
        await NodelinkClient(nodelink.server.url, deleted).watch({}, FACTS, "boot").__anext__()
    assert counter._value.get() == before + 1


async def test_an_agent_cannot_pass_for_the_server(nodelink: Nodelink) -> None:
    """Its certificate is for clients: nobody accepts it from a server, whatever name it bears."""
    simulated = await nodelink.join(1)
    ours = simulated.identity
    context = nodelink.pki.server_context()
    context.load_cert_chain(ours.directory / "certificate.pem", ours.directory / "key.pem")
    impostor = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
    port = impostor.sockets[0].getsockname()[1]
    with pytest.raises(LinkRefused, match="not trusted"):
        await HttpsConnection.open(f"https://127.0.0.1:{port}", trusting(nodelink.pki.certificate), None)
    impostor.close()


async def test_server_copies_share_one_authority(nodelink: Nodelink) -> None:
    again = await Pki.load(nodelink.store)
    assert again.fingerprint == nodelink.pki.fingerprint


@pytest.mark.parametrize("body", [b"", b"{", b"[1]"])
async def test_garbage_is_answered_not_crashed_on(nodelink: Nodelink, body: bytes) -> None:
    simulated = await nodelink.join(1)
    connection = await HttpsConnection.open(nodelink.server.url, simulated.identity.tls(), SERVER_NAME)
    for path in ("watch", "report", "enrol"):
        status, _ = await connection.request("POST", f"/nodelink/v1/{path}", body)
        assert status == 400
    status, _ = await connection.request("GET", "/nodelink/v1/elsewhere")
    assert status == 404
    connection.close()


# ---- streams --------------------------------------------------------------------------------


async def test_news_come_as_small_deltas(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    scope, seen = f"host:{host.uuid}", simulated.messages
    first = simulated.revisions[scope]
    await nodelink.call("UpdateHost", uuid=host.uuid, name="renamed")
    await simulated.until(lambda: simulated.revisions[scope] > first)
    assert simulated.find("host").name == "renamed"  # type: ignore[union-attr]
    assert simulated.messages == seen + 1


async def test_changes_made_while_away_come_as_one_delta(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    await simulated.stop()
    for number in range(5):
        await nodelink.edit(host.uuid, name=f"name-{number}")
    stream = nodelink.client(simulated).watch(simulated.revisions, simulated.facts, "boot")
    message = await stream.__anext__()
    await stream.aclose()
    [delta] = message.scopes.values()  # type: ignore[union-attr]
    assert not delta.full
    assert delta.put["host"].name == "name-4"  # type: ignore[union-attr]


async def test_an_agent_that_has_everything_gets_an_empty_complete_message(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    await simulated.stop()
    stream = nodelink.client(simulated).watch(simulated.revisions, simulated.facts, "boot")
    message = await stream.__anext__()
    await stream.aclose()
    assert (message.scopes, message.dropped, message.complete) == ({}, (), True)  # type: ignore[union-attr]


async def test_a_burst_of_changes_is_coalesced(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host, seen = await nodelink.host(simulated), simulated.messages
    await asyncio.gather(*(nodelink.edit(host.uuid, name=f"name-{number}") for number in range(200)))
    last = (await nodelink.host(simulated)).name
    await simulated.until(lambda: simulated.find("host").name == last)  # type: ignore[union-attr]
    assert simulated.messages - seen < 150


async def test_a_newer_stream_takes_the_place_of_the_old_one(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    await simulated.stop()
    older = nodelink.client(simulated).watch({}, simulated.facts, "boot")
    await older.__anext__()
    newer = nodelink.client(simulated).watch({}, simulated.facts, "boot")
    await newer.__anext__()
    with pytest.raises(LinkLost):
        await older.__anext__()
    await nodelink.edit((await nodelink.host(simulated)).uuid, name="n")
    assert (await newer.__anext__()).scopes  # type: ignore[union-attr]
    assert (await nodelink.host(simulated)).status == "Connected"
    await newer.aclose()


async def test_pings_keep_a_quiet_stream_alive(nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodelink_stream, "PING_SECONDS", 0.05)
    monkeypatch.setattr("landbridge.transports.nodelink_client.SILENCE_SECONDS", 0.5)
    simulated = await nodelink.join(1)
    await simulated.stop()
    stream = nodelink.client(simulated).watch({}, simulated.facts, "boot")
    await stream.__anext__()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stream.__anext__(), 1.5)


async def test_reports_and_answers_keep_their_connections(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    await simulated.stop()
    client = nodelink.client(simulated)
    before = _handshakes()
    for _ in range(5):
        await client.report(Report(facts=simulated.facts))
        await client.answer(AnswerMessage(uuid="0" * 32, error="nobody asked"))
    assert _handshakes() - before == 2
    client.close()


async def test_a_hung_server_is_noticed(nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landbridge.transports.nodelink_client.SILENCE_SECONDS", 0.3)
    simulated = await nodelink.join(1)
    await simulated.stop()
    stream = nodelink.client(simulated).watch({}, simulated.facts, "boot")
    await stream.__anext__()
    with pytest.raises(LinkLost, match="silent"):
        await stream.__anext__()


def _handshakes() -> float:
    return float(HANDSHAKES.labels("done")._value.get())
