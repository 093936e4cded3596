"""A vrouter's namespace between two subnets and a public network, with real packets."""

import contextlib
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.drivers import children
from landbridge.drivers.enter import in_namespace
from landbridge.drivers.signal_socket import SignalSocket
from landbridge.model.router_node import DnsName, RouterRoute, SourceNat
from tests.netns import router_world
from tests.netns.guest_fixtures import eventually, memory_kib, sh
from tests.netns.router_world import OTHER_PUBLIC_IP, PUBLIC_IP, ROUTER, WEB, Peer, World, ask, connect, leg, objects

pytestmark = pytest.mark.netns


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


def test_routes_between_subnets_in_one_hop(world: World) -> None:
    began = time.monotonic()
    assert world.update(objects()) == {}
    print(f"first update, with the start of the agent: {(time.monotonic() - began) * 1000:.0f} ms")
    assert world.pings("a", "10.2.0.10")
    hops = world.on("a", "traceroute -n -q 1 -w 1 10.2.0.10").splitlines()[1:]
    assert [line.split()[1] for line in hops] == ["10.1.0.1", "10.2.0.10"]


def test_source_nat_is_what_the_server_sees(world: World) -> None:
    assert world.update(objects()) == {}
    web = Peer(world.names["internet"], WEB, 80)
    try:
        for machine in ("a", "b"):
            with connect(world.names[machine], WEB, 80) as connection:
                assert ask(connection) == PUBLIC_IP
    finally:
        web.close()
    assert web.seen == [PUBLIC_IP, PUBLIC_IP]


def test_an_address_that_another_machine_has_got_silently_is_found(world: World) -> None:
    assert world.update(objects()) == {}
    assert world.pings("b", "10.1.0.10")
    neighbour = f"ip -n {world.names['router']} neigh"
    sh(f"{neighbour} replace 10.1.0.10 lladdr fa:00:00:00:99:99 dev eth1 nud stale")
    began = time.monotonic()
    eventually("it is found", lambda: world.pings("b", "10.1.0.10"))
    print(f"found after {time.monotonic() - began:.1f} s")
    settings = [
        int(sh(f"ip netns exec {world.names['router']} cat /proc/sys/net/ipv4/neigh/eth1/{name}"))
        for name in ("delay_first_probe_time", "ucast_solicit", "retrans_time_ms")
    ]
    assert settings[0] * 1000 + settings[1] * settings[2] <= 2000


def test_subnets_see_each_other_with_their_own_addresses(world: World) -> None:
    assert world.update(objects()) == {}
    peer = Peer(world.names["b"], "10.2.0.10", 80)
    try:
        with connect(world.names["a"], "10.2.0.10", 80) as connection:
            assert ask(connection) == "10.1.0.10"
    finally:
        peer.close()


def test_nothing_begins_outside(world: World) -> None:
    assert world.update(objects()) == {}
    inside = Peer(world.names["a"], "10.1.0.10", 80)
    try:
        with pytest.raises(TimeoutError):
            connect(world.names["internet"], "10.1.0.10", 80, timeout=1)
        assert not world.pings("internet", "10.1.0.10")
        # the router itself answers to ping and to nothing else
        assert world.pings("internet", PUBLIC_IP)
        with pytest.raises(TimeoutError):
            connect(world.names["internet"], PUBLIC_IP, 53, timeout=1)
        assert not inside.seen
    finally:
        inside.close()


def test_management_network_is_closed_to_vms(world: World) -> None:
    assert world.update(objects()) == {}
    assert world.pings("office", "172.31.0.5")
    assert not world.pings("a", "172.31.0.9")
    assert not world.pings("office", "10.1.0.10")


@pytest.mark.parametrize(
    ("source", "sender", "receiver", "heard"),
    [
        ("a", "10.1.0.10", "10.1.0.1", True),
        ("a", "10.1.0.10", "10.2.0.10", True),
        ("router", "10.1.0.1", "10.1.0.10", True),
        ("internet", WEB, PUBLIC_IP, False),
        ("internet", WEB, "10.1.0.1", False),
        ("internet", WEB, "10.1.0.10", False),
        ("office", "172.31.0.9", "172.31.0.5", False),
        ("a", "10.1.0.10", PUBLIC_IP, True),
        ("a", "10.1.0.10", WEB, False),
        ("router", PUBLIC_IP, WEB, False),
        ("router", "172.31.0.5", "172.31.0.9", False),
    ],
)
def test_signalling_stays_among_the_subnets(
    world: World, source: str, sender: str, receiver: str, heard: bool
) -> None:
    """To the router and through it from their legs only; it itself says nothing elsewhere."""
    assert world.update(objects()) == {}
    where = {PUBLIC_IP: "router", "10.1.0.1": "router", "172.31.0.5": "router", "10.1.0.10": "a", "10.2.0.10": "b"}
    where |= {WEB: "internet", "172.31.0.9": "office"}
    with (
        contextlib.closing(in_namespace(world.names[source], SignalSocket)) as speaking,
        contextlib.closing(in_namespace(world.names[where[receiver]], SignalSocket)) as listening,
    ):
        for _ in range(2):  # the first may be lost to the search for a neighbour
            speaking.send(sender, receiver, b"ZSNP")
            readable, _, _ = select.select([listening], [], [], 3.0 if heard else 0.3)
        assert bool(readable) == heard


