"""Public addresses in a lab: one for many services, and services that follow the VM."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import Lab, eventually, free_port, free_prefix, in_namespace, lab
from tests.support.scenario import Cloud, build
from tests.support.sockets import connect, connects, echo, refused, talks
from tests.support.v1 import ApiFailure
from tests.support.world import differences

pytestmark = pytest.mark.netns

PORT = 7000


class Site:
    """VMs `w1` and `w2` in one subnet on two hosts, `d1` in another; the Internet beside the vrouter."""

    def __init__(self, made: Lab) -> None:
        self.lab = made
        self.cloud: Cloud = build(made)
        self.api = self.cloud.api
        self.internet = f"{made.prefix}-internet"
        hosts = [host["uuid"] for host in made.status["hosts"]]
        self.vms: dict[str, dict[str, Any]] = {}
        for name, subnet, host in (("w1", "web", 0), ("w2", "web", 1), ("d1", "db", 2)):
            self.vms[name] = self.cloud.vm(name, subnet, host=hosts[host])
        for name in self.vms:
            eventually(f"{name} has its address", lambda name=name: self._unconfigured(name))

    def _unconfigured(self, name: str) -> str:
        shown = in_namespace(self.namespace(name), "ip", "-4", "-o", "addr", "show", "dev", "eth0")
        routes = in_namespace(self.namespace(name), "ip", "route")
        configured = f" {self.ip(name)}/" in shown and "default" in routes
        return "" if configured else f"{name} has {shown!r}, {routes!r}"

    def ip(self, name: str) -> str:
        """A VM's address."""
        return str(self.vms[name]["vmNics"][0]["ip"])

    def nic(self, name: str) -> str:
        """A VM's NIC."""
        return str(self.vms[name]["vmNics"][0]["uuid"])

    def namespace(self, name: str) -> str:
        """Where a VM lives."""
        return self.lab.vm_namespace(self.vms[name])

    def vip(self) -> dict[str, Any]:
        """A new VIP of the public network."""
        return self.api.post("/vips", name="vip", l3NetworkUuid=self.cloud.l3["public"])

    def own_vip(self) -> dict[str, Any]:
        """The vrouter's."""
        return self.api.one("/vips", "system=true")

    def eip(self, vip: dict[str, Any], name: str) -> dict[str, Any]:
        """A VIP as the address of a VM."""
        return self.api.post("/eips", name="eip", vipUuid=vip["uuid"], vmNicUuid=self.nic(name))

    def forward(self, vip: dict[str, Any], port: int, name: str) -> dict[str, Any]:
        """A port of a VIP to PORT of a VM."""
        return self.api.post(
            "/port-forwarding",
            name="rule",
            vipUuid=vip["uuid"],
            vipPortStart=port,
            privatePortStart=PORT,
            protocolType="TCP",
            vmNicUuid=self.nic(name),
        )

    def seen_outside(self, name: str) -> str:
        """The address from which the Internet's web server sees a VM."""
        server = self.lab.status["public"]["webServer"]
        url = server if server.startswith("http") else f"http://{server}/"
        return in_namespace(self.namespace(name), "curl", "-s", "-m", "5", url, check=False)

    def settled(self) -> None:
        """Kernels, namespaces and claims equal the database."""
        eventually("the hosts are as they should be", lambda: differences(self.lab, self.api))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory: Path = tmp_path_factory.mktemp("vips")
    with lab(directory, free_prefix(), free_port()) as made:
        yield Site(made)


@pytest.fixture(autouse=True)
def _nothing_left(site: Site) -> Iterator[None]:
    yield
    for vip in site.api.query("/vips"):
        if not vip["system"]:
            site.api.delete(f"/vips/{vip['uuid']}")
    for rule in site.api.query("/port-forwarding"):
        site.api.delete(f"/port-forwarding/{rule['uuid']}")
    site.settled()


