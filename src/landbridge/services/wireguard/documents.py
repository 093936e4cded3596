"""WireGuard: tunnels that end on a VIP, and who may use them."""

from landbridge.model.documents.vip import Vip
from landbridge.model.resource import Kind, Ref, Relation, Resource


class WireGuardConnection(Resource, kw_only=True):
    """A WireGuard interface on a vrouter, reached at a UDP port of a VIP.

    address   of the vrouter inside the tunnel, with prefix length; None: it needs none
    l3_network_uuids  subnets that peers reach, and that reach them
    """

    name: str
    vip_uuid: str
    vip_ip: str
    listen_port: int
    private_key: str
    public_key: str
    l3_network_uuids: tuple[str, ...]
    description: str | None = None
    address: str | None = None
    state: str = "Enabled"


class WireGuardPeer(Resource, kw_only=True):
    """The other end of a tunnel: a site, which has an endpoint, or somebody on the road, who comes to us."""

    name: str
    connection_uuid: str
    public_key: str
    allowed_cidrs: tuple[str, ...]
    description: str | None = None
    preshared_key: str | None = None
    endpoint: str | None = None
    persistent_keepalive: int | None = None
    state: str = "Enabled"


WIREGUARD = Kind(
    vo="WireGuardConnectionVO",
    doc=WireGuardConnection,
    java="org.landbridge.WireGuardConnectionInventory",
    indexes=("name", "vipUuid"),
    internal=frozenset({"privateKey"}),
    refs=(Ref("vipUuid", Vip, "ignore"),),
    relations={
        "vip": Relation("VipVO", "vipUuid", "uuid"),
        "peers": Relation("WireGuardPeerVO", "uuid", "connectionUuid", nested=True),
    },
)

WIREGUARD_PEER = Kind(
    vo="WireGuardPeerVO",
    doc=WireGuardPeer,
    java="org.landbridge.WireGuardPeerInventory",
    indexes=("name", "connectionUuid"),
    internal=frozenset({"presharedKey"}),
    refs=(Ref("connectionUuid", WireGuardConnection, "ignore"),),
    relations={"connection": Relation("WireGuardConnectionVO", "connectionUuid", "uuid")},
    within="connectionUuid",
)

KINDS = (WIREGUARD, WIREGUARD_PEER)
