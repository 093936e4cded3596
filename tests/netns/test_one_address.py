"""One address for everything: SNAT of two subnets, HTTPS, forwarded ports, IPsec and WireGuard, all at once."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.model.balancer_node import Tls
from landbridge.model.node import AnyObject
from landbridge.model.router_node import PortForward, SourceNat
from tests.netns import router_world, test_ipsec, test_router_nat, test_wireguard
from tests.netns.balanced import PLAIN, A, B, balanced, get, webs
from tests.netns.guest_fixtures import eventually
from tests.netns.ipsec_peer import REMOTE_IP, VIP, Peer
from tests.netns.router_world import WEB, World, ask, connect, objects
from tests.netns.test_balancer_http import trusting
from tests.netns.test_router_nat import seen_as, serving
from tests.support.certificates import certificate

pytestmark = pytest.mark.netns

NAME = "one.example"
SSH, LAST_SSH, MEDIA = 2200, 2230, 5000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


@pytest.fixture
def site(world: World, tmp_path: Path) -> Iterator[Peer]:
    """The other end of the IPsec tunnel."""
    made = Peer(world, tmp_path / "peer")
    made.build()
    made.start()
    try:
        yield made
    finally:
        made.close()


def everything(world: World, pem: str) -> dict[str, AnyObject]:
    """All on VIP."""
    ranges = {
        "forward/ssh": PortForward(vip_ip=VIP, protocol="TCP", first=SSH, last=LAST_SSH, guest_ip=A, guest_first=SSH),
        "forward/media": PortForward(
            vip_ip=VIP, protocol="UDP", first=MEDIA, last=MEDIA + 100, guest_ip=B, guest_first=MEDIA
        ),
    }
    sources = {
        f"snat/r/p/{number}": SourceNat(source=f"10.{number}.0.0/24", out_nic_uuid="nic0", to_ip=VIP)
        for number in (1, 2)
    }
    listener = replace(PLAIN, protocol="https", port=443, tls=Tls(certificates=(pem,)))
    tunnel = test_ipsec.with_tunnel()
    return objects() | balanced(listener) | ranges | tunnel | sources | test_wireguard.tunnel(world)


def secure(world: World, context: ssl.SSLContext) -> str:
    """Which server answers an HTTPS request."""
    return get(world, port=443, tls=context, name=NAME)[2].partition("\n")[0]


def test_all_of_it_carries_at_once(world: World, site: Peer) -> None:
    pem = certificate(NAME)
    wanted = everything(world, pem)
    assert world.update(wanted) == {}
    eventually("the IPsec tunnel is up", lambda: test_ipsec.is_up(world), 20)
    with webs(world, A, B), serving(world, "a", SSH, LAST_SSH), serving(world, "internet", 80):
        _all_works(world, pem)
        with connect(world.names["internet"], VIP, SSH) as forwarded:
            assert ask(forwarded) == WEB
            rest = {key: item for key, item in wanted.items() if key not in ("forward/media",)}
            assert world.update(rest) == {}, "one goes"
            assert ask(forwarded) == WEB, "and nothing else is disturbed"
        assert world.update(wanted) == {}
        _all_works(world, pem)


def _all_works(world: World, pem: str) -> None:
    context = trusting(pem)
    eventually("both servers are in use", lambda: {secure(world, context) for _ in range(4)} == {A, B})
    assert seen_as(world, "internet", VIP, SSH) == seen_as(world, "internet", VIP, LAST_SSH) == WEB
    assert seen_as(world, "internet", VIP, 22) == ""
    assert seen_as(world, "a", WEB, 80) == seen_as(world, "b", WEB, 80) == VIP
    assert world.pings("a", REMOTE_IP)
    with test_router_nat.udp_pair(world, "b", MEDIA + 50) as (outside, inside):
        outside.sendto(b"?", (VIP, MEDIA + 50))
        question, sender = inside.recvfrom(10)
        inside.sendto(question, sender)
        assert outside.recvfrom(10) == (b"?", (VIP, MEDIA + 50))
