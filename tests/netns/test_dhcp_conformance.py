"""DHCP on the wire, packet by packet: what RFC 2131, 2132, 3396 and 3442 say, and what no client should ever send.

Frames are made and read by scapy, so that a mistake in our codec is not hidden by the same mistake in a test.
The responder works off one frame after the other: silence is proved by the answer to a later frame, not by waiting.
"""

import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from landbridge.agent.dhcp import DhcpService
from landbridge.drivers.enter import in_namespace
from landbridge.drivers.supervise import Supervisor
from landbridge.model.node import DhcpBinding, Port
from landbridge.model.questions.dhcp import DhcpLease
from landbridge.services.dhcp import message
from landbridge.services.dhcp import options as opt
from landbridge.transports.control import call
from tests.netns.guest_fixtures import L3, SUBNET, Machines, machines, make_vm, sh

pytestmark = pytest.mark.netns

EVERYONE, ANY = "ff:ff:ff:ff:ff:ff", "255.255.255.255"
OWN, OTHER, SERVER = "10.1.0.10", "10.1.0.99", "10.1.0.2"
BROADCAST_FLAG = 0x8000
ASKED = ("param_req_list", [1, 3, 6, 12, 15, 26, 121, 249])
WAIT_SECONDS = 10.0
_SOL_PACKET, _IGNORE_OUTGOING, _RCVBUFFORCE = 263, 23, 33
_xids = count(1000)

Options = list[Any]


def options_of(reply: Packet) -> dict[str, Any]:
    """DHCP options by scapy's names; those with several values as tuples."""
    found = {}
    for option in reply[DHCP].options:
        if isinstance(option, tuple):
            found[option[0]] = option[1] if len(option) == 2 else option[1:]
    return found


def kind(reply: Packet) -> int:
    return int(options_of(reply)["message-type"])


@dataclass
class Guest:
    """A VM's interface, driven by hand."""

    wire: socket.socket
    mac: str
    dhcp: DhcpService
    control: Path

    def frame(
        self,
        options: Options,
        *,
        dst_mac: str = EVERYONE,
        dst_ip: str = ANY,
        src_ip: str = "0.0.0.0",
        **bootp: Any,
    ) -> Packet:
        """A request with a transaction number of its own."""
        chaddr = bytes.fromhex(bootp.pop("mac", self.mac).replace(":", ""))
        head = BOOTP(chaddr=chaddr, xid=bootp.pop("xid", next(_xids)), **bootp)
        ethernet = Ether(src=self.mac, dst=dst_mac) / IP(src=src_ip, dst=dst_ip)
        return ethernet / UDP(sport=68, dport=67) / head / DHCP(options=[*options, "end"])

    def send(self, frame: Packet | bytes) -> None:
        self.wire.send(bytes(frame))

    def answer(self, frame: Packet) -> Packet:
        """What comes back to a request."""
        self.send(frame)
        return self.wait(lambda seen: BOOTP in seen and seen[BOOTP].xid == frame[BOOTP].xid)

    def wait(self, wanted: Callable[[Packet], bool]) -> Packet:
        """The next frame of the host that is wanted; nothing else of DHCP may come before it."""
        while True:
            seen = Ether(self.wire.recv(65535))
            if seen.src != SUBNET.server_mac:
                continue
            assert wanted(seen), f"answered what must not be: {seen.summary()}"
            return seen

    def silence(self, *frames: Packet | bytes) -> None:
        """None of the frames is answered: the next answer is that to a later request."""
        for frame in frames:
            self.send(frame)
        assert kind(self.answer(self.discover())) == message.OFFER

    def discover(self, *more: Any, **fields: Any) -> Packet:
        return self.frame([("message-type", "discover"), *more], **fields)

    def request(self, *more: Any, **fields: Any) -> Packet:
        return self.frame([("message-type", "request"), *more], **fields)

    @property
    def lease(self) -> DhcpLease:
        (lease,) = self.dhcp.leases()
        return lease

    def counted(self) -> dict[str, int]:
        counters: dict[str, int] = call(self.control, {"op": "show"})["counters"]
        return counters


