"""Every request state of RFC 2131 section 4.3, and who is told what."""

import pytest
from msgspec.structs import replace

from landbridge.model.node import DhcpBinding, DhcpSubnet
from landbridge.services.dhcp import message as dhcp
from landbridge.services.dhcp import options as opt
from landbridge.services.dhcp.message import ZERO, Message, decode
from landbridge.services.dhcp.responder import BROADCAST_IP, BROADCAST_MAC, Client, Decision, answer

MAC = bytes.fromhex("fa0000000001")
OWN, SERVER, OTHER = (opt.address(text) for text in ("10.1.0.10", "10.1.0.2", "10.1.0.99"))
SUBNET = DhcpSubnet(
    l3_uuid="l3",
    server_ip="10.1.0.2",
    server_mac="0e:dc:00:00:00:01",
    prefix_len=24,
    network_cidr="10.1.0.0/24",
    gateway="10.1.0.1",
    dns=("10.1.0.1", "9.9.9.9"),
    routes=(("172.16.0.0/12", "10.1.0.254"),),
    mtu=1450,
    domain="example.test",
    lease_seconds=3600,
)
BINDING = DhcpBinding(l3_uuid="l3", ip="10.1.0.10", hostname="web", default=True)
CLIENT = Client(MAC, BINDING, SUBNET)
ALL_ASKED = {opt.PARAMETER_LIST: bytes((1, 3, 6, 12, 15, 26, 28, 121, 249))}


def request(type_: int, options: dict[int, bytes] | None = None, **fields: object) -> Message:
    merged = {opt.MESSAGE_TYPE: bytes((type_,)), **(options or {})}
    known = {"op": dhcp.BOOTREQUEST, "xid": 7, "chaddr": MAC, **fields}
    return Message(options=merged, **known)  # type: ignore[arg-type]  # field values as the test gives them


def told(decision: Decision) -> Message:
    assert decision.reply is not None
    return decode(decision.reply.payload)


def test_discover_is_offered_the_ports_address() -> None:
    decision = answer(request(dhcp.DISCOVER, ALL_ASKED), BROADCAST_IP, CLIENT)
    offer = told(decision)
    assert decision.event == "offer"
    assert (offer.type, offer.yiaddr, offer.xid, offer.op) == (dhcp.OFFER, OWN, 7, dhcp.BOOTREPLY)
    assert offer.options == {
        opt.MESSAGE_TYPE: bytes((dhcp.OFFER,)),
        opt.SERVER_ID: SERVER,
        opt.LEASE_TIME: opt.seconds(3600),
        opt.RENEWAL_TIME: opt.seconds(1800),
        opt.REBINDING_TIME: opt.seconds(3150),
        opt.SUBNET_MASK: bytes((255, 255, 255, 0)),
        opt.ROUTER: opt.address("10.1.0.1"),
        opt.DNS_SERVERS: opt.addresses(("10.1.0.1", "9.9.9.9")),
        opt.HOST_NAME: b"web",
        opt.DOMAIN_NAME: b"example.test",
        opt.INTERFACE_MTU: (1450).to_bytes(2),
        opt.CLASSLESS_ROUTES: opt.classless_routes([("172.16.0.0/12", "10.1.0.254"), ("0.0.0.0/0", "10.1.0.1")]),
        opt.MICROSOFT_ROUTES: opt.classless_routes([("172.16.0.0/12", "10.1.0.254"), ("0.0.0.0/0", "10.1.0.1")]),
    }


def test_other_nics_are_told_no_router() -> None:
    other_nic = Client(MAC, replace(BINDING, default=False), SUBNET)
    offer = told(answer(request(dhcp.DISCOVER, ALL_ASKED), BROADCAST_IP, other_nic))
    assert opt.ROUTER not in offer.options
    assert opt.parse_classless_routes(offer.options[opt.CLASSLESS_ROUTES]) == [("172.16.0.0/12", "10.1.0.254")]

    without_routes = Client(MAC, replace(BINDING, default=False), replace(SUBNET, routes=()))
    offer = told(answer(request(dhcp.DISCOVER, ALL_ASKED), BROADCAST_IP, without_routes))
    assert opt.CLASSLESS_ROUTES not in offer.options


