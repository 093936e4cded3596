"""IPsec connections: site to site, between subnets behind a VIP and CIDRs behind a peer."""

from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vip import Vip
from landbridge.model.resource import Kind, Ref, Relation, Resource


class IpsecConnection(Resource, kw_only=True):
    """A tunnel's two ends and what is proposed for it.

    auth_key       the pre-shared key; never in an answer
    ike_*          phase 1, `policy_*`, `pfs`: phase 2, in the API's words (`proposals` has them)
    ike_life_time  and `life_time`: seconds, at the latest after which keys are made anew
    status         up or down, as its vrouter's host has said last; `status_reason`: why it is down, if that is known
    status_host    that host, as long as it has it
    generation     goes up when a user wants it to begin anew
    """

    name: str
    vip_uuid: str
    peer_address: str
    auth_key: str
    description: str | None = None
    auth_mode: str = "psk"
    ike_auth_algorithm: str = "sha256"
    ike_encryption_algorithm: str = "aes-256"
    ike_dh_group: int = 2
    policy_auth_algorithm: str = "sha256"
    policy_encryption_algorithm: str = "aes-256"
    pfs: str = "dh-group14"
    policy_mode: str = "tunnel"
    transform_protocol: str = "esp"
    ike_version: str = "ike"
    id_type: str = "ip"
    local_id: str | None = None
    remote_id: str | None = None
    state: str = "Enabled"
    status: str = "down"
    status_reason: str | None = None
    status_host: str | None = None
    ike_life_time: int = 86400
    life_time: int = 3600
    generation: int = 0


class IpsecPeerCidr(Resource, kw_only=True):
    """A network behind the peer."""

    connection_uuid: str
    cidr: str


class IpsecL3Network(Resource, kw_only=True):
    """A network on our side of a connection."""

    connection_uuid: str
    l3_network_uuid: str


_IPSEC = "org.zstack.ipsec"
_CONNECTION = "IPsecConnectionVO"

IPSEC_CONNECTION = Kind(
    vo=_CONNECTION,
    doc=IpsecConnection,
    java=f"{_IPSEC}.IPsecConnectionInventory",
    indexes=("name", "vipUuid", "peerAddress", "status", "statusHost"),
    internal=frozenset({"authKey", "generation", "statusHost"}),
    refs=(Ref("vipUuid", Vip, "ignore"),),
    relations={
        "vip": Relation("VipVO", "vipUuid", "uuid"),
        "peerCidrs": Relation("IPsecPeerCidrVO", "uuid", "connectionUuid", nested=True),
        "l3NetworkRefs": Relation("IPsecL3NetworkRefVO", "uuid", "connectionUuid", nested=True),
    },
)

IPSEC_PEER_CIDR = Kind(
    vo="IPsecPeerCidrVO",
    doc=IpsecPeerCidr,
    java=f"{_IPSEC}.IPsecPeerCidrInventory",
    indexes=("connectionUuid", "cidr"),
    refs=(Ref("connectionUuid", IpsecConnection, "ignore"),),
    relations={"connection": Relation(_CONNECTION, "connectionUuid", "uuid")},
    within="connectionUuid",
)

IPSEC_L3_NETWORK = Kind(
    vo="IPsecL3NetworkRefVO",
    doc=IpsecL3Network,
    java=f"{_IPSEC}.IPsecL3NetworkRefInventory",
    indexes=("connectionUuid", "l3NetworkUuid"),
    refs=(
        Ref("connectionUuid", IpsecConnection, "ignore"),
        Ref("l3NetworkUuid", L3Network, "refuse", "an IPsec connection serves it"),
    ),
    relations={
        "connection": Relation(_CONNECTION, "connectionUuid", "uuid"),
        "l3Network": Relation("L3NetworkVO", "l3NetworkUuid", "uuid"),
    },
    within="connectionUuid",
)

KINDS = (IPSEC_CONNECTION, IPSEC_PEER_CIDR, IPSEC_L3_NETWORK)
