"""Distributed routing with real packets: flows leave the router, and nothing is lost whatever dies."""

import copy
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.lab import eventually, free_port, free_prefix, in_namespace, kill, lab, move_vtep
from tests.support.pings import Pings
from tests.support.shortened import LEASE, PACKETS_OF_OTHERS, Vpc, announce
from tests.support.sockets import connect, echo, talks

pytestmark = pytest.mark.netns

VTEP_SILENCE_MOST = 1_500
"""Pings at one a millisecond, also on a busy machine; without the flood lists' word it is 2,100 at least."""


@pytest.fixture(scope="module")
def vpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    """In a lab of its own: things die here."""
    directory: Path = tmp_path_factory.mktemp("shortcuts")
    with lab(directory, free_prefix(), free_port()) as made:
        yield Vpc(made)


@pytest.mark.parametrize("other", ["d1", "d2"], ids=["two hosts", "one host"])
def test_a_pair_leaves_the_router(vpc: Vpc, other: str) -> None:
    vpc.becomes_short("w1", other)
    shown = vpc.connections()
    for one, two in (("w1", other), (other, "w1")):
        pair = shown[f"{vpc.ip(one)}-{vpc.ip(two)}"]
        assert pair["state"] == "ZSNP_DST_SUCC"
        assert (pair["srcHostUuid"], pair["dstHostUuid"]) == (vpc.vms[one]["hostUuid"], vpc.vms[two]["hostUuid"])
        assert pair["packets"] > 0
    with echo(vpc.namespace(other), 7000), connect(vpc.namespace("w1"), vpc.ip(other), 7000) as connection:
        before = vpc.seen_by_router()
        assert all(talks(connection) for _ in range(200))
        assert vpc.seen_by_router() - before < PACKETS_OF_OTHERS
    with vpc.nothing_lost("w1", other):
        before = vpc.seen_by_router()
        time.sleep(1)
        assert vpc.seen_by_router() - before < PACKETS_OF_OTHERS


