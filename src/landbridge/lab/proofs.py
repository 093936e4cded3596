"""What the demo proves: each a function that measures with real packets and says what it found.

A proof that does not hold raises `NotProved`.  None of them asks the server, so all of them can
be repeated when it is dead.
"""

import itertools
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from landbridge.drivers.instances.netns import NetnsInstances
from landbridge.lab import inside
from landbridge.lab.layout import INTERNET_NAME, Lab
from landbridge.lab.vpc import DATABASE_PORT, DB, GATEWAYS, TWIN, WEB, Vpc
from landbridge.services.dhcp import message

_TCP_PORT = 7000
FLOW_PACKETS = 100
"""Sent to see which path they take: enough to be worth a shortcut."""
BOUND_SECONDS = 20.0
"""How long something may take to be so."""
_MASK, _ROUTER, _DNS, _HOSTNAME, _DOMAIN, _MTU, _LEASE, _SERVER, _CLASSLESS = 1, 3, 6, 12, 15, 26, 51, 54, 121


class NotProved(Exception):
    """What was found instead."""


@dataclass(frozen=True)
class World:
    """What proofs look at.  `spaces`: namespaces by VM name, and `internet`."""

    lab: Lab
    vpc: Vpc
    spaces: Mapping[str, str]
    counter: "itertools.count[int]"

    def driver(self, name: str) -> NetnsInstances:
        """The instances of the host that runs a VM."""
        space = self.spaces[name]
        host = next(host for host in self.lab.members if space.startswith(f"{host.tag}-"))
        return NetnsInstances(host.tag, host.directory / "run")


Proof = Callable[[World], str]


def await_leases(world: World) -> str:
    """Every VM has, from DHCP, the address that the API says."""
    deadline = time.monotonic() + BOUND_SECONDS
    waiting = list(world.vpc.vms)
    while waiting:
        if time.monotonic() > deadline:
            raise NotProved(f"no lease: {', '.join(waiting)}")
        waiting = [name for name in waiting if _lease(world, name).get("ip") != world.vpc.address(name)]
        time.sleep(0.02)
    servers = {_lease(world, name)["serverid"] for name, vm in world.vpc.vms.items() if _on(world, vm, WEB)}
    require(len(servers) == 1, f"one subnet, several DHCP servers: {servers}")
    return f"{len(world.vpc.vms)} VMs on 3 hosts, web's server {servers.pop()} on each"


def renewal(world: World) -> str:
    """A lease is renewed; the acknowledgement, caught on the wire, has every option."""
    seen = inside.dhcp_client(world.spaces["web-1"], signal.SIGUSR1, until=message.ACK)
    require(message.ACK in seen, f"no acknowledgement, only {sorted(seen)}")
    options = seen[message.ACK].options
    gateway = IPv4Address(GATEWAYS[WEB]).packed
    expected = {
        _MASK: IPv4Address("255.255.255.0").packed,
        _DNS: gateway,
        _HOSTNAME: b"web-1",
        _DOMAIN: b"web.example",
        _MTU: (1450).to_bytes(2, "big"),
    }
    wrong = [code for code, value in expected.items() if options.get(code) != value]
    require(not wrong, f"options {wrong} are missing or wrong")
    require(gateway in (options.get(_ROUTER), options.get(_CLASSLESS, b"")[-4:]), "no default route")
    require(_CLASSLESS in options, "no classless routes (option 121)")
    require({_LEASE, _SERVER} <= options.keys(), "no lease time or server")
    lease = int.from_bytes(options[_LEASE], "big")
    return f"mask, routes (121), DNS, MTU 1450, hostname web-1, domain, lease {lease} s"


def new_lease(world: World) -> str:
    """A VM without a lease gets one: DISCOVER, OFFER, REQUEST, ACK."""
    seen = inside.dhcp_client(world.spaces["db-2"], signal.SIGUSR2, signal.SIGUSR1, until=message.ACK)
    require({message.DISCOVER, message.OFFER, message.REQUEST, message.ACK} <= seen.keys(), f"only {sorted(seen)}")
    got = str(IPv4Address(seen[message.ACK].yiaddr))
    require(got == world.vpc.address("db-2"), f"offered {got} instead of {world.vpc.address('db-2')}")
    require(eventually(lambda: inside.ping(world.spaces["db-2"], world.vpc.address("db-1"))), "it does not work")
    return f"DISCOVER, OFFER, REQUEST, ACK: {got}"


