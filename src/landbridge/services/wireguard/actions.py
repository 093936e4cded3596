"""WireGuard connections: the vrouter's end of tunnels.  They are not ZStack's."""

from ipaddress import IPv4Interface
from typing import Annotated

from landbridge.core import vips, x25519
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.tunnels import require_apart
from landbridge.core.uses import VipUse
from landbridge.core.view import Tx
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.errors import argerr
from landbridge.services.wireguard.documents import WIREGUARD, WireGuardConnection, WireGuardPeer

_PACKAGE = "org.landbridge"
_PATH = "/wireguard-connections"
DEFAULT_PORT = 51820
NAME = "wireguard"
USE = VipUse("WireGuard")


class CreateWireGuardConnection(CreateRequest, kw_only=True):
    """Let peers reach subnets through a UDP port of a VIP."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    vip_uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    l3_network_uuids: Annotated[list[str], P(help="the subnets", ref="L3NetworkVO", nonempty=True)]
    listen_port: Annotated[int, P(help="the UDP port", low=1, high=vips.LAST_PORT)] = DEFAULT_PORT
    address: Annotated[str | None, P(help="of the vrouter in the tunnel, with prefix: 10.99.0.1/24")] = None
    private_key: Annotated[str | None, P(help="Base64; a new one is made", secret=True)] = None


class UpdateWireGuardConnection(Request, kw_only=True):
    """Change the name, the description, the subnets or the tunnel address of a connection."""

    uuid: Annotated[str, P(help="the connection", ref=WIREGUARD.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    l3_network_uuids: Annotated[list[str] | None, P(help="all its subnets", ref="L3NetworkVO", nonempty=True)] = None
    address: Annotated[str | None, P(help="of the vrouter in the tunnel, with prefix")] = None


class ChangeWireGuardConnectionState(Request, kw_only=True):
    """Enable or disable a connection; a disabled one does not listen."""

    uuid: Annotated[str, P(help="the connection", ref=WIREGUARD.vo)]
    state_event: Annotated[str, P(help="enable or disable", values=("enable", "disable"))]


class DeleteWireGuardConnection(DeleteRequest, kw_only=True):
    """Delete a connection and its peers."""


def create(ctx: Context, req: CreateWireGuardConnection) -> Outcome:
    """SYS.1006 when the port is taken, or the subnets are on another vrouter than the VIP."""
    tx = ctx.tx
    vip = tx.need(Vip, req.vip_uuid)
    vips.require_enabled(vip)
    if req.private_key is not None and not x25519.is_key(req.private_key):
        raise argerr("privateKey is not 32 bytes in Base64, as `wg genkey` makes them")
    private = req.private_key or x25519.encoded(bytes.fromhex(tx.new_uuid() + tx.new_uuid()))
    made = WireGuardConnection(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        vip_uuid=vip.uuid,
        vip_ip=vip.ip,
        listen_port=req.listen_port,
        private_key=private,
        public_key=x25519.public_of(private),
        l3_network_uuids=_subnets(tx, req.l3_network_uuids),
        address=_address(req.address),
    )
    tx.put(made)
    vips.use(tx, vip.uuid, made.uuid, USE, made.l3_network_uuids)
    vips.take_ports(tx, vip.uuid, made.uuid, vips.Ports(vips.UDP, made.listen_port, made.listen_port))
    return at_vip(tx, vip.uuid, (WIREGUARD, made.uuid))


def update(ctx: Context, req: UpdateWireGuardConnection) -> Outcome:
    """Absent parameters stay as they are."""
    tx = ctx.tx
    found = tx.need(WireGuardConnection, req.uuid)
    rename(found, req)
    if req.l3_network_uuids is not None:
        found.l3_network_uuids = _subnets(tx, req.l3_network_uuids)
        for peer in tx.find(WireGuardPeer, connection_uuid=found.uuid):
            require_apart(tx, peer.allowed_cidrs, found.l3_network_uuids, "allowedCidrs", NAME)
        vips.serve(tx, found.vip_uuid, found.uuid, found.l3_network_uuids)
    if req.address is not None:
        found.address = _address(req.address)
    tx.put(found)
    return at_vip(tx, found.vip_uuid, (WIREGUARD, found.uuid))


def change_state(ctx: Context, req: ChangeWireGuardConnectionState) -> Outcome:
    """It keeps its port and its peers."""
    found = ctx.tx.need(WireGuardConnection, req.uuid)
    found.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(found)
    return at_vip(ctx.tx, found.vip_uuid, (WIREGUARD, found.uuid))


def delete(ctx: Context, req: DeleteWireGuardConnection) -> Outcome:
    """The job ends when the vrouter no longer listens."""
    found = ctx.tx.need(WireGuardConnection, req.uuid)
    router = vips.router_for(ctx.tx, ctx.tx.need(Vip, found.vip_uuid))
    _remove(ctx.tx, found)
    return at_router(ctx.tx, router)


def vip_goes(tx: Tx, vip: Vip) -> None:
    """With the connections on it."""
    for found in tx.find(WireGuardConnection, vip_uuid=vip.uuid):
        _remove(tx, found)


def _remove(tx: Tx, found: WireGuardConnection) -> None:
    vips.leave(tx, found.vip_uuid, found.uuid)
    for peer in tx.find(WireGuardPeer, connection_uuid=found.uuid):
        tx.delete(peer)
    tx.delete(found)


def _subnets(tx: Tx, uuids: list[str]) -> tuple[str, ...]:
    for uuid in uuids:
        l3 = tx.need(L3Network, uuid)
        if l3.type != "L3VpcNetwork":
            raise argerr(f"L3 network[uuid:{l3.uuid}, name:{l3.name}] is no VPC subnet: a vrouter does not route it")
    return tuple(dict.fromkeys(uuids))


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        if "/" not in text:
            raise ValueError
        return str(IPv4Interface(text))
    except ValueError:
        raise argerr(f"address[{text}] is not an IPv4 address with its prefix, like 10.99.0.1/24") from None


ACTIONS = (
    action("CreateWireGuardConnection", "POST", _PATH, create, CreateWireGuardConnection,
           message=f"{_PACKAGE}.APICreateWireGuardConnectionMsg", kind=WIREGUARD),
    action("UpdateWireGuardConnection", "PUT", f"{_PATH}/{{uuid}}/actions", update, UpdateWireGuardConnection,
           message=f"{_PACKAGE}.APIUpdateWireGuardConnectionMsg", kind=WIREGUARD),
    action("ChangeWireGuardConnectionState", "PUT", f"{_PATH}/{{uuid}}/actions", change_state,
           ChangeWireGuardConnectionState, message=f"{_PACKAGE}.APIChangeWireGuardConnectionStateMsg",
           kind=WIREGUARD),
    action("DeleteWireGuardConnection", "DELETE", f"{_PATH}/{{uuid}}", delete, DeleteWireGuardConnection,
           message=f"{_PACKAGE}.APIDeleteWireGuardConnectionMsg", result="none", absent_ok=("uuid", WIREGUARD.vo)),
    query("QueryWireGuardConnection", _PATH, WIREGUARD, message=f"{_PACKAGE}.APIQueryWireGuardConnectionMsg",
          help="Find WireGuard connections."),
)  # fmt: skip
