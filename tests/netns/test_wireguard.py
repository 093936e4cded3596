"""WireGuard tunnels of a vrouter, to a site outside whose end is set up by hand."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.core import x25519
from landbridge.drivers import children
from landbridge.model.node import AnyObject
from landbridge.model.router_node import TunnelPeer, WireGuard
from tests.netns import router_world
from tests.netns.guest_fixtures import eventually
from tests.netns.router_world import OFFICE, ROUTER, WEB, World, objects, two_public
from tests.netns.test_router_nat import VIP, A, B, vip

pytestmark = pytest.mark.netns

PORT = 51820
SITE = "10.99.0.2"
"""An address behind the other end."""


def genkey() -> tuple[str, str]:
    """A private key and its public one, by WireGuard's own tools."""
    private = subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout.strip()
    public = subprocess.run(["wg", "pubkey"], input=private, capture_output=True, text=True, check=True).stdout
    return private, public.strip()


OUR_KEY, OUR_PUBLIC = genkey()
THEIR_KEY, THEIR_PUBLIC = genkey()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made, site(made):
        yield made


@contextlib.contextmanager
def site(world: World) -> Iterator[None]:
    """The other end, on the Internet's machine: `wireguard-go` and `wg` as an administrator types them."""
    namespace = world.names["internet"]
    name = theirs(world)
    there = ["ip", "netns", "exec", namespace]
    process = subprocess.Popen(
        [*there, "wireguard-go", "-f", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        eventually("their interface", lambda: name in world.on("internet", "ip -br link"))
        text = f"[Interface]\nPrivateKey={THEIR_KEY}\nListenPort={PORT}\n[Peer]\nPublicKey={OUR_PUBLIC}\n"
        text += f"Endpoint={VIP}:{PORT}\nAllowedIPs=10.1.0.0/24,10.2.0.0/24\n"
        subprocess.run([*there, "wg", "setconf", name, "/dev/stdin"], input=text, text=True, check=True)
        world.on("internet", f"ip addr add {SITE}/24 dev {name}")
        world.on("internet", f"ip link set {name} up mtu 1420")
        world.on("internet", "ip route flush 10.0.0.0/8")
        world.on("internet", f"ip route replace 10.0.0.0/8 dev {name}")
        yield
    finally:
        process.terminate()
        process.wait(10)


def ours(world: World) -> str:
    """wireguard-go is configured by a socket of this name, of which there is one on a host."""
    return "wgo" + world.machines.tag.removeprefix("lbt")


def theirs(world: World) -> str:
    return "wgt" + world.machines.tag.removeprefix("lbt")


def tunnel(world: World, *peers: TunnelPeer, networks: tuple[str, ...] = ("10.1.0.0/24",)) -> dict[str, AnyObject]:
    value = WireGuard(
        interface=ours(world), vip_ip=VIP, port=PORT, private_key=OUR_KEY, networks=networks, peers=peers
    )
    return {**vip(VIP), "wireguard/t": value}


def peer(public: str = THEIR_PUBLIC, endpoint: str | None = None) -> TunnelPeer:
    return TunnelPeer(public_key=public, allowed=(f"{SITE}/32",), endpoint=endpoint)


def test_keys_are_as_wireguard_makes_them() -> None:
    assert x25519.public_of(OUR_KEY) == OUR_PUBLIC


def test_they_come_to_us_and_we_reach_them(world: World) -> None:
    assert world.update(objects() | tunnel(world, peer())) == {}
    assert world.pings("internet", A)
    assert world.pings("a", SITE)
    shown = world.routers.show(ROUTER)["tunnels"][ours(world)]
    assert [row["publicKey"] for row in shown] == [THEIR_PUBLIC]
    assert float(shown[0]["lastHandshake"]) > time.time() - 60
    assert OUR_KEY not in str(shown)


def test_answers_leave_by_the_network_that_was_asked(world: World) -> None:
    """By the default route, which is another public network's, nobody would hear them."""
    stranger = "192.0.2.1"
    world.on("internet", f"ip addr add {stranger}/32 dev lo")
    world.on("internet", f"ip route replace {VIP}/32 dev eth0 src {stranger}")
    assert world.update(objects() | two_public(OFFICE) | tunnel(world, peer())) == {}
    assert world.pings("internet", A)
    assert world.pings("a", SITE)


def test_we_come_to_them_as_the_vip(world: World) -> None:
    """A site that has an endpoint; it sees the VIP, not the vrouter's own address."""
    assert world.update(objects() | tunnel(world, peer(endpoint=f"{WEB}:{PORT}"))) == {}
    assert world.pings("a", SITE)
    assert f"{VIP}:{PORT}" in world.on("internet", f"wg show {theirs(world)} endpoints")


def test_only_the_networks_that_it_is_for(world: World) -> None:
    assert world.update(objects() | tunnel(world, peer())) == {}
    assert world.pings("internet", A)
    assert not world.pings("internet", B)
    assert not world.pings("b", SITE)
    assert world.update(objects() | tunnel(world, peer(), networks=("10.1.0.0/24", "10.2.0.0/24"))) == {}
    assert world.pings("internet", B)


def test_another_key_gets_nothing(world: World) -> None:
    assert world.update(objects() | tunnel(world, peer(genkey()[1]))) == {}
    assert not world.pings("internet", A)
    assert world.update(objects() | tunnel(world, peer())) == {}
    eventually("they are let in", lambda: world.pings("internet", A))


def test_a_peer_that_is_gone_is_out_and_the_other_stays(world: World) -> None:
    other = TunnelPeer(public_key=genkey()[1], allowed=("10.98.0.0/24",))
    assert world.update(objects() | tunnel(world, peer(), other)) == {}
    assert world.pings("internet", A)
    assert "10.98.0.0/24" in world.on("router", "ip route")
    assert world.update(objects() | tunnel(world, peer())) == {}
    assert world.pings("internet", A)
    assert "10.98.0.0/24" not in world.on("router", "ip route")
    assert world.update(objects() | tunnel(world)) == {}
    assert not world.pings("internet", A)


def test_without_it_nothing_is_left(world: World) -> None:
    assert world.update(objects() | tunnel(world, peer())) == {}
    assert world.pings("internet", A)
    assert world.update(objects()) == {}
    assert ours(world) not in world.on("router", "ip -br link")
    assert not world.pings("internet", A)


def test_it_goes_on_while_the_agent_starts_again(world: World) -> None:
    wanted = objects() | tunnel(world, peer())
    assert world.update(wanted) == {}
    assert world.pings("internet", A)
    before = world.on("router", "ip -o link show type tun; ip -o link show type wireguard", check=False)
    world.restart_agent()
    assert world.pings("internet", A)
    assert world.update(wanted) == {}
    assert world.pings("internet", A)
    assert world.on("router", "ip -o link show type tun; ip -o link show type wireguard", check=False) == before


def test_a_tunnel_whose_process_dies_is_back(world: World) -> None:
    """An interface made anew knows no keys, though it has the name."""
    assert world.update(objects() | tunnel(world, peer())) == {}
    assert world.pings("internet", A)
    pid = children.running_pid(world.directory / "tunnels" / ours(world))
    if pid is None:
        world.on("router", f"ip link del {ours(world)}")
    else:
        os.kill(pid, signal.SIGKILL)
    eventually("it is back", lambda: world.pings("internet", A), 20)
