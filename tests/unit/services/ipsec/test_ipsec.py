"""IPsec connections: what may be joined, what is refused, what the vrouter is told."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from landbridge.core.service import Answered, Outcome
from landbridge.model.documents.vip import VipPorts
from landbridge.model.documents.vm import VmInstance
from landbridge.model.errors import ApiError
from landbridge.model.health import TunnelHealth
from landbridge.model.questions.ipsec import AskIpsec, IpsecPair, IpsecSoftware, IpsecState, IpsecStates
from landbridge.model.router_node import IpsecTunnel
from landbridge.services.ipsec import health
from landbridge.services.ipsec.documents import IPSEC_CONNECTION, IpsecConnection, IpsecL3Network, IpsecPeerCidr
from tests.unit.services.natkit import NatCloud, opened

PEER, REMOTE, OTHER = "198.51.100.5", "10.9.0.0/16", "192.168.7.0/24"


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def wanted(cloud: NatCloud, vip: str, **params: Any) -> dict[str, Any]:
    known = {
        "name": "office",
        "vipUuid": vip,
        "peerAddress": PEER,
        "authKey": "secret",
        "l3NetworkUuid": cloud.web,
        "peerCidrs": [REMOTE],
    }
    return {name: value for name, value in (known | params).items() if value is not None}


def create(cloud: NatCloud, vip: str = "", **params: Any) -> Any:
    return cloud.call("CreateIPsecConnection", **wanted(cloud, vip or cloud.vip(), **params))


def tunnels(cloud: NatCloud) -> list[IpsecTunnel]:
    return [found for found in cloud.of_router("ipsec/").values() if isinstance(found, IpsecTunnel)]


def joined(cloud: NatCloud) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(one.local, one.remote) for one in tunnels(cloud)]


def cidrs(connection: Any) -> list[str]:
    return [peer["cidr"] for peer in connection["peerCidrs"]]


def test_created(cloud: NatCloud) -> None:
    vip = cloud.vip()
    outcome = cloud.begin("CreateIPsecConnection", **wanted(cloud, vip))
    assert cloud.route is not None
    assert [wait.node for wait in outcome.wait] == [cloud.route["hostUuid"]]
    connection = cloud.finish(outcome)
    assert (connection["state"], connection["peerAddress"], cidrs(connection)) == ("Enabled", PEER, [REMOTE])
    assert [ref["l3NetworkUuid"] for ref in connection["l3NetworkRefs"]] == [cloud.web]
    assert "authKey" not in connection
    shown = cloud.shown(vip)
    assert (shown["useFor"], shown["peerL3NetworkUuids"]) == ("IPsec", [cloud.web])
    [tunnel] = tunnels(cloud)
    assert tunnel == IpsecTunnel(
        uuid=connection["uuid"],
        vip_ip=shown["ip"],
        peer_ip=PEER,
        local_id=shown["ip"],
        remote_id=PEER,
        psk="secret",
        generation=0,
        version="ike",
        ike_encryption="aes-256",
        ike_integrity="sha256",
        ike_group=2,
        ike_seconds=86400,
        esp_encryption="aes-256",
        esp_integrity="sha256",
        esp_group=14,
        esp_seconds=3600,
        local=("10.1.0.0/24",),
        remote=(REMOTE,),
    )
    assert cloud.of_router(f"vip/{vip}")


@pytest.mark.parametrize(
    ("code", "words", "params"),
    [
        ("SYS.1007", "cannot be an empty string", {"authKey": ""}),
        ("SYS.1007", "mandatory", {"authKey": None}),
        ("SYS.1007", "valid values", {"ikeEncryptionAlgorithm": "des"}),
        ("SYS.1007", "valid values", {"policyAuthAlgorithm": "crc32"}),
        ("SYS.1007", "valid values", {"pfs": "dh-group3"}),
        ("SYS.1007", "ikeDhGroup[3]", {"ikeDhGroup": 3}),
        ("SYS.1007", "outside [60, 604800]", {"ikeLifeTime": 59}),
        ("SYS.1007", "outside [30, 604800]", {"lifeTime": 604801}),
        ("SYS.1006", "use psk", {"authMode": "certs"}),
        ("SYS.1006", "in mode tunnel", {"policyMode": "transport"}),
        ("SYS.1006", "use esp", {"transformProtocol": "ah"}),
        ("SYS.1006", "use esp", {"transformProtocol": "ah-esp"}),
        ("SYS.1007", "IPv4 address of one machine", {"peerAddress": "office.example"}),
        ("SYS.1007", "IPv4 address of one machine", {"peerAddress": "224.0.0.5"}),
        ("SYS.1007", "remoteId is missing", {"idType": "fqdn", "localId": "here.example"}),
        ("SYS.1007", "localId[here]", {"localId": "here"}),
        ("SYS.1007", "not an IPv4 CIDR", {"peerCidrs": ["10.9.0.0"]}),
        ("SYS.1007", "cannot be an empty list", {"peerCidrs": []}),
        ("SYS.1006", "already", {"peerCidrs": [REMOTE, "10.9.0.1/16"]}),
        ("SYS.1006", "overlaps 10.9.5.0/24 of another peer CIDR", {"peerCidrs": [REMOTE, "10.9.5.0/24"]}),
        ("SYS.1006", "overlaps 10.1.0.0/24", {"peerCidrs": ["10.1.0.128/25"]}),
        ("SYS.1006", "overlaps 10.2.0.0/24", {"peerCidrs": ["10.2.0.0/15"]}),
        ("SYS.1006", "overlaps 203.0.113.0/24", {"peerCidrs": ["203.0.113.128/25"]}),
        ("SYS.1006", "contains its peer", {"peerCidrs": ["198.51.100.0/24"]}),
        ("SYS.1006", "", {"peerCidrs": ["0.0.0.0/0"]}),
    ],
)
def test_refused(cloud: NatCloud, code: str, words: str, params: dict[str, Any]) -> None:
    vip = cloud.vip()
    with cloud.refused(code, words):
        create(cloud, vip, **params)
    assert "useFor" not in cloud.shown(vip)
    assert cloud.all(IpsecConnection) == []


def test_the_vip_itself_is_no_peer(cloud: NatCloud) -> None:
    vip = cloud.vip()
    address = cloud.shown(vip)["ip"]
    with cloud.refused("SYS.1007", "is the VIP itself"):
        create(cloud, vip, peerAddress=address)


def test_vips_that_it_cannot_be_on(cloud: NatCloud) -> None:
    taken, disabled, forwards = cloud.vip(), cloud.vip(), cloud.vip()
    cloud.eip(taken)
    with cloud.refused("SYS.1007", "Eip"):
        create(cloud, taken)
    cloud.call("ChangeVipState", uuid=disabled, stateEvent="disable")
    with cloud.refused("SYS.1006", "ChangeVipState"):
        create(cloud, disabled)
    cloud.rule(forwards, 500, protocolType="UDP")
    with cloud.refused("SYS.1006", "UDP port 500", "PortForwarding"):
        create(cloud, forwards)


def test_networks_that_cannot_be_in_it(cloud: NatCloud) -> None:
    plain, empty = cloud.subnet("10.8.0.0/24", "plain", vpc=True), cloud.served("", "empty")
    vip = cloud.vip()
    with cloud.refused("SYS.1006", "network service IPsec", "attach it"):
        create(cloud, vip, l3NetworkUuid=plain)
    with cloud.refused("SYS.1006", "no IP range"):
        create(cloud, vip, l3NetworkUuid=empty)
    assert cloud.route is not None
    other = cloud.router(virtualRouterOfferingUuid=cloud.route["instanceOfferingUuid"])
    cloud.join(other, cloud.far)
    connection, beside = create(cloud, vip), cloud.vip()
    with cloud.refused("SYS.1006", "it is on vrouter"):
        cloud.call("AttachL3NetworksToIPsecConnection", uuid=connection["uuid"], l3NetworkUuids=[cloud.far])
    with cloud.refused("SYS.1006", "overlaps 10.3.0.0/24"):
        create(cloud, beside, l3NetworkUuid=cloud.far, peerCidrs=["10.3.0.0/16"])


def test_beside_other_services(cloud: NatCloud) -> None:
    """On the vrouter's own VIP, with SNAT and forwards; the ports of IKE are taken."""
    vip, nic = cloud.own_vip(), cloud.guest()
    cloud.rule(vip, 2222, nic)
    create(cloud, vip)
    assert set(cloud.shown(vip)["useFor"].split(",")) == {"IPsec", "PortForwarding", "SNAT"}
    for port in (500, 4500):
        with cloud.refused("SYS.1006", f"UDP port {port}", "IPsec"):
            cloud.rule(vip, port, nic, protocolType="UDP")
    cloud.rule(vip, 501, nic, protocolType="UDP")


