"""IPsec between a vrouter's namespace and a strongSwan that was configured by hand, with real packets."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgspec
import pytest

from landbridge.drivers.children import running_pid
from landbridge.drivers.enter import in_namespace
from landbridge.drivers.router_health import told
from landbridge.model.health import TunnelHealth
from landbridge.model.node import AnyObject
from landbridge.model.questions.ipsec import IpsecState, IpsecStates
from landbridge.model.router_node import IpsecTunnel, VipAddress
from tests.netns import router_world
from tests.netns.guest_fixtures import eventually
from tests.netns.ipsec_peer import CONNECTION, OTHER_REMOTE, OTHER_REMOTE_IP, PEER, PSK, REMOTE, REMOTE_IP, VIP, Peer
from tests.netns.router_world import OFFICE, PUBLIC_IP, ROUTER, WEB, World, ask, connect, objects, two_public
from tests.netns.router_world import Peer as Server

pytestmark = pytest.mark.netns

UUID = "c" * 32
A, B = "10.1.0.10", "10.2.0.10"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


@pytest.fixture
def peer(world: World, tmp_path: Path) -> Iterator[Peer]:
    made = Peer(world, tmp_path / "peer")
    made.build()
    try:
        yield made
    finally:
        made.close()


def tunnel(**other: object) -> IpsecTunnel:
    known = IpsecTunnel(
        uuid=UUID,
        vip_ip=VIP,
        peer_ip=PEER,
        local_id=VIP,
        remote_id=PEER,
        psk=PSK,
        generation=0,
        version="ikev2",
        ike_encryption="aes-256",
        ike_integrity="sha256",
        ike_group=2,
        ike_seconds=3600,
        esp_encryption="aes-256",
        esp_integrity="sha256",
        esp_group=14,
        esp_seconds=600,
        local=("10.1.0.0/24",),
        remote=(REMOTE,),
    )
    return msgspec.structs.replace(known, **other)


def with_tunnel(**other: object) -> dict[str, AnyObject]:
    return {
        **objects(),
        f"vip/{VIP}": VipAddress(nic_uuid="nic0", ip=VIP),
        f"ipsec/{UUID}": tunnel(**other),
    }


def states(world: World) -> tuple[IpsecState, ...]:
    """How the connections are, as the vrouter's host answers."""
    return msgspec.convert(world.routers.ipsec(ROUTER), IpsecStates).connections


def state(world: World) -> IpsecState:
    """How the only one is."""
    [found] = states(world)
    return found


def is_up(world: World) -> bool:
    return state(world).status == "up"


def up(world: World, **other: object) -> None:
    """The connection is made, and carries."""
    eventually("it is made", lambda: world.update(with_tunnel(**other)) == {}, 30)
    eventually("it is up", lambda: is_up(world), 20)


def why(world: World, phase: int, words: str) -> bool:
    """Whether it is down for that reason."""
    now = state(world)
    return (now.status, now.failed_phase) == ("down", phase) and words in str(now.reason)


def heard(world: World) -> TunnelHealth:
    """What its host has been told of the only one."""
    [found] = told(world.directory).values()
    assert isinstance(found, TunnelHealth)
    return found


def reaches(world: World, machine: str, target: str) -> None:
    """Its pings come back, as soon as the peer has got the last message and ARP is done."""
    eventually(f"{machine} reaches {target}", lambda: world.pings(machine, target))


@contextlib.contextmanager
def serving(world: World, machine: str, port: int) -> Iterator[None]:
    """A TCP server that tells whom it sees."""
    server = Server(world.names[machine], "", port)
    try:
        yield
    finally:
        server.close()


def seen_as(world: World, machine: str, address: str, port: int) -> str:
    """As whom the server sees a machine that asks; "" when nobody answers."""
    try:
        with connect(world.names[machine], address, port, 1) as connection:
            return ask(connection)
    except OSError:
        return ""