def wire(netns: str, interface: str) -> socket.socket:
    def opened() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        made.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        made.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, 16 << 20)  # the answers to all that a test sends at once
        made.bind((interface, 3))
        made.settimeout(WAIT_SECONDS)
        return made

    return in_namespace(netns, opened)


@dataclass
class Net:
    """One host with one VM, whose DHCP is served by the responder's process."""

    machines: Machines
    host: str
    port: Port
    netns: str
    guest: Guest

    def tell(self, *ports: Port, **subnet: Any) -> None:
        """What the agent tells the responder."""
        self.guest.dhcp.update(ports or [self.port], [replace(SUBNET, **subnet)])


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    supervisor = Supervisor()
    with machines() as made:
        host = made.add("host")
        _, port = make_vm(made, host, 10)
        netns = made.made[-1]
        sh(f"ip -n {netns} link set eth0 up")
        dhcp = DhcpService(tmp_path, supervisor, host)
        guest = Guest(wire(netns, "eth0"), port.mac, dhcp, tmp_path / "dhcp" / "control.sock")
        world = Net(made, host, port, netns, guest)
        world.tell()
        try:
            yield world
        finally:
            guest.wire.close()
            dhcp.remove()
            supervisor.close()


@pytest.fixture
def guest(net: Net) -> Guest:
    return net.guest


# ---- the ordinary course --------------------------------------------------------------------


def test_discover_offer_request_ack(guest: Guest) -> None:
    offer = guest.answer(guest.discover(ASKED))
    assert kind(offer) == message.OFFER
    assert (offer[BOOTP].yiaddr, offer[BOOTP].ciaddr, offer[BOOTP].giaddr) == (OWN, "0.0.0.0", "0.0.0.0")
    assert guest.lease.state == "Offered"

    ack = guest.answer(guest.request(("server_id", SERVER), ("requested_addr", OWN), ASKED))
    assert kind(ack) == message.ACK
    told = options_of(ack)
    assert (told["server_id"], told["lease_time"], told["renewal_time"], told["rebinding_time"]) == (
        SERVER,
        3600,
        1800,
        3150,
    )
    assert (told["subnet_mask"], told["router"]) == ("255.255.255.0", "10.1.0.1")
    assert told["name_server"] == ("10.1.0.1", "9.9.9.9")
    assert (told["hostname"], told["domain"], told["interface-mtu"]) == (b"vm-10", b"example.test", 1450)
    routes = opt.classless_routes([("172.16.0.0/12", "10.1.0.254"), ("0.0.0.0/0", "10.1.0.1")])
    assert message.decode(bytes(ack[UDP].payload)).options[opt.CLASSLESS_ROUTES] == routes
    assert message.decode(bytes(ack[UDP].payload)).options[opt.MICROSOFT_ROUTES] == routes
    assert (guest.lease.state, guest.lease.last_message, guest.lease.ip) == ("Bound", "ack", OWN)


def test_the_frame_is_well_formed(guest: Guest) -> None:
    reply = guest.answer(guest.discover())
    assert (reply.dst, reply[IP].src, reply[IP].dst) == (guest.mac, SERVER, OWN)
    assert (reply[UDP].sport, reply[UDP].dport) == (67, 68)
    assert (reply[BOOTP].op, reply[BOOTP].htype, reply[BOOTP].hlen) == (2, 1, 6)
    assert len(reply[UDP].payload) >= 300
    again = reply.copy()
    del again[IP].chksum, again[IP].len, again[UDP].len
    if reply[UDP].chksum:
        del again[UDP].chksum
    assert bytes(again) == bytes(reply)


def test_a_client_that_cannot_take_unicast_is_broadcast_to(guest: Guest) -> None:
    reply = guest.answer(guest.discover(flags=BROADCAST_FLAG))
    assert (reply.dst, reply[IP].dst) == (EVERYONE, ANY)
    assert int(reply[BOOTP].flags) == BROADCAST_FLAG


def test_init_reboot(guest: Guest) -> None:
    assert kind(guest.answer(guest.request(("requested_addr", OWN)))) == message.ACK
    refused = guest.answer(guest.request(("requested_addr", OTHER)))
    assert kind(refused) == message.NAK
    assert (refused.dst, refused[IP].dst, refused[BOOTP].yiaddr) == (EVERYONE, ANY, "0.0.0.0")
    assert set(options_of(refused)) == {"message-type", "server_id", "error_message"}
    assert (guest.lease.state, guest.lease.last_message) == ("Bound", "nak")