def test_several_on_one_vip(cloud: NatCloud) -> None:
    vip = cloud.vip()
    first = create(cloud, vip)
    with cloud.refused("SYS.1006", "already", "add networks"):
        create(cloud, vip, peerCidrs=[OTHER])
    with cloud.refused("SYS.1006", "overlaps 10.9.0.0/16", first["uuid"]):
        create(cloud, vip, peerAddress="198.51.100.6", peerCidrs=["10.9.1.0/24"])
    second = create(cloud, vip, peerAddress="198.51.100.6", peerCidrs=[OTHER])
    cloud.call("DeleteIPsecConnection", uuid=first["uuid"])
    assert {ports.service_uuid for ports in cloud.all(VipPorts)} == {second["uuid"]}
    assert len(cloud.all(VipPorts)) == 2
    cloud.call("DeleteIPsecConnection", uuid=second["uuid"])
    assert cloud.all(VipPorts) == []
    assert "useFor" not in cloud.shown(vip)


def test_peer_cidrs_come_and_go(cloud: NatCloud) -> None:
    uuid = create(cloud)["uuid"]
    added = cloud.call("AddRemoteCidrsToIPsecConnection", uuid=uuid, peerCidrs=[OTHER])
    assert sorted(cidrs(added)) == sorted([REMOTE, OTHER])
    assert joined(cloud) == [(("10.1.0.0/24",), (REMOTE, OTHER))]
    with cloud.refused("SYS.1006", "already"):
        cloud.call("AddRemoteCidrsToIPsecConnection", uuid=uuid, peerCidrs=[OTHER])
    with cloud.refused("SYS.1006", "overlaps"):
        cloud.call("AddRemoteCidrsToIPsecConnection", uuid=uuid, peerCidrs=["10.1.0.0/16"])
    outcome = cloud.begin("RemoveRemoteCidrsFromIPsecConnection", uuid=uuid, peerCidrs=[REMOTE])
    assert outcome.wait
    assert cidrs(cloud.finish(outcome)) == [OTHER]
    with cloud.refused("SYS.1006", "is not in"):
        cloud.call("RemoveRemoteCidrsFromIPsecConnection", uuid=uuid, peerCidrs=[REMOTE])
    cloud.call("RemoveRemoteCidrsFromIPsecConnection", uuid=uuid, peerCidrs=[OTHER])
    assert joined(cloud) == []


