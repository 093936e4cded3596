"""What a port may send from: addresses and the MACs that go with them (bpf/lib/guard.h)."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

from landbridge.model.node import AddressPair, Port

Network = IPv4Network | IPv6Network
Sources = tuple[tuple[str, tuple[str, ...]], ...]
"""Prefix -> MACs, both sorted.  The longest prefix that contains an address decides alone."""


def sources(port: Port) -> Sources:
    """Everything a guarded port may use; a vrouter's own port is not asked."""
    allowed: dict[Network, set[str]] = {}
    own = [AddressPair(ip=address) for address in (*port.addresses, link_local(port.mac))]
    for pair in (*own, *port.pairs):
        allowed.setdefault(ip_network(pair.ip, strict=False), set()).add(pair.mac or port.mac)
    # As only the longest match is looked at, a prefix has what wider ones have, too.
    found = []
    for prefix in sorted(allowed, key=lambda prefix: (prefix.version, prefix)):
        macs = {mac for wider, those in allowed.items() if _covers(wider, prefix) for mac in those}
        found.append((str(prefix), tuple(sorted(macs))))
    return tuple(found)


def extra_macs(port: Port) -> tuple[str, ...]:
    """MACs besides its own under which a port is reached."""
    return tuple(sorted({pair.mac for pair in port.pairs if pair.mac} - {port.mac}))


def link_local(mac: str) -> str:
    """The IPv6 link-local address that a MAC gives (RFC 4291 appendix A)."""
    raw = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes((raw[0] ^ 2, raw[1], raw[2], 0xFF, 0xFE, raw[3], raw[4], raw[5]))
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + identifier))


def _covers(wider: Network, prefix: Network) -> bool:
    return wider.version == prefix.version and prefix.subnet_of(wider)  # type: ignore[arg-type]  # same version