def test_a_default_host_route_is_not_doubled() -> None:
    subnet = replace(SUBNET, routes=(("0.0.0.0/0", "10.1.0.254"),))
    offer = told(answer(request(dhcp.DISCOVER, ALL_ASKED), BROADCAST_IP, Client(MAC, BINDING, subnet)))
    assert opt.parse_classless_routes(offer.options[opt.CLASSLESS_ROUTES]) == [("0.0.0.0/0", "10.1.0.254")]


def test_only_what_was_asked_for_and_the_mask_before_the_router() -> None:
    offer = told(answer(request(dhcp.DISCOVER, {opt.PARAMETER_LIST: bytes((3, 1))}), BROADCAST_IP, CLIENT))
    mandatory = [opt.MESSAGE_TYPE, opt.SERVER_ID, opt.LEASE_TIME, opt.RENEWAL_TIME, opt.REBINDING_TIME]
    assert list(offer.options) == [*mandatory, opt.SUBNET_MASK, opt.ROUTER]


def test_a_client_that_asks_for_nothing_gets_the_usual() -> None:
    offer = told(answer(request(dhcp.DISCOVER), BROADCAST_IP, CLIENT))
    assert {opt.SUBNET_MASK, opt.ROUTER, opt.DNS_SERVERS, opt.INTERFACE_MTU} <= offer.options.keys()


@pytest.mark.parametrize(
    ("options", "ciaddr", "dst_ip", "type_"),
    [
        pytest.param(
            {opt.SERVER_ID: SERVER, opt.REQUESTED_ADDRESS: OWN}, ZERO, BROADCAST_IP, dhcp.ACK, id="selecting"
        ),
        pytest.param(
            {opt.SERVER_ID: SERVER, opt.REQUESTED_ADDRESS: OTHER}, ZERO, BROADCAST_IP, dhcp.NAK, id="selecting, wrong"
        ),
        pytest.param({opt.REQUESTED_ADDRESS: OWN}, ZERO, BROADCAST_IP, dhcp.ACK, id="init-reboot"),
        pytest.param({opt.REQUESTED_ADDRESS: OTHER}, ZERO, BROADCAST_IP, dhcp.NAK, id="init-reboot, wrong"),
        pytest.param({}, OWN, SERVER, dhcp.ACK, id="renewing"),
        pytest.param({}, OTHER, SERVER, dhcp.NAK, id="renewing, wrong"),
        pytest.param({}, OWN, BROADCAST_IP, dhcp.ACK, id="rebinding"),
        pytest.param({}, OTHER, BROADCAST_IP, dhcp.NAK, id="rebinding, wrong"),
        pytest.param({}, ZERO, BROADCAST_IP, dhcp.NAK, id="names no address"),
    ],
)
def test_request_states(options: dict[int, bytes], ciaddr: bytes, dst_ip: bytes, type_: int) -> None:
    decision = answer(request(dhcp.REQUEST, options, ciaddr=ciaddr), dst_ip, CLIENT)
    reply = told(decision)
    assert reply.type == type_
    assert decision.reply is not None
    if type_ == dhcp.NAK:
        assert (decision.reply.dst_mac, decision.reply.dst_ip) == (BROADCAST_MAC, BROADCAST_IP)
        assert (reply.yiaddr, reply.ciaddr) == (ZERO, ZERO)
        assert set(reply.options) == {opt.MESSAGE_TYPE, opt.SERVER_ID, opt.ERROR_TEXT}
    else:
        assert (decision.reply.dst_mac, decision.reply.dst_ip) == (MAC, OWN)
        assert (reply.yiaddr, reply.ciaddr, decision.lease_seconds) == (OWN, ciaddr, 3600)


def test_broadcast_flag() -> None:
    wants = request(dhcp.DISCOVER, flags=dhcp.BROADCAST_FLAG)
    decision = answer(wants, BROADCAST_IP, CLIENT)
    assert decision.reply is not None
    assert (decision.reply.dst_mac, decision.reply.dst_ip) == (BROADCAST_MAC, BROADCAST_IP)
    assert told(decision).flags == dhcp.BROADCAST_FLAG