def test_it_leaves_by_the_network_of_its_address(world: World, peer: Peer) -> None:
    """The default route is by another public network, which knows no way to the peer."""
    peer.start()
    wanted = with_tunnel() | two_public(OFFICE)
    eventually("it is made", lambda: world.update(wanted) == {}, 30)
    eventually("it is up", lambda: is_up(world), 20)
    reaches(world, "a", REMOTE_IP)


def test_both_ways_and_nothing_in_the_clear(world: World, peer: Peer) -> None:
    """Nobody's source is translated, but of what goes elsewhere."""
    peer.start()
    up(world)
    reaches(world, "a", REMOTE_IP)
    reaches(world, "lan", A)
    with serving(world, "lan", 7000), serving(world, "a", 7001), serving(world, "internet", 7002):
        assert seen_as(world, "a", REMOTE_IP, 7000) == A
        assert seen_as(world, "lan", A, 7001) == REMOTE_IP
        assert seen_as(world, "a", WEB, 7002) == PUBLIC_IP
    assert peer.leaked() == 0
    [pair] = state(world).pairs
    assert pair.bytes_in > 0
    assert pair.bytes_out > 0


def test_large_segments(world: World, peer: Peer) -> None:
    """A tunnel has less room than a leg; both ends are told."""
    peer.start()
    up(world)
    for client, server, address in (("a", "lan", REMOTE_IP), ("lan", "a", A)):
        with listening(world, server) as accepted:
            script = f"head -c 3000000 /dev/zero | timeout 20 bash -c 'cat > /dev/tcp/{address}/7000'"
            world.on(client, f'bash -c "{script}"')
            assert accepted() == 3_000_000
    assert world.on("a", f"ping -c 1 -W 2 -M do -s 1400 {REMOTE_IP}", check=False).count("mtu = 1340") == 1


def test_a_subnet_that_is_not_in_it(world: World, peer: Peer) -> None:
    """Neither in nor out, though the peer would; and what is meant for the peer does not go elsewhere."""
    peer.start()
    up(world)
    assert not world.pings("b", REMOTE_IP)
    assert not world.pings("lan", B)
    assert not world.pings("a", OTHER_REMOTE_IP)
    up(world, local=("10.1.0.0/24", "10.2.0.0/24"))
    reaches(world, "b", REMOTE_IP)
    reaches(world, "lan", B)


def test_nothing_comes_by_another_way(world: World, peer: Peer) -> None:
    """From the Internet with an address from behind the peer, even as part of a connection that there is."""
    peer.start()
    up(world)
    world.on("internet", f"ip addr add {REMOTE_IP}/32 dev lo")
    world.on("internet", "ip route add 10.1.0.0/24 via 203.0.113.9")
    world.on("a", "nft add table ip heard")
    world.on("a", "nft 'add chain ip heard i { type filter hook input priority 0; }'")
    world.on("a", f"nft add rule ip heard i ip saddr {REMOTE_IP} counter")
    assert not world.pings("internet", f"-I {REMOTE_IP} {A}")
    assert "packets 0 " in world.on("a", "nft list chain ip heard i")
    reaches(world, "a", REMOTE_IP)
    answer = f"IP(src='{REMOTE_IP}', dst='{A}')/ICMP(type=0, id=77, seq=1)/b'x'"
    question = f"IP(src='{A}', dst='{REMOTE_IP}')/ICMP(type=8, id=77, seq=1)/b'x'"
    before = world.on("a", "nft list chain ip heard i")
    forge(world, "a", question)
    eventually("answered", lambda: world.on("a", "nft list chain ip heard i") != before)
    before = world.on("a", "nft list chain ip heard i")
    forge(world, "internet", answer)
    reaches(world, "a", WEB)
    assert world.on("a", "nft list chain ip heard i") == before


def forge(world: World, machine: str, packet: str) -> None:
    """Send a packet with whatever addresses."""
    code = f"from scapy.all import *; conf.verb = 0; send({packet})"
    world.on(machine, f'{sys.executable} -c "{code}"')


