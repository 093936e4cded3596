"""IPsec through the API: a lab's subnet and a strongSwan that was configured by hand, with real packets."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from landbridge.drivers.charon import PROGRAM
from tests.netns.guest_fixtures import machines
from tests.netns.ipsec_peer import CONNECTION, PEER, PSK, REMOTE, REMOTE_IP, Beyond, Peer
from tests.netns.ipsec_peer import VIP as CONFIGURED_VIP
from tests.support.lab import Lab, eventually, in_namespace
from tests.support.scenario import Cloud

pytestmark = pytest.mark.netns

SUBNET = "10.10.1.0/24"


@pytest.fixture
def peer(running_lab: Lab, tmp_path: Path) -> Iterator[Peer]:
    with machines() as made:
        outside = Beyond(made, {"internet": f"{running_lab.prefix}-internet"})
        found = Peer(outside, tmp_path / "peer")
        try:
            found.build()
            yield found
        finally:
            found.close()
            outside.on("internet", "nft delete table ip seen", check=False)


@pytest.fixture
def vm(running_lab: Lab, cloud: Cloud) -> Iterator[str]:
    """The namespace of a VM in `web`."""
    cloud.serve("web", "IPsec")
    made = cloud.vm("tunnelled", "web")
    yield running_lab.vm_namespace(made)
    cloud.remove_vm(made["uuid"])


def fares(cloud: Cloud, uuid: str, status: str, words: str = "") -> str:
    """The complaint that it does not, "" if it does."""
    shown: dict[str, Any] = cloud.api.one("/ipsec", f"uuid={uuid}")
    good = shown["status"] == status and words in shown.get("statusReason", "")
    return "" if good else f"it is {shown['status']}: {shown.get('statusReason')}"


def pings(namespace: str, target: str) -> str:
    """The complaint that nothing comes back, "" if it does."""
    said = in_namespace(namespace, "ping", "-c", "2", "-i", "0.1", "-W", "1", target, check=False)
    return "" if " 0% packet loss" in said else said


def test_a_tunnel_is_made_carries_renews_its_keys_and_ends(cloud: Cloud, peer: Peer, vm: str) -> None:
    api = cloud.api
    vip = api.post("/vips", name="tunnel", l3NetworkUuid=cloud.l3["public"])
    config = CONNECTION.replace(CONFIGURED_VIP, vip["ip"]).replace("10.1.0.0/24,10.2.0.0/24", SUBNET)
    peer.start(config)
    wanted = {"vipUuid": vip["uuid"], "l3NetworkUuid": cloud.l3["web"], "peerCidrs": [REMOTE]}
    uuid = api.post("/ipsec", name="office", peerAddress=PEER, authKey="wrong", **wanted)["uuid"]
    eventually("a wrong key is told", lambda: fares(cloud, uuid, "down", "phase 1: the pre-shared key"))
    api.put(f"/ipsec/config/{uuid}", "changeIPsecConnection", peerAddress=PEER, authKey=PSK)
    eventually("it is up", lambda: fares(cloud, uuid, "up"), timeout=30)
    vm_ip = str(api.one("/vm-instances", "name=tunnelled")["vmNics"][0]["ip"])
    eventually("the VM reaches the peer's network", lambda: pings(vm, REMOTE_IP))
    eventually("and is reached", lambda: pings(peer.world.names["lan"], vm_ip))
    before = peer.swanctl("--list-sas")
    ping = ["nsenter", f"--net=/run/netns/{vm}", "ping", "-i", "0.05", "-c", "60", "-W", "1", REMOTE_IP]
    with subprocess.Popen(ping, stdout=subprocess.PIPE, text=True) as running:
        for what in ("--ike tenant", "--child net"):
            assert "completed successfully" in peer.swanctl(f"--rekey {what}")
        said, _ = running.communicate(timeout=30)
    assert " 0% packet loss" in said
    renewed = spis(peer.swanctl("--list-sas")) - spis(before)
    assert {len(one) for one in renewed} == {8, 16}, "both have new keys"
    eventually("it is still up", lambda: fares(cloud, uuid, "up"))
    assert peer.leaked() == 0
    installed = subprocess.run((PROGRAM, "--version"), capture_output=True, text=True, check=True).stdout.split()[-1]
    [software] = api.query("/vpc/virtual-routers/softwareversion", softwareName="IPsec", uuid=cloud.router)
    assert (software["currentVersion"], software["latestVersion"]) == (installed, installed)
    disabled = api.put(f"/ipsec/{uuid}/actions", "changeIPSecConnectionState", stateEvent="disable")
    assert disabled["status"] == "down", "when the job ends"
    api.put(f"/ipsec/{uuid}/actions", "changeIPSecConnectionState", stateEvent="enable")
    eventually("it is up again", lambda: fares(cloud, uuid, "up"))
    api.delete(f"/ipsec/{uuid}")
    assert pings(vm, REMOTE_IP)
    eventually("the peer is told", lambda: peer.swanctl("--list-sas"))
    api.delete(f"/vips/{vip['uuid']}")


def spis(listed: str) -> set[str]:
    """Of IKE (16 digits) and ESP (8), as swanctl lists them."""
    return set(re.findall(r"\b(?:[0-9a-f]{16}(?=_[ir])|[0-9a-f]{8}(?=,))", listed))
