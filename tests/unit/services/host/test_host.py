"""Hosts: joining, claiming, states, reconnects, deletes; each through one transaction at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from landbridge.core.service import Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import VXLAN_POOL, L2Network, Vtep
from landbridge.model.documents.places import Agent, Authority, Host, JoinToken
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import ApiError, operr
from landbridge.model.facts import HostFacts
from landbridge.services.host import actions, hosts, join, presence, reads
from landbridge.services.host.presence import Stream
from landbridge.services.host.project import HOST_SETTINGS
from landbridge.testing.simulated_host import simulated_facts
from tests.unit.services.places import Places, make_places

STREAM = Stream("a" * 32, "b" * 32, "c" * 32)
FACTS = simulated_facts("node-7", "172.16.0.7")


@pytest.fixture
def kit() -> Iterator[Places]:
    with make_places() as made:
        made.put(Authority(uuid=made.uuid(), private_key="", certificate="", fingerprint="f" * 64))
        yield made


def _token(kit: Places, name: str | None = None) -> str:
    request = join.CreateHostJoinToken(cluster_uuid=kit.cluster, name=name)
    return str(kit.run(join.create_host_join_token, request).body["token"])


def _redeem(
    kit: Places, token: str, *, agent: str = STREAM.agent_uuid, wait: bool = False, facts: HostFacts = FACTS
) -> None:
    kit.write(lambda tx: join.redeem(tx, token, agent, facts, wait=wait))


def _connect(kit: Places, stream: Stream = STREAM, facts: HostFacts = FACTS) -> presence.Presence | None:
    return kit.write(lambda tx: presence.connect(tx, stream, facts, ()))


def _add(kit: Places, ip: str = "172.16.0.7", name: str = "h") -> Outcome:
    request = actions.AddKVMHost(name=name, management_ip=ip, cluster_uuid=kit.cluster, username="root", password="p")
    return kit.run(actions.add_kvm_host, request)


def _undo(outcome: Outcome) -> Mapping[str, Any]:
    assert outcome.failed is not None
    return outcome.failed.args


def _the_host(kit: Places) -> Host:
    [host] = kit.all(Host)
    return host


def test_a_token_shows_the_fingerprint_and_stores_only_a_hash(kit: Places) -> None:
    outcome = kit.run(join.create_host_join_token, join.CreateHostJoinToken(cluster_uuid=kit.cluster))
    fingerprint, _, secret = outcome.body["token"].partition(".")
    assert fingerprint == outcome.body["caFingerprint"] == "f" * 64
    [stored] = kit.all(JoinToken)
    assert len(secret) == 64
    assert secret not in repr(stored)


def test_a_token_makes_a_host_named_after_the_token_or_the_server(kit: Places) -> None:
    _redeem(kit, _token(kit, "host-1"))
    other = simulated_facts("node-8", "172.16.0.8")
    _redeem(kit, _token(kit), agent="d" * 32, facts=other)
    assert [(host.name, host.number, host.status) for host in kit.all(Host)] == [
        ("host-1", 1, "Connecting"),
        ("node-8", 2, "Connecting"),
    ]


def test_a_token_works_once(kit: Places) -> None:
    token = _token(kit)
    _redeem(kit, token)
    with kit.refused("SYS.1007", "has been used"):
        _redeem(kit, token, agent="d" * 32)


def test_a_wrong_token_is_refused(kit: Places) -> None:
    token = _token(kit)
    with kit.refused("SYS.1007", "not known"):
        _redeem(kit, token[:-1] + ("0" if token[-1] != "0" else "1"))


def test_a_token_expires_and_old_ones_go_away(kit: Places) -> None:
    token = _token(kit)
    kit.edit(JoinToken, kit.all(JoinToken)[0].uuid, expires=1)
    with kit.refused("SYS.1007", "expired"):
        _redeem(kit, token)
    _token(kit)
    assert len(kit.all(JoinToken)) == 1


def test_an_address_in_use_is_refused(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    token = _token(kit)
    with kit.refused("SYS.1007", "172.16.0.7", "node-7"):
        _redeem(kit, token, agent="d" * 32)
    with kit.refused("SYS.1007", "172.16.0.7"):
        _add(kit)


def test_a_server_installed_anew_takes_its_host_over(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    kit.write(lambda tx: presence.disconnect(tx, STREAM.agent_uuid, STREAM.uuid, "gone"))
    host = _the_host(kit)
    _redeem(kit, _token(kit), agent="d" * 32)
    assert _the_host(kit).uuid == host.uuid
    assert _the_host(kit).agent_uuid == "d" * 32
    assert kit.get(Agent, STREAM.agent_uuid).host_uuid == ""


def test_connecting_fills_the_host_in(kit: Places) -> None:
    _redeem(kit, _token(kit))
    known = _connect(kit)
    host = _the_host(kit)
    assert known == presence.Presence(host.uuid, 0)
    assert (host.status, host.cpu_num, host.total_cpu_capacity, host.available_cpu_capacity) == (
        "Connected", 64, 640, 640)  # fmt: skip
    assert (host.total_memory_capacity, host.os_distribution) == (1 << 40, "debian")
    assert kit.write(lambda tx: presence.connect(tx, Stream("e" * 32, "x", "y"), FACTS, ())) is None


def test_a_refusing_service_leaves_the_host_disconnected_with_the_reason(kit: Places) -> None:
    _redeem(kit, _token(kit))

    def refuse(tx: Tx, host_uuid: str) -> None:
        assert tx.need(Host, host_uuid).facts == FACTS
        raise operr("no VTEP")

    with kit.refused("SYS.1006", "no VTEP"):
        kit.write(lambda tx: presence.connect(tx, STREAM, FACTS, (refuse,)))
    kit.write(lambda tx: presence.connect(tx, STREAM, FACTS, (refuse,), "no VTEP"))
    assert (_the_host(kit).status, _the_host(kit).disconnect_reason) == ("Disconnected", "no VTEP")
    host = _the_host(kit)
    kit.write(lambda tx: presence.facts_reported(tx, host.uuid, FACTS, (), answered=None))
    assert (_the_host(kit).status, _the_host(kit).disconnect_reason) == ("Connected", None)


def test_only_the_last_stream_can_disconnect(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    newer = Stream(STREAM.agent_uuid, "n" * 32, STREAM.server_uuid)
    _connect(kit, newer)
    assert kit.write(lambda tx: presence.disconnect(tx, STREAM.agent_uuid, STREAM.uuid, "r")) is None
    assert _the_host(kit).status == "Connected"
    assert kit.write(lambda tx: presence.disconnect(tx, STREAM.agent_uuid, newer.uuid, "r")) == _the_host(kit).uuid
    assert (_the_host(kit).status, _the_host(kit).disconnect_reason) == ("Disconnected", "r")


def test_a_waiting_agent_is_claimed_by_its_address(kit: Places) -> None:
    _redeem(kit, _token(kit), wait=True)
    assert _connect(kit) == presence.Presence("", 0)
    assert kit.all(Host) == []
    outcome = _add(kit)
    assert kit.write(lambda tx: presence.is_claimed(tx, STREAM.agent_uuid, FACTS.management_ip)) is True
    known = _connect(kit)
    host = _the_host(kit)
    assert known == presence.Presence(host.uuid, 0)
    assert (host.name, host.username, host.status) == ("h", "root", "Connected")
    assert outcome.wait[0].node == host.uuid


def test_an_unclaimed_host_leaves_nothing(kit: Places) -> None:
    outcome = _add(kit)
    assert outcome.timeout == 60.0
    error = kit.write(lambda tx: actions.add_failed(tx, _undo(outcome), ApiError("SYS.1001", "time is up")))
    assert error.code == "HOST.1000"
    assert "agent join" in error.details
    assert kit.all(Host) == []
    _add(kit)


def test_a_claimed_but_unusable_host_frees_its_agent(kit: Places) -> None:
    _redeem(kit, _token(kit), wait=True)
    outcome = _add(kit)
    _connect(kit)
    error = kit.write(lambda tx: actions.add_failed(tx, _undo(outcome), operr("no VTEP")))
    assert (error.code, error.cause.details if error.cause else "") == ("HOST.1000", "no VTEP")
    assert kit.get(Agent, STREAM.agent_uuid).host_uuid == ""


def test_an_address_must_be_one(kit: Places) -> None:
    with kit.refused("SYS.1007", "300.1.1.1"):
        _add(kit, ip="300.1.1.1")


def test_reconnect_needs_an_agent_and_counts_up(kit: Places) -> None:
    _redeem(kit, _token(kit))
    host = _the_host(kit)
    with kit.refused("HOST.1002", host.name):
        kit.run(actions.reconnect_host, actions.ReconnectHost(uuid=host.uuid))
    _connect(kit)
    outcome = kit.run(actions.reconnect_host, actions.ReconnectHost(uuid=host.uuid))
    assert [object_.value.reconnect for object_ in kit.placed(HOST_SETTINGS, host.uuid)] == [1]  # type: ignore[union-attr]
    assert _the_host(kit).status == "Connecting"
    kit.write(lambda tx: presence.facts_reported(tx, host.uuid, FACTS, (), answered=1))
    assert (_the_host(kit).status, _the_host(kit).reconnected) == ("Connected", 1)
    assert outcome.wait[0].keys == ("host",)


@pytest.mark.parametrize("answered", [None, 1], ids=["unasked", "the answer to the one before"])
def test_what_is_older_than_an_open_reconnect_does_not_count(kit: Places, answered: int | None) -> None:
    """A host had an address that it may not have, and two reports said so; it has another, and is asked again."""
    _redeem(kit, _token(kit))
    _connect(kit)
    host = _the_host(kit)
    for _ in range(2):
        kit.run(actions.reconnect_host, actions.ReconnectHost(uuid=host.uuid))

    def counts(answered: int | None, refusal: str | None = None) -> bool:
        return kit.write(
            lambda tx: presence.facts_reported(tx, host.uuid, FACTS, (), answered=answered, refusal=refusal)
        )

    assert not counts(answered)
    assert not counts(answered, "no VTEP")
    assert _the_host(kit).status == "Connecting"
    assert counts(2)
    assert (_the_host(kit).status, _the_host(kit).reconnected) == ("Connected", 2)


def test_a_failed_reconnect_says_why(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    host = _the_host(kit)
    outcome = kit.run(actions.reconnect_host, actions.ReconnectHost(uuid=host.uuid))
    error = kit.write(lambda tx: actions.reconnect_failed(tx, _undo(outcome), operr("silent")))
    assert (error.code, error.cause.details if error.cause else "") == ("HOST.1002", "silent")
    assert _the_host(kit).status == "Disconnected"


def test_states(kit: Places) -> None:
    uuid = kit.add_host()
    for event, state in (("disable", "Disabled"), ("maintain", "Maintenance"), ("enable", "Enabled")):
        kit.run(actions.change_host_state, actions.ChangeHostState(uuid=uuid, state_event=event))
        assert kit.get(Host, uuid).state == state


def test_a_host_with_a_vm_is_neither_maintained_nor_deleted(kit: Places) -> None:
    uuid = kit.add_host()
    kit.write(lambda tx: tx.put(VmInstance(uuid=tx.new_uuid(), name="vm-1", zone_uuid=kit.zone, host_uuid=uuid)))
    with kit.refused("HOST.1001", "stop the VMs") as caught:
        kit.run(actions.change_host_state, actions.ChangeHostState(uuid=uuid, state_event="maintain"))
    assert caught.value.cause is not None
    assert "vm-1" in caught.value.cause.details
    with kit.refused("SYS.1006", "vm-1"):
        kit.run(actions.delete_host, actions.DeleteHost(uuid=uuid, delete_mode="Enforcing"))


def test_delete_frees_the_agent_the_vteps_and_the_claims(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    host = _the_host(kit)
    pool = kit.put(L2Network(uuid=kit.uuid(), name="p", zone_uuid=kit.zone, type=VXLAN_POOL))
    kit.write(lambda tx: tx.put(Vtep(uuid=tx.new_uuid(), host_uuid=host.uuid, pool_uuid=pool, vtep_ip="10.0.0.1")))
    kit.run(actions.delete_host, actions.DeleteHost(uuid=host.uuid))
    assert not kit.all(Host)
    assert not kit.all(Vtep)
    assert kit.get(Agent, STREAM.agent_uuid).host_uuid == ""
    assert kit.placed(HOST_SETTINGS, host.uuid) == []
    again = kit.write(lambda tx: hosts.take_management_ip(tx, "f" * 32, "172.16.0.7"))
    assert again is None


def test_an_agent_is_revoked_only_without_a_host(kit: Places) -> None:
    _redeem(kit, _token(kit))
    host = _the_host(kit)
    with kit.refused("SYS.1006", host.name):
        kit.run(actions.delete_agent, actions.DeleteAgent(uuid=STREAM.agent_uuid))
    kit.run(actions.delete_host, actions.DeleteHost(uuid=host.uuid))
    kit.run(actions.delete_agent, actions.DeleteAgent(uuid=STREAM.agent_uuid))
    assert kit.all(Agent) == []
    assert _connect(kit) is None


def test_update_moves_the_address_claim(kit: Places) -> None:
    _redeem(kit, _token(kit))
    host = _the_host(kit)
    request = actions.UpdateKVMHost(uuid=host.uuid, name="n", management_ip="172.16.0.9", username="u", ssh_port=2222)
    kit.run(actions.update_kvm_host, request)
    changed = _the_host(kit)
    assert (changed.name, changed.management_ip, changed.username, changed.ssh_port) == ("n", "172.16.0.9", "u", 2222)
    with kit.refused("SYS.1007", "172.16.0.9"):
        _add(kit, ip="172.16.0.9")
    _add(kit, ip="172.16.0.7")


def test_capacity_adds_up_and_leaves_hosts_in_maintenance_out(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    request = reads.GetCpuMemoryCapacity(all=True)
    body = kit.run(reads.get_cpu_memory_capacity, request).body
    assert (body["totalCpu"], body["availableCpu"], body["managedCpuNum"]) == (640, 640, 64)
    maintain = actions.ChangeHostState(uuid=_the_host(kit).uuid, state_event="maintain")
    kit.run(actions.change_host_state, maintain)
    of_cluster = reads.GetCpuMemoryCapacity(cluster_uuids=[kit.cluster])
    body = kit.run(reads.get_cpu_memory_capacity, of_cluster).body
    assert (body["totalCpu"], body["availableCpu"], body["resourceType"]) == (640, 0, "ClusterVO")
    assert [(part["resourceUuid"], part["totalCpu"]) for part in body["capacityData"]] == [(kit.cluster, 640)]
    assert kit.run(reads.get_cpu_memory_capacity, reads.GetCpuMemoryCapacity()).body["totalCpu"] == 0


def test_hosts_are_of_one_type(kit: Places) -> None:
    assert kit.run(reads.get_hypervisor_types, reads.GetHypervisorTypes()).body == {"hypervisorTypes": ["KVM"]}


def test_network_facts(kit: Places) -> None:
    _redeem(kit, _token(kit))
    _connect(kit)
    body = kit.run(reads.get_host_network_facts, reads.GetHostNetworkFacts(host_uuid=_the_host(kit).uuid)).body
    assert [(nic["interfaceName"], nic["ipAddresses"]) for nic in body["nics"]] == [("eth0", ["172.16.0.7/24"])]
