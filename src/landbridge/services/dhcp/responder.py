"""What one DHCP request from one VM port gets: a pure decision (RFC 2131 section 4.3).

Addresses are fixed by the server's database, so there is no pool: a port either asks for
what is its own, or hears NAK.  The port that the frame came from is the identity; a client
cannot become someone else by claiming another hardware address.
"""

from dataclasses import dataclass

from landbridge.model.node import DhcpBinding, DhcpSubnet
from landbridge.services.dhcp import message as dhcp
from landbridge.services.dhcp import options as opt
from landbridge.services.dhcp.message import ZERO, Message, encode

BROADCAST_IP = b"\xff\xff\xff\xff"
BROADCAST_MAC = b"\xff\xff\xff\xff\xff\xff"

_DEFAULT_PARAMETERS = (
    opt.SUBNET_MASK,
    opt.CLASSLESS_ROUTES,
    opt.ROUTER,
    opt.DNS_SERVERS,
    opt.HOST_NAME,
    opt.DOMAIN_NAME,
    opt.INTERFACE_MTU,
)
"""For a client that does not say what it wants."""


@dataclass(frozen=True, slots=True)
class Client:
    """The port a request came from: its MAC and what it is told."""

    mac: bytes
    binding: DhcpBinding
    subnet: DhcpSubnet


@dataclass(frozen=True, slots=True)
class Reply:
    """A message and where it goes.  `dst_mac` and `dst_ip` are raw bytes."""

    payload: bytes
    dst_mac: bytes
    dst_ip: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """`event` for the lease record and counters; `reply` to send, if any.

    event: offer, ack, nak, inform, decline, release, or `ignored: <why>`.
    """

    event: str
    reply: Reply | None = None
    lease_seconds: int = 0


def answer(request: Message, dst_ip: bytes, client: Client) -> Decision:
    """Decide on a request that arrived with the IP destination `dst_ip`."""
    own = opt.address(client.binding.ip)
    server = opt.address(client.subnet.server_ip)
    chosen_server = request.options.get(opt.SERVER_ID)
    if request.op != dhcp.BOOTREQUEST:
        return Decision("ignored: not a request")
    if request.chaddr != client.mac:
        return Decision("ignored: hardware address is not the port's")
    if request.giaddr != ZERO:
        return Decision("ignored: a VM may not relay")
    if dst_ip not in (BROADCAST_IP, server) or chosen_server not in (None, server):
        return Decision("ignored: meant for another server")

    # RFC 2131 tables 4 and 5: SELECTING, INIT-REBOOT and DECLINE name the address in option 50, RENEWING,
    # REBINDING and RELEASE in ciaddr.  All get the same test.
    named = request.options.get(opt.REQUESTED_ADDRESS) or request.ciaddr
    match request.type:
        case dhcp.DISCOVER:
            return _grant(dhcp.OFFER, "offer", request, client)
        case dhcp.REQUEST:
            if named != own:
                return _refuse(request, client)
            return _grant(dhcp.ACK, "ack", request, client)
        case dhcp.INFORM:
            return _inform(request, client)
        case dhcp.DECLINE | dhcp.RELEASE if named != own:
            return Decision("ignored: gives back what the port has not")
        case dhcp.DECLINE:
            return Decision("decline")
        case dhcp.RELEASE:
            return Decision("release")
        case _:
            return Decision("ignored: unknown message type")