def same_subnet(world: World) -> str:
    """Across hosts, over VXLAN."""
    return f"web-1 to web-2: {_ping(world, 'web-1', world.vpc.address('web-2')):.2f} ms"


def through_router(world: World) -> str:
    """Subnet to subnet: one hop, and it is the vrouter that answers ARP for the gateway."""
    space, target = world.spaces["web-1"], world.vpc.address("db-1")
    milliseconds = _ping(world, "web-1", target)
    macs, real = inside.arp(space, world.vpc.address("web-1"), GATEWAYS[WEB]), world.vpc.leg(WEB)["mac"]
    require(macs == {real}, f"{macs or 'nobody'} answered ARP for the gateway, the router's leg is {real}")
    path = inside.hops(space, target)
    require(path == [GATEWAYS[WEB], target], f"traceroute shows {path}")
    return f"web-1 to db-1: {milliseconds:.2f} ms, one hop ({path[0]}), gateway at {real}"


def past_router(world: World) -> str:
    """Traffic that is worth it goes from host to host: the vrouter's legs see nothing of it."""
    await_short(world, "web-1", "db-1")
    return f"web-1 to db-1: nothing at the vrouter, {_ping(world, 'web-1', world.vpc.address('db-1')):.2f} ms"


def past_router_on_one_host(world: World) -> str:
    """Inside a host, too."""
    await_short(world, "web-1", "db-2")
    return f"web-1 to db-2: nothing at the vrouter, {_ping(world, 'web-1', world.vpc.address('db-2')):.2f} ms"


def await_short(world: World, one: str, other: str) -> float:
    """Have two VMs talk until the vrouter sees nothing of it; how many seconds that took."""
    began = time.monotonic()
    while (seen := seen_by_router(world, one, other)) > FLOW_PACKETS // 2:
        require(time.monotonic() - began < BOUND_SECONDS, f"the vrouter sees {seen} packets of {one} and {other}")
    return time.monotonic() - began


def seen_by_router(world: World, one: str, other: str) -> int:
    """Packets at the vrouter's leg in `db` while two VMs exchange twice `FLOW_PACKETS`."""
    space, leg = world.spaces["router"], f"eth{world.vpc.leg(DB)['deviceId']}"
    before = inside.carried(space, leg)
    inside.run(world.spaces[one], "ping", "-c", str(FLOW_PACKETS), "-i", "0.002", world.vpc.address(other))
    return inside.carried(space, leg) - before


def to_internet(world: World) -> str:
    """By name and source NAT to the web server, which logs the router's public address."""
    path = f"/{next(world.counter)}"
    done = inside.run(world.spaces["web-2"], "curl", "-s", "-m", "5", f"http://{INTERNET_NAME}{path}")
    require(done.returncode == 0, f"curl ended with {done.returncode}")
    log = (world.lab.path / "internet" / "requests.log").read_text().splitlines()
    saw = [line.split()[0] for line in log if line.endswith(f" {path}")]
    public = world.vpc.leg("public")["ip"]
    require(saw == [public], f"the web server saw {saw}, the router is {public}")
    return f"{INTERNET_NAME} resolved by the router; the web server saw {public}"


def closed_to_internet(world: World) -> str:
    """Even from a machine that routes the subnet to the router, nothing arrives.  From db it does."""
    internet, target = world.spaces["internet"], world.vpc.address("web-1")
    route = (f"{target}/32", "via", world.vpc.leg("public")["ip"])
    with (
        inside.frames(world.spaces["web-1"]) as taken,
        inside.udp(world.spaces["web-1"], target, _TCP_PORT) as server,
    ):
        inside.run(internet, "ip", "route", "replace", *route)
        try:
            with inside.udp(internet, world.lab.gateway, 0) as stranger:
                for _ in range(20):
                    stranger.sendto(b"unasked", (target, _TCP_PORT))
            require(inside.ping(internet, target) is None, "a VM answered a ping from the Internet")
            tcp = inside.run(internet, "curl", "-s", "-m", "1", f"http://{target}:{_TCP_PORT}/")
            require(tcp.returncode != 0, "a TCP connection from the Internet was answered")
        finally:
            inside.run(internet, "ip", "route", "del", *route)
        came = [frame for frame in taken() if inside.addresses(frame)[0] == world.lab.gateway]
        require(not came, f"{len(came)} packets from the Internet reached a VM")
        with inside.udp(world.spaces["db-1"], world.vpc.address("db-1"), 0) as friend:
            friend.sendto(b"hello", (target, _TCP_PORT))
        server.settimeout(2)
        try:
            server.recv(16)
        except TimeoutError:
            raise NotProved("what may come does not come either") from None
    return "ping, 20 UDP packets, TCP: 0 arrived at web-1; the same from db-1 does"