def test_networks_come_and_go(cloud: NatCloud) -> None:
    vip = cloud.vip()
    uuid = create(cloud, vip, l3NetworkUuid=None)["uuid"]
    assert joined(cloud) == []
    cloud.call("AttachL3NetworksToIPsecConnection", uuid=uuid, l3NetworkUuids=[cloud.web, cloud.db])
    assert joined(cloud) == [(("10.1.0.0/24", "10.2.0.0/24"), (REMOTE,))]
    assert sorted(cloud.shown(vip)["peerL3NetworkUuids"]) == sorted([cloud.web, cloud.db])
    outcome = cloud.begin("DetachL3NetworksFromIPsecConnection", uuid=uuid, l3NetworkUuids=[cloud.web, cloud.db])
    assert outcome.wait
    assert cloud.finish(outcome)["l3NetworkRefs"] == []
    assert joined(cloud) == []
    with cloud.refused("SYS.1006", "is not in"):
        cloud.call("DetachL3NetworksFromIPsecConnection", uuid=uuid, l3NetworkUuids=[cloud.web])


def test_a_network_in_it_cannot_be_deleted(cloud: NatCloud) -> None:
    create(cloud, l3NetworkUuid=cloud.far)
    with cloud.refused("SYS.1006", "an IPsec connection serves it"):
        cloud.call("DeleteL3Network", uuid=cloud.far)


