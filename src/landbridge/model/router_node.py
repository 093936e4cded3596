"""What a vrouter does: the node objects of scopes `router:<uuid>`, see `model.node`."""

from typing import Literal, NamedTuple

import msgspec

from landbridge.model.node_object import NodeObject


def interface_of(device_id: int) -> str:
    """The name inside the vrouter of the interface of a NIC."""
    return f"eth{device_id}"


class RouterLeg(NodeObject, tag="leg", frozen=True, kw_only=True):
    """Key `leg/<nic uuid>`, scope `router:`.  An interface inside the vrouter."""

    nic_uuid: str
    l3_uuid: str
    device_id: int
    mac: str
    role: Literal["public", "management", "guest"]
    addresses: tuple[str, ...]
    """With prefix length, the primary one first."""
    mtu: int
    gateway: str | None = None
    """Of a public network."""


class RouterRoute(NodeObject, tag="route", frozen=True, kw_only=True):
    """Key `route/<router uuid>/<destination>/<distance>`.  A static route; no `via` = black hole."""

    destination: str
    via: str | None
    distance: int


class StaticRoute(NamedTuple):
    """An entry of a route table; no `via`: a black hole."""

    destination: str
    via: str | None
    distance: int


class StaticRoutes(NodeObject, tag="routes", frozen=True, kw_only=True):
    """Key `routes/<router uuid>/<bucket>`.  A part of the vrouter's route table.

    Of several for one destination those with the smallest distance count; a next hop that is in no network of the
    vrouter waits until it is.
    """

    routes: tuple[StaticRoute, ...]


Stretches = tuple[tuple[int, int], ...]
"""First and last port of each; none: any."""


class PolicyRule(NamedTuple):
    """Packets that come by the leg of `nic_uuid` and have all of what is given (empty: any) look into a table."""

    number: int
    nic_uuid: str
    table: int
    source: str = ""
    destination: str = ""
    protocol: str = ""
    source_ports: Stretches = ()
    destination_ports: Stretches = ()


class PolicyTable(NamedTuple):
    """A table that rules lead to."""

    number: int
    routes: tuple[StaticRoute, ...]


class PolicyRoutes(NodeObject, tag="policies", frozen=True, kw_only=True):
    """Key `policies/<router uuid>`.  Rules, the smallest number first; what finds no route in a table goes on."""

    rules: tuple[PolicyRule, ...]
    tables: tuple[PolicyTable, ...]


class SourceNat(NodeObject, tag="snat", frozen=True, kw_only=True):
    """Key `snat/<router uuid>/<public l3 uuid>/<guest l3 uuid>`.

    Packets from `source` leaving by the leg of `out_nic_uuid` get `to_ip`.
    """

    source: str
    out_nic_uuid: str
    to_ip: str


class DnsForwarder(NodeObject, tag="dns", frozen=True, kw_only=True):
    """Key `dns/<router uuid>`.  The resolver on the guest legs' addresses."""

    listen: tuple[str, ...]
    upstreams: tuple[str, ...]


class VipAddress(NodeObject, tag="vip", frozen=True, kw_only=True):
    """Key `vip/<vip uuid>`.  An address besides the leg's own, for which the vrouter answers."""

    nic_uuid: str
    ip: str


class StaticNat(NodeObject, tag="eip", frozen=True, kw_only=True):
    """Key `eip/<eip uuid>`.  `vip_ip` is the machine at `guest_ip`, seen through the leg of `out_nic_uuid`."""

    vip_ip: str
    guest_ip: str
    out_nic_uuid: str


class PortForward(NodeObject, tag="forward", frozen=True, kw_only=True):
    """Key `forward/<rule uuid>`.  Ports `first` to `last` of a VIP are those from `guest_first` on of a machine.

    allowed  CIDR of who may come; None: everybody
    """

    vip_ip: str
    protocol: Literal["TCP", "UDP"]
    first: int
    last: int
    guest_ip: str
    guest_first: int
    allowed: str | None = None


class Limit(NodeObject, tag="limit", frozen=True, kw_only=True):
    """Key `limit/<uuid>`.  A VIP of the leg of `nic_uuid`, or one port of it, carries no more than so much.

    number   small, unique among the limits of the VIP's network
    port     None: the VIP as a whole
    inbound  bits per second towards the VIP, `outbound` from it; None: not limited by itself
    shared   number of the `SharedLimit` that the VIP is in
    """

    number: int
    nic_uuid: str
    vip_ip: str
    port: int | None = None
    inbound: int | None = None
    outbound: int | None = None
    shared: int | None = None


class SharedLimit(NodeObject, tag="sharedLimit", frozen=True, kw_only=True):
    """Key `shared-limit/<uuid>`.  Several VIPs of the leg of `nic_uuid` together: bits per second each way."""

    number: int
    nic_uuid: str
    bandwidth: int


class DnsName(NodeObject, tag="dnsName", frozen=True, kw_only=True):
    """Key `name/<nic uuid>`.  What the forwarder answers of a VM itself: name and reverse."""

    hostname: str
    domain: str
    ip: str


class TunnelPeer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Who may use a WireGuard tunnel.  `endpoint`: address and port; `keepalive`: seconds, 0: none."""

    public_key: str
    allowed: tuple[str, ...]
    preshared_key: str | None = None
    endpoint: str | None = None
    keepalive: int = 0


class WireGuard(NodeObject, tag="wireguard", frozen=True, kw_only=True):
    """Key `wireguard/<uuid>`.  A tunnel whose packets come to a UDP port of a VIP.

    interface  its name, unique on the host
    networks   CIDRs of the subnets that it reaches
    """

    interface: str
    vip_ip: str
    port: int
    private_key: str
    networks: tuple[str, ...]
    peers: tuple[TunnelPeer, ...]
    address: str | None = None


class IpsecTunnel(NodeObject, tag="ipsec", frozen=True, kw_only=True):
    """Key `ipsec/<connection uuid>`.  What goes between `local` and `remote` CIDRs goes to the peer, encrypted.

    uuid         of the connection
    vip_ip       our end, on a leg of the vrouter
    generation   another one: begin anew, even if nothing else is different
    ike_*        phase 1, `esp_*`: phase 2; algorithms in the API's words, `ike_group` and `esp_group` by their
                 numbers in RFC 8247 section 2.4 (None: no fresh key exchange for phase 2), lifetimes in seconds
    """

    uuid: str
    vip_ip: str
    peer_ip: str
    local_id: str
    remote_id: str
    psk: str
    generation: int
    version: Literal["ike", "ikev1", "ikev2"]
    ike_encryption: str
    ike_integrity: str
    ike_group: int
    ike_seconds: int
    esp_encryption: str
    esp_integrity: str
    esp_group: int | None
    esp_seconds: int
    local: tuple[str, ...]
    remote: tuple[str, ...]