def test_inform_gets_parameters_without_a_lease() -> None:
    decision = answer(request(dhcp.INFORM, ALL_ASKED, ciaddr=OTHER), BROADCAST_IP, CLIENT)
    reply = told(decision)
    assert decision.reply is not None
    assert (decision.reply.dst_mac, decision.reply.dst_ip) == (MAC, OTHER)
    assert (reply.type, reply.yiaddr) == (dhcp.ACK, ZERO)
    assert opt.DNS_SERVERS in reply.options
    assert not {opt.LEASE_TIME, opt.RENEWAL_TIME, opt.REBINDING_TIME} & reply.options.keys()


@pytest.mark.parametrize(("type_", "event"), [(dhcp.DECLINE, "decline"), (dhcp.RELEASE, "release")])
def test_noted_without_an_answer(type_: int, event: str) -> None:
    assert answer(request(type_, ciaddr=OWN), SERVER, CLIENT) == Decision(event)


@pytest.mark.parametrize(
    ("asked", "dst_ip", "why"),
    [
        (request(dhcp.DISCOVER, op=dhcp.BOOTREPLY), BROADCAST_IP, "not a request"),
        (request(dhcp.DISCOVER, chaddr=b"\xfa" * 6), BROADCAST_IP, "hardware address is not the port's"),
        (request(dhcp.DISCOVER, giaddr=OTHER), BROADCAST_IP, "a VM may not relay"),
        (request(dhcp.REQUEST, {opt.SERVER_ID: OTHER}), BROADCAST_IP, "meant for another server"),
        (request(dhcp.REQUEST, ciaddr=OWN), OTHER, "meant for another server"),
        (request(dhcp.DECLINE, {opt.REQUESTED_ADDRESS: OTHER}), BROADCAST_IP, "gives back what the port has not"),
        (request(dhcp.RELEASE, ciaddr=OTHER), SERVER, "gives back what the port has not"),
        (request(dhcp.RELEASE), SERVER, "gives back what the port has not"),
        (request(dhcp.INFORM), BROADCAST_IP, "INFORM without an address"),
        (request(dhcp.OFFER), BROADCAST_IP, "unknown message type"),
        (request(99), BROADCAST_IP, "unknown message type"),
        (Message(op=dhcp.BOOTREQUEST, xid=1, chaddr=MAC), BROADCAST_IP, "unknown message type"),
    ],
)
def test_silence(asked: Message, dst_ip: bytes, why: str) -> None:
    assert answer(asked, dst_ip, CLIENT) == Decision(f"ignored: {why}")


def test_client_identifier_comes_back() -> None:
    """RFC 6842, in ACK and NAK alike."""
    identity = {opt.CLIENT_ID: b"\x01" + MAC}
    for extra in (OWN, OTHER):
        asked = request(dhcp.REQUEST, {**identity, opt.REQUESTED_ADDRESS: extra})
        assert told(answer(asked, BROADCAST_IP, CLIENT)).options[opt.CLIENT_ID] == b"\x01" + MAC


@pytest.mark.parametrize(("wish", "lease"), [(60, 60), (999_999, 3600), (0, 3600)])
def test_a_client_may_ask_for_a_shorter_lease(wish: int, lease: int) -> None:
    decision = answer(request(dhcp.DISCOVER, {opt.LEASE_TIME: opt.seconds(wish)}), BROADCAST_IP, CLIENT)
    assert told(decision).options[opt.LEASE_TIME] == opt.seconds(lease)


def test_max_message_size_is_kept() -> None:
    many = replace(SUBNET, routes=tuple((f"10.{number}.0.0/16", "10.1.0.254") for number in range(2, 152)))
    client = Client(MAC, BINDING, many)
    small = answer(request(dhcp.DISCOVER, ALL_ASKED), BROADCAST_IP, client)
    large = answer(
        request(dhcp.DISCOVER, {**ALL_ASKED, opt.MAX_MESSAGE_SIZE: (4000).to_bytes(2)}), BROADCAST_IP, client
    )
    assert small.reply is not None
    assert large.reply is not None
    assert len(small.reply.payload) <= 576 - 28
    assert opt.CLASSLESS_ROUTES not in told(small).options
    assert len(opt.parse_classless_routes(told(large).options[opt.CLASSLESS_ROUTES])) == 151