def test_who_signals_is_no_change_of_the_router(world: World) -> None:
    """Though nftables remembers how much each has said."""
    assert world.update(objects()) == {}
    changes = world.routers.show(ROUTER)["changes"]
    with contextlib.closing(in_namespace(world.names["a"], SignalSocket)) as speaking:
        for _ in range(3):
            speaking.send("10.1.0.10", "10.1.0.1", b"ZSNP")
    assert "10.1.0.10" in world.on("router", "nft list set inet landbridge said")
    assert world.update(objects()) == {}
    assert world.routers.show(ROUTER)["changes"] == changes


def test_a_vm_cannot_use_addresses_of_another_subnet(world: World) -> None:
    assert world.update(objects()) == {}
    sh(f"ip -n {world.names['a']} addr add 10.2.0.66/32 dev lo")
    assert " 100% packet loss" in world.on("a", "ping -c 2 -i 0.1 -W 1 -I 10.2.0.66 203.0.113.1", check=False)


def test_dns_is_forwarded(world: World) -> None:
    options = "-k -C /dev/null --no-resolv --no-hosts --bind-interfaces --pid-file= --log-facility=-"
    options += f" --listen-address={WEB} --address=/example.test/192.0.2.55"
    upstream = subprocess.Popen(
        ["ip", "netns", "exec", world.names["internet"], "dnsmasq", *options.split()], stderr=subprocess.DEVNULL
    )
    try:
        assert world.update(objects()) == {}
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x04test\x00\x00\x01\x00\x01"
        answers = []

        def answered() -> bool:
            with in_namespace(world.names["a"], lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as client:
                client.settimeout(0.3)
                client.connect(("10.1.0.1", 53))
                try:
                    client.send(query)
                    answers.append(client.recv(512))
                except OSError:
                    return False
            return True

        eventually("an answer from the forwarder", answered)
        assert answers[0].endswith(socket.inet_aton("192.0.2.55"))
    finally:
        upstream.kill()
        upstream.wait()


def resolved(world: World, question: str, *more: str) -> list[str]:
    """What a machine is answered."""
    return world.on("a", f"dig +short +time=2 +tries=1 @10.1.0.1 {question} {' '.join(more)}", check=False).split()


def test_machines_by_name(world: World) -> None:
    """Name, short name and reverse, by UDP, TCP and EDNS; as soon as they are told, and no longer."""
    first = {"name/a": DnsName(hostname="db-1", domain="internal", ip="10.1.0.10")}
    assert world.update(objects() | first) == {}
    eventually("an answer", lambda: resolved(world, "db-1.internal") == ["10.1.0.10"])
    assert resolved(world, "db-1") == ["10.1.0.10"]
    assert resolved(world, "-x 10.1.0.10") == ["db-1.internal."]
    assert resolved(world, "db-1.internal", "+tcp") == ["10.1.0.10"]
    assert resolved(world, "db-1.internal", "+edns=0", "+bufsize=1232") == ["10.1.0.10"]
    second = {"name/b": DnsName(hostname="db-2", domain="db.example", ip="10.2.0.10")}
    pid = children.running_pid(world.directory / "dnsmasq")
    assert world.update(objects() | second) == {}
    eventually("the new name", lambda: resolved(world, "db-2.db.example") == ["10.2.0.10"])
    assert resolved(world, "db-1.internal") == []
    assert resolved(world, "-x 10.1.0.10") == []
    assert children.running_pid(world.directory / "dnsmasq") == pid


def test_kill_and_restart_changes_nothing(world: World) -> None:
    assert world.update(objects()) == {}
    web = Peer(world.names["internet"], WEB, 80)
    router = world.names["router"]
    try:
        with connect(world.names["a"], WEB, 80) as connection:
            assert ask(connection) == PUBLIC_IP
            pid, dns_pid = children.running_pid(world.directory), children.running_pid(world.directory / "dnsmasq")
            assert pid is not None
            print(f"vrouter-agent {memory_kib(pid)} KiB")
            with (world.run_dir / "events").open("w") as events:
                # The kernel tells of a link that came up with up to a second's delay.
                time.sleep(1.2)
                watched = ["ip", "-n", router, "monitor", "link", "address", "route"]
                ip_events = subprocess.Popen(watched, stdout=events)
                nft_events = subprocess.Popen(["ip", "netns", "exec", router, "nft", "monitor"], stdout=events)
                time.sleep(0.3)
                sh(f"kill -9 {pid}")
                eventually("a new agent", lambda: children.running_pid(world.directory) not in (None, pid))
                eventually("it answers", lambda: _answers(world))
                time.sleep(0.5)
                for monitor in (ip_events, nft_events):
                    monitor.terminate()
                    monitor.wait()
            assert (world.run_dir / "events").read_text() == ""
            assert world.routers.show(ROUTER)["changes"] == 0
            assert children.running_pid(world.directory / "dnsmasq") == dns_pid
            assert ask(connection) == PUBLIC_IP
    finally:
        web.close()


def _answers(world: World) -> bool:
    try:
        return bool(world.routers.show(ROUTER))
    except Exception:
        return False


def test_a_change_touches_only_what_differs(world: World) -> None:
    wanted = objects()
    assert world.update(wanted) == {}
    web = Peer(world.names["internet"], WEB, 80)
    try:
        with connect(world.names["a"], WEB, 80) as old:
            assert ask(old) == PUBLIC_IP
            wanted["leg/nic0"] = leg(0, "public", f"{PUBLIC_IP}/24", f"{OTHER_PUBLIC_IP}/24")
            wanted["snat/r/p/1"] = SourceNat(source="10.1.0.0/24", out_nic_uuid="nic0", to_ip=OTHER_PUBLIC_IP)
            del wanted["snat/r/p/2"]
            before = world.routers.show(ROUTER)["changes"]
            assert world.update(wanted) == {}
            assert world.routers.show(ROUTER)["changes"] == before + 2
            assert ask(old) == PUBLIC_IP
            with connect(world.names["a"], WEB, 80) as new:
                assert ask(new) == OTHER_PUBLIC_IP
            with connect(world.names["b"], WEB, 80) as bare:
                assert ask(bare) == "10.2.0.10"
    finally:
        web.close()


def test_black_hole_and_routes_come_and_go(world: World) -> None:
    wanted = objects()
    wanted["route/r/198.51.100.0/24/1"] = RouterRoute(destination="198.51.100.0/24", via=None, distance=1)
    wanted["route/r/192.0.2.0/24/5"] = RouterRoute(destination="192.0.2.0/24", via="10.2.0.10", distance=5)
    assert world.update(wanted) == {}
    routes = sh(f"ip -n {world.names['router']} route")
    assert "blackhole 198.51.100.0/24 proto 76 metric 1" in routes
    assert "192.0.2.0/24 via 10.2.0.10 dev eth2 proto 76 metric 5" in routes

    del wanted["route/r/198.51.100.0/24/1"], wanted["route/r/192.0.2.0/24/5"]
    assert world.update(wanted) == {}
    assert "198.51.100" not in sh(f"ip -n {world.names['router']} route")


def test_failures_are_told_by_object_and_block_nothing_else(world: World) -> None:
    wanted = objects()
    wanted["leg/nic9"] = leg(9, "guest", "10.9.0.1/24")
    wanted["route/r/192.0.2.0/24/5"] = RouterRoute(destination="192.0.2.0/24", via="10.77.0.1", distance=5)
    failed = world.update(wanted)
    assert set(failed) == {"leg/nic9", "route/r/192.0.2.0/24/5"}
    assert "no interface eth9" in failed["leg/nic9"]
    assert "next hop 10.77.0.1 is in no network of the vrouter" in failed["route/r/192.0.2.0/24/5"]
    assert world.pings("a", "10.2.0.10")


def test_drift_is_repaired(world: World) -> None:
    assert world.update(objects()) == {}
    router = world.names["router"]
    sh(f"ip -n {router} addr del 10.1.0.1/24 dev eth1")
    sh(f"ip netns exec {router} nft flush chain inet landbridge forward")
    sh(f"ip -n {router} route del default")
    eventually("the address is back", lambda: "10.1.0.1/24" in sh(f"ip -n {router} addr"), 3)
    eventually("the default route is back", lambda: "default via" in sh(f"ip -n {router} route"), 3)
    forward = f"ip netns exec {router} nft list chain inet landbridge forward"
    eventually("the rules are back", lambda: "guest_legs" in sh(forward), 3)
    eventually("packets pass again", lambda: world.pings("a", "10.2.0.10"), 5)


def test_remove_leaves_nothing(world: World) -> None:
    assert world.update(objects()) == {}
    assert sh(f"ip netns pids {world.names['router']}") != ""
    world.routers.remove(ROUTER)
    assert sh(f"ip netns pids {world.names['router']}") == ""
    assert world.routers.read() == set()
    world.routers.remove(ROUTER)


def test_what_went_with_an_interface_is_back_when_the_agent_answers(world: World) -> None:
    """The agent has heard that the interface changed, and has not looked yet."""
    assert world.update(objects()) == {}
    world.on("router", "ip link set eth0 down")
    world.on("router", "ip link set eth0 up")
    time.sleep(0.05)
    assert world.update(objects()) == {}
    assert "default via" in world.on("router", "ip route")
