"""Public addresses in a lab: one for many services, and services that follow the VM."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab import free_port, free_prefix, lab
from tests.support.site import PORT, Site
from tests.support.sockets import connect, connects, echo, refused, talks
from tests.support.v1 import ApiFailure

pytestmark = pytest.mark.netns


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
        site.cloud.new_router("router-2")
        site.cloud.attach("web")
        assert connects(site.internet, vip["ip"], PORT)
        assert refused(site.internet, shared["ip"], 8001)
        site.cloud.attach("db")
        assert connects(site.internet, shared["ip"], 8001)
        assert connects(site.namespace("d1"), vip["ip"], PORT)
