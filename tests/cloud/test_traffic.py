"""Real packets between VMs, to the outside, and where none may go."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.lab import Lab, eventually
from tests.support.scenario import Cloud
from tests.support.world import differences, stray_claims

pytestmark = pytest.mark.netns

Vms = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def vms(cloud: Cloud, running_lab: Lab) -> Iterator[Vms]:
    """Two VMs in each subnet, on different hosts; a twin with the first one's address."""
    hosts = [host["uuid"] for host in running_lab.status["hosts"]]
    made: Vms = {}
    for index, (name, subnet) in enumerate([("w1", "web"), ("w2", "web"), ("d1", "db"), ("d2", "db")]):
        made[name] = cloud.vm(name, subnet, host=hosts[index % len(hosts)])
    address = made["w1"]["vmNics"][0]["ip"]
    tag = f"staticIp::{cloud.l3['twin']}::{address}"
    made["twin"] = cloud.vm("twin", "twin", host=hosts[1], systemTags=[tag])
    yield made
    for vm in made.values():
        cloud.remove_vm(vm["uuid"])
    eventually("nothing is left of the VMs", lambda: differences(running_lab, cloud.api))


def ip(vm: dict[str, Any]) -> str:
    """The first address of a VM."""
    return str(vm["vmNics"][0]["ip"])


def reaches(lab: Lab, name: str, target: str) -> bool:
    """Whether two of three pings come back."""
    return lab.exec(f"vm:{name}", "ping", "-c", "3", "-i", "0.05", "-W", "1", target).returncode == 0


def configured(lab: Lab, vm: dict[str, Any]) -> str:
    """A complaint until DHCP has given the VM its address."""
    shown = lab.exec(f"vm:{vm['name']}", "ip", "-4", "-o", "addr", "show", "dev", "eth0").stdout
    return "" if f" {ip(vm)}/" in shown else f"{vm['name']} has {shown!r}"


def test_addresses_come_by_dhcp(running_lab: Lab, vms: Vms) -> None:
    for vm in vms.values():
        eventually(f"{vm['name']} has its address", lambda vm=vm: configured(running_lab, vm))
    routes = running_lab.exec("vm:w1", "ip", "route").stdout
    assert "default via 10.10.1.1" in routes


def test_same_subnet_across_hosts(running_lab: Lab, vms: Vms) -> None:
    assert vms["w1"]["hostUuid"] != vms["w2"]["hostUuid"]
    assert reaches(running_lab, "w1", ip(vms["w2"]))


def test_subnet_to_subnet_is_one_hop(running_lab: Lab, vms: Vms) -> None:
    assert reaches(running_lab, "w1", ip(vms["d1"]))
    trace = running_lab.exec("vm:w1", "traceroute", "-n", "-q", "1", "-w", "1", ip(vms["d1"])).stdout
    hops = [line.split()[1] for line in trace.splitlines()[1:]]
    assert hops == ["10.10.1.1", ip(vms["d1"])]


def test_web_server_sees_the_routers_public_address(running_lab: Lab, cloud: Cloud, vms: Vms) -> None:
    router = cloud.api.one("/vpc/virtual-routers", f"uuid={cloud.router}")
    public = next(nic["ip"] for nic in router["vmNics"] if nic["l3NetworkUuid"] == cloud.l3["public"])
    server = running_lab.status["public"]["webServer"]
    url = server if server.startswith("http") else f"http://{server}/"
    answer = running_lab.exec("vm:w1", "curl", "-s", "-m", "5", url)
    assert public in answer.stdout


def test_nothing_comes_in_unasked(running_lab: Lab, vms: Vms) -> None:
    """Even a client that routes the subnet at the router gets nothing through."""
    answer = running_lab.exec("internet", "ping", "-c", "2", "-W", "1", ip(vms["w1"]))
    assert answer.returncode != 0


def test_same_addresses_do_not_meet(running_lab: Lab, vms: Vms) -> None:
    """The twin has w1's address in a network of its own: w2 talks to w1 only."""
    assert ip(vms["twin"]) == ip(vms["w1"])
    running_lab.exec("vm:w2", "ip", "neigh", "flush", "all")
    assert reaches(running_lab, "w2", ip(vms["w1"]))
    neighbour = running_lab.exec("vm:w2", "ip", "neigh", "show", ip(vms["w1"])).stdout
    assert vms["w1"]["vmNics"][0]["mac"] in neighbour
    assert not reaches(running_lab, "twin", ip(vms["w2"]))


def carrier(lab: Lab, name: str) -> str:
    """What a VM sees of its cable: 0 or 1."""
    return lab.exec(f"vm:{name}", "cat", "/sys/class/net/eth0/carrier").stdout.strip()


def test_a_disabled_nic_carries_nothing(running_lab: Lab, cloud: Cloud, vms: Vms) -> None:
    """Also when its VM has moved, until it is enabled; then all is as before."""

    def switch(state: str) -> None:
        path = f"/vm-instances/nics/{vms['w2']['vmNics'][0]['uuid']}/actions"
        answer = cloud.api.call("PUT", path, {"changeVmNicState": {"state": state}})
        assert answer["inventory"]["vmNics"][0]["state"] == state
        assert carrier(running_lab, "w2") == ("1" if state == "enable" else "0")

    assert reaches(running_lab, "w1", ip(vms["w2"]))
    switch("disable")
    assert not reaches(running_lab, "w1", ip(vms["w2"]))
    assert not reaches(running_lab, "w2", ip(vms["w1"]))
    home = vms["w2"]["hostUuid"]
    for to in (vms["w1"]["hostUuid"], home):
        move = {"migrateVm": {"hostUuid": to}}
        assert (
            cloud.api.call("PUT", f"/vm-instances/{vms['w2']['uuid']}/actions", move)["inventory"]["hostUuid"] == to
        )
        assert not reaches(running_lab, "w1", ip(vms["w2"]))
    cloud.api.call("PUT", f"/vm-instances/{vms['w2']['uuid']}/actions", {"rebootVmInstance": {}})
    assert not reaches(running_lab, "w1", ip(vms["w2"]))
    switch("enable")
    eventually("w2 has its address again", lambda: configured(running_lab, vms["w2"]))
    assert reaches(running_lab, "w1", ip(vms["w2"]))


def test_world_equals_database(running_lab: Lab, cloud: Cloud, vms: Vms) -> None:
    eventually("the world equals the database", lambda: differences(running_lab, cloud.api))
    assert stray_claims(running_lab.database) == []