def _grant(type_: int, event: str, request: Message, client: Client) -> Decision:
    """OFFER or ACK with the port's address; a client may ask for a shorter lease."""
    lease = client.subnet.lease_seconds
    wish = request.options.get(opt.LEASE_TIME, b"")
    if len(wish) == 4 and wish != ZERO:
        lease = min(lease, int.from_bytes(wish))
    options = {
        opt.MESSAGE_TYPE: bytes((type_,)),
        opt.SERVER_ID: opt.address(client.subnet.server_ip),
        opt.LEASE_TIME: opt.seconds(lease),
        opt.RENEWAL_TIME: opt.seconds(lease // 2),
        opt.REBINDING_TIME: opt.seconds(lease * 7 // 8),
        **_identity(request),
        **_parameters(request, client),
    }
    own = opt.address(client.binding.ip)
    reply = Message(
        op=dhcp.BOOTREPLY,
        xid=request.xid,
        chaddr=request.chaddr,
        flags=request.flags,
        ciaddr=request.ciaddr if type_ == dhcp.ACK else ZERO,
        yiaddr=own,
        options=options,
    )
    if request.ciaddr != ZERO:
        target = (request.chaddr, request.ciaddr)
    elif request.flags & dhcp.BROADCAST_FLAG:
        target = (BROADCAST_MAC, BROADCAST_IP)
    else:
        target = (request.chaddr, own)
    return Decision(event, Reply(encode(reply, _max_payload(request)), *target), lease)


def _inform(request: Message, client: Client) -> Decision:
    """Parameters for a client that has an address already: no lease, no yiaddr (section 4.3.5)."""
    if request.ciaddr == ZERO:
        return Decision("ignored: INFORM without an address")
    options = {
        opt.MESSAGE_TYPE: bytes((dhcp.ACK,)),
        opt.SERVER_ID: opt.address(client.subnet.server_ip),
        **_identity(request),
        **_parameters(request, client),
    }
    reply = Message(
        op=dhcp.BOOTREPLY,
        xid=request.xid,
        chaddr=request.chaddr,
        flags=request.flags,
        ciaddr=request.ciaddr,
        options=options,
    )
    return Decision("inform", Reply(encode(reply, _max_payload(request)), request.chaddr, request.ciaddr))


def _refuse(request: Message, client: Client) -> Decision:
    """NAK, always broadcast: the address that the client believes in is not to be trusted."""
    options = {
        opt.MESSAGE_TYPE: bytes((dhcp.NAK,)),
        opt.SERVER_ID: opt.address(client.subnet.server_ip),
        **_identity(request),
        opt.ERROR_TEXT: f"this port has {client.binding.ip}".encode(),
    }
    reply = Message(op=dhcp.BOOTREPLY, xid=request.xid, chaddr=request.chaddr, flags=request.flags, options=options)
    return Decision("nak", Reply(encode(reply, _max_payload(request)), BROADCAST_MAC, BROADCAST_IP))


def _identity(request: Message) -> dict[int, bytes]:
    """The client identifier comes back unchanged (RFC 6842)."""
    value = request.options.get(opt.CLIENT_ID)
    return {} if value is None else {opt.CLIENT_ID: value}


def _max_payload(request: Message) -> int:
    """UDP payload that the client accepts: option 57 less IP and UDP headers, at least 548."""
    value = request.options.get(opt.MAX_MESSAGE_SIZE, b"")
    size = int.from_bytes(value) if len(value) == 2 else 0
    return max(size, 576) - 28


def _parameters(request: Message, client: Client) -> dict[int, bytes]:
    """The configuration options that the client asked for, in its order of preference."""
    offered = _offered(client)
    asked = request.options.get(opt.PARAMETER_LIST, bytes(_DEFAULT_PARAMETERS))
    wanted = [code for code in dict.fromkeys(asked) if code in offered]
    if opt.CLASSLESS_ROUTES in wanted and opt.ROUTER in wanted:
        # Routes before the router, so that the last to be cut off is what old clients use.
        wanted.remove(opt.CLASSLESS_ROUTES)
        wanted.insert(wanted.index(opt.ROUTER) + 1, opt.CLASSLESS_ROUTES)
    if opt.SUBNET_MASK in wanted:
        # RFC 2132 section 3.3: the mask precedes the router.
        wanted.remove(opt.SUBNET_MASK)
        wanted.insert(0, opt.SUBNET_MASK)
    return {code: offered[code] for code in wanted}


def _offered(client: Client) -> dict[int, bytes]:
    """Everything this port could be told."""
    subnet, binding = client.subnet, client.binding
    routes = list(subnet.routes)
    offered = {
        opt.SUBNET_MASK: opt.mask(subnet.prefix_len),
        opt.INTERFACE_MTU: subnet.mtu.to_bytes(2),
    }
    if binding.default and subnet.gateway:
        offered[opt.ROUTER] = opt.address(subnet.gateway)
        # A client that takes option 121 ignores option 3 (RFC 3442), so the default route is in it.
        if not any(destination == "0.0.0.0/0" for destination, _ in routes):
            routes.append(("0.0.0.0/0", subnet.gateway))
    if routes:
        offered[opt.CLASSLESS_ROUTES] = offered[opt.MICROSOFT_ROUTES] = opt.classless_routes(routes)
    if subnet.dns:
        offered[opt.DNS_SERVERS] = opt.addresses(subnet.dns)
    if binding.hostname:
        offered[opt.HOST_NAME] = binding.hostname.encode()
    if subnet.domain:
        offered[opt.DOMAIN_NAME] = subnet.domain.encode()
    return offered