def isolation(world: World) -> str:
    """Two networks with one CIDR and one shared address do not meet."""
    vpc, spaces = world.vpc, world.spaces
    shared = vpc.address("web-1")
    require(vpc.address("twin-1") == shared, f"twin-1 has {vpc.address('twin-1')}")
    for asking, answering in (("web-2", "web-1"), ("twin-2", "twin-1")):
        _ping(world, asking, shared)
        macs = inside.arp(spaces[asking], vpc.address(asking), shared)
        require(macs == {vpc.mac(answering)}, f"asked by {asking}, {macs} have {shared}, not only {answering}")
    twins = {vpc.mac("twin-1"), vpc.mac("twin-2")}
    with inside.frames(spaces["web-1"]) as first, inside.frames(spaces["web-2"]) as second:
        for target in (vpc.address("db-1"), "10.10.1.250"):  # a broadcast each: nobody has them in twin
            require(inside.ping(spaces["twin-2"], target) is None, f"twin-2 reached {target}")
        strangers = [frame for frame in (*first(), *second()) if inside.source_mac(frame) in twins]
    require(not strangers, f"{len(strangers)} frames of twin came to web")
    return f"{shared} is web-1 in web and twin-1 in twin; 0 frames crossed"


def security_groups(world: World) -> str:
    """A database's port is open to the group of its clients, wherever they run, and to nobody else."""
    spaces, address = world.spaces, world.vpc.address("db-1")
    with inside.listener(spaces["db-1"], DATABASE_PORT):
        require(inside.connects(spaces["web-1"], address, DATABASE_PORT), "web-1 is a client and was not let in")
        require(not inside.connects(spaces["web-2"], address, DATABASE_PORT), "web-2 was let in")
    return f"db-1:{DATABASE_PORT} opens to web-1, of group clients; not to web-2"


def anti_spoofing(world: World) -> str:
    """A VM that sends under another's address is heard by nobody."""
    spaces, target = world.spaces, world.vpc.address("db-1")
    with inside.udp(spaces["db-1"], target, _TCP_PORT) as server:
        server.settimeout(0.5)
        # A frame such as web-1 would send, from web-2.
        inside.forge(spaces["web-2"], world.vpc.address("web-1"), world.vpc.leg(WEB)["mac"], target, _TCP_PORT)
        try:
            _, sender = server.recvfrom(64)
        except TimeoutError:
            return f"web-2 as {world.vpc.address('web-1')}: 0 of 10 packets arrived at db-1"
    raise NotProved(f"a packet of web-2 arrived from {sender[0]}")


def _lease(world: World, name: str) -> dict[str, str]:
    return world.driver(name).lease(str(world.vpc.vms[name]["uuid"]), 0)


def _on(world: World, vm: Mapping[str, object], subnet: str) -> bool:
    nics = vm["vmNics"]
    return isinstance(nics, list) and nics[0]["l3NetworkUuid"] == world.vpc.l3[subnet] and subnet != TWIN


def _ping(world: World, name: str, target: str) -> float:
    milliseconds = inside.ping(world.spaces[name], target)
    if milliseconds is None:
        raise NotProved(f"{name} does not reach {target}")
    return milliseconds


def eventually(holds: Callable[[], object]) -> bool:
    """Whether it does within a while."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if holds():
            return True
    return False


def require(holds: bool, otherwise: str) -> None:
    """`NotProved`, with what was found `otherwise`."""
    if not holds:
        raise NotProved(otherwise)
