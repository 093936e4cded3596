"""IPv4 addresses of interfaces, by the thousand."""

import errno
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv4Interface

from landbridge.drivers.netlink import NLM_F_CREATE, NLM_F_REPLACE, Netlink, Request, attribute, attributes

RTM_GETADDR = 22
IFADDR = struct.Struct("=BBBBI")
"""ifaddrmsg: family, prefix length, flags, scope, interface index."""
RTM_NEWADDR, RTM_DELADDR = 20, 21
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST = 1, 2, 4


def get_addresses(family: int) -> Request:
    """Ask for all addresses of a family."""
    return Request(RTM_GETADDR, 0, IFADDR.pack(family, 0, 0, 0, 0))


def ipv4_addresses(netlink: Netlink) -> Iterator[tuple[int, str]]:
    """Interface index and address with prefix length, primary addresses before secondary ones."""
    for _, body in netlink.dump(get_addresses(socket.AF_INET)):
        _, prefix_len, _, _, index = IFADDR.unpack_from(body)
        data = attributes(body, IFADDR.size)
        # On a point-to-point link IFA_ADDRESS is the other end.
        own = data.get(_IFA_LOCAL) or data[_IFA_ADDRESS]
        yield index, f"{socket.inet_ntoa(own)}/{prefix_len}"


def put_address(link: int, address: IPv4Interface) -> Request:
    """Give an interface an address; one that it has already is fine."""
    broadcast = attribute(_IFA_BROADCAST, address.network.broadcast_address.packed)
    return Request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, _address(link, address) + broadcast)


def delete_address(link: int, address: IPv4Interface) -> Request:
    """Take an address from an interface; absent is fine."""
    return Request(RTM_DELADDR, 0, _address(link, address), frozenset({errno.EADDRNOTAVAIL}))


def _address(link: int, address: IPv4Interface) -> bytes:
    own = address.ip.packed
    header = IFADDR.pack(socket.AF_INET, address.network.prefixlen, 0, 0, link)
    return header + attribute(_IFA_LOCAL, own) + attribute(_IFA_ADDRESS, own)
