"""Services belong to VIPs and VMs: whatever becomes of the vrouter, the network or the VM, each is back by itself.

All are asked all the time: an EIP, forwarded ports (one with a limit, one on the vrouter's own address), listeners of
TCP, HTTP and UDP, a WireGuard tunnel, source NAT.  How long each was silent is printed.
"""

import contextlib
import http.server
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from landbridge.drivers.enter import in_namespace
from tests.support import scenario
from tests.support.asked import Asked, Probe, asked
from tests.support.lab import Lab, eventually, free_port, free_prefix, lab
from tests.support.site import PORT, Site
from tests.support.sockets import connect, echo, refused, talks

pytestmark = pytest.mark.netns

HTTP, DATAGRAMS, OUTSIDE, TUNNEL = 8000, 5000, 7001, 51820
FORWARDED, LIMITED, OWN, TO_W1 = 8001, 8002, 8003, 8004
BALANCED, WEB, BALANCED_DATAGRAMS = 8080, 80, 5005
REMOTE = "10.99.0.2"
"""The address of the Internet's machine in the tunnel."""
SECONDS = 0.4
LIMIT, LOAD = 4_000_000, 60_000
"""Bits per second; bytes, there and back: an eighth of a second."""
SERVICES = ["LoadBalancer", "VipQos"]
CHECKS = tuple(f"{name}::1" for name in ("healthCheckInterval", "healthyThreshold", "unhealthyThreshold"))


