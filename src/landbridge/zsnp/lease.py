"""Arithmetic of leases, and what an answer may name.

A lease is renewed at its half: three renewals and the check whether the vrouter itself is dead have to fit
into the other half, or a dead vrouter's shortcuts would end before it is known to be dead.
"""

from ipaddress import ip_address, ip_network

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp.facts import HostFacts
from landbridge.zsnp.messages import Ingress
from landbridge.zsnp.outputs import Shortcut

LEAST = 5_000
"""Milliseconds: the shortest lease for which that holds."""
RENEWALS = 3


def renew_after(lease: int) -> int:
    """Milliseconds from the lease's beginning to its renewal."""
    return lease // 2


def retry_after(lease: int) -> int:
    """Milliseconds until a renewal is repeated: three take at most a sixth of the lease."""
    return min(1_000, lease // 18)


def in_pool(facts: HostFacts, port: int, vtep: str) -> bool:
    """Whether VTEPs of a pool with this UDP port may have the address, as far as this host knows its pools."""
    address = ip_address(vtep)
    cidrs = {cidr for network in facts.networks.values() if network.port == port for cidr in network.vtep_cidrs}
    return any(address in ip_network(cidr) for cidr in cidrs)


def ingress_of(key: ShortcutKey, shortcut: Shortcut) -> Ingress:
    """What the HINT said, from what is in the kernel."""
    return Ingress(key.net_id, shortcut.prefix, key.router_mac)
