"""A site where every kind of service is in use, how each is asked, and what stands on the other ends of tunnels."""

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

from landbridge.drivers.enter import in_namespace
from tests.netns import ipsec_peer
from tests.netns.guest_fixtures import machines
from tests.netns.ipsec_peer import Beyond, Peer
from tests.support import scenario
from tests.support.asked import Probe
from tests.support.lab import Lab, eventually
from tests.support.site import PORT, Site
from tests.support.sockets import connect, echo, talks

HTTP, DATAGRAMS, OUTSIDE, TUNNEL = 8000, 5000, 7001, 51820
TUNNELLED = "10.10.2.0/24"
"""The subnet at the near end of tunnels."""
FORWARDED, LIMITED, OWN, TO_W1 = 8001, 8002, 8003, 8004
BALANCED, WEB, BALANCED_DATAGRAMS = 8080, 80, 5005
REMOTE = "10.99.0.2"
"""The address of the Internet's machine in the tunnel."""
SECONDS = 0.4
LIMIT, LOAD = 4_000_000, 60_000
"""Bits per second; bytes, there and back: an eighth of a second."""
SERVICES = ["LoadBalancer", "VipQos", "IPsec"]
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
        self.public_key = self._wireguard()
        self._ipsec()
        self.probes: dict[str, Probe] = {
            "EIP": partial(self.talks, self.address, PORT),
            "forward": partial(self.talks, self.shared, FORWARDED),
            "forward to w1": partial(self.talks, self.shared, TO_W1),
            "limit": self._held_back,
            "TCP listener": partial(self.talks, self.shared, BALANCED),
            "HTTP listener": self._fetches,
            "UDP listener": partial(self.echoes, self.internet, self.shared["ip"], BALANCED_DATAGRAMS),
            "WireGuard": lambda: self.echoes(self.internet, self.ip("d1"), DATAGRAMS),
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

    def _wireguard(self) -> str:
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

    def _ipsec(self) -> None:
        self.api.post(
            "/ipsec",
            name="office",
            vipUuid=self.shared["uuid"],
            l3NetworkUuid=self.cloud.l3["db"],
            peerAddress=ipsec_peer.PEER,
            peerCidrs=[ipsec_peer.REMOTE],
            authKey=ipsec_peer.PSK,
        )

    # ---- what is asked ---------------------------------------------------------------------------

    def talks(self, vip: dict[str, Any], port: int) -> bool:
        """Whether a port of a VIP does."""
        with connect(self.internet, vip["ip"], port, SECONDS) as made:
            return talks(made, SECONDS)

    def echoes(self, namespace: str, address: str, port: int) -> bool:
        """Whether a datagram from somewhere comes back."""
        made = in_namespace(namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with made:
            made.settimeout(SECONDS)
            made.sendto(b"?", (address, port))
            return made.recvfrom(10)[0] == b"?"

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
def wireguard_end(site: Following) -> Iterator[None]:
    """The WireGuard tunnel's other end on the Internet's machine, as an administrator sets it up."""
    name = f"wg{site.lab.prefix}"
    there = ["ip", "netns", "exec", site.internet]
    process = subprocess.Popen(
        [*there, "wireguard-go", "-f", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    text = (
        f"[Interface]\nPrivateKey={site.private_key}\nListenPort={TUNNEL}\n[Peer]\nPublicKey={site.public_key}\n"
        f"Endpoint={site.shared['ip']}:{TUNNEL}\nAllowedIPs={TUNNELLED}\n"
    )

    def configured() -> str:
        command = [*there, "wg", "setconf", name, "/dev/stdin"]
        return subprocess.run(command, input=text, text=True, capture_output=True, check=False).stderr

    try:
        eventually("their interface", configured)
        for command in (
            ("addr", "add", f"{REMOTE}/24", "dev", name),
            ("link", "set", name, "up", "mtu", "1420"),
            ("route", "add", TUNNELLED, "dev", name),
        ):
            subprocess.run([*there, "ip", *command], check=True)
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def ipsec_end(site: Following, directory: Path) -> Iterator[None]:
    """The IPsec tunnel's other end, and a machine behind it from which the tunnel is asked for."""
    with machines() as made:
        peer = Peer(Beyond(made, {"internet": site.internet}), directory)
        try:
            peer.build()
            peer.start(
                ipsec_peer.CONNECTION.replace(ipsec_peer.VIP, site.shared["ip"])
                .replace("10.1.0.0/24,10.2.0.0/24", TUNNELLED)
                .replace(f"{ipsec_peer.REMOTE},{ipsec_peer.OTHER_REMOTE}", ipsec_peer.REMOTE)
            )
            lan = peer.world.names["lan"]
            site.probes["IPsec"] = lambda: site.echoes(lan, site.ip("d1"), DATAGRAMS)
            yield
        finally:
            peer.close()


@contextlib.contextmanager
def following(directory: Path, made: Lab) -> Iterator[Following]:
    """The site in a lab, with all other ends and all that VMs serve, but for `w1`."""
    site = Following(made)
    with (
        wireguard_end(site),
        ipsec_end(site, directory),
        echo(site.internet, OUTSIDE),
        echo(site.namespace("d1"), PORT, datagrams=(DATAGRAMS,)),
        echo(site.namespace("w2"), PORT),
        pages(site.namespace("w2"), HTTP),
    ):
        yield site
