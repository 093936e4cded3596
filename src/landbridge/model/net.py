"""IPv4 and MAC arithmetic, and the constants of the overlay."""

from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError

VXLAN_PORT = 8472
"""UDP port of a pool's tunnels unless it has to be another one (the port the Linux driver made customary)."""

VXLAN_OVERHEAD = 50
"""Bytes that the tunnel adds: inner Ethernet 14, VXLAN 8, UDP 8, outer IPv4 20 (RFC 7348 section 5)."""

NET_ID_MAX = 2**24 - 1
"""Largest `net_id`; six hex digits keep device names short."""

VM_MAC_PREFIX = "fa"
"""First byte of a generated VM MAC."""

DHCP_MAC_PREFIX = "0e:dc"
"""First bytes of a subnet's DHCP server MAC; the network's `net_id` follows."""

SHORTCUT_MAC_PREFIX = "0e:5c"
"""First bytes of the source MAC of a host's frames over shortcuts; the host's number follows."""

RELAY_MAC_PREFIX = "0e:5d"
"""The same, of frames that a host has passed on for a machine that has moved away from it."""

ROUTER_MAC_PREFIX = "0e:52"
"""First bytes of the MAC of a vrouter's NIC: a gateway.  No VM may send with one, guarded or not."""

RESERVED_MAC_PREFIXES = (SHORTCUT_MAC_PREFIX, RELAY_MAC_PREFIX, DHCP_MAC_PREFIX, ROUTER_MAC_PREFIX)
"""The cloud's own (`is_reserved_mac` in bpf/lib/guard.h)."""


def shortcut_mac(host_number: int) -> str:
    """The source MAC of a host's frames over shortcuts; routers' MACs stand there when a machine gets them."""
    return _of_host(SHORTCUT_MAC_PREFIX, host_number)


def relay_mac(host_number: int) -> str:
    """The source MAC of what a host has relayed: such a frame is not relayed again."""
    return _of_host(RELAY_MAC_PREFIX, host_number)


def ip_number(text: str) -> int:
    """An IPv4 address as a number; ValueError when it is none."""
    return int(IPv4Address(text))


def ip_text(number: int) -> str:
    """A number as a dotted IPv4 address."""
    return str(IPv4Address(number))


def is_ipv4(text: str) -> bool:
    """Whether `text` is a dotted IPv4 address."""
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def cidr_or_none(text: str) -> IPv4Network | None:
    """`10.0.0.0/24` as a network, host bits dropped; None when it is no IPv4 CIDR."""
    address, slash, length = text.partition("/")
    if not slash or not length.isdecimal():
        return None
    try:
        return IPv4Network((address, int(length)), strict=False)
    except (AddressValueError, NetmaskValueError):
        return None


def prefix_of(netmask: str) -> int | None:
    """Prefix length of a dotted netmask; None when it is not contiguous, or zero."""
    if not is_ipv4(netmask):
        return None
    bits = f"{ip_number(netmask):032b}"
    prefix = bits.count("1")
    return prefix if prefix and "01" not in bits else None


def dhcp_server_mac(net_id: int) -> str:
    """The MAC from which a network's DHCP server answers, the same on every host."""
    return ":".join([DHCP_MAC_PREFIX, *(f"{byte:02x}" for byte in net_id.to_bytes(4, "big"))])


def _of_host(prefix: str, host_number: int) -> str:
    return ":".join([prefix, *(f"{byte:02x}" for byte in host_number.to_bytes(4, "big"))])
