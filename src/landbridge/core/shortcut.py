"""Shortcuts past a router: what one is, and which packets take it.

`shortcut_applies` is the rule by which the program at a port (bpf/lib/shortcut.h) decides, in words that a
person can follow; a test holds them together.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

ETHERNET_BYTES = 14
SIGNALLING = 253
"""IP protocol number: RFC 3692, experimentation."""


@dataclass(frozen=True, slots=True)
class ShortcutKey:
    """Frames of machines in a network (`net_id`) to a router's MAC there, for one destination address."""

    net_id: int
    router_mac: str
    destination: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Where the packets go instead.

    expires          boot clock, ns: from then on it does not apply
    ifindex          of the VXLAN device of the destination's network, or of the destination's own port
    local            the destination is on this host
    prefix           the source must lie in it
    mtu              of the path: largest IP packet, in bytes
    destination_mac  of the destination
    source_mac       of the frames: the host's shortcut MAC; local: the router's in the destination's network

    The rest is for the agent, which finds it again when it starts anew:

    router           number of the vrouter; `router_ip`: its address in the senders' network
    epoch            of the router's routes
    generation       of the destination's port
    egress_net_id    of the destination's network, with its `vni`, the UDP `port` of its tunnels
    router_mac       of the router in that network
    vtep             of the destination's host
    """

    expires: int
    ifindex: int
    prefix: IPv4Network | IPv6Network
    mtu: int
    destination_mac: str
    source_mac: str
    local: bool
    router: int
    router_ip: str
    epoch: int
    generation: int
    egress_net_id: int
    vni: int
    port: int
    router_mac: str
    vtep: str


@dataclass(frozen=True, slots=True)
class Packet:
    """An IP packet that a machine's port has let pass, as far as shortcuts care.

    plain   IPv4 without options or IPv6 without extension headers, and no fragment
    length  of the IP packet; of the longest, where the kernel is yet to cut it
    """

    net_id: int
    destination_mac: str
    source: str
    destination: str
    hop_limit: int
    length: int
    plain: bool = True
    protocol: int = 17

    @property
    def key(self) -> ShortcutKey:
        """Under which its shortcut is found."""
        return ShortcutKey(self.net_id, self.destination_mac, self.destination)


def shortcut_applies(key: ShortcutKey, shortcut: Shortcut, packet: Packet, now: int) -> bool:
    """Whether a packet takes a shortcut; else it goes to the router.  `now`: boot clock, ns."""
    return (
        key == packet.key
        and now < shortcut.expires
        and ip_address(packet.source) in shortcut.prefix
        and packet.plain
        and packet.protocol != SIGNALLING
        and packet.hop_limit > 1
        and packet.length <= shortcut.mtu
    )