def test_users_see_the_gateway_as_ever(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    trace = in_namespace(vpc.namespace("w1"), "traceroute", "-n", "-q", "1", "-w", "1", vpc.ip("d1"))
    assert [line.split()[1] for line in trace.splitlines()[1:]] == ["10.10.1.1", vpc.ip("d1")]
    report = in_namespace(vpc.namespace("w1"), "ping", "-c", "2", "-i", "0.1", "10.10.1.1")
    assert " 0% packet loss" in report
    neighbours = in_namespace(vpc.namespace("d1"), "ip", "neigh", "show", "10.10.2.1")
    in_namespace(vpc.namespace("d1"), "ping", "-c", "1", "-W", "1", "10.10.2.1")
    assert "0e:52:" in neighbours


def test_a_connection_moves_to_the_short_path_and_back(vpc: Vpc) -> None:
    vpc.set("disable")
    with echo(vpc.namespace("d1"), 7001), connect(vpc.namespace("w1"), vpc.ip("d1"), 7001) as connection:
        for event in ("enable", "disable", "enable"):
            vpc.set(event)
            for _ in range(300):
                assert talks(connection)
                time.sleep(0.002)
    vpc.becomes_short("w1", "d1")


def test_off_is_off_when_the_job_ends(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        time.sleep(0.5)
        vpc.set("disable")
        vpc.comes_by_router("w1", "d1")
        assert vpc.connections() == {}
        vpc.set("enable")
        time.sleep(1)
    vpc.becomes_short("w1", "d1")


def test_new_pairs_without_server_and_nodelink(vpc: Vpc) -> None:
    server = vpc.process("server")
    vpc.set("disable")
    vpc.set("enable")
    os.kill(server, signal.SIGSTOP)
    try:
        vpc.becomes_short("w1", "d1")
        vpc.becomes_short("w2", "d2")
    finally:
        os.kill(server, signal.SIGCONT)


def test_the_routers_agent_is_killed(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        time.sleep(0.5)
        killed = vpc.router_agent()
        kill(killed)
        time.sleep(2 * LEASE)
    assert vpc.router_agent() != killed
    vpc.becomes_short("w1", "d1")


def test_the_routers_agent_is_held_down_for_longer_than_a_lease(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    agent = vpc.router_agent()
    with vpc.nothing_lost():
        os.kill(agent, signal.SIGSTOP)
        try:
            time.sleep(2 * LEASE)
            vpc.comes_by_router("w1", "d1")
        finally:
            os.kill(agent, signal.SIGCONT)
        time.sleep(1)
    vpc.becomes_short("w1", "d1")


def test_a_hosts_agent_is_killed(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        time.sleep(0.5)
        kill(vpc.agent_of("w1"))
        time.sleep(1)
        vpc.lab.restart()
        time.sleep(LEASE)
    vpc.becomes_short("w1", "d1")


def test_the_router_is_destroyed_and_pairs_go_on(vpc: Vpc) -> None:
    """Its host's agent is stopped, so that nobody makes it anew; nothing is deleted by the API."""
    vpc.becomes_short("w1", "d1")
    agent, namespace = vpc.process(f"host-{vpc.router_host + 1}"), vpc.router_namespace
    with vpc.nothing_lost():
        os.kill(agent, signal.SIGSTOP)
        try:
            kill(vpc.router_agent())
            in_namespace(namespace, "ip", "link", "del", "eth2")
            in_namespace(namespace, "ip", "link", "del", "eth3")
            time.sleep(3 * LEASE)
        finally:
            os.kill(agent, signal.SIGCONT)
        time.sleep(1)
    eventually("the router is back", lambda: "" if "10.10.1.1" in in_namespace(namespace, "ip", "addr") else "no")
    vpc.becomes_short("w1", "d1")


def test_a_change_ends_when_every_host_has_taken_its_shortcuts_back(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        for state in ("disable", "enable"):
            vpc.change_service(state)
    vpc.becomes_short("w1", "d1")


def test_a_change_waits_for_the_lease_of_a_host_that_does_not_answer(vpc: Vpc) -> None:
    """Its agent is stopped: no REVOKE is heeded, no withdrawal, and the packets go by what is in its kernel."""
    vpc.becomes_short("w1", "d1")
    agent = vpc.agent_of("w1")
    os.kill(agent, signal.SIGSTOP)
    try:
        assert vpc.is_short("w1", "d1")
        vpc.change_service("disable")
        before = vpc.seen_by_router()
        vpc.ping("w1", "d1", 100, "-i", "0.002")
        assert vpc.seen_by_router() - before >= 100
    finally:
        os.kill(agent, signal.SIGCONT)
        vpc.change_service("enable")
    vpc.becomes_short("w1", "d1")


def test_a_black_hole_made_by_hand_is_heeded_at_once(vpc: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    in_namespace(vpc.router_namespace, "ip", "route", "add", "blackhole", f"{vpc.ip('d1')}/32")
    try:
        eventually(
            "nothing gets there", lambda: "" if "100% packet loss" in vpc.ping("w1", "d1", 5) else "it does", 3
        )
        assert "100% packet loss" in vpc.ping("w1", "d1", 50)
        pair = vpc.connections()[f"{vpc.ip('w1')}-{vpc.ip('d1')}"]
        assert pair["state"] != "ZSNP_DST_SUCC"
    finally:
        in_namespace(vpc.router_namespace, "ip", "route", "del", "blackhole", f"{vpc.ip('d1')}/32")
    vpc.becomes_short("w1", "d1")


def test_an_address_moves_to_another_machine(vpc: Vpc) -> None:
    """As VRRP in guests does it, or somebody by hand: announced by a gratuitous ARP."""
    vpc.becomes_short("w1", "d1")
    uuid = vpc.vms["d2"]["uuid"]
    vpc.api.put(f"/vm-instances/{uuid}/actions", "setVmCleanTraffic", enable=False)
    address, taker = vpc.ip("d1"), vpc.namespace("d2")
    try:
        with echo(taker, 7100):
            in_namespace(taker, "ip", "addr", "add", f"{address}/24", "dev", "eth0")
            announce(taker, address)
            eventually("the new owner is reached", lambda: "" if vpc.connects(address, 7100) else "it is not", 5)
    finally:
        in_namespace(taker, "ip", "addr", "del", f"{address}/24", "dev", "eth0", check=False)
        eventually("the old owner has it again", lambda: vpc.taken_back("d1"))
        vpc.api.put(f"/vm-instances/{uuid}/actions", "setVmCleanTraffic", enable=True)
    vpc.becomes_short("w1", "d1")


@pytest.fixture
def other(vpc: Vpc) -> Iterator[Vpc]:
    """A second vrouter with subnets and VMs of its own, on the same hosts; destroyed by the test or after it."""
    made = copy.copy(vpc)
    made.cloud = replace(vpc.cloud, l3=dict(vpc.cloud.l3), l2=dict(vpc.cloud.l2))
    router = vpc.api.post("/vpc/virtual-routers", name="router-2", virtualRouterOfferingUuid=vpc.cloud.offering)
    made.cloud.router = router["uuid"]
    made.router_namespace = f"{vpc.lab.prefix}-h{vpc.host_number(router)}-vr-{router['uuid'][:12]}"
    for name, cidr in (("web-2", "10.20.1.0/24"), ("db-2", "10.20.2.0/24")):
        made.cloud.subnet(name, cidr)
        made.cloud.attach(name)
    made.vms = {
        "w1": made.cloud.vm("w1-2", "web-2", host=vpc.vms["w1"]["hostUuid"]),
        "d1": made.cloud.vm("d1-2", "db-2", host=vpc.vms["d1"]["hostUuid"]),
    }
    for name in made.vms:
        eventually(f"{name} has its address", lambda name=name: made._unconfigured(name))
    made.set("enable")
    yield made
    for vm in made.vms.values():
        made.cloud.remove_vm(vm["uuid"])
    made.api.delete(f"/vm-instances/{made.cloud.router}")
    for name in ("web-2", "db-2"):
        made.api.delete(f"/l3-networks/{made.cloud.l3[name]}")
        made.api.delete(f"/l2-networks/{made.cloud.l2[name]}")


def test_the_vtep_of_a_destination_moves(vpc: Vpc) -> None:
    """The way there is left as soon as the flood lists know, not when its host has been silent for long enough."""
    vpc.becomes_short("w1", "d1")
    host = vpc.vms["d1"]["hostUuid"]
    old = vpc.api.one("/l2-networks/vteps", f"hostUuid={host}")["vtepIp"]
    new = f"{old.rpartition('.')[0]}.231"
    for before, after in ((old, new), (new, old)):
        vpc.becomes_short("w1", "d1")
        pings = Pings(vpc.namespace("w1"), vpc.ip("d1"))
        time.sleep(0.3)
        move_vtep(vpc.lab.host_namespaces[host], before, after)
        vpc.api.put(f"/hosts/{host}/actions", "reconnectHost")
        time.sleep(0.5)
        lost = pings.stop()
        print(f"{pings.sent} sent, lost {lost}")
        assert sum(map(len, lost)) < VTEP_SILENCE_MOST
    vpc.becomes_short("w1", "d1")


def test_another_routers_shortcuts_stay(vpc: Vpc, other: Vpc) -> None:
    vpc.becomes_short("w1", "d1")
    other.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        other.set("disable")
        assert other.connections() == {}
        assert vpc.is_short("w1", "d1")
        other.set("enable")
    other.becomes_short("w1", "d1")


def test_a_router_that_is_deleted_takes_its_shortcuts_along(vpc: Vpc, other: Vpc) -> None:
    """Unlike one that crashed: nothing is held for it."""
    vpc.becomes_short("w1", "d1")
    other.becomes_short("w1", "d1")
    with vpc.nothing_lost():
        other.api.delete(f"/vm-instances/{other.cloud.router}")
        time.sleep(1)
        assert " 100% packet loss" in other.ping("w1", "d1", 50)
