"""What nodelink makes of a host: its status, its jobs, and several server copies."""

import asyncio
import time

import pytest

from landbridge.core.view import Tx
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.places import Agent
from landbridge.model.errors import ApiError
from landbridge.model.nodelink import Report
from landbridge.server import nodelink as server
from landbridge.server import nodelink_liveness, nodelink_stream
from landbridge.testing.simulated_host import SimulatedHost, simulated_facts
from landbridge.transports.https import LinkLost
from tests.unit.transports.conftest import Nodelink

pytestmark = pytest.mark.anyio


async def _eventually(nodelink: Nodelink, host: SimulatedHost, status: str, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while (found := (await nodelink.host(host)).status) != status:
        assert time.monotonic() < deadline, f"the host stays {found}"
        await asyncio.sleep(0.02)


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
