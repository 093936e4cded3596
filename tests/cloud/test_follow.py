"""Services belong to VIPs and VMs: whatever becomes of the vrouter, the network or the VM, each is back by itself.

All are asked all the time: an EIP, forwarded ports (one with a limit, one on the vrouter's own address), listeners of
TCP, HTTP and UDP, tunnels of WireGuard and IPsec, source NAT.  How long each was silent is printed.
"""

import contextlib
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.cloud.following import DATAGRAMS, OWN, Following, following
from tests.support.asked import Asked, asked
from tests.support.lab import free_port, free_prefix, lab
from tests.support.site import PORT
from tests.support.sockets import echo, refused

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    directory: Path = tmp_path_factory.mktemp("follow")
    with lab(directory, free_prefix(), free_port()) as made, following(directory / "peer", made) as site:
        yield site


@pytest.fixture
def world(site: Following) -> Iterator[Asked]:
    """Every service is asked all the time."""
    with asked(site.probes) as made:
        yield made
    site.settled()


@contextlib.contextmanager
def silence(what: str, world: Asked) -> Iterator[None]:
    """Print how long it takes, and how long each service is silent meanwhile."""
    began = time.monotonic()
    yield
    shown = ", ".join(f"{name} {seconds:.2f}" for name, seconds in world.longest_silence(began).items())
    print(f"{what}: {time.monotonic() - began:.2f} s; longest silence: {shown}")


@contextlib.contextmanager
def all_answer(site: Following, world: Asked) -> Iterator[None]:
    """With `w1` serving what EIP and listeners lead to, everything answers after what the `with` does."""
    with echo(site.namespace("w1"), PORT, datagrams=(DATAGRAMS,)):
        yield
        world.all_answer()


def test_made_without_a_vrouter_they_work_when_one_comes(site: Following, world: Asked) -> None:
    with silence("the first vrouter", world), all_answer(site, world):
        site.cloud.new_router("first")
        site.cloud.attach("web")
        site.cloud.attach("db")


def test_another_vrouter(site: Following, world: Asked) -> None:
    """What stands on the first one's own address keeps that address."""
    own = site.own_vip()
    site.forward(own, OWN, "w2")
    with asked({"own": partial(site.talks, own, OWN)}) as there:
        there.all_answer()
        with silence("another vrouter", world), all_answer(site, world):
            site.replace_router("web", "db")
        there.all_answer()
    kept = site.api.one("/vips", f"uuid={own['uuid']}")
    assert (kept["ip"], kept["system"], kept["useFor"]) == (own["ip"], False, "PortForwarding")
    assert site.own_vip()["ip"] != own["ip"]
    site.api.delete(f"/vips/{own['uuid']}")


def test_subnets_go_to_another_vrouter_and_come_back(site: Following, world: Asked) -> None:
    """Their VMs run on, and keep their addresses."""
    first = site.cloud.router
    site.cloud.new_router("second")
    second = site.cloud.router
    for here, there in ((first, second), (second, first)):
        with silence("subnets to another vrouter", world), all_answer(site, world):
            site.cloud.router = here
            _detach(site)
            site.cloud.router = there
            site.cloud.attach("db")
            site.cloud.attach("web")
    site.api.delete(f"/vm-instances/{second}")


def test_a_subnet_is_detached_and_comes_back(site: Following, world: Asked) -> None:
    """What is for the other one goes on."""
    with silence("subnet detached and attached", world), all_answer(site, world):
        began = time.monotonic()
        _detach(site, "web")
        assert refused(site.internet, site.address["ip"], PORT)
        site.cloud.attach("web")
    assert world.longest_silence(began)["forward"] < world.longest_silence(began)["EIP"]


def _detach(site: Following, *subnets: str) -> None:
    before = {name: site.ip(name) for name in site.vms}
    for name in subnets or ("web", "db"):
        site.api.delete(f"/vm-instances/nics/{site.leg(name)}")
    for name in site.vms:
        site.refresh(name)
    assert {name: site.ip(name) for name in site.vms} == before


def test_the_vm_is_stopped_and_started(site: Following, world: Asked) -> None:
    actions = f"/vm-instances/{site.vms['w1']['uuid']}/actions"
    with silence("VM stopped and started", world):
        site.api.put(actions, "stopVmInstance")
        site.api.put(actions, "startVmInstance")
        site.refresh("w1")
        with all_answer(site, world):
            pass


def test_the_vm_moves(site: Following, world: Asked) -> None:
    actions = f"/vm-instances/{site.vms['w1']['uuid']}/actions"
    home = site.vms["w1"]["hostUuid"]
    other = next(host for host in site.lab.host_namespaces if host != home)
    for host in (other, home):
        with silence("VM moved", world):
            site.vms["w1"] = site.api.put(actions, "migrateVm", hostUuid=host)
            with all_answer(site, world):
                pass


def test_without_its_nic_they_wait_for_another(site: Following, world: Asked) -> None:
    vm = site.vms["w1"]["uuid"]
    with silence("NIC detached, and another attached", world):
        site.api.delete(f"/vm-instances/nics/{site.nic('w1')}")
        _for_nobody(site)
        site.api.post(f"/vm-instances/{vm}/l3-networks/{site.cloud.l3['web']}")
        site.refresh("w1")
        with all_answer(site, world):
            _attach_again(site)


def test_with_another_address_they_wait_to_be_attached_again(site: Following, world: Asked) -> None:
    vm, l3 = site.vms["w1"]["uuid"], site.cloud.l3["web"]
    with silence("address changed", world):
        ip = site.ip("w1").rpartition(".")[0] + ".77"
        site.api.put(f"/vm-instances/{vm}/actions", "setVmStaticIp", l3NetworkUuid=l3, ip=ip)
        _for_nobody(site)
        site.api.put(f"/vm-instances/{vm}/actions", "rebootVmInstance")
        site.refresh("w1")
        assert site.ip("w1") == ip
        with all_answer(site, world):
            _attach_again(site)


def _for_nobody(site: Following) -> None:
    """EIP, rule and listeners are there."""
    for path, made, vip in (("/eips", site.w1_eip, site.address), ("/port-forwarding", site.w1_rule, site.shared)):
        now = site.api.one(path, f"uuid={made['uuid']}")
        assert (now.get("vmNicUuid"), now.get("guestIp"), now["vipUuid"]) == (None, None, vip["uuid"])
    for listener in (site.listeners["tcp"], site.listeners["udp"]):
        assert site.api.one("/load-balancers/listeners", f"uuid={listener}")["vmNicRefs"] == []


def _attach_again(site: Following) -> None:
    """One call for each."""
    for path, made in (("/eips", site.w1_eip), ("/port-forwarding", site.w1_rule)):
        site.api.post(f"{path}/{made['uuid']}/vm-instances/nics/{site.nic('w1')}")
    site.serve("tcp", "w1")
    site.serve("udp", "w1")
