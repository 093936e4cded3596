"""IPsec between a vrouter's namespace and a strongSwan that was configured by hand, with real packets."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from landbridge.model.node import AnyObject
from landbridge.model.router_node import IpsecTunnel, VipAddress
from tests.netns import router_world
from tests.netns.guest_fixtures import eventually
from tests.netns.ipsec_peer import PEER, PSK, REMOTE, REMOTE_IP, VIP, Peer
from tests.netns.router_world import ROUTER, World, objects

pytestmark = pytest.mark.netns

CONNECTION = "c" * 32
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
        uuid=CONNECTION,
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
        f"ipsec/{CONNECTION}": tunnel(**other),
    }


def state(world: World) -> dict[str, object]:
    """How the connection is."""
    [found] = world.routers.ipsec(ROUTER)["connections"]
    return dict(found)


def is_up(world: World) -> bool:
    return state(world)["status"] == "up"


def test_it_comes_up(world: World, peer: Peer) -> None:
    peer.start()
    assert world.update(with_tunnel()) == {}
    eventually("it is up", lambda: is_up(world))
    assert world.pings("a", REMOTE_IP)
    assert world.pings("lan", A)
