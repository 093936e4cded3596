"""WireGuard connections and peers: what may be, what the vrouter is told, what is never shown."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core import x25519
from landbridge.model.router_node import TunnelPeer, WireGuard
from landbridge.services.wireguard.documents import WIREGUARD, WireGuardConnection, WireGuardPeer
from tests.unit.services.natkit import NatCloud, opened

KEY, OTHER_KEY, SECRET = (base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2, 3))


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def connect(cloud: NatCloud, vip: str | None = None, **params: Any) -> Any:
    wanted = {"name": "c", "vipUuid": vip or cloud.vip(), "l3NetworkUuids": [cloud.web], **params}
    return cloud.call("CreateWireGuardConnection", **wanted)


def add(cloud: NatCloud, connection: Any, key: str = KEY, **params: Any) -> Any:
    wanted = {"name": "p", "connectionUuid": connection["uuid"], "publicKey": key, "allowedCidrs": ["10.99.0.2/32"]}
    return cloud.call("CreateWireGuardPeer", **{**wanted, **params})


def tunnels(cloud: NatCloud) -> list[WireGuard]:
    return [one for one in cloud.of_router("wireguard/").values() if isinstance(one, WireGuard)]


def test_a_connection_and_its_peers(cloud: NatCloud) -> None:
    vip = cloud.vip()
    made = connect(cloud, vip, address="10.99.0.1/24")
    assert (made["listenPort"], made["state"], made["peers"]) == (51820, "Enabled", [])
    assert x25519.is_key(made["publicKey"])
    assert "privateKey" not in made
    peer = add(cloud, made, presharedKey=SECRET, endpoint="198.51.100.7:51820", persistentKeepalive=25)
    assert "presharedKey" not in peer
    [row] = cloud.ask(WIREGUARD)
    assert [one["uuid"] for one in row["peers"]] == [peer["uuid"]]
    assert SECRET not in str(row)
    shown = cloud.shown(vip)
    assert (shown["useFor"], shown["peerL3NetworkUuids"]) == ("WireGuard", [cloud.web])
    [tunnel] = tunnels(cloud)
    assert x25519.public_of(tunnel.private_key) == made["publicKey"]
    assert (tunnel.vip_ip, tunnel.port, tunnel.address) == (shown["ip"], 51820, "10.99.0.1/24")
    assert tunnel.networks == ("10.1.0.0/24",)
    assert tunnel.peers == (
        TunnelPeer(
            public_key=KEY,
            allowed=("10.99.0.2/32",),
            preshared_key=SECRET,
            endpoint="198.51.100.7:51820",
            keepalive=25,
        ),
    )
    assert len(tunnel.interface) <= 15


def test_its_port_is_claimed(cloud: NatCloud) -> None:
    vip = cloud.vip()
    connect(cloud, vip)
    with cloud.refused("SYS.1006", "UDP port 51820", "WireGuard"):
        connect(cloud, vip)
    with cloud.refused("SYS.1006", "UDP port 51820"):
        cloud.rule(vip, 51800, vipPortEnd=51900, protocolType="UDP")
    connect(cloud, vip, listenPort=51821)
    cloud.rule(vip, 51820)
    taken = cloud.vip()
    cloud.eip(taken)
    with cloud.refused("SYS.1007", "beside which nothing can be"):
        connect(cloud, taken)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"address": "10.99.0.1"}, "with its prefix"),
        ({"address": "somewhere/24"}, "with its prefix"),
        ({"privateKey": "short"}, "32 bytes in Base64"),
        ({"listenPort": 0}, "listenPort"),
    ],
)
def test_connections_that_cannot_be(cloud: NatCloud, params: Any, words: str) -> None:
    vip = cloud.vip()
    with cloud.refused("SYS.1007", words):
        connect(cloud, vip, **params)


def test_networks_that_no_vrouter_routes(cloud: NatCloud) -> None:
    vip = cloud.vip()
    with cloud.refused("SYS.1007", "no VPC subnet"):
        connect(cloud, vip, l3NetworkUuids=[cloud.public])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"key": "short"}, "publicKey is not 32 bytes"),
        ({"presharedKey": "short"}, "presharedKey is not 32 bytes"),
        ({"allowedCidrs": ["nothing"]}, "is not an IPv4 CIDR"),
        ({"allowedCidrs": ["10.99.0.1/24"]}, "is not an IPv4 CIDR"),
        ({"allowedCidrs": ["0.0.0.0/0"]}, "every address"),
        ({"allowedCidrs": ["10.99.0.0/24", "10.99.0.7/32"]}, "overlaps"),
        ({"allowedCidrs": ["10.1.0.128/25"]}, "overlaps 10.1.0.0/24 of L3 network"),
        ({"endpoint": "example.org:51820"}, "ADDRESS:PORT"),
        ({"endpoint": "198.51.100.7:70000"}, "ADDRESS:PORT"),
        ({"persistentKeepalive": 0}, "persistentKeepalive"),
    ],
)
def test_peers_that_cannot_be(cloud: NatCloud, params: Any, words: str) -> None:
    made = connect(cloud)
    with cloud.refused("SYS.1007", words):
        add(cloud, made, **params)


def test_peers_are_apart(cloud: NatCloud) -> None:
    made = connect(cloud)
    one = add(cloud, made, allowedCidrs=["10.99.0.0/25"])
    with cloud.refused("SYS.1007", "has a peer with this publicKey"):
        add(cloud, made, allowedCidrs=["10.98.0.0/24"])
    with cloud.refused("SYS.1007", "overlaps 10.99.0.0/25"):
        add(cloud, made, OTHER_KEY, allowedCidrs=["10.99.0.7/32"])
    two = add(cloud, made, OTHER_KEY, allowedCidrs=["10.99.0.128/25"])
    with cloud.refused("SYS.1007", "overlaps"):
        cloud.call("UpdateWireGuardPeer", uuid=two["uuid"], allowedCidrs=["10.99.0.0/24"])
    cloud.call("UpdateWireGuardPeer", uuid=one["uuid"], allowedCidrs=["10.99.0.0/26"], name="n")
    with cloud.refused("SYS.1007", "overlaps 10.1.0.0/24"):
        cloud.call("UpdateWireGuardPeer", uuid=one["uuid"], allowedCidrs=["10.1.0.0/26"])


def test_subnets_change_under_its_peers(cloud: NatCloud) -> None:
    made = connect(cloud)
    add(cloud, made, allowedCidrs=["10.2.0.0/25"])
    with cloud.refused("SYS.1007", "overlaps 10.2.0.0/24"):
        cloud.call("UpdateWireGuardConnection", uuid=made["uuid"], l3NetworkUuids=[cloud.web, cloud.db])
    cloud.call("UpdateWireGuardConnection", uuid=made["uuid"], l3NetworkUuids=[cloud.web, cloud.far], name="n")
    [tunnel] = tunnels(cloud)
    assert tunnel.networks == ("10.1.0.0/24", "10.3.0.0/24")


def test_states(cloud: NatCloud) -> None:
    made = connect(cloud)
    peer = add(cloud, made)
    cloud.call("ChangeWireGuardPeerState", uuid=peer["uuid"], stateEvent="disable")
    assert [tunnel.peers for tunnel in tunnels(cloud)] == [()]
    cloud.call("ChangeWireGuardPeerState", uuid=peer["uuid"], stateEvent="enable")
    cloud.call("ChangeWireGuardConnectionState", uuid=made["uuid"], stateEvent="disable")
    assert tunnels(cloud) == []
    cloud.call("ChangeWireGuardConnectionState", uuid=made["uuid"], stateEvent="enable")
    assert [len(tunnel.peers) for tunnel in tunnels(cloud)] == [1]


def test_deleted(cloud: NatCloud) -> None:
    vip = cloud.vip()
    made = connect(cloud, vip)
    peer = add(cloud, made)
    add(cloud, made, OTHER_KEY, allowedCidrs=["10.98.0.0/24"])
    assert cloud.begin("DeleteWireGuardPeer", uuid=peer["uuid"]).wait
    assert [len(tunnel.peers) for tunnel in tunnels(cloud)] == [1]
    cloud.call("DeleteWireGuardConnection", uuid=made["uuid"])
    assert not cloud.all(WireGuardPeer)
    assert "useFor" not in cloud.shown(vip)
    again = connect(cloud, vip)
    add(cloud, again)
    cloud.call("DeleteVip", uuid=vip)
    assert not cloud.all(WireGuardConnection)
    assert not cloud.all(WireGuardPeer)
    assert tunnels(cloud) == []


def test_the_next_vrouter_takes_it_up(cloud: NatCloud) -> None:
    made = connect(cloud)
    assert cloud.route is not None
    cloud.call("DestroyVmInstance", uuid=cloud.route["uuid"])
    cloud.route = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0])
    assert tunnels(cloud) == []
    cloud.join(cloud.route, cloud.web)
    [tunnel] = tunnels(cloud)
    assert x25519.public_of(tunnel.private_key) == made["publicKey"]