def test_a_network_waits_for_a_vrouter(cloud: NatCloud) -> None:
    create(cloud, l3NetworkUuid=cloud.far)
    assert joined(cloud) == []
    assert cloud.route is not None
    cloud.join(cloud.route, cloud.far)
    assert joined(cloud) == [(("10.3.0.0/24",), (REMOTE,))]


def test_a_subnet_of_a_peer_cannot_come_to_the_vrouter(cloud: NatCloud) -> None:
    """Neither one with a peer's addresses, nor one whose peer has those of what is there."""
    assert cloud.route is not None
    create(cloud)
    clash = cloud.served("10.9.7.0/24", "clash")
    with cloud.refused("SYS.1006", "overlaps peer CIDR", "RemoveRemoteCidrs"):
        cloud.join(cloud.route, clash)
    create(cloud, cloud.vip(), l3NetworkUuid=cloud.far, peerCidrs=["10.2.0.0/24"])
    with cloud.refused("SYS.1006", "overlaps peer CIDR[10.2.0.0/24]"):
        cloud.join(cloud.route, cloud.far)


def test_disabled_it_carries_nothing(cloud: NatCloud) -> None:
    uuid = create(cloud)["uuid"]
    assert cloud.call("ChangeIPSecConnectionState", uuid=uuid, stateEvent="disable")["state"] == "Disabled"
    assert joined(cloud) == []
    cloud.call("ChangeIPSecConnectionState", uuid=uuid, stateEvent="enable")
    assert len(joined(cloud)) == 1


def test_changed(cloud: NatCloud) -> None:
    vip = cloud.vip()
    uuid = create(cloud, vip)["uuid"]
    other = create(cloud, vip, peerAddress="198.51.100.6", peerCidrs=[OTHER])["uuid"]
    with cloud.refused("SYS.1006", "to peer[198.51.100.5] already"):
        cloud.call("ChangeIPsecConnection", uuid=other, peerAddress=PEER, authKey="new")
    with cloud.refused("SYS.1006", "contains its peer"):
        cloud.call("ChangeIPsecConnection", uuid=uuid, peerAddress="10.9.0.1", authKey="new")
    new = {"pfs": "none", "ikeVersion": "ikev1", "ikeDhGroup": 14, "idType": "fqdn", "localId": "a", "remoteId": "b"}
    cloud.call("ChangeIPsecConnection", uuid=uuid, peerAddress="198.51.100.7", authKey="new", **new)
    [tunnel] = [one for one in tunnels(cloud) if one.uuid == uuid]
    assert (tunnel.peer_ip, tunnel.psk, tunnel.esp_group, tunnel.version, tunnel.ike_group) == (
        "198.51.100.7", "new", None, "ikev1", 14,
    )  # fmt: skip
    assert (tunnel.local_id, tunnel.remote_id) == ("a", "b")
    assert cloud.call("UpdateIPsecConnection", uuid=uuid, description="d")["name"] == "office"
    before = tunnel.generation
    cloud.call("ReconnectIPsecConnection", uuid=uuid)
    assert [one.generation for one in tunnels(cloud) if one.uuid == uuid] == [before + 1]


def test_deleted_with_its_vip(cloud: NatCloud) -> None:
    vip = cloud.vip()
    create(cloud, vip)
    create(cloud, vip, peerAddress="198.51.100.6", peerCidrs=[OTHER])
    cloud.call("DeleteVip", uuid=vip)
    for doc in (IpsecConnection, IpsecPeerCidr, IpsecL3Network, VipPorts):
        assert cloud.all(doc) == []
    assert joined(cloud) == []


def test_queried(cloud: NatCloud) -> None:
    uuid = create(cloud)["uuid"]
    create(cloud, cloud.vip(), peerCidrs=[OTHER], l3NetworkUuid=cloud.db)
    assert [row["uuid"] for row in cloud.ask(IPSEC_CONNECTION, f"peerCidrs.cidr={REMOTE}")] == [uuid]
    assert [row["uuid"] for row in cloud.ask(IPSEC_CONNECTION, f"l3NetworkRefs.l3NetworkUuid={cloud.web}")] == [uuid]