def test_renewing_is_unicast_to_the_servers_mac(guest: Guest) -> None:
    guest.send(Ether(src=guest.mac, dst=EVERYONE) / ARP(hwsrc=guest.mac, psrc=OWN, pdst=SERVER))
    found = guest.wait(lambda seen: ARP in seen and seen[ARP].op == 2)
    assert (found[ARP].hwsrc, found[ARP].psrc, found.dst) == (SUBNET.server_mac, SERVER, guest.mac)

    ack = guest.answer(guest.request(dst_mac=found[ARP].hwsrc, dst_ip=SERVER, src_ip=OWN, ciaddr=OWN))
    assert kind(ack) == message.ACK
    assert (ack.dst, ack[IP].dst, ack[BOOTP].ciaddr, ack[BOOTP].yiaddr) == (guest.mac, OWN, OWN, OWN)
    assert "requested_addr" not in options_of(ack)

    refused = guest.answer(guest.request(dst_mac=found[ARP].hwsrc, dst_ip=SERVER, src_ip=OTHER, ciaddr=OTHER))
    assert kind(refused) == message.NAK


def test_rebinding_is_broadcast(guest: Guest) -> None:
    ack = guest.answer(guest.request(src_ip=OWN, ciaddr=OWN))
    assert (kind(ack), ack.dst, ack[IP].dst) == (message.ACK, guest.mac, OWN)


def test_inform(guest: Guest) -> None:
    reply = guest.answer(guest.frame([("message-type", "inform"), ASKED], src_ip=OTHER, ciaddr=OTHER))
    told = options_of(reply)
    assert (kind(reply), reply[IP].dst, reply[BOOTP].yiaddr) == (message.ACK, OTHER, "0.0.0.0")
    assert told["name_server"] == ("10.1.0.1", "9.9.9.9")
    assert not {"lease_time", "renewal_time", "rebinding_time"} & told.keys()
    assert guest.lease.state == "Unbound"


@pytest.mark.parametrize(("verb", "state"), [("decline", "Declined"), ("release", "Released")])
def test_what_is_given_back_is_noted_and_not_answered(guest: Guest, verb: str, state: str) -> None:
    guest.answer(guest.request(("requested_addr", OWN)))
    fields = {"dst_ip": SERVER, "src_ip": OWN, "ciaddr": OWN} if verb == "release" else {}
    named = [] if verb == "release" else [("requested_addr", OWN)]
    guest.send(guest.frame([("message-type", verb), ("server_id", SERVER), *named], **fields))
    # The next request of all is for the state only: INFORM leaves it as it is.
    guest.answer(guest.frame([("message-type", "inform")], src_ip=OWN, ciaddr=OWN))
    assert (guest.lease.state, guest.counted()[verb]) == (state, 1)
    assert kind(guest.answer(guest.discover())) == message.OFFER


def test_nobody_gives_back_what_the_port_has_not(guest: Guest) -> None:
    guest.answer(guest.request(("requested_addr", OWN)))
    guest.silence(
        guest.frame([("message-type", "decline"), ("server_id", SERVER), ("requested_addr", OTHER)]),
        guest.frame([("message-type", "release"), ("server_id", SERVER)], dst_ip=SERVER, src_ip=OTHER, ciaddr=OTHER),
    )
    assert guest.lease.state == "Bound"


def test_the_client_identifier_comes_back(guest: Guest) -> None:
    identity = ("client_id", b"\xff\x00\x00\x00\x01anything")
    for frame in (guest.discover(identity), guest.request(identity, ("requested_addr", OTHER))):
        assert options_of(guest.answer(frame))["client_id"] == identity[1]


def test_a_shorter_lease_is_granted(guest: Guest) -> None:
    told = options_of(guest.answer(guest.request(("requested_addr", OWN), ("lease_time", 120))))
    assert (told["lease_time"], told["renewal_time"], told["rebinding_time"]) == (120, 60, 105)


# ---- what is not answered -------------------------------------------------------------------


