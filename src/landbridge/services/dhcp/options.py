"""DHCP option codes and how their values are spelt (RFC 2132, RFC 3442)."""

import struct
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

SUBNET_MASK = 1
ROUTER = 3
DNS_SERVERS = 6
HOST_NAME = 12
DOMAIN_NAME = 15
INTERFACE_MTU = 26
REQUESTED_ADDRESS = 50
LEASE_TIME = 51
MESSAGE_TYPE = 53
SERVER_ID = 54
PARAMETER_LIST = 55
ERROR_TEXT = 56
MAX_MESSAGE_SIZE = 57
RENEWAL_TIME = 58
REBINDING_TIME = 59
CLIENT_ID = 61
CLASSLESS_ROUTES = 121
MICROSOFT_ROUTES = 249
"""The same value as 121 under the number that older Windows asks for."""

_REMEMBERED = 4096
"""Spellings kept: parsing addresses would be half of the work of an answer."""


@lru_cache(_REMEMBERED)
def address(text: str) -> bytes:
    """One IPv4 address."""
    return IPv4Address(text).packed


def addresses(texts: Iterable[str]) -> bytes:
    """IPv4 addresses one after the other."""
    return b"".join(address(text) for text in texts)


def seconds(value: int) -> bytes:
    """A duration."""
    return struct.pack("!I", value)


@lru_cache(33)
def mask(prefix_len: int) -> bytes:
    """The netmask of a prefix length."""
    return IPv4Network((0, prefix_len)).netmask.packed


def classless_routes(routes: Iterable[tuple[str, str]]) -> bytes:
    """Routes (destination CIDR, next hop): width, significant octets, next hop (RFC 3442)."""
    return b"".join(_route(destination, via) for destination, via in routes)


@lru_cache(_REMEMBERED)
def _route(destination: str, via: str) -> bytes:
    network = IPv4Network(destination)
    significant = (network.prefixlen + 7) // 8
    return bytes((network.prefixlen,)) + network.network_address.packed[:significant] + address(via)


def parse_classless_routes(value: bytes) -> list[tuple[str, str]]:
    """Inverse of `classless_routes`.

    Raises:
        ValueError: a width above 32 or a value cut off.
    """
    routes = []
    at = 0
    while at < len(value):
        width = value[at]
        significant = (width + 7) // 8
        end = at + 1 + significant + 4
        if width > 32 or end > len(value):
            raise ValueError("classless routes are cut off")
        destination = value[at + 1 : at + 1 + significant].ljust(4, b"\0")
        routes.append((str(IPv4Network((destination, width))), str(IPv4Address(value[end - 4 : end]))))
        at = end
    return routes