def test_an_eip_is_the_vm(site: Site) -> None:
    vip = site.vip()
    site.eip(vip, "w1")
    with echo(site.namespace("w1"), PORT):
        assert connects(site.internet, vip["ip"], PORT)
        assert connects(site.namespace("d1"), vip["ip"], PORT), "from another subnet"
        assert connects(site.namespace("w2"), vip["ip"], PORT), "from its own subnet"
        assert connects(site.namespace("w1"), vip["ip"], PORT), "from the VM itself"
    assert vip["ip"] in site.seen_outside("w1")
    assert site.own_vip()["ip"] in site.seen_outside("w2")


def test_one_address_for_many(site: Site) -> None:
    """The vrouter's own address translates sources, and its ports lead to two VMs."""
    own = site.own_vip()
    site.forward(own, 8001, "w1")
    site.forward(own, 8002, "d1")
    with echo(site.namespace("w1"), PORT), echo(site.namespace("d1"), PORT):
        assert connects(site.internet, own["ip"], 8001)
        assert connects(site.internet, own["ip"], 8002)
        assert refused(site.internet, own["ip"], 8003)
    assert own["ip"] in site.seen_outside("w2")
    shown = site.own_vip()
    assert shown["useFor"] == "PortForwarding,SNAT"
    assert sorted(shown["peerL3NetworkUuids"]) == sorted([site.cloud.l3["web"], site.cloud.l3["db"]])
    with pytest.raises(ApiFailure) as caught:
        site.forward(own, 22, "w1")
    assert (caught.value.code, "the vrouter itself" in caught.value.details) == ("SYS.1006", True)


def test_detached_its_connections_end_and_others_go_on(site: Site) -> None:
    one, two = site.vip(), site.vip()
    eip, _ = site.eip(one, "w1"), site.eip(two, "w2")
    with (
        echo(site.namespace("w1"), PORT),
        echo(site.namespace("w2"), PORT),
        connect(site.internet, one["ip"], PORT) as first,
        connect(site.internet, two["ip"], PORT) as second,
    ):
        assert talks(first)
        assert talks(second)
        site.api.delete(f"/eips/{eip['uuid']}/vm-instances/nics")
        assert not talks(first, 1)
        assert talks(second)
        assert refused(site.internet, one["ip"], PORT)


def test_it_follows_the_vm_to_another_host(site: Site) -> None:
    vip = site.vip()
    site.eip(vip, "w1")
    target = site.vms["d1"]["hostUuid"]
    with echo(site.namespace("w1"), PORT), connect(site.internet, vip["ip"], PORT) as connection:
        assert talks(connection)
        before, home = site.namespace("w1"), site.vms["w1"]["hostUuid"]
        for host in (target, home):
            path = f"/vm-instances/{site.vms['w1']['uuid']}/actions"
            site.vms["w1"] = site.api.put(path, "migrateVm", hostUuid=host)
        assert site.namespace("w1") == before
    with echo(site.namespace("w1"), PORT):
        assert connects(site.internet, vip["ip"], PORT)


def test_a_new_vrouter_takes_them_up(site: Site) -> None:
    vip, shared = site.vip(), site.vip()
    site.eip(vip, "w1")
    site.forward(shared, 8001, "d1")
    with echo(site.namespace("w1"), PORT), echo(site.namespace("d1"), PORT):
        assert connects(site.internet, vip["ip"], PORT)
        site.api.delete(f"/vm-instances/{site.cloud.router}")
        assert refused(site.internet, vip["ip"], PORT)
        offering: Any = site.cloud.offering
        made = site.api.post("/vpc/virtual-routers", name="router-2", virtualRouterOfferingUuid=offering)
        site.cloud.router = made["uuid"]
        site.cloud.attach("web")
        assert connects(site.internet, vip["ip"], PORT)
        assert refused(site.internet, shared["ip"], 8001)
        site.cloud.attach("db")
        assert connects(site.internet, shared["ip"], 8001)
        assert connects(site.namespace("d1"), vip["ip"], PORT)