def test_what_is_not_ours_is_not_answered(guest: Guest) -> None:
    selecting = [("server_id", OTHER), ("requested_addr", OWN)]
    guest.silence(
        guest.request(*selecting),  # the client has chosen another server
        guest.request(dst_ip=OTHER, src_ip=OWN, ciaddr=OWN),  # renews with another
        guest.discover(giaddr=OTHER),  # a relay
        guest.discover(mac="fa:00:00:00:00:77"),  # somebody else's address
        guest.discover(mac="00:00:00:00:00:00"),
        guest.discover(op=2),  # a server
        guest.frame([]),  # BOOTP
        guest.frame([("message-type", "offer")]),
        guest.frame([("message-type", "ack")]),
        guest.frame([("message-type", "nak")]),
        guest.frame([("message-type", "inform")]),  # from no address
        guest.frame([("message-type", 99)]),
    )
    counted = guest.counted()
    assert counted.pop("offer") == 1
    assert counted == {
        "ignored: meant for another server": 2,
        "ignored: a VM may not relay": 1,
        "ignored: hardware address is not the port's": 2,
        "ignored: not a request": 1,
        "ignored: INFORM without an address": 1,
        "ignored: unknown message type": 5,
    }


def test_arp_is_answered_for_the_server_alone(guest: Guest) -> None:
    who = Ether(src=guest.mac, dst=EVERYONE) / ARP(hwsrc=guest.mac, psrc=OWN, pdst="10.1.0.1")
    reply = Ether(src=guest.mac, dst=EVERYONE) / ARP(op=2, hwsrc=guest.mac, psrc=SERVER, pdst=SERVER)
    guest.silence(who, reply)


def test_the_address_of_another_hardware_type_is_not_the_ports(guest: Guest) -> None:
    guest.silence(guest.discover(hlen=16), guest.discover(hlen=0), guest.discover(hlen=17))


def test_every_truncation_is_survived(guest: Guest) -> None:
    """Cut off anywhere, with headers that tell the truth about it and with headers that do not."""
    whole = guest.discover(ASKED, ("client_id", b"\x01abcdef"))
    frame, payload = bytes(whole), bytes(whole[UDP].payload)
    between_options = (243, 253, 262)
    """Only the end mark is missing there, which is answered as every server does."""
    honest = [size for size in range(len(payload)) if size not in between_options]
    guest.silence(
        *(frame[:length] for length in range(14, len(frame))),
        *(_dhcp(guest, payload[:size]) for size in honest),
    )
    for size in between_options:
        guest.send(_dhcp(guest, payload[:size]))
        guest.wait(lambda seen: BOOTP in seen and seen[BOOTP].xid == whole[BOOTP].xid)


def _dhcp(guest: Guest, payload: bytes) -> Packet:
    """Whatever it is, as a datagram to the DHCP port."""
    return Ether(src=guest.mac, dst=EVERYONE) / IP(src="0.0.0.0", dst=ANY) / UDP(sport=68, dport=67) / Raw(payload)


def test_options_that_lie_about_their_length_are_survived(guest: Guest) -> None:
    base = bytes(guest.discover()[BOOTP])[:236] + b"\x63\x82\x53\x63"
    wrong = (
        b"\x35\xff\x01",  # beyond the end
        b"\x35\x01\x01\x37",  # no length
        b"\x35\x02\x01\x01\xff",  # a message type of two bytes
        b"\x34\x01\x03\x35\x01\x01\xff",  # overload into fields that hold cut-off options
        b"\x34\x00\x35\x01\x01\xff",  # an empty overload
        b"",
    )
    cut_off = bytes.fromhex("0c40")
    fields = base[:44] + cut_off.ljust(64, b"a") + cut_off.ljust(128, b"a") + base[236:]
    guest.silence(*(_dhcp(guest, fields + tail) for tail in wrong))


def test_fragments_are_not_answered(guest: Guest) -> None:
    """Nobody puts together what the first fragment alone could lie about."""
    large = guest.discover(("client_id", b"x" * 200), ("vendor_class_id", b"y" * 200))
    guest.silence(*fragment(large, fragsize=120))  # type: ignore[no-untyped-call]  # scapy's