def answered(outcome: Outcome, states: IpsecStates | IpsecSoftware) -> Mapping[str, Any]:
    assert outcome.asked is not None
    return outcome.asked.merge([Answered(ask.node, ask.question, states) for ask in outcome.asked.asks])


def names(rows: Any) -> set[str]:
    return {row["uuid"] for row in rows}


def test_candidates_and_what_a_vrouter_does(cloud: NatCloud) -> None:
    assert cloud.route is not None
    connection = create(cloud)
    found = names(cloud.call("GetCandidateL3NetworksForIpSecConnection", uuid=connection["uuid"]))
    assert found == {cloud.db, cloud.far}
    assert names(cloud.call("GetCandidateL3NetworksForIpSecConnection", publicL3Uuid=cloud.public)) == {
        cloud.web, cloud.db, cloud.far,
    }  # fmt: skip
    waiting = create(cloud, l3NetworkUuid=cloud.far, peerCidrs=[OTHER])
    assert names(cloud.call("GetVpcAttachedIpsec", uuid=cloud.route["uuid"])) == {connection["uuid"]}
    cloud.join(cloud.route, cloud.far)
    assert names(cloud.call("GetVpcAttachedIpsec", uuid=cloud.route["uuid"])) == {
        connection["uuid"], waiting["uuid"],
    }  # fmt: skip


def test_status(cloud: NatCloud) -> None:
    """Of one that nobody does it is said why; else the vrouter's host is asked."""
    uuid = create(cloud, peerCidrs=None)["uuid"]
    assert "AddRemoteCidrs" in cloud.call("GetIPsecConnectionStatus", uuid=uuid)["reason"]
    cloud.call("AddRemoteCidrsToIPsecConnection", uuid=uuid, peerCidrs=[REMOTE])
    outcome = cloud.begin("GetIPsecConnectionStatus", uuid=uuid)
    assert cloud.route is not None
    assert outcome.asked is not None
    [ask] = outcome.asked.asks
    assert (ask.node, ask.question) == (cloud.route["hostUuid"], AskIpsec(router_uuid=cloud.route["uuid"]))
    state = IpsecState(
        uuid=uuid,
        status="down",
        ike_state=None,
        established_seconds=None,
        failed_phase=1,
        reason="the peer refuses the key",
        pairs=(IpsecPair(local_cidr="10.1.0.0/24", remote_cidr=REMOTE, up=False),),
        log=("one", "two"),
    )
    answer = answered(outcome, IpsecStates(connections=(state,), esp="kernel"))
    assert (answer["status"], answer["failedPhase"], answer["reason"]) == ("down", 1, "the peer refuses the key")
    assert answer["pairs"][0]["remoteCidr"] == REMOTE
    log = cloud.begin("GetVpcIPsecLog", uuid=cloud.route["uuid"], lines=1)
    assert answered(log, IpsecStates(connections=(state,), esp="kernel")) == {"ipsecLog": "two"}
    assert answered(outcome, IpsecStates(connections=(), esp="kernel"))["status"] == "down"
    cloud.call("ChangeIPSecConnectionState", uuid=uuid, stateEvent="disable")
    assert "is Disabled" in cloud.call("GetIPsecConnectionStatus", uuid=uuid)["reason"]


@pytest.mark.parametrize(
    ("running", "installed", "shown"),
    [
        ("5.9.8", "5.9.8", {"currentVersion": "5.9.8", "latestVersion": "5.9.8"}),
        ("5.9.8", "5.9.13", {"currentVersion": "5.9.8", "latestVersion": "5.9.13"}),
        (None, "5.9.13", {"currentVersion": "5.9.13", "latestVersion": "5.9.13"}),
        (None, None, {}),
    ],
)
def test_software(cloud: NatCloud, running: str | None, installed: str | None, shown: dict[str, str]) -> None:
    """Versions of all running vrouters or one; it is to be updated where another has been installed since."""
    assert cloud.route is not None
    software = IpsecSoftware(running=running, installed=installed)
    get, router = "GetVirtualRouterSoftwareVersion", cloud.route["uuid"]
    for params in ({}, {"uuid": router}):
        outcome = cloud.begin(get, softwareName="IPsec", **params)
        assert answered(outcome, software) == {"inventories": [{"uuid": router, "softwareName": "IPsec"} | shown]}
    outdated = answered(cloud.begin(get, softwareName="IPsec", needUpdate=True), software)["inventories"]
    assert len(outdated) == len(set(shown.values())) // 2
    cloud.call("StopVmInstance", uuid=router)
    assert cloud.call(get, softwareName="IPsec") == []


