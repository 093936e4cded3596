"""Why a packet was dropped at a port: numbers shared with `enum drop_reason` in bpf/lib/drops.h."""

from enum import IntEnum


class DropReason(IntEnum):
    """The names are the C ones without `DROP_`; only append."""

    UNKNOWN_PORT = 0
    MALFORMED = 1
    TAGGED = 2
    SIGNALLING = 3
    DHCP_REQUEST = 4
    DHCP_REPLY = 5
    OTHER_MAC = 6
    SOURCE_MAC = 7
    SOURCE_ADDRESS = 8
    ARP_IDENTITY = 9
    ND_IDENTITY = 10
    ROUTER_ADVERTISEMENT = 11
    OTHER_PROTOCOL = 12
    RESERVED_MAC = 13
    EXTENSION_HEADERS = 14
    FRAGMENT = 15
    EGRESS = 16
    INGRESS = 17
    REVOKED = 18
    NO_TABLE = 19
    RATE = 20

    @property
    def sentence(self) -> str:
        """What a person is told."""
        return _SENTENCES[self]


_SENTENCES = {
    DropReason.UNKNOWN_PORT: "the port is not in force",
    DropReason.MALFORMED: "the headers are cut off, or can be read in two ways",
    DropReason.TAGGED: "a VLAN tag on a port without VLANs",
    DropReason.SIGNALLING: "IP protocol 253 is between vrouters and hosts",
    DropReason.DHCP_REQUEST: "a DHCP request: the host itself has answered it",
    DropReason.DHCP_REPLY: "a VM may not be a DHCP server",
    DropReason.OTHER_MAC: "a unicast frame for somebody else",
    DropReason.SOURCE_MAC: "sent with a MAC address that is not the port's",
    DropReason.SOURCE_ADDRESS: "sent with an IP address that is not the port's",
    DropReason.ARP_IDENTITY: "ARP for an address that is not the port's",
    DropReason.ND_IDENTITY: "neighbour discovery for an address that is not the port's",
    DropReason.ROUTER_ADVERTISEMENT: "a VM may not advertise routes",
    DropReason.OTHER_PROTOCOL: "neither IP nor ARP",
    DropReason.RESERVED_MAC: "a MAC address of the cloud itself",
    DropReason.EXTENSION_HEADERS: "too many IPv6 extension headers",
    DropReason.FRAGMENT: "a fragment whose first one has not passed",
    DropReason.EGRESS: "the sender's security groups do not allow it",
    DropReason.INGRESS: "the receiver's security groups do not allow it",
    DropReason.REVOKED: "the security groups no longer allow this connection",
    DropReason.NO_TABLE: "the port has no table for its connections",
    DropReason.RATE: "more than the NIC's bandwidth",
}