def test_only_the_vip_speaks_ike(world: World, peer: Peer) -> None:
    peer.start()
    up(world)
    assert speaks_ike(world, VIP)
    assert not speaks_ike(world, PUBLIC_IP)
    assert world.update(objects()) == {}
    assert not speaks_ike(world, VIP)


def speaks_ike(world: World, address: str) -> bool:
    """Whether it answers to a version of IKE that nobody knows (RFC 7296 section 2.5)."""
    header = bytes(8 * [7]) + bytes(8) + bytes([33, 0x30, 34, 0x08]) + bytes(4) + (28).to_bytes(4, "big")
    out = in_namespace(world.names["internet"], lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with out:
        out.settimeout(0.7)
        try:
            out.sendto(header, (address, 500))
            return bool(out.recv(1000))
        except OSError:
            return False


def test_what_was_on_its_way_before(world: World, peer: Peer) -> None:
    """A connection that began as somebody else's, translated, is in the tunnel as itself when there is one."""
    assert world.update(objects()) == {}
    script = f"ping -i 0.1 -c 1000 {REMOTE_IP}"
    with running(world, "a", script):
        eventually("it goes the wrong way", lambda: peer.leaked() > 0)
        peer.start()
        up(world)
        before = peer.leaked()
        with running(world, "lan", "tcpdump -c 3 -ni eth0 icmp and src host 10.1.0.10") as seen:
            eventually("it is in the tunnel", lambda: seen.poll() == 0)
    assert peer.leaked() == before


@pytest.mark.parametrize(
    ("other", "phase", "words"),
    [
        ({"psk": "wrong"}, 1, "pre-shared key"),
        ({"psk": "wrong", "version": "ikev1"}, 1, "pre-shared key"),
        ({"remote_id": "203.0.113.200"}, 1, "identity"),
        ({"ike_encryption": "aes-128"}, 1, "proposals for phase 1"),
        ({"esp_integrity": "sha512"}, 2, "proposals for phase 2"),
        ({"remote": ("10.77.0.0/24",)}, 2, "CIDRs"),
        ({"peer_ip": "198.51.100.77", "remote_id": "198.51.100.77"}, 1, "does not answer"),
    ],
)
def test_why_it_is_down(world: World, peer: Peer, other: dict[str, Any], phase: int, words: str) -> None:
    """And it comes up when that is put right."""
    peer.start(CONNECTION if other.get("version") != "ikev1" else CONNECTION.replace("version = 2", "version = 1"))
    assert world.update(with_tunnel(**other)) == {}
    eventually(words, lambda: why(world, phase, words), 15)
    eventually("its host hears it", lambda: f"phase {phase}: " in str(heard(world).reason), 15)
    assert words in str(heard(world).reason)
    if "version" not in other:
        up(world)
        assert state(world).reason is None
        eventually("its host hears it", lambda: heard(world) == TunnelHealth(up=True))
        reaches(world, "a", REMOTE_IP)


@pytest.mark.parametrize(
    ("ours", "proposals", "esp"),
    [
        (
            {"ike_encryption": "3des", "ike_integrity": "md5", "ike_group": 5,
             "esp_encryption": "3des", "esp_integrity": "md5", "esp_group": None},
            "3des-md5-modp1536", "3des-md5",
        ),
        (
            {"ike_encryption": "aes-128", "ike_integrity": "sha1", "ike_group": 19,
             "esp_encryption": "aes-128", "esp_integrity": "sha1", "esp_group": 21},
            "aes128-sha1-ecp256", "aes128-sha1-ecp521",
        ),
        (
            {"ike_encryption": "aes-192", "ike_integrity": "sha384", "ike_group": 24,
             "esp_encryption": "aes-192", "esp_integrity": "sha512", "esp_group": 16},
            "aes192-sha384-modp2048s256", "aes192-sha512-modp4096",
        ),
        ({"version": "ikev1"}, "aes256-sha256-modp1024", "aes256-sha256-modp2048"),
    ],
)  # fmt: skip
def test_proposals(world: World, peer: Peer, ours: dict[str, Any], proposals: str, esp: str) -> None:
    config = CONNECTION.replace("aes256-sha256-modp1024", proposals).replace("aes256-sha256-modp2048", esp)
    if ours.get("version") == "ikev1":
        config = config.replace("version = 2", "version = 1").replace("10.9.0.0/24,10.8.0.0/24", "10.9.0.0/24")
        config = config.replace("10.1.0.0/24,10.2.0.0/24", "10.1.0.0/24")
    peer.start(config)
    up(world, **ours)
    reaches(world, "a", REMOTE_IP)
    reaches(world, "lan", A)


def test_by_name(world: World, peer: Peer) -> None:
    peer.start(CONNECTION.replace("id = 203.0.113.9", "id = tenant.example").replace("id = 198.51.100.5", "id = us"))
    up(world, local_id="tenant.example", remote_id="us")
    reaches(world, "lan", A)


def test_the_peer_begins(world: World, peer: Peer) -> None:
    """Whoever is first: there is one tunnel, and it is ours, too."""
    peer.start(CONNECTION.replace("esp_proposals", "start_action = start\n        esp_proposals"))
    up(world)
    reaches(world, "lan", A)


def test_disabled_and_enabled(world: World, peer: Peer) -> None:
    peer.start()
    up(world)
    assert world.update(objects()) == {}
    eventually("the peer is told", lambda: peer.swanctl("--list-sas").strip() == "")
    assert not (world.directory / "charon" / "process.json").exists()
    assert not world.pings("a", REMOTE_IP)
    assert "ipsec0" not in world.on("router", "ip link")
    up(world)
    reaches(world, "a", REMOTE_IP)


def test_deleted_with_its_vip_the_peer_is_told(world: World, peer: Peer) -> None:
    """Though the VIP is no longer the vrouter's the moment after."""
    peer.start()
    up(world)
    keeper = tunnel(uuid="d" * 32, vip_ip=PUBLIC_IP, local_id=PUBLIC_IP, remote=("10.55.0.0/24",))
    assert world.update(with_tunnel() | {"ipsec/d": keeper}) == {}
    assert world.update(objects() | {"ipsec/d": keeper}) == {}
    eventually("the peer is told", lambda: peer.swanctl("--list-sas").strip() == "")


def test_one_of_two_goes(world: World, peer: Peer) -> None:
    """To a peer that is not there; the other tunnel does not notice."""
    peer.start()
    other = tunnel(uuid="d" * 32, peer_ip="198.51.100.77", remote_id="198.51.100.77", remote=("10.55.0.0/24",))
    assert world.update(with_tunnel() | {"ipsec/d": other}) == {}
    eventually("up", lambda: "up" in {found.status for found in states(world)}, 20)
    with pinging(world, "a", REMOTE_IP):
        for _ in range(3):
            assert world.update(with_tunnel()) == {}
            assert world.update(with_tunnel() | {"ipsec/d": other}) == {}
        assert world.update(with_tunnel()) == {}
    assert len(states(world)) == 1


def test_cidrs_come_and_go(world: World, peer: Peer) -> None:
    """With nothing lost to those that stay."""
    peer.start()
    up(world)
    with pinging(world, "a", REMOTE_IP):
        up(world, remote=(REMOTE, OTHER_REMOTE), local=("10.1.0.0/24", "10.2.0.0/24"))
        for machine in ("a", "b"):
            reaches(world, machine, OTHER_REMOTE_IP)
        up(world, remote=(REMOTE,))
        eventually("it is closed", lambda: "10.8.0.0/24 " not in peer.swanctl("--list-sas") + " ")
        assert not world.pings("a", OTHER_REMOTE_IP)


def test_the_peer_dies_and_comes_back(world: World, peer: Peer) -> None:
    """Dead peer detection; until then nothing goes in the clear."""
    peer.start()
    up(world)
    peer.kill()
    assert not world.pings("a", REMOTE_IP)
    peer.start()
    eventually("the peer is back", lambda: world.pings("a", REMOTE_IP), 60)
    assert is_up(world)
    assert peer.leaked() == 0


def test_the_peer_ends_it(world: World, peer: Peer) -> None:
    """In good order: it is made again."""
    peer.start()
    up(world)
    peer.swanctl("--terminate --ike tenant")
    eventually("it is made again", lambda: "INSTALLED" in peer.swanctl("--list-sas"), 20)
    reaches(world, "a", REMOTE_IP)


def test_begun_anew(world: World, peer: Peer) -> None:
    peer.start()
    up(world)
    before = peer.log().count("established between")
    up(world, generation=1)
    eventually("a second one", lambda: peer.log().count("established between") == before + 1)
    reaches(world, "a", REMOTE_IP)


PEER_REKEYS = CONNECTION.replace(
    "esp_proposals", "rekey_time = 3s\n        rand_time = 0s\n        life_time = 20s\n        esp_proposals"
).replace("version = 2", "version = 2\n    rekey_time = 5s\n    over_time = 20s")


@pytest.mark.parametrize(
    ("config", "ours"),
    [(PEER_REKEYS, {}), (CONNECTION, {"esp_seconds": 10, "ike_seconds": 20})],
    ids=("peer", "ours"),
)
def test_new_keys_under_load(world: World, peer: Peer, config: str, ours: dict[str, Any]) -> None:
    """Of both phases, by either end, and not one packet is lost."""
    peer.start(config)
    up(world, **ours)
    with pinging(world, "a", REMOTE_IP, every=0.005), pinging(world, "lan", A, every=0.005):
        eventually(
            "keys of both phases",
            lambda: peer.log().count("inbound CHILD_SA") >= 2 and "] rekeyed between" in peer.log(),
            60,
        )
    assert peer.leaked() == 0


def test_the_agent_dies_and_comes_back(world: World, peer: Peer) -> None:
    """The tunnel goes on; the next agent finds all as it should be."""
    peer.start()
    up(world)
    charon = running_pid(world.directory / "charon")
    with pinging(world, "a", REMOTE_IP):
        world.restart_agent()
        up(world)
    assert running_pid(world.directory / "charon") == charon
    assert peer.log().count("established between") == 1
    assert world.routers.show(ROUTER)["changes"] == 0


def test_charon_dies_and_comes_back(world: World, peer: Peer) -> None:
    peer.start()
    up(world)
    charon = running_pid(world.directory / "charon")
    assert charon is not None
    os.kill(charon, signal.SIGKILL)
    eventually("another one", lambda: running_pid(world.directory / "charon") not in (None, charon))
    eventually("it is up", lambda: world.pings("a", REMOTE_IP), 20)
    assert peer.leaked() == 0


@contextlib.contextmanager
def running(world: World, machine: str, command: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a namespace, for as long."""
    argv = ["ip", "netns", "exec", world.names[machine], *command.split()]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)


@contextlib.contextmanager
def pinging(world: World, machine: str, target: str, every: float = 0.01) -> Iterator[None]:
    """Meanwhile not one of many pings is lost (those that are on their way at the end may be)."""
    argv = ["ip", "netns", "exec", world.names[machine], "ping", "-n", "-i", str(every), "-W", "2", target]
    with TemporaryFile("w+") as out:
        with subprocess.Popen(argv, stdout=out) as ping:
            try:
                yield
            finally:
                ping.send_signal(signal.SIGINT)
        out.seek(0)
        said = out.read()
    numbers = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", said)]
    assert len(numbers) > 5, said
    assert sorted(numbers) == list(range(1, max(numbers) + 1))


@contextlib.contextmanager
def listening(world: World, machine: str) -> Iterator[Callable[[], int]]:
    """A TCP server that counts what one client sends."""
    server = in_namespace(world.names[machine], lambda: socket.create_server(("", 7000)))
    server.settimeout(20)

    def accepted() -> int:
        connection, _ = server.accept()
        with connection:
            return sum(iter(lambda: len(connection.recv(1 << 16)), 0))

    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(accepted)
        try:
            yield lambda: counted.result(20)
        finally:
            server.close()
