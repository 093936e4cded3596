"""Frames that tell a whole network where a machine, or an address, is."""

from ipaddress import IPv4Address

from landbridge.drivers.rtnl import mac_bytes

_EVERYBODY = b"\xff" * 6
_ETHERTYPE_ARP, _ETHERTYPE_RARP = b"\x08\x06", b"\x80\x35"
_ETHERNET_IPV4 = b"\x00\x01\x08\x00\x06\x04"
_ARP_REQUEST, _RARP_REQUEST = b"\x00\x01", b"\x00\x03"
_LEAST = 60
"""Bytes of an Ethernet frame."""


def here_is_mac(mac: str) -> bytes:
    """A reverse ARP request (RFC 903), as QEMU sends it after a move: bridges and VXLAN devices learn from it."""
    own = mac_bytes(mac)
    return _padded(own, _ETHERTYPE_RARP, _RARP_REQUEST + own + bytes(4) + own + bytes(4))


def here_is_address(mac: str, address: IPv4Address) -> bytes:
    """An ARP announcement (RFC 5227 section 3): neighbours forget who had the address before.

    The machine itself may hear it while it looks whether its address is free: whoever does that passes over what
    bears its own MAC.
    """
    own, ip = mac_bytes(mac), address.packed
    return _padded(own, _ETHERTYPE_ARP, _ARP_REQUEST + own + ip + bytes(6) + ip)


def _padded(source: bytes, ethertype: bytes, rest: bytes) -> bytes:
    return (_EVERYBODY + source + ethertype + _ETHERNET_IPV4 + rest).ljust(_LEAST, b"\0")
