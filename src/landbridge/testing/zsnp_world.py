"""A VPC in memory: one vrouter, hosts and VMs with real ZSNP peers, over a network that may lose, delay and double.

    world = World(hosts=3, subnets=2, seed=1)
    a, b = world.add_vm(host=0, subnet=0), world.add_vm(host=1, subnet=1)
    world.traffic(a, b)              # the router sees it, if it goes that way, and may hint
    world.run(1_000)                 # milliseconds
    world.path(a, b)                 # "short", "router", "relayed" or why it arrives nowhere

Kernels are dicts.  What a packet meets (`path`) follows the same rules as bpf/lib/shortcut.h and a router do.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp.facts import HostFacts, Key, LocalPort, Network
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.host import HostPeer
from landbridge.zsnp.messages import Ingress, Target
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Inject, Install, Remove, RouterMac, Send, Shortcut, Tell, Tunnel
from landbridge.zsnp.router import MARGIN, Allowed, Flow, Forbidden, Policy, RouterPeer, Verdict

ROUTER = 7
KEY = Key(1, b"0123456789abcdef")
WALL = 1_800_000_000_000
PORT = 8472
POOL = "172.16.0.0/16"
MTU = 1450
BEGAN = 1_000
RELAY = 60_000
"""`RELAY_SECONDS` of landbridge.core.relays."""
STRAY_AGAIN = 50
"""As in bpf/lib/relay.h."""


@dataclass(eq=False)
class Vm:
    """`host`: its number, None while it is nowhere."""

    ip: str
    mac: str
    subnet: int
    host: int | None
    generation: int = 0


@dataclass
class Link:
    """What the network does to messages: shares of 0 to 1, milliseconds."""

    loss: float = 0.0
    doubled: float = 0.0
    delay: tuple[int, int] = (1, 2)


@dataclass
class Host:
    """`peer` None: its agent is dead; the kernel goes on.  `up` False: the machine is.

    `relays`: network and MAC of VMs that were here, until when; `told`: when its agent was told of their strays.
    """

    number: int
    peer: HostPeer | None
    kernel: dict[ShortcutKey, Shortcut] = field(default_factory=dict)
    router_macs: dict[int, str] = field(default_factory=dict)
    packets: dict[ShortcutKey, int] = field(default_factory=dict)
    relays: dict[tuple[int, str], int] = field(default_factory=dict)
    told: dict[tuple[int, str, str], int] = field(default_factory=dict)
    up: bool = True

    @property
    def vtep(self) -> str:
        """Its address in the underlay."""
        return f"172.16.{self.number >> 8}.{self.number & 255}"


class World:
    """Everything, and its clock `now` in milliseconds."""

    def __init__(self, hosts: int, subnets: int, seed: int, lease: int = 6_000) -> None:
        self.now = BEGAN
        self.random = random.Random(seed)
        self.link = Link()
        self.policy: Policy | None = Policy(ROUTER, (KEY,), lease)
        self.forbidden: set[str] = set()
        self.router_alive = True
        self.vms: dict[tuple[int, str], Vm] = {}
        self.hosts = [Host(number, None) for number in range(hosts)]
        self.router: RouterPeer | None = None
        self.subnets = subnets
        self.sent = 0
        self.lose: set[int] = set()
        """Messages to lose, by their number."""
        self._nonces = itertools.count(1)
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        for host in self.hosts:
            self.start_agent(host)
        self.start_router_agent()

    # ---- what users and fate do -------------------------------------------------------------

    def add_vm(self, host: int, subnet: int) -> Vm:
        """A VM with the next free address."""
        number = len(self.vms) + 2
        vm = Vm(
            f"10.{subnet}.{number >> 8}.{number & 255}",
            f"fa:00:00:00:{number >> 8:02x}:{number & 255:02x}",
            subnet,
            host,
        )
        self.vms[subnet, vm.ip] = vm
        self.tell_hosts()
        return vm

    def move(self, vm: Vm, host: int | None, *, relay: bool = False) -> None:
        """It runs there from now on.  `relay`: its former host is told so."""
        if relay and vm.host is not None and vm.host != host:
            self.hosts[vm.host].relays[vm.subnet, vm.mac] = self.now + RELAY
        if host is not None:
            self.hosts[host].relays.pop((vm.subnet, vm.mac), None)
        vm.host, vm.generation = host, vm.generation + 1
        self.tell_hosts()

    def forbid(self, ip: str, forbidden: bool = True) -> None:
        """A black hole for a destination, or no more."""
        (self.forbidden.add if forbidden else self.forbidden.discard)(ip)
        if self.router is not None:
            self.router.change(self.at)
            self._drain_router()

    def disable(self) -> None:
        """Distributed routing is switched off: the router is told, hosts lose the keys when it has taken all back."""
        self.policy = None
        if self.router is not None:
            self.router.update(self.at, None)
            self._drain_router()

    def start_agent(self, host: Host) -> None:
        """A host's agent starts, with what the kernel has."""
        host.peer = HostPeer(WALL + self.now, lambda: next(self._nonces))
        host.peer.update(self._facts(host))
        host.peer.adopt(self.at, {key: (value, host.packets.get(key, 0)) for key, value in host.kernel.items()})
        self._drain_host(host)

    def start_router_agent(self) -> None:
        """The vrouter's agent starts: it knows nothing of before, so everything may be otherwise now."""
        until = self.now + self.policy.lease + MARGIN if self.policy is not None and self.now > BEGAN else 0
        self.router = RouterPeer(WALL + self.now, lambda: next(self._nonces), unknown_until=until)
        self.router.change(self.at)
        self.router.update(self.at, self.policy)

    def tell_hosts(self) -> None:
        """Agents hear what is new of their own hosts."""
        for host in self.hosts:
            if host.peer is not None:
                host.peer.update(self._facts(host))
                self._drain_host(host)

    def traffic(self, a: Vm, b: Vm) -> str:
        """A burst of packets that is worth a shortcut; the path that it took."""
        path = self.path(a, b)
        if path == "router" and self.router is not None:
            flow = Flow(a.ip, b.ip)
            self.router.seen(self.at, flow, self.judge(flow))
            self._drain_router()
        elif path in ("short", "relayed") and a.host is not None:
            key = self.key(a, b)
            if path == "relayed":
                vtep = self.hosts[a.host].kernel[key].path.vtep
                relaying = next(host for host in self.hosts if host.vtep == vtep)
                self._carry(lambda: self._stray(relaying, b, self.hosts[a.host].vtep))  # type: ignore[index]  # it ran there
            self.hosts[a.host].packets[key] = self.hosts[a.host].packets.get(key, 0) + 50
        return path

    # ---- what a packet meets ----------------------------------------------------------------

    def path(self, a: Vm, b: Vm) -> str:
        """How a packet from a to b goes at this moment."""
        if a.host is None or not self.hosts[a.host].up:
            return "the sender is nowhere"
        shortcut = self.hosts[a.host].kernel.get(self.key(a, b))
        if shortcut is not None and shortcut.expires >= self.now:
            there = next((host for host in self.hosts if host.vtep == shortcut.path.vtep and host.up), None)
            if there is not None and there.relays.get((b.subnet, b.mac), 0) > self.now and b.host != there.number:
                return "relayed" if b.host is not None and self.hosts[b.host].up else "the receiver is nowhere"
            if (
                there is None
                or b.host != there.number
                or (b.mac, b.subnet) != (shortcut.path.mac, shortcut.path.net_id)
            ):
                return "short, to nowhere"
            mac = shortcut.router_mac if shortcut.path.local else there.router_macs.get(b.subnet)
            return "short" if mac == self.router_mac(b.subnet) else "short, from a stranger"
        if not self.router_alive:
            return "no router"
        if not isinstance(self.judge(Flow(a.ip, b.ip)), Allowed):
            return "black hole"
        return "router" if b.host is not None and self.hosts[b.host].up else "the receiver is nowhere"

    def judge(self, flow: Flow) -> Verdict:
        """What the router does with a flow now."""
        source, destination = self._vm(flow.source), self._vm(flow.destination)
        if source is None or destination is None or flow.destination in self.forbidden:
            return Forbidden("black hole")
        mac = self.router_mac(source.subnet)
        ingress = Ingress(source.subnet, f"10.{source.subnet}.0.0/16", mac)
        inner = self.router_mac(destination.subnet)
        target = Target(destination.ip, destination.mac, destination.subnet, 100 + destination.subnet, PORT, inner)
        return Allowed(self.gateway(source.subnet), ingress, target)

    def key(self, a: Vm, b: Vm) -> ShortcutKey:
        """Of a's shortcut to b."""
        return ShortcutKey(a.subnet, self.router_mac(a.subnet), b.ip)

    def router_mac(self, subnet: int) -> str:
        """Of the vrouter's leg."""
        return f"0e:52:00:00:00:{subnet:02x}"

    def gateway(self, subnet: int) -> str:
        """Its address."""
        return f"10.{subnet}.0.1"

    # ---- time -------------------------------------------------------------------------------

    @property
    def at(self) -> Moment:
        """Both clocks."""
        return Moment(self.now, WALL + self.now)

    def run(self, milliseconds: int) -> None:
        """Let time pass."""
        end = self.now + milliseconds
        while (due := self._next()) is not None and due <= end:
            self.now = max(self.now, due)
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
            self._timers()
        self.now = end

    def count(self) -> None:
        """Agents read the counters of their shortcuts."""
        for host in self.hosts:
            if host.peer is not None:
                host.peer.counted(self.at, {key: (host.packets.get(key, 0), 0) for key in host.kernel})
                self._drain_host(host)

    def _next(self) -> int | None:
        dates = [self._events[0][0]] if self._events else []
        peers = [host.peer for host in self.hosts] + [self.router]
        dates += [date for peer in peers if peer is not None and (date := peer.next_timer()) is not None]
        return min(dates, default=None)

    def _timers(self) -> None:
        for host in self.hosts:
            if host.peer is not None and (due := host.peer.next_timer()) is not None and due <= self.now:
                host.peer.handle_timer(self.at)
                self._drain_host(host)
        if self.router is not None and (due := self.router.next_timer()) is not None and due <= self.now:
            self.router.handle_timer(self.at)
            self._drain_router()

    # ---- the network ------------------------------------------------------------------------

    def _carry(self, deliver: Callable[[], None]) -> None:
        number, self.sent = self.sent, self.sent + 1
        if number in self.lose:
            return
        copies = 2 if self.random.random() < self.link.doubled else 1
        for _ in range(copies):
            if self.random.random() >= self.link.loss:
                due = self.now + self.random.randint(*self.link.delay)
                heapq.heappush(self._events, (due, next(self._order), deliver))

    def _drain_host(self, host: Host) -> None:
        assert host.peer is not None
        for output in host.peer.take():
            match output:
                case Install(key, shortcut):
                    host.kernel[key] = shortcut
                case Remove(key):
                    host.kernel.pop(key, None)
                    host.packets.pop(key, None)
                case RouterMac(net_id, mac):
                    host.router_macs[net_id] = mac
                case Inject(net_id, frame):
                    self._carry(lambda net_id=net_id, frame=frame: self._at_router(net_id, frame))  # type: ignore[misc]  # a default binds it now
                case Tell(source, destination, payload):
                    self._carry(lambda s=source, d=destination, p=payload: self._at_vtep(s, d, p))  # type: ignore[misc]  # as above
                case Tunnel(path, frame, size):
                    size = max(size, 20 + len(frame.payload))
                    self._carry(lambda v=path.vtep, f=frame, n=path.net_id, s=size: self._in_tunnel(v, n, f, s))  # type: ignore[misc]  # as above

    def _drain_router(self) -> None:
        assert self.router is not None
        for output in self.router.take():
            assert isinstance(output, Send)
            self._carry(lambda o=output: self._to_vm(o.source, o.destination, o.payload))  # type: ignore[misc]  # as above

    def _at_router(self, net_id: int, frame: Frame) -> None:
        """A frame for the router's MAC: for itself, or to be forwarded."""
        if not self.router_alive:
            return
        if frame.destination == self.gateway(net_id):
            if self.router is not None:
                self.router.told(self.at, (frame.source, frame.destination), frame.payload, self.judge)
                self._drain_router()
        elif frame.destination not in self.forbidden:
            self._to_vm(frame.source, frame.destination, frame.payload)

    def _to_vm(self, source: str, destination: str, payload: bytes) -> None:
        vm = self._vm(destination)
        if vm is not None and vm.host is not None:
            frame = Frame(self.router_mac(vm.subnet), vm.mac, source, destination, payload)
            self._take_off(self.hosts[vm.host], vm.subnet, frame, 20 + len(payload))

    def _in_tunnel(self, vtep: str, net_id: int, frame: Frame, size: int) -> None:
        vm = self.vms.get((net_id, frame.destination))
        host = next((host for host in self.hosts if host.vtep == vtep), None)
        if vm is None or host is None or vm.mac != frame.destination_mac:
            return
        if vm.host == host.number:
            self._take_off(host, net_id, frame, size)
        else:
            sender = next(one for one in self.hosts if self._facts(one).mac == frame.source_mac)
            self._stray(host, vm, sender.vtep)

    def _stray(self, host: Host, vm: Vm, sender: str) -> None:
        """A short frame from the VTEP `sender` for a VM that is not there any more."""
        if host.relays.get((vm.subnet, vm.mac), 0) <= self.now or not host.up or host.peer is None:
            return
        stray = (vm.subnet, vm.mac, sender)
        if self.now - host.told.get(stray, -STRAY_AGAIN) >= STRAY_AGAIN:
            host.told[stray] = self.now
            host.peer.strayed(self.at, vm.subnet, vm.ip, sender)
            self._drain_host(host)

    def _take_off(self, host: Host, net_id: int, frame: Frame, size: int) -> None:
        if host.up and host.peer is not None:
            host.peer.taken_off(self.at, net_id, frame, size)
            self._drain_host(host)

    def _at_vtep(self, source: str, destination: str, payload: bytes) -> None:
        for host in self.hosts:
            if host.vtep == destination and host.up and host.peer is not None:
                host.peer.told(self.at, source, destination, payload)
                self._drain_host(host)

    def _vm(self, ip: str) -> Vm | None:
        return self.vms.get((int(ip.split(".")[1]), ip))

    def _facts(self, host: Host) -> HostFacts:
        here = [vm for vm in self.vms.values() if vm.host == host.number]
        nets = {vm.subnet for vm in here} | {net for (net, _), until in host.relays.items() if until > self.now}
        keys = (KEY,)
        return HostFacts(
            mac=f"0e:5c:00:00:{host.number >> 8:02x}:{host.number & 255:02x}",
            networks={net: Network(net, 100 + net, PORT, host.vtep, MTU, (POOL,)) for net in nets},
            ports={(vm.subnet, vm.ip): LocalPort(vm.subnet, vm.ip, vm.mac, generation=vm.generation) for vm in here},
            routers={(ROUTER, net): keys for net in nets} if self.policy is not None else {},
        )