def test_software_is_not_ours_to_update(cloud: NatCloud) -> None:
    assert cloud.route is not None
    wanted = {"uuid": cloud.route["uuid"], "softwareName": "IPsec", "targetVersion": "5.9.4"}
    with pytest.raises(ApiError) as caught:
        cloud.call("UpdateVirtualRouterSoftwareVersion", **wanted)
    assert caught.value.code == "SYS.1006"
    for words in ("package manager's of host[", "strongswan-charon", "update it there", cloud.route["uuid"]):
        assert words in caught.value.details


def test_beside_wireguard(cloud: NatCloud) -> None:
    """A subnet is led to a network by one tunnel only."""
    vip = cloud.vip()
    params = {"name": "w", "vipUuid": vip, "l3NetworkUuids": [cloud.web]}
    connection = cloud.call("CreateWireGuardConnection", **params)["uuid"]
    peer = {"name": "p", "connectionUuid": connection, "publicKey": base64.b64encode(bytes(31) + b"1").decode()}
    cloud.call("CreateWireGuardPeer", **peer, allowedCidrs=["10.9.3.0/24"])
    with cloud.refused("SYS.1006", "overlaps 10.9.3.0/24 of WireGuard peer"):
        create(cloud, vip)
    create(cloud, vip, peerCidrs=[OTHER])
    other = {**peer, "publicKey": base64.b64encode(bytes(31) + b"2").decode()}
    with cloud.refused("SYS.1007", f"overlaps {OTHER} of IPsec connection"):
        cloud.call("CreateWireGuardPeer", **other, allowedCidrs=["192.168.7.9/32"])


def test_status_is_what_the_host_says(cloud: NatCloud) -> None:
    """Of a vrouter that is elsewhere nobody else knows anything; one that is nowhere has no tunnels."""
    assert cloud.route is not None
    uuid, home = create(cloud)["uuid"], cloud.route["hostUuid"]
    elsewhere = next(host for host in cloud.hosts if host != home)

    def told(host: str, fares: TunnelHealth | None, *, everything: bool = False) -> tuple[str, str | None]:
        said = {f"ipsec/{uuid}": fares} if fares or not everything else {}
        cloud.write(lambda tx: health.told(tx, host, said, everything))
        [row] = cloud.ask(IPSEC_CONNECTION, f"uuid={uuid}")
        return row["status"], row.get("statusReason")

    up = TunnelHealth(up=True)
    [row] = cloud.ask(IPSEC_CONNECTION, f"uuid={uuid}", "status=down")
    assert "statusReason" not in row
    assert told(home, TunnelHealth(up=False, reason="phase 1: no")) == ("down", "phase 1: no")
    assert told(home, up) == ("up", None)
    assert told(elsewhere, None) == ("up", None)
    assert told(elsewhere, None, everything=True) == ("up", None)
    assert told(home, up, everything=True) == ("up", None)
    assert told(home, None, everything=True) == ("down", "no vrouter does it")
    assert told(home, up) == ("up", None)
    cloud.edit(VmInstance, cloud.route["uuid"], host_uuid=elsewhere)
    assert told(home, TunnelHealth(up=False, reason="phase 1: late")) == ("up", None)
    assert told(elsewhere, up) == ("up", None)
    assert told(home, None) == ("up", None), "the other one has it now"
    cloud.edit(VmInstance, cloud.route["uuid"], state="Stopped", host_uuid=None)
    assert told(elsewhere, None) == ("down", "no vrouter does it")
    [row] = cloud.ask(IPSEC_CONNECTION, f"uuid={uuid}")
    assert "statusHost" not in row
    cloud.edit(VmInstance, cloud.route["uuid"], state="Running", host_uuid=home)
