"""What keeps the host's own stack away from tenants: two small nftables tables, as text.

A frame from a VM that is broadcast, or for the bridge's MAC, goes up to the host's IP stack, which takes
any packet for any of its addresses: a VM could speak VXLAN to the host's VTEP, and be in any network.
So nothing goes up from a closed bridge, no VXLAN from a VM's port of an open one, and tunnels are only
heard from where the pool's VTEPs are.  Signalling (landbridge.zsnp) as well, and from each of them no more
than a host ever says: one that floods takes nobody else's room in the agent's socket.

Bridged packets that somebody shows to these chains (bridge-nf-call-iptables) leave by the bridge that they
came from, and pass.
"""

import hashlib
import re
from collections.abc import Collection
from ipaddress import IPv4Network, collapse_addresses

from landbridge.core.shortcut import SIGNALLING
from landbridge.render.kernel import Firewall
from landbridge.zsnp import frames

TABLE = "landbridge"
FAMILIES = ("bridge", "inet")
_PORT_PREFIX = "vnic"

_BRIDGE = """
    set tunnels { type inet_service; ELEMENTS }
    chain input {
        type filter hook input priority 0; policy accept;
        iifname "PREFIX*" udp dport @tunnels drop
    }
"""
_INET = """
    set closed { type ifname; ELEMENTS }
    set tunnels { type inet_service; ELEMENTS }
    set vteps { type inet_service . ipv4_addr; flags interval; ELEMENTS }
    set signallers { type ipv4_addr; flags interval; ELEMENTS }
    set said { type ipv4_addr; size 65536; flags dynamic,timeout; timeout 10s; }
    chain forward {
        type filter hook forward priority filter - 10; policy accept;
        iifname @closed oifname != @closed drop
    }
    chain input {
        type filter hook input priority filter - 10; policy accept;
        iifname @closed drop
        udp dport . ip saddr @vteps accept
        udp dport @tunnels drop
        meta l4proto SIGNALLING ip saddr != @signallers counter drop comment "no VTEP"
        meta l4proto SIGNALLING update @said { ip saddr limit rate RATE/second burst BURST packets } accept
        meta l4proto SIGNALLING counter drop comment "too many from one VTEP, or IPv6"
    }
"""
_NUMBERS = {"SIGNALLING": SIGNALLING, "RATE": frames.RATE, "BURST": frames.BURST}
_TEMPLATES = {
    "bridge": _BRIDGE.replace("PREFIX", _PORT_PREFIX),
    "inet": re.sub("|".join(_NUMBERS), lambda found: str(_NUMBERS[found[0]]), _INET),
}
VERSION = hashlib.sha256("".join(_TEMPLATES.values()).encode()).hexdigest()[:12]
"""Stands in the tables' comment, so that tables of another version are known as such."""


def text(value: Firewall) -> str:
    """Commands that put both tables in place of whatever is there, in one transaction."""
    ports = [str(port) for port, cidrs in value.tunnels if cidrs]
    sets = {
        "bridge": [[str(port) for port, _ in value.tunnels]],
        "inet": [
            [f'"{name}"' for name in value.closed],
            ports,
            [f"{port} . {cidr}" for port, cidrs in value.tunnels for cidr in cidrs],
            _signallers(value.tunnels),
        ],
    }
    commands = []
    for family, template in _TEMPLATES.items():
        body = template
        for elements in sets[family]:
            body = body.replace("ELEMENTS", f"elements = {{ {', '.join(elements)} }};" if elements else "", 1)
        commands.append(
            f"add table {family} {TABLE}\ndelete table {family} {TABLE}\n"
            f'table {family} {TABLE} {{\n    comment "{VERSION}"\n{body}}}\n'
        )
    return "".join(commands)


def parse(bridge: str, inet: str) -> Firewall | None:
    """What two listings of nft say; None if they are not of this version, or not as `text` makes them."""
    if any(f'comment "{VERSION}"' not in listing for listing in (bridge, inet)):
        return None
    vteps: dict[int, set[str]] = {int(port): set() for port in _elements(bridge, "tunnels")}
    for element in _elements(inet, "vteps"):
        port, _, cidr = element.partition(" . ")
        vteps.setdefault(int(port), set()).add(_with_length(cidr))
    tunnels = tuple((port, tuple(sorted(cidrs))) for port, cidrs in sorted(vteps.items()))
    if sorted(map(_with_length, _elements(inet, "signallers"))) != sorted(_signallers(tunnels)):
        return None
    return Firewall(tuple(sorted(_elements(inet, "closed"))), tunnels)


def without_elements(listing: str) -> str:
    """A listing without what changes with the networks, for comparison."""
    return re.sub(r"\n\s*elements = \{[^}]*\}", "", listing)


def _signallers(tunnels: Collection[tuple[int, Collection[str]]]) -> list[str]:
    """Where VTEPs are, of whatever pool: a set of intervals takes none twice."""
    return [str(cidr) for cidr in collapse_addresses(IPv4Network(cidr) for _, cidrs in tunnels for cidr in cidrs)]


def _with_length(cidr: str) -> str:
    """As nft lists it, but for single addresses, which it lists without."""
    return cidr if "/" in cidr else f"{cidr}/32"


def _elements(listing: str, name: str) -> list[str]:
    found = re.search(rf"set {name} \{{[^}}]*?elements = \{{([^}}]*)\}}", listing)
    return [element.strip().strip('"') for element in found[1].split(",")] if found else []
