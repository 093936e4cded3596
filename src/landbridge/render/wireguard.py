"""A vrouter's WireGuard tunnels: node objects -> what `wg setconf` reads (wg(8))."""

from landbridge.model.router_node import TunnelPeer, WireGuard

MTU = 1420
"""1500 less IPv6, UDP and WireGuard's own header (40 + 8 + 32): what every WireGuard takes."""


def config(tunnel: WireGuard) -> str:
    """Interface and peers; private, it holds keys."""
    lines = ["[Interface]", f"PrivateKey = {tunnel.private_key}", f"ListenPort = {tunnel.port}"]
    for peer in tunnel.peers:
        lines += _peer(peer)
    return "\n".join(lines) + "\n"


def routes(tunnel: WireGuard) -> frozenset[str]:
    """Networks that lie behind the tunnel."""
    return frozenset(cidr for peer in tunnel.peers for cidr in peer.allowed)


def _peer(peer: TunnelPeer) -> list[str]:
    lines = ["[Peer]", f"PublicKey = {peer.public_key}", f"AllowedIPs = {', '.join(peer.allowed)}"]
    if peer.preshared_key is not None:
        lines.append(f"PresharedKey = {peer.preshared_key}")
    if peer.endpoint is not None:
        lines.append(f"Endpoint = {peer.endpoint}")
    if peer.keepalive:
        lines.append(f"PersistentKeepalive = {peer.keepalive}")
    return lines