class Following(Site):
    """Everything made while there is no vrouter at all."""

    def __init__(self, made: Lab) -> None:
        super().__init__(made, router=False)
        scenario.add_outside(self.cloud, made)
        self.gateway = str(made.status["public"]["gateway"])
        for name in ("web", "db"):
            path = f"/l3-networks/{self.cloud.l3[name]}/network-services"
            self.api.post(path, networkServices={"vrouter": SERVICES})
        self.address, self.shared = self.vip(), self.vip()
        self.w1_eip = self.eip(self.address, "w1")
        self.w1_rule = self.forward(self.shared, TO_W1, "w1")
        self.forward(self.shared, FORWARDED, "d1")
        self.forward(self.shared, LIMITED, "d1")
        limit = {"port": LIMITED, "outboundBandwidth": LIMIT}
        self.api.put(f"/vips/{self.shared['uuid']}/actions", "setVipQos", **limit)
        self.balancer = self.api.post("/load-balancers", name="lb", vipUuid=self.shared["uuid"])["uuid"]
        self.listeners: dict[str, str] = {}
        for protocol, port, inside, name in (
            ("tcp", BALANCED, PORT, "w1"),
            ("http", WEB, HTTP, "w2"),
            ("udp", BALANCED_DATAGRAMS, DATAGRAMS, "w1"),
        ):
            self.listeners[protocol] = self._listener(protocol, port, inside)
            self.serve(protocol, name)
        self.public_key = self._tunnel()
        self.probes: dict[str, Probe] = {
            "EIP": partial(self.talks, self.address, PORT),
            "forward": partial(self.talks, self.shared, FORWARDED),
            "forward to w1": partial(self.talks, self.shared, TO_W1),
            "limit": self._held_back,
            "TCP listener": partial(self.talks, self.shared, BALANCED),
            "HTTP listener": self._fetches,
            "UDP listener": partial(self._echoes, self.shared["ip"], BALANCED_DATAGRAMS),
            "WireGuard": lambda: self._echoes(self.ip("d1"), DATAGRAMS),
            "SNAT": self._goes_out,
        }

    def serve(self, protocol: str, name: str) -> None:
        """The VM's NIC behind a listener."""
        path = f"/load-balancers/listeners/{self.listeners[protocol]}/vm-instances/nics"
        self.api.post(path, vmNicUuids=[self.nic(name)])

    def replace_router(self, *subnets: str) -> None:
        """The vrouter is deleted, another one made for the subnets."""
        self.api.delete(f"/vm-instances/{self.cloud.router}")
        self.cloud.new_router("another")
        for name in subnets:
            self.cloud.attach(name)

    def leg(self, subnet: str) -> str:
        """The vrouter's NIC in a subnet."""
        router = self.api.one("/vm-instances/appliances", f"uuid={self.cloud.router}")
        return next(str(nic["uuid"]) for nic in router["vmNics"] if nic["l3NetworkUuid"] == self.cloud.l3[subnet])

    def refresh(self, name: str) -> None:
        """The VM as it is now, once it has its address."""
        self.vms[name] = self.api.one("/vm-instances", f"uuid={self.vms[name]['uuid']}")
        self.configured(name)

    def _listener(self, protocol: str, port: int, inside: int) -> str:
        made = self.api.post(
            f"/load-balancers/{self.balancer}/listeners",
            tags=CHECKS,
            name=protocol,
            loadBalancerPort=port,
            instancePort=inside,
            protocol=protocol,
        )
        return str(made["uuid"])

    def _tunnel(self) -> str:
        self.private_key, public = wireguard_keys()
        connection = self.api.post(
            "/wireguard-connections",
            name="tunnel",
            vipUuid=self.shared["uuid"],
            l3NetworkUuids=[self.cloud.l3["db"]],
            listenPort=TUNNEL,
        )
        self.api.post(
            "/wireguard-connections/peers",
            name="site",
            connectionUuid=connection["uuid"],
            publicKey=public,
            allowedCidrs=[f"{REMOTE}/32"],
            endpoint=f"{self.gateway}:{TUNNEL}",
            persistentKeepalive=1,
        )
        return str(connection["publicKey"])

    # ---- what is asked ---------------------------------------------------------------------------

    def talks(self, vip: dict[str, Any], port: int) -> bool:
        """Whether a port of a VIP does."""
        with connect(self.internet, vip["ip"], port, SECONDS) as made:
            return talks(made, SECONDS)

    def _held_back(self) -> bool:
        with connect(self.internet, self.shared["ip"], LIMITED, SECONDS) as made:
            began, missing = time.monotonic(), LOAD
            made.sendall(bytes(LOAD))
            while missing and (part := made.recv(missing)):
                missing -= len(part)
            return not missing and time.monotonic() - began > 0.5 * LOAD * 8 / LIMIT

    def _fetches(self) -> bool:
        def fetch() -> int:
            with contextlib.closing(HTTPConnection(self.shared["ip"], WEB, timeout=SECONDS)) as made:
                made.request("GET", "/")
                return made.getresponse().status

        return in_namespace(self.internet, fetch) == http.HTTPStatus.OK

    def _echoes(self, address: str, port: int) -> bool:
        made = in_namespace(self.internet, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with made:
            made.settimeout(SECONDS)
            made.sendto(b"?", (address, port))
            return made.recvfrom(10)[0] == b"?"

    def _goes_out(self) -> bool:
        with connect(self.namespace("d1"), self.gateway, OUTSIDE, SECONDS) as made:
            return talks(made, SECONDS)


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """An empty page."""
        self.send_response(http.HTTPStatus.OK)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def pages(namespace: str, port: int) -> Iterator[None]:
    """An HTTP server."""
    server = in_namespace(namespace, lambda: http.server.ThreadingHTTPServer(("0.0.0.0", port), _Page))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wireguard_keys() -> tuple[str, str]:
    """A private key and its public one, by WireGuard's own tools."""
    private = subprocess.run(["wg", "genkey"], capture_output=True, text=True, check=True).stdout.strip()
    public = subprocess.run(["wg", "pubkey"], input=private, capture_output=True, text=True, check=True).stdout
    return private, public.strip()


@contextlib.contextmanager
def other_end(site: Following) -> Iterator[None]:
    """The tunnel's other end on the Internet's machine, as an administrator sets it up."""
    name = f"wg{site.lab.prefix}"
    there = ["ip", "netns", "exec", site.internet]
    process = subprocess.Popen(
        [*there, "wireguard-go", "-f", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    text = (
        f"[Interface]\nPrivateKey={site.private_key}\nListenPort={TUNNEL}\n[Peer]\nPublicKey={site.public_key}\n"
        f"Endpoint={site.shared['ip']}:{TUNNEL}\nAllowedIPs=10.10.2.0/24\n"
    )

    def configured() -> str:
        command = [*there, "wg", "setconf", name, "/dev/stdin"]
        return subprocess.run(command, input=text, text=True, capture_output=True, check=False).stderr

    try:
        eventually("their interface", configured)
        for command in (
            ("addr", "add", f"{REMOTE}/24", "dev", name),
            ("link", "set", name, "up", "mtu", "1420"),
            ("route", "add", "10.10.2.0/24", "dev", name),
        ):
            subprocess.run([*there, "ip", *command], check=True)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Following]:
    directory: Path = tmp_path_factory.mktemp("follow")
    with lab(directory, free_prefix(), free_port()) as made:
        site = Following(made)
        with (
            other_end(site),
            echo(site.internet, OUTSIDE),
            echo(site.namespace("d1"), PORT, datagrams=(DATAGRAMS,)),
            echo(site.namespace("w2"), PORT),
            pages(site.namespace("w2"), HTTP),
        ):
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