def test_noise_is_survived(guest: Guest) -> None:
    """Bits flipped at random in a good request: the responder lives, and answers nobody but its port."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(400):
        frame = bytearray(bytes(guest.discover(ASKED, xid=7)))
        for _ in range(chance.randrange(1, 12)):
            frame[chance.randrange(12, len(frame))] ^= 1 << chance.randrange(8)
        guest.send(bytes(frame))
    last = guest.discover()
    guest.send(last)
    while True:
        seen = Ether(guest.wire.recv(65535))
        if seen.src == SUBNET.server_mac and BOOTP in seen:
            assert seen[BOOTP].yiaddr in (OWN, "0.0.0.0")
            if seen[BOOTP].xid == last[BOOTP].xid:
                break


# ---- sizes ----------------------------------------------------------------------------------


def test_options_may_lie_in_the_file_and_sname_fields(guest: Guest) -> None:
    """Option overload (RFC 2132 section 9.3) in a request."""
    in_file = bytes((opt.REQUESTED_ADDRESS, 4)) + socket.inet_aton(OWN) + b"\xff"
    in_sname = bytes((opt.PARAMETER_LIST, 1, opt.ROUTER, 0xFF))
    frame = guest.request(("dhcp-option-overload", 3), file=in_file, sname=in_sname)
    told = message.decode(bytes(guest.answer(frame)[UDP].payload))
    assert told.type == message.ACK
    assert opt.ROUTER in told.options
    assert opt.DNS_SERVERS not in told.options


def test_an_option_in_pieces_is_one(guest: Guest) -> None:
    """RFC 3396: several instances of an option are one value."""
    frame = guest.request(("requested_addr", OWN), ("param_req_list", [1, 3]), ("param_req_list", [6]))
    assert {"subnet_mask", "router", "name_server"} <= options_of(guest.answer(frame)).keys()


def test_what_does_not_fit_goes_on_in_file_and_sname(net: Net) -> None:
    routes = tuple((f"10.{number}.0.0/16", "10.1.0.254") for number in range(2, 40))
    net.tell(routes=routes)
    asked = ("param_req_list", [1, 3, 121])
    small = bytes(net.guest.answer(net.guest.discover(asked, ("max_dhcp_size", 576)))[UDP].payload)
    large = bytes(net.guest.answer(net.guest.discover(asked, ("max_dhcp_size", 1400)))[UDP].payload)
    expected = [*routes, ("0.0.0.0/0", "10.1.0.1")]
    assert len(small) <= 548 < 1400 - 28
    assert any(small[108:236])
    for payload in (small, large):
        told = message.decode(payload).options
        assert opt.parse_classless_routes(told[opt.CLASSLESS_ROUTES]) == expected
        assert told[opt.ROUTER] == socket.inet_aton("10.1.0.1")
    assert not any(large[44:236])


# ---- several NICs ---------------------------------------------------------------------------


def test_only_the_default_nic_is_told_a_router(net: Net) -> None:
    mac = "fa:00:00:00:01:10"
    second = replace(
        net.port,
        nic_uuid="e" * 32,
        ifname="vnic10.1",
        device_id=1,
        mac=mac,
        addresses=("10.1.0.11",),
        dhcp=DhcpBinding(l3_uuid=L3, ip="10.1.0.11", hostname="vm-10", default=False),
    )
    net.machines.link(net.host, second.ifname, net.netns, "eth1", mac)
    sh(f"ip -n {net.host} link set {second.ifname} up; ip -n {net.netns} link set eth1 up")
    net.tell(net.port, second)
    other = Guest(wire(net.netns, "eth1"), mac, net.guest.dhcp, net.guest.control)
    try:
        told = options_of(other.answer(other.discover(ASKED)))
        routes = message.decode(bytes(other.answer(other.discover(ASKED))[UDP].payload)).options
    finally:
        other.wire.close()
    assert "router" not in told
    assert opt.parse_classless_routes(routes[opt.CLASSLESS_ROUTES]) == [("172.16.0.0/12", "10.1.0.254")]
    assert told["name_server"] == ("10.1.0.1", "9.9.9.9")
    first = options_of(net.guest.answer(net.guest.discover(ASKED)))
    assert first["router"] == "10.1.0.1"
    # A NIC asks for itself only: the other one's hardware address at this port is a stranger's.
    net.guest.silence(net.guest.discover(mac=mac))
