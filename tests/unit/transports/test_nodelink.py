"""Nodelink over real TLS on loopback: joining, streams, reports, reconnects, restarts."""

import asyncio
import time
from pathlib import Path

import pytest

from landbridge.core.service import Tx
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.places import Agent, JoinToken
from landbridge.model.errors import ApiError
from landbridge.model.node import Report
from landbridge.server import nodelink as server
from landbridge.server import nodelink_liveness, nodelink_stream
from landbridge.server.nodelink_http import HANDSHAKES, REFUSED
from landbridge.server.pki import Pki
from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from landbridge.transports.enrol import enrol
from landbridge.transports.https import HttpsConnection, LinkLost, LinkRefused
from landbridge.transports.identity import SERVER_NAME, Identity, signing_request, trusting
from landbridge.transports.nodelink_client import NodelinkClient
from tests.unit.transports.conftest import Nodelink

pytestmark = pytest.mark.anyio

FACTS = simulated_facts("host-9", "172.16.0.9")


async def _eventually(nodelink: Nodelink, host: SimulatedHost, status: str, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while (found := (await nodelink.host(host)).status) != status:
        assert time.monotonic() < deadline, f"the host stays {found}"
        await asyncio.sleep(0.02)


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


async def test_a_hung_server_is_noticed(nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landbridge.transports.nodelink_client.SILENCE_SECONDS", 0.3)
    simulated = await nodelink.join(1)
    await simulated.stop()
    stream = nodelink.client(simulated).watch({}, simulated.facts, "boot")
    await stream.__anext__()
    with pytest.raises(LinkLost, match="silent"):
        await stream.__anext__()


# ---- status ---------------------------------------------------------------------------------


async def test_a_lost_agent_disconnects_its_host_after_the_grace(
    nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.3)
    simulated = await nodelink.join(1)
    await simulated.stop()
    await asyncio.sleep(0.1)
    assert (await nodelink.host(simulated)).status == "Connected"
    await _eventually(nodelink, simulated, "Disconnected")
    assert (await nodelink.host(simulated)).disconnect_reason == "its agent has no connection"
    simulated.start()
    await _eventually(nodelink, simulated, "Connected")


async def test_an_agent_that_comes_back_in_time_was_never_gone(
    nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.3)
    simulated = await nodelink.join(1)
    changed = (await nodelink.host(simulated)).last_op_date
    await simulated.stop()
    simulated.start()
    await asyncio.sleep(0.6)
    host = await nodelink.host(simulated)
    assert (host.status, host.disconnect_reason) == ("Connected", None)
    assert host.last_op_date >= changed


async def test_a_service_that_refuses_makes_the_host_unusable_until_it_accepts(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    nodelink.picky = "no address in 10.0.0.0/24"
    facts = simulated_facts("host-1", "172.16.0.1", underlay="10.0.0.1/24")
    await simulated.report_facts(facts)
    host = await nodelink.host(simulated)
    assert (host.status, host.disconnect_reason) == ("Disconnected", nodelink.picky)
    assert host.facts == facts
    nodelink.picky = None
    await simulated.report_facts(facts)
    assert (await nodelink.host(simulated)).status == "Connected"


async def test_a_stopped_server_finds_its_hosts_again(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    await nodelink.stop()
    seen = simulated.messages
    await nodelink.start()
    await simulated.until(lambda: simulated.messages > seen)
    assert (await nodelink.host(simulated)).status == "Connected"
    await nodelink.call("UpdateHost", uuid=host.uuid, name="after")
    await simulated.until(lambda: simulated.find("host").name == "after")  # type: ignore[union-attr]


async def test_the_hosts_of_a_dead_server_copy_are_noticed(
    nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodelink_liveness, "RENEW_SECONDS", 0.1)
    monkeypatch.setattr(nodelink_liveness, "DEAD_MILLISECONDS", 500)
    simulated = await nodelink.join(1)
    lost = await nodelink.join(2)
    await nodelink.stop()
    await lost.stop()
    await nodelink.start()
    await _eventually(nodelink, lost, "Disconnected")
    assert "server copy" in ((await nodelink.host(lost)).disconnect_reason or "")
    await _eventually(nodelink, simulated, "Connected")


# ---- several server copies ------------------------------------------------------------------


async def test_an_agent_moves_between_server_copies(
    nodelink: Nodelink, second: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.2)
    simulated = await nodelink.join(1)
    await simulated.stop()
    stream = second.client(simulated).watch(simulated.revisions, simulated.facts, "boot")
    message = await stream.__anext__()
    assert message.scopes == {}  # type: ignore[union-attr]
    await asyncio.sleep(0.5)
    assert (await nodelink.host(simulated)).status == "Connected"
    await stream.aclose()
    await _eventually(nodelink, simulated, "Disconnected")


async def test_a_reconnect_may_be_answered_through_another_copy(nodelink: Nodelink, second: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    await simulated.stop()
    stream = nodelink.client(simulated).watch(simulated.revisions, simulated.facts, "boot")
    await stream.__anext__()
    job = await nodelink.submit("ReconnectHost", uuid=host.uuid)
    refresh = await stream.__anext__()
    reports = second.client(simulated)
    await reports.report(Report(facts=simulated.facts, refresh_token=refresh.token))  # type: ignore[union-attr]
    state = await stream.__anext__()
    applied = {scope: delta.revision for scope, delta in state.scopes.items()}  # type: ignore[union-attr]
    await reports.report(Report(applied=applied))
    reports.close()
    assert (await nodelink.end(job))["inventory"]["status"] == "Connected"
    await stream.aclose()


# ---- jobs -----------------------------------------------------------------------------------


async def test_reconnect_brings_fresh_facts_and_runs_the_checks(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    simulated.facts = simulated_facts("host-1", "172.16.0.1", underlay="10.0.0.1/24")
    result = await nodelink.call("ReconnectHost", uuid=host.uuid)
    assert result["inventory"]["status"] == "Connected"
    assert simulated.refreshes == 1
    assert (await nodelink.host(simulated)).facts == simulated.facts


async def test_reconnect_fails_with_the_reason_of_the_check(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    nodelink.picky = "no address in 10.0.0.0/24"
    with pytest.raises(ApiError) as caught:
        await nodelink.call("ReconnectHost", uuid=host.uuid)
    assert caught.value.code == "HOST.1002"
    assert nodelink.picky in str(caught.value.to_dict())
    assert (await nodelink.host(simulated)).disconnect_reason == nodelink.picky
    nodelink.picky = None
    await nodelink.call("ReconnectHost", uuid=host.uuid)


async def test_reconnect_of_an_absent_host_fails_at_once(nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.0)
    simulated = await nodelink.join(1)
    await simulated.stop()
    await _eventually(nodelink, simulated, "Disconnected")
    began = time.monotonic()
    with pytest.raises(ApiError, match=r"HOST\.1002.*landbridge agent run"):
        await nodelink.call("ReconnectHost", uuid=(await nodelink.host(simulated)).uuid)
    assert time.monotonic() - began < 1.0


async def test_an_agent_that_does_not_answer_a_reconnect_is_hung_up_on(
    nodelink: Nodelink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodelink_stream, "REFRESH_SECONDS", 0.2)
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.1)
    simulated = await nodelink.join(1)
    host = await nodelink.host(simulated)
    await simulated.stop()
    stream = nodelink.client(simulated).watch({}, simulated.facts, "boot")
    await stream.__anext__()
    job = await nodelink.submit("ReconnectHost", uuid=host.uuid)
    assert (await stream.__anext__()).token == "1"  # type: ignore[union-attr]
    with pytest.raises(LinkLost):
        await stream.__anext__()
    with pytest.raises(ApiError, match=r"HOST\.1002"):
        await nodelink.end(job)
    assert (await nodelink.host(simulated)).status == "Disconnected"


async def test_add_kvm_host_claims_the_agent_that_waits(nodelink: Nodelink) -> None:
    waiting = await nodelink.join(1, wait=True)
    await nodelink.join(2, wait=True)
    result = await nodelink.call("AddKVMHost", **_added("172.16.0.1", nodelink))
    assert (result["inventory"]["status"], result["inventory"]["managementIp"]) == ("Connected", "172.16.0.1")
    assert waiting.find("host") is not None


async def test_add_kvm_host_waits_for_an_agent_to_come(nodelink: Nodelink) -> None:
    job = await nodelink.submit("AddKVMHost", **_added("172.16.0.1", nodelink))
    await asyncio.sleep(0.1)
    await nodelink.join(1, wait=True)
    assert (await nodelink.end(job))["inventory"]["status"] == "Connected"


async def test_add_kvm_host_gives_up(nodelink: Nodelink) -> None:
    def shorten(tx: Tx) -> None:
        for setting in tx.find(GlobalConfig, name="agent.claim.timeout"):
            setting.value = "1"
            tx.put(setting)

    await nodelink.store.write(shorten)
    with pytest.raises(ApiError, match=r"HOST\.1000.*no agent waits"):
        await nodelink.call("AddKVMHost", **_added("172.16.0.1", nodelink))
    await nodelink.join(1)


async def test_add_kvm_host_fails_when_the_host_is_not_usable(nodelink: Nodelink) -> None:
    waiting = await nodelink.join(1, wait=True)
    nodelink.picky = "no address in 10.0.0.0/24"
    with pytest.raises(ApiError) as caught:
        await nodelink.call("AddKVMHost", **_added("172.16.0.1", nodelink))
    assert caught.value.code == "HOST.1000"
    assert nodelink.picky in str(caught.value.to_dict())
    nodelink.picky = None
    await nodelink.call("AddKVMHost", **_added("172.16.0.1", nodelink))
    assert waiting.find("host") is not None


def _added(ip: str, nodelink: Nodelink) -> dict[str, object]:
    values = {"name": "h", "managementIp": ip, "clusterUuid": nodelink.cluster}
    return {**values, "username": "root", "password": "p", "sshPort": 22}


async def test_a_deleted_host_is_torn_down_and_can_be_claimed_again(nodelink: Nodelink) -> None:
    simulated = await nodelink.join(1)
    await nodelink.call("DeleteHost", uuid=(await nodelink.host(simulated)).uuid)
    await simulated.until(lambda: simulated.objects == {} and simulated.revisions == {})
    agent_uuid = simulated.identity.agent_uuid
    agent = await nodelink.store.read(lambda view: view.need(Agent, agent_uuid))
    assert (agent.connected, agent.host_uuid) == (True, "")
    await nodelink.call("AddKVMHost", **_added("172.16.0.1", nodelink))
    assert simulated.find("host") is not None
