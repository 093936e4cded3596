"""The addresses of this host's interfaces."""

import socket
import struct
from collections.abc import Iterator

from landbridge.drivers.netlink import Netlink, Request, attributes

RTM_GETADDR = 22
IFADDR = struct.Struct("=BBBBI")
"""ifaddrmsg: family, prefix length, flags, scope, interface index."""
_IFA_ADDRESS, _IFA_LOCAL = 1, 2


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
